"""The most that a call can cost, and what one that has ended is charged against its run's ceiling."""

from __future__ import annotations

from typing import Any

from courseai.models.call import Call, ModelRequest
from courseai.models.client import Reply
from courseai.models.provider import Provider
from courseai.models.tiers import Tier
from courseai.models.token_bound import prompt_bound


class WorstCase:
    """Worst cases at one provider. In USD: list prices, and more where the provider was seen to charge more.

    A server that names no costs is counted at the tier's list price: an assumption, but a bound all the same.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._markup: dict[str, float] = {}

    def usd(self, request: ModelRequest[Any], tier: Tier) -> float:
        """The cost of the longest prompt that this can be with the longest answer that is asked for."""
        model = self._provider.model_for(tier)
        listed_usd = tier.price_usd(self._tokens_in(request, tier), max_output_tokens(request, tier))
        return listed_usd * self._markup.get(model, 1.0)

    def tokens(self, request: ModelRequest[Any], tier: Tier) -> int:
        """The tokens of both."""
        return self._tokens_in(request, tier) + max_output_tokens(request, tier)

    def _tokens_in(self, request: ModelRequest[Any], tier: Tier) -> int:
        is_listed = self._provider.model_for(tier) == tier.model
        return prompt_bound(request, tier.tokenizer if is_listed else None)

    def learn(self, call: Call, tier: Tier) -> None:
        """Reserve more for a model from now on that charges, or writes, more than it was asked to."""
        listed = tier.list_price_usd(call.tokens_in, call.tokens_out)
        dearer = call.cost_usd / listed if call.cost_usd and listed else 1.0
        longer = call.charged_usd / call.reserved_usd if call.reserved_usd else 1.0
        known = self._markup.get(call.model_requested, 1.0)
        self._markup[call.model_requested] = max(known, dearer, longer)


def max_output_tokens(request: ModelRequest[Any], tier: Tier) -> int:
    """The limit that is sent: half of the context is left for the prompt."""
    return min(request.max_output_tokens, tier.context_tokens // 2)


def charged_usd(
    tier: Tier, reply: Reply | None, cost_usd: float | None, reserved_usd: float, *, is_free: bool
) -> float:
    """What an ended call counts for: its cost, else its tokens at list price, else all of its worst case.

    A call that broke off may have been billed, and nothing can tell. `is_free` is for refused ones.
    """
    if cost_usd is not None:
        return cost_usd
    if reply is None:
        return 0.0 if is_free else reserved_usd
    listed = tier.list_price_usd(reply.tokens_in, reply.tokens_out)
    return reserved_usd if listed is None else listed


def used_tokens(call: Call, worst: int, *, is_free: bool) -> int:
    """What an ended call counts for against a limit of tokens: all of its worst case where nobody counted."""
    if call.tokens_in is None or call.tokens_out is None:
        return 0 if is_free else worst
    return call.tokens_in + call.tokens_out
