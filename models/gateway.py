"""The only door to a model: a run's budget, retries, fallbacks, breakers, bounded concurrency, a record of
every try.

This is about availability alone. Whether an answer is good enough is for routing to say: an answer that
breaks its schema goes back to the caller, with its problems, its tokens and its cost.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import BaseModel
from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from courseai.course.errors import BudgetExceededError, ModelUnavailableError
from courseai.course.policy import AvailabilityPolicy, BudgetPolicy, default_policy
from courseai.models.account import Accounts
from courseai.models.attempt import Question, Target, Try, answered, begin, failed, record
from courseai.models.breaker import Breaker, BreakerChange, Permit
from courseai.models.breaker_board import BreakerBoard, SharedBreakers
from courseai.models.budget import Reservation
from courseai.models.call import Answer, Call, ModelRequest, Outcome
from courseai.models.client import ChatClient, Reply
from courseai.models.door import Door
from courseai.models.journal import Journal, MemoryJournal, Stored, call_key
from courseai.models.lane import Lanes
from courseai.models.outage import budget_exceeded, explanation, may_pass
from courseai.models.provider import Provider
from courseai.models.rate_limit import LocalRateLimit, RateLimit
from courseai.models.reply import parse_reply
from courseai.models.retry import ACCOUNT_REFUSALS, ANSWERED, TRANSIENT, classify, wait_s
from courseai.models.spending import Spending
from courseai.models.target import Targets
from courseai.models.throttle import Throttle, Turn
from courseai.models.tiers import TierTable
from courseai.models.worst_case import WorstCase, max_output_tokens, used_tokens

T = TypeVar("T", bound=BaseModel)


class Gateway:
    """Sends requests to one provider's models. Use it as an async context manager, or call `aclose`.

    Hooks in `on_call` get the record of every try, those in `on_replay` the earlier record of every answer
    that is read from the journal instead, those in `on_breaker` every transition of a breaker.
    They run in the event loop and must be quick; what one raises ends the request.
    `budget` is the shipped policy's by default, `ladder` names the tiers from cheap to dear that may stand in
    for a dearer one, and `ceiling` gives what the caller allows the asking run, in USD, where it says.
    `forked_from` names the runs whose answers in the journal serve the same requests here, the nearest first.
    `rate_limit` keeps to the provider's limits, and `breaker_board` keeps its breakers in step, together with
    whoever else is given them.
    """

    def __init__(
        self,
        provider: Provider,
        tiers: TierTable,
        policy: AvailabilityPolicy,
        *,
        budget: BudgetPolicy | None = None,
        ladder: Sequence[str] = (),
        ceiling: Callable[[], float | None] = lambda: None,
        journal: Journal | None = None,
        forked_from: Sequence[str] = (),
        rate_limit: RateLimit | None = None,
        breaker_board: BreakerBoard | None = None,
        on_call: Sequence[Callable[[Call], None]] = (),
        on_replay: Sequence[Callable[[Call], None]] = (),
        on_breaker: Sequence[Callable[[BreakerChange], None]] = (),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.provider = provider
        self.tiers = tiers
        self.journal: Journal = journal or MemoryJournal()
        self.spending = Spending(self.journal)
        self._policy = policy
        money = budget or default_policy().budget
        self._accounts = Accounts(self.journal, money, ceiling)
        self._targets = Targets(
            provider, tiers, policy=policy, budget=money, ladder=ladder, clock=clock, on_breaker=on_breaker
        )
        self._breakers = SharedBreakers(provider.name, policy, breaker_board, clock)
        self._worst_case = WorstCase(provider)
        self._throttle = Throttle(provider, rate_limit or LocalRateLimit(clock), clock=clock, sleep=sleep)
        self._recalled: set[str] = set()
        self._forked_from = forked_from
        self._on_call = on_call
        self._on_replay = on_replay
        self._clock = clock
        self._sleep = sleep
        self._unstructured: set[str] = set()
        self._door = Door()
        self._lanes = Lanes(provider, policy)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections of the running event loop, and the journal."""
        await self._lanes.aclose()
        await self.journal.aclose()

    def close_door(self, run_id: str) -> None:
        """Send nothing more for a run: calls in flight may end, requests wait until they are cancelled.

        An error would not do: LangGraph cancels every branch when one fails, and with it calls in flight.
        """
        self._door.close(run_id)

    def open_door(self, run_id: str) -> None:
        """Send calls of that run again."""
        self._door.open(run_id)

    def in_flight(self, run_id: str) -> int:
        """Calls of a run that were sent and not yet written down."""
        return self._door.in_flight(run_id)

    async def complete(self, request: ModelRequest[T]) -> Answer[T]:
        """Ask a tier, and its fallbacks when it cannot be reached.

        An answer that breaks the schema is an answer: its `value` is None and its `problems` say why.
        A request that the journal has an answer to is answered from there: not sent, paid or recorded again.
        Raises `ModelUnavailableError` when no model could be reached, `BudgetExceededError` when neither the
        tier nor a cheaper one fits under the run's ceiling, `SettingsError` for an unknown tier.
        """
        key = call_key(request)
        if stored := await self._stored(request, key):
            answer = _replayed(request, stored)
            for hook in self._on_replay:
                hook(answer.call)
            return answer
        async with self._accounts.budget(request) as budget:
            await self._recall(request.run_id)
            return await self._answer(Question(request, key, itertools.count(1), budget))

    async def _stored(self, request: ModelRequest[T], key: str) -> Stored | None:
        """The answer to this request, here or in a run that this one was forked from.

        What a stand-in answered there is asked anew: the fork may have the money, or the outage be over.
        """
        if stored := await self.journal.find(key):
            return stored
        for run_id in self._forked_from:
            stored = await self.journal.find(call_key(replace(request, run_id=run_id)))
            if stored and stored.call.answering_tier == stored.call.tier:
                return stored
        return None

    async def _recall(self, run_id: str) -> None:
        """Learn from the calls of earlier processes what the models really charge."""
        if run_id in self._recalled:
            return
        for call in await self.journal.calls(run_id):
            if tier := self.tiers.by_name.get(call.answering_tier):
                self._worst_case.learn(call, tier)
        self._recalled.add(run_id)

    async def _answer(self, question: Question[T]) -> Answer[T]:
        targets = deque(self._targets.first(question))
        asked_for = targets[0]
        tried: list[tuple[Target, Try[T]]] = []
        while targets:
            target = targets.popleft()
            last = await self._ask(question, target)
            if last.call and last.outcome in ANSWERED:
                return Answer(last.value, last.problems, last.call)
            tried.append((target, last))
            if last.outcome in ACCOUNT_REFUSALS:
                break
            if target is asked_for and last.outcome is Outcome.OVER_BUDGET:
                put_back = [each for each in targets if each.tier.name == question.request.tier]
                targets = deque([*self._targets.cheaper(question.request, target), *put_back])
        if tried[0][1].outcome is Outcome.OVER_BUDGET:
            # Raising ends the run, so everything that it can still afford comes first.
            await question.budget.quiet()
            raise self._exceeded(question, tried)
        reason = explanation(self.provider, question.request.tier, tried)
        raise ModelUnavailableError(reason, may_pass=may_pass(tried))

    def _exceeded(self, question: Question[T], tried: Sequence[tuple[Target, Try[T]]]) -> BudgetExceededError:
        request, budget = question.request, question.budget
        worst_usd = min(self._worst_case.usd(request, target.tier) for target, _ in tried)
        return budget_exceeded(request, budget.charged_usd, budget.ceiling_usd, worst_usd)

    async def _ask(self, question: Question[T], target: Target) -> Try[T]:
        """Ask one model; once more in words when it refuses `response_format`, as small servers do."""
        if target.model in self._unstructured:
            return await self._with_retries(question, target, structured=False)
        last = await self._with_retries(question, target, structured=True)
        if last.status not in {400, 422}:
            return last
        in_words = await self._with_retries(question, target, structured=False)
        if in_words.call and in_words.outcome in ANSWERED:
            self._unstructured.add(target.model)
        return in_words

    async def _with_retries(self, question: Question[T], target: Target, *, structured: bool) -> Try[T]:
        retrying = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(self._policy.attempts),
            wait=self._wait_s,
            retry=retry_if_result(partial(self._is_worth_retrying, target.breaker)),
            retry_error_callback=_last_try,
        )
        earlier: Permit | None = None

        async def once() -> Try[T]:
            nonlocal earlier
            ended = await self._try(question, target, structured, earlier)
            earlier = ended.permit
            return ended

        last: Try[T] = await retrying(once)
        return last

    def _is_worth_retrying(self, breaker: Breaker, last: Try[T]) -> bool:
        if last.permit is None or last.outcome not in TRANSIENT:
            return False
        waits_too_long = (last.retry_after_s or 0) > self._policy.max_wait_s
        return not waits_too_long and breaker.admits_retry(last.permit)

    def _wait_s(self, state: RetryCallState) -> float:
        retry_after_s = _last_try(state).retry_after_s
        return wait_s(self._policy, state.attempt_number, retry_after_s, random.random())

    async def _try(
        self, question: Question[T], target: Target, structured: bool, earlier: Permit | None
    ) -> Try[T]:
        """One call, if its worst case fits, and the breaker permits it once there is a free slot.

        `earlier` is the permit of the try that this one follows on the same model.
        """
        request = question.request
        worst_usd = self._worst_case.usd(request, target.tier)
        reservation = await question.budget.reserve(request.phase, worst_usd)
        if reservation is None:
            return Try(Outcome.OVER_BUDGET, f"its ${worst_usd:.4f} at worst do not fit under the ceiling")
        try:
            return await self._permitted(question, target, structured, reservation, earlier)
        finally:
            question.budget.settle(reservation)

    async def _permitted(
        self,
        question: Question[T],
        target: Target,
        structured: bool,
        reservation: Reservation,
        earlier: Permit | None,
    ) -> Try[T]:
        lane = await self._lanes.here()
        async with lane.slots, self._throttle.turn(self._tokens(question.request, target)) as turn:
            await self._door.pass_through(question.request.run_id)
            permit = await self._breakers.admit(target, earlier)
            if permit is None:
                reason = target.breaker.reason
                return Try(reason, f"its circuit breaker is open after {reason}")
            try:
                with self._door.counted(question.request.run_id):
                    ended = await self._call(
                        lane.client,
                        question,
                        target,
                        structured=structured,
                        reservation=reservation,
                        turn=turn,
                    )
            except BaseException:
                await self._breakers.release(target, permit)
                raise
            await self._breakers.record(target, permit, ended.outcome)
        return replace(ended, permit=permit)

    def _tokens(self, request: ModelRequest[T], target: Target) -> int:
        """What the call counts for against the provider's limit, where there is one."""
        is_limited = self.provider.rate_limits.tokens is not None
        return self._worst_case.tokens(request, target.tier) if is_limited else 0

    async def _call(
        self,
        client: ChatClient,
        question: Question[T],
        target: Target,
        *,
        structured: bool,
        reservation: Reservation,
        turn: Turn,
    ) -> Try[T]:
        """Send once, and write down what came of it before anybody acts on it.

        From the moment it is begun it counts for its worst case, unless its record says better.
        """
        request = question.request
        begun = begin(question, target, reservation.usd)
        await self.journal.begin(begun, request.prompt)
        reservation.charge_usd = reservation.usd
        await self._throttle.renew(turn)
        turn.sent = True
        started = self._clock()
        reply, ended = await _send(client, target, request, structured, begun.call_id)
        seconds = self._clock() - started
        call = record(
            self.provider,
            question,
            target,
            begun=begun,
            ended=ended,
            reply=reply,
            seconds=seconds,
            rate_wait_s=turn.wait_s,
        )
        turn.tokens = used_tokens(call, turn.tokens, is_free=ended.is_free)
        text = reply.text if reply and call.outcome in ANSWERED else None
        await self.journal.finish(question.key, call, text)
        reservation.charge_usd = call.charged_usd
        self._worst_case.learn(call, target.tier)
        self.spending.add(call)
        for hook in self._on_call:
            hook(call)
        return replace(ended, call=call)


async def _send(
    client: ChatClient, target: Target, request: ModelRequest[T], structured: bool, call_id: str
) -> tuple[Reply | None, Try[T]]:
    try:
        length = max_output_tokens(request, target.tier)
        reply = await client.send(target.model, request, length, structured, call_id=call_id)
    except Exception as error:  # Whatever a server makes the client raise is an outcome, never a crash.
        return None, failed(classify(error, datetime.now(UTC)))
    return reply, answered(reply, request.answer_type)


def _last_try(state: RetryCallState) -> Try[Any]:
    assert state.outcome is not None
    last: Try[Any] = state.outcome.result()
    return last


def _replayed(request: ModelRequest[T], stored: Stored) -> Answer[T]:
    value, problems = parse_reply(stored.text, request.answer_type)
    return Answer(value, problems, replace(stored.call, replayed=True))
