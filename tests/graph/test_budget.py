"""Runs under a ceiling: they move work to cheaper tiers, stop in good order, and go on with more money."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from courseai.course.errors import BudgetExceededError
from courseai.graph import RunContext
from courseai.models.call import Prompt
from courseai.models.draft_store import MemoryDraftStore
from courseai.models.journal import Begun, MemoryJournal
from tests.graph.conftest import PLANNED, Outcome, changed_policy
from tests.graph.reviewing import STRICT, items_of
from tests.graph.test_exercises import BROKEN, Spoiler, broken_without_spare
from tests.graph.test_review_changes import AGAIN

if TYPE_CHECKING:
    from tests.graph.conftest import Json, Pipeline, PipelineMaker

CEILING_USD = 0.0037
"""Enough for the worst case of the metadata and for some sections of the small course, not for all."""


@pytest.fixture
def strict(make_pipeline: PipelineMaker) -> Pipeline:
    """A pipeline in which no cheaper tier may stand in, so that a run stops where its money ends."""
    policy = changed_policy(budget={"cheaper_tier": []}, output={"metadata_tokens": 1000})
    return make_pipeline(policy=policy, checkpointer=InMemorySaver())


async def stopped(pipeline: Pipeline, document: Json, thread: str, usd: float) -> BudgetExceededError:
    with pytest.raises(BudgetExceededError) as stop:
        await pipeline.run(document, thread=thread, budget_usd=usd)
    return stop.value


def requests_of(pipeline: Pipeline) -> list[tuple[str, str]]:
    return [(asked.kind, asked.user) for asked in pipeline.author.asked]


async def test_a_stopped_run_goes_on_under_a_higher_ceiling_and_pays_nothing_twice(
    strict: Pipeline, document: Json
) -> None:
    stop = await stopped(strict, document, "run", CEILING_USD)
    assert stop.charged_usd <= stop.ceiling_usd == CEILING_USD
    before = requests_of(strict)
    outcome = await strict.drive(None, "run", RunContext(budget_usd=0.20))
    assert outcome.lesson_ids == PLANNED
    assert outcome.report["budget"]["ceiling_usd"] == 0.20
    after = requests_of(strict)
    assert after[: len(before)] == before
    assert len(set(after)) == len(after)


async def test_a_run_keeps_its_ceiling_when_it_is_resumed_without_one(
    strict: Pipeline, document: Json
) -> None:
    await stopped(strict, document, "run", CEILING_USD)
    with pytest.raises(BudgetExceededError) as stop:
        await strict.drive(None, "run")
    assert stop.value.ceiling_usd == CEILING_USD


async def test_a_run_that_was_stopped_before_its_first_call_keeps_its_ceiling(
    strict: Pipeline, document: Json
) -> None:
    stop = await stopped(strict, document, "run", 0.0025)
    assert stop.charged_usd == 0
    with pytest.raises(BudgetExceededError) as again:
        await strict.drive(None, "run")
    assert again.value.ceiling_usd == 0.0025
    assert strict.author.asked == []


async def test_a_course_that_cannot_fit_is_refused_before_anything_is_asked(
    pipeline: Pipeline, document: Json
) -> None:
    with pytest.raises(BudgetExceededError, match="Nothing was spent"):
        await pipeline.run(document, budget_usd=0.0001)
    assert pipeline.author.asked == []


async def test_runs_in_one_process_have_ceilings_of_their_own(strict: Pipeline, document: Json) -> None:
    rich, poor = await asyncio.gather(
        strict.run(document, thread="rich", budget_usd=0.50),
        strict.run(document, thread="poor", budget_usd=CEILING_USD),
        return_exceptions=True,
    )
    assert isinstance(rich, Outcome)
    assert rich.report["budget"]["ceiling_usd"] == 0.50
    assert isinstance(poor, BudgetExceededError)
    charges = await strict.services.gateway.journal.charges("poor")
    assert charges.usd <= CEILING_USD


async def test_what_a_cheaper_tier_wrote_to_keep_to_the_budget_is_marked_and_flagged(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    nothing = {"metadata": 0.0, "sections": 0.0, "judge": 0.0}
    outcome = await make_pipeline(policy=changed_policy(budget={"shares": nothing})).run(document)
    moved = [section for section in outcome.report["sections"] if section["moved_by"] == "budget"]
    assert moved
    for section in moved:
        assert section["degraded"]
        assert section["start_tier"] != section["tier"]
        assert "to keep to the budget" in outcome.flags[f"section:{section['section_id']}"]
    assert outcome.report["budget"]["moved_to_a_cheaper_tier"] > 0
    assert "to keep to the budget" in outcome.flags["metadata"]


async def test_the_default_ceiling_leaves_a_course_alone(pipeline: Pipeline, document: Json) -> None:
    outcome = await pipeline.run(document)
    budget = outcome.report["budget"]
    assert budget["charged_usd"] == pytest.approx(outcome.report["totals"]["cost_usd"])
    assert budget["charged_usd"] < budget["target_usd"] < budget["ceiling_usd"]
    assert (budget["moved_to_a_cheaper_tier"], budget["uncertain_usd"]) == (0, 0)
    assert (budget["above_worst_case"], budget["in_flight_at_crash"]) == ([], [])


async def test_a_call_that_a_process_died_over_is_counted_and_named(
    pipeline: Pipeline, document: Json
) -> None:
    """It may have been paid, and is the only one that may be paid a second time."""
    lost = Begun(
        call_id="lost",
        call_key="key",
        run_id="run",
        phase="sections",
        purpose="draft",
        subject="s1",
        tier="oss_20b",
        model="openai/gpt-oss-20b",
        attempt=1,
        reserved_usd=0.0125,
        ceiling_usd=0.15,
        started_at="2026-11-24T03:00:00+00:00",
    )
    await pipeline.services.gateway.journal.begin(lost, Prompt("section", "v1", "", ""))
    outcome = await pipeline.run(document, thread="run")
    budget = outcome.report["budget"]
    (named,) = budget["in_flight_at_crash"]
    assert (named["call_id"], named["subject"], named["reserved_usd"]) == ("lost", "s1", 0.0125)
    assert budget["uncertain_usd"] == 0.0125
    assert budget["charged_usd"] == pytest.approx(outcome.report["totals"]["cost_usd"] + 0.0125)
    assert budget["ceiling_usd"] == 0.15


async def test_every_call_of_a_run_is_made_under_its_ceiling_whichever_node_makes_it(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    """The process that answers the reviewer is another one, and is not told the ceiling again."""
    policy = changed_policy(alignment=STRICT, review={"regenerations": 1})
    journal, shared = NotingJournal(), {"checkpointer": InMemorySaver(), "drafts": MemoryDraftStore()}
    first, second = [make_pipeline(policy=policy, journal=journal, **shared) for _ in range(2)]
    first.author.interfere = Spoiler(broken_without_spare, section_id="s3", rewrite=BROKEN)

    waiting = await first.run(document, thread="run", review="ask", budget_usd=0.1234)
    assert "exercise:s3-l1-e2" in items_of(waiting)
    anew = {"section:s1": AGAIN, "lesson:s2-l1": AGAIN, "exercise:s3-l1-e2": AGAIN}
    await second.answer({"decisions": anew, "by": "Ada"}, "run")

    purposes = {begun.purpose for begun in journal.begun}
    assert purposes == {"metadata", "draft", "judge", "rewrite", "regenerate"}
    assert {begun.ceiling_usd for begun in journal.begun} == {0.1234}


class NotingJournal(MemoryJournal):
    """Remembers every call that was about to be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[Begun] = []

    async def begin(self, begun: Begun, _prompt: Prompt) -> None:
        self.begun.append(begun)
        await super().begin(begun, _prompt)
