"""Which models may answer a request, in which order, and each model's circuit breaker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from courseai.course.policy import AvailabilityPolicy, BudgetPolicy
from courseai.models.attempt import Question, Target
from courseai.models.breaker import Breaker, BreakerChange, BreakerState
from courseai.models.call import ModelRequest, Outcome
from courseai.models.provider import Provider
from courseai.models.tiers import Tier, TierTable


class Targets:
    """The models of one provider. `ladder` names tiers that may stand in for a dearer one, cheap first."""

    def __init__(
        self,
        provider: Provider,
        tiers: TierTable,
        *,
        policy: AvailabilityPolicy,
        budget: BudgetPolicy,
        ladder: Sequence[str],
        clock: Callable[[], float],
        on_breaker: Sequence[Callable[[BreakerChange], None]],
    ) -> None:
        self._provider = provider
        self._tiers = tiers
        self._policy = policy
        self._budget = budget
        self._ladder = ladder
        self._clock = clock
        self._on_breaker = on_breaker
        self._breakers: dict[str, Breaker] = {}

    def first(self, question: Question[Any]) -> list[Target]:
        """The tier that was asked for and its fallbacks; one step cheaper when its phase spent its share.

        Models that the request avoids come last, and no spent share makes them stand in.
        """
        request, budget = question.request, question.budget
        targets = self._of_tier(request.tier)
        share_usd = self._budget.shares[request.phase] * budget.ceiling_usd
        cheaper = self.cheaper(request, targets[0])
        is_spent = budget.phase_usd(request.phase) >= share_usd
        if not is_spent or not cheaper or cheaper[0].model in self._avoided(request):
            return self._welcome_first(request, targets)
        below = [replace(target, budget_move=True) for target in self._of_tier(cheaper[0].tier.name)]
        moved = {target.model for target in below}
        others = [target for target in targets if target.model not in moved]
        return self._welcome_first(request, [*below, *others])

    def cheaper(self, request: ModelRequest[Any], target: Target) -> list[Target]:
        """The tiers below on the ladder, the best of them first, where the policy lets them stand in.

        None for what a person asked the strongest tier for: they are not given less without a word.
        """
        may_move = request.phase in self._budget.cheaper_tier and request.purpose != "regenerate"
        if not may_move or target.tier.name not in self._ladder:
            return []
        below = self._ladder[: self._ladder.index(target.tier.name)]
        cheaper = [replace(self._target(self._tiers[name]), budget_move=True) for name in reversed(below)]
        return self._welcome_first(request, [each for each in cheaper if each.model != target.model])

    def _welcome_first(self, request: ModelRequest[Any], targets: list[Target]) -> list[Target]:
        avoided = self._avoided(request)
        return sorted(
            targets, key=lambda target: avoided.index(target.model) + 1 if target.model in avoided else 0
        )

    def _avoided(self, request: ModelRequest[Any]) -> list[str]:
        """Models and not tiers, since one model may stand for several."""
        known = [self._tiers[name] for name in request.avoid if name in self._tiers.by_name]
        return [self._provider.model_for(tier) for tier in known]

    def _of_tier(self, tier_name: str) -> list[Target]:
        """The models to ask, in order; where one model stands for several tiers it is asked once."""
        targets: dict[str, Target] = {}
        for tier in self._tiers.chain(tier_name):
            targets.setdefault(self._provider.model_for(tier), self._target(tier))
        return list(targets.values())

    def _target(self, tier: Tier) -> Target:
        model = self._provider.model_for(tier)
        return Target(tier, model, self._breaker(model))

    def _breaker(self, model: str) -> Breaker:
        if model not in self._breakers:
            failures, cooldown_s = self._policy.breaker_failures, self._policy.breaker_cooldown_s
            report = partial(self._report_breaker, model)
            self._breakers[model] = Breaker(failures, cooldown_s, self._clock, report)
        return self._breakers[model]

    def _report_breaker(self, model: str, state: BreakerState, reason: Outcome, adopted: bool) -> None:
        change = BreakerChange(self._provider.name, model, state, reason, adopted)
        for hook in self._on_breaker:
            hook(change)
