"""Every decision of a run is one line in the log: what the report says, in codes and figures, no content."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from courseai.course.errors import BudgetExceededError
from courseai.models.call import Outcome
from courseai.models.draft_store import MemoryDraftStore
from courseai.models.journal import MemoryJournal
from courseai.ops.logs.decision_log import LOGGER, DecisionLog
from courseai.ops.logs.decision_table import ALWAYS, DECISIONS, FIELDS, DecisionKind
from courseai.ops.logs.log_page import PAGE, with_tables
from courseai.ops.redaction import Redaction
from courseai.ops.watch import Watcher, hooks_of
from tests.graph.conftest import PLANNED, changed_policy
from tests.graph.reviewing import STRICT, answer, by_id
from tests.ops.eventful import OUTAGE, TROUBLED, Stage
from tests.ops.test_metrics import A_CALL

if TYPE_CHECKING:
    from courseai.quality.embeddings import Embedder
    from tests.graph.conftest import Json, PipelineMaker

CANARY = "Zyxwvutism"
"""What a reviewer writes."""
FAULTS = TROUBLED | {
    "openai/gpt-oss-120b": {
        "missing_field_share": 0.3,
        "status_faults": [{"status": 429, "share": 0.3}],
    }
}


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())

    def of(self, *events: str) -> list[Json]:
        """Lines of these events, in order; of all where none is named."""
        lines = [json.loads(text) for text in self.texts]
        return [line for line in lines if not events or line["event"] in events]

    def values(self, event: str, *names: str) -> list[tuple[Any, ...]]:
        """Some fields of every line of an event."""
        return [tuple(line[name] for name in names) for line in self.of(event)]


@contextmanager
def logged(secrets: Sequence[str] = ()) -> Iterator[tuple[DecisionLog, Lines]]:
    """A log, and what it says."""
    lines = Lines()
    log = DecisionLog(Redaction(secrets), lines)
    try:
        yield log, lines
    finally:
        log.close()


async def everything(watcher: Watcher, embedder: Embedder) -> list[Json]:
    """Models in trouble, an outage, a budget that ends, a reviewer who wants things written anew."""
    stage = Stage(watcher, embedder)
    states = [await stage.run("troubled", FAULTS, seed=1), await stage.run("outage", OUTAGE)]
    poor = changed_policy(budget={"cheaper_tier": []}, output={"metadata_tokens": 1000})
    with pytest.raises(BudgetExceededError):
        await stage.run("stopped", policy=poor, budget_usd=0.0037)
    anew = {"type": "regenerate", "message": CANARY}
    decisions: Command[Any] = Command(resume=by_id(section_s1=anew, lesson_s2_l1=anew))
    doubting = changed_policy(alignment=STRICT)
    return [*states, await stage.run("anew", policy=doubting, then=decisions, review="ask")]


@pytest.fixture(scope="module")
def told(embedder: Embedder, troubled: tuple[Json, Lines]) -> tuple[list[Json], Lines]:
    """The states of runs in which everything happens, and the log of all of them."""
    with logged() as (log, lines):
        states = asyncio.run(everything(log, embedder))
    lines.texts += troubled[1].texts
    return [*states, troubled[0]], lines


def words_in(value: Any) -> set[str]:
    """Every text of more than one word in it."""
    if isinstance(value, str):
        return {value} if " " in value.strip() else set()
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for part in parts for text in words_in(part)}


@pytest.fixture(scope="module")
def troubled(embedder: Embedder) -> tuple[Json, Lines]:
    """The state after a run with planted faults, and its log."""
    with logged() as (log, lines):
        state = asyncio.run(Stage(log, embedder).run("course-17", FAULTS, seed=5))
    return state, lines


def test_each_decision_on_a_section_is_one_line_with_what_the_report_says(
    troubled: tuple[Json, Lines],
) -> None:
    report, lines = troubled[0]["report"], troubled[1]
    sections = {section["section_id"]: section for section in report["sections"]}

    starts = [(sid, s["start_tier"], s["start_reason"]) for sid, s in sections.items()]
    filled = [(sid, "qwen3_max", "fill: lessons were missing") for sid in missing_at_first(lines)]
    assert filled
    assert lines.values("tier_chosen", "section_id", "tier", "reason") == starts + filled
    drafts = [(sid, d["tier"], d["alignment"]) for sid, s in sections.items() for d in s["drafts"]]
    assert sorted(lines.values("section_drafted", "section_id", "tier", "alignment"), key=str) == sorted(
        drafts, key=str
    )
    decided = [(sid, d["tier"], d["decision"]) for sid, s in sections.items() for d in s["drafts"]]
    climbs = [(sid, t, d["next_tier"], d["reason"]) for sid, t, d in decided if d["action"] == "escalate"]
    assert climbs
    found = lines.values("section_escalated", "section_id", "tier", "next_tier", "reason")
    assert sorted(found) == sorted(climbs)
    retries = [(sid, tier, d["reason"]) for sid, tier, d in decided if d["action"] == "retry"]
    assert sorted(lines.values("section_retried", "section_id", "tier", "reason")) == sorted(retries)
    kept = {line["section_id"]: line for line in lines.of("section_accepted", "section_flagged")}
    for section_id, section in sections.items():
        assert {key: kept[section_id][key] for key in ("status", "reason", "tier", "alignment")} == {
            key: section[key] for key in ("status", "reason", "tier", "alignment")
        }


def missing_at_first(lines: Lines) -> list[str]:
    """Sections that lacked lessons when they were first counted."""
    return list(lines.of("lessons_counted")[0]["missing"])


def test_each_verdict_is_one_line_and_the_last_on_a_lesson_is_the_reports(
    troubled: tuple[Json, Lines],
) -> None:
    report, lines = troubled[0]["report"], troubled[1]
    judged = lines.of("lesson_judged")
    last = {line["lesson_id"]: (line["status"], line["method"], line["codes"]) for line in judged}

    assert last == {v["lesson_id"]: (v["status"], v["method"], v["codes"]) for v in report["verdicts"]}
    rewritten = [line["lesson_id"] for line in lines.of("lesson_rewritten") if line["is_replaced"]]
    assert len(judged) <= len(PLANNED) + len(rewritten)


def test_every_failed_call_is_one_line_and_answered_ones_are_none(
    troubled: tuple[Json, Lines],
) -> None:
    report, lines = troubled[0]["report"], troubled[1]
    failed = [(c["phase"], c["tier"], c["outcome"]) for c in report["calls"] if c["outcome"] != "ok"]

    assert {outcome for _phase, _tier, outcome in failed} >= {"rate_limited", "schema_failure"}
    assert sorted(lines.values("call_failed", "phase", "tier", "reason")) == sorted(failed)


def test_what_the_lines_cost_is_what_the_run_cost(troubled: tuple[Json, Lines]) -> None:
    report, lines = troubled[0]["report"], troubled[1]
    (ended,) = lines.of("run_ended")
    paid = sum(
        line.get("cost_usd") or 0.0
        for line in lines.of()
        if line["event"] not in ("run_ended", "call_failed")
    )

    assert ended["cost_usd"] == report["totals"]["cost_usd"]
    assert paid == pytest.approx(report["totals"]["cost_usd"])
    assert (ended["reason"], ended["calls"]) == ("finished", report["totals"]["calls"])


def test_every_line_of_a_run_stands_between_its_beginning_and_its_end(
    troubled: tuple[Json, Lines],
) -> None:
    lines = troubled[1].of()
    events = [line["event"] for line in lines]

    assert {line["run_id"] for line in lines if "run_id" in line} == {"course-17"}
    assert (events[0], events[-1]) == ("run_begun", "run_ended")
    assert events.count("run_begun") == events.count("run_ended") == 1
    assert "run_resumed" not in events


@pytest.mark.parametrize("kind", DECISIONS, ids=lambda kind: kind.name)
def test_each_kind_of_decision_is_logged_by_real_runs_with_its_fields(
    kind: DecisionKind, told: tuple[list[Json], Lines]
) -> None:
    lines = told[1].of(kind.name)
    assert lines
    for line in lines:
        assert tuple(line) == (*ALWAYS, *kind.fields)
        assert line["level"] == kind.level_name
    for name in kind.fields:
        assert name in FIELDS


def test_no_line_holds_a_text_of_the_course_or_of_a_person(told: tuple[list[Json], Lines]) -> None:
    states, log = told[0], "".join(told[1].texts)
    finished = [state for state in states if state["status"] == "finished"]
    texts = words_in([[state["course"]["sections"], state["report"]["verdicts"]] for state in finished])

    assert len(texts) > 100
    assert [text for text in texts if text in log] == []
    assert CANARY not in log


def test_a_run_that_its_budget_stops_says_so_once(told: tuple[list[Json], Lines]) -> None:
    stopped = [line for line in told[1].of("run_ended") if line["reason"] == "budget_stop"]
    assert [(line["run_id"], line["error"]) for line in stopped] == [("stopped", "BudgetExceededError")]
    assert stopped[0]["cost_usd"] > 0


async def test_a_person_s_decisions_are_logged_by_the_process_that_they_reach_and_not_again(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    policy = changed_policy(alignment=STRICT)
    store = InMemorySaver(), MemoryJournal(), MemoryDraftStore()
    parts = dict(zip(("checkpointer", "journal", "drafts"), store, strict=True))
    anew = {"type": "regenerate", "message": "shorter"}
    with logged() as (log, asking):
        await make_pipeline(policy=policy, **hooks_of([log]), **parts).run(document, thread="r", review="ask")
    with logged() as (log, first):
        pipeline = make_pipeline(policy=policy, **hooks_of([log]), **parts)
        await pipeline.answer(answer(lesson_s1_l1=anew), thread="r")
    with logged() as (log, second):
        pipeline = make_pipeline(policy=policy, **hooks_of([log]), **parts)
        await pipeline.answer(by_id(lesson_s1_l1={"type": "approve"}), thread="r")

    assert [line["reason"] for line in asking.of("run_ended")] == ["waiting_for_review"]
    assert [lines.of()[0]["event"] for lines in (first, second)] == ["run_resumed"] * 2
    decided = dict(first.values("review_decided", "item_id", "status"))
    assert len(decided) == len(first.of("review_decided")) == 3 + len(PLANNED)
    assert decided["lesson:s1-l1"] == "regenerate"
    assert second.values("review_decided", "item_id", "status") == [("lesson:s1-l1", "approve")]
    assert [line["reason"] for line in second.of("run_ended")] == ["finished"]


def test_a_secret_is_blacked_out_wherever_it_turns_up() -> None:
    with logged(["sk-canary-0123"]) as (log, lines):
        log.on_call(
            replace(A_CALL, outcome=Outcome.TIMEOUT, provider="x sk-canary-0123", run_id="sk-canary-0123")
        )
    assert "sk-canary" not in "".join(lines.texts)
    assert [line["provider"] for line in lines.of("call_failed")] == ["x [secret]"]


def test_without_a_handler_lines_go_where_the_program_s_own_logging_sends_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = DecisionLog(Redaction([]))
    with caplog.at_level(logging.WARNING, LOGGER.name):
        log.on_call(replace(A_CALL, outcome=Outcome.TIMEOUT))
    (record,) = caplog.records
    assert (record.levelname, json.loads(record.message)["event"]) == ("WARNING", "call_failed")
    assert record.__dict__["decision"]["reason"] == "timeout"


def test_the_manuals_tables_are_those_in_code() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_tables(page), "run: python -m courseai.ops.logs.log_page"
