"""Review: who is asked about what, in which shape, and what an answer changes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from courseai.course.errors import SettingsError
from tests.graph.conftest import LESSONS, PLANNED, changed_policy
from tests.graph.reviewing import (
    APPROVE,
    FLAGGED,
    STRICT,
    answer,
    content_of,
    item_of,
    lesson_of,
    requests_of,
)
from tests.graph.test_defects import FACT, STATEMENT, spoiling, with_wrong_index

if TYPE_CHECKING:
    from tests.graph.conftest import Json, Outcome, Pipeline, PipelineMaker


@pytest.fixture
def pipeline(make_pipeline: PipelineMaker) -> Pipeline:
    """A pipeline that flags everything, and can wait."""
    policy = changed_policy(alignment=STRICT, course={"min_lessons": 9})
    return make_pipeline(policy=policy, checkpointer=InMemorySaver())


class TestMode:
    async def test_flag_goes_on_and_marks(self, pipeline: Pipeline, document: Json) -> None:
        outcome = await pipeline.run(document, review="flag", thread="t")

        assert outcome.state["status"] == "finished"
        assert list(outcome.flags) == FLAGGED
        assert outcome.report["decisions"] == []

    async def test_auto_approves_what_reaches_the_thresholds_and_marks_the_rest(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        policy = changed_policy(alignment=STRICT, review={"approve_alignment": 1.0, "approve_judged": 0.5})
        pipeline = make_pipeline(policy=policy)

        outcome = await pipeline.run(document, review="auto")

        assert list(outcome.flags) == [f"section:{section_id}" for section_id in LESSONS]
        for decision in outcome.report["decisions"]:
            assert decision["type"] == "approve"
            assert decision["by"] == f"policy {policy.version}"
            assert re.fullmatch(r"judged \d\.\d\d reaches 0\.50", decision["message"])

    async def test_auto_asks_for_the_rest_where_the_policy_says_so(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        review = {"approve_alignment": 1.0, "approve_judged": 0.5, "auto_rest": "ask"}
        policy = changed_policy(alignment=STRICT, review=review)
        pipeline = make_pipeline(policy=policy, checkpointer=InMemorySaver())

        waiting = await pipeline.run(document, review="auto", thread="t")
        outcome = await pipeline.answer({"decisions": [APPROVE] * 3}, "t")

        assert [r["args"]["kind"] for r in requests_of(waiting)] == ["section"] * 3
        assert outcome.flags == {}
        assert len(outcome.report["decisions"]) == len(FLAGGED)

    async def test_auto_approves_nothing_that_is_at_risk(
        self, pipeline: Pipeline, document: Json, sections: dict[str, Json]
    ) -> None:
        sections["s2"]["risk"] = "safety_critical"

        outcome = await pipeline.run(document, review="auto", thread="t")

        assert set(outcome.flags) == {"section:s2", *(f"lesson:s2-l{number}" for number in (1, 2, 3))}

    async def test_ask_stops_with_one_interrupt_that_lists_everything(
        self, pipeline: Pipeline, document: Json
    ) -> None:
        outcome = await pipeline.run(document, review="ask", thread="t")

        assert "course" not in outcome.state
        assert [request["args"]["item_id"] for request in requests_of(outcome)] == FLAGGED
        for request in requests_of(outcome):
            assert set(request) == {"name", "args", "description"}
        assert outcome.interrupts[0].value["review_configs"] == [
            {"action_name": name, "allowed_decisions": ["approve", "edit", "reject", "respond"]}
            for name in ("review_lesson", "review_section")
        ]

    async def test_no_argument_is_null_for_agent_inbox_asks_each_for_its_length(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        pipeline = make_pipeline({"qwen/qwen3-max": {"broken_json_share": 1.0}}, checkpointer=InMemorySaver())

        outcome = await pipeline.run(document, review="ask", thread="t")

        (metadata,) = [r["args"] for r in requests_of(outcome) if r["args"]["kind"] == "metadata"]
        assert not {"section_id", "section_title", "score"} & set(metadata)
        assert all(value is not None for r in requests_of(outcome) for value in r["args"].values())

    async def test_description_is_all_that_an_interface_needs_that_knows_no_courses(
        self, pipeline: Pipeline, document: Json
    ) -> None:
        outcome = await pipeline.run(document, review="ask", thread="t")

        request = next(r for r in requests_of(outcome) if r["args"]["item_id"] == "lesson:s1-l2")
        first, *rest = request["description"].split("\n\n")
        assert first == f"lesson s1-l2: {request['args']['reasons'][0]}"
        assert rest[0].startswith(f"**{request['args']['title']}** (alignment ")
        assert [f"- {objective}" for objective in request["args"]["objectives"]] == rest[2].splitlines()
        assert any(block.startswith("**Judge** (") for block in rest)

    async def test_contradicted_fact_is_shown_beside_the_sentence_that_contradicts_it(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        document["verifiable_facts"] = [FACT]
        policy = changed_policy(course={"rewrite_attempts": 0})
        pipeline = make_pipeline(policy=policy, checkpointer=InMemorySaver())
        pipeline.author.interfere = spoiling("s3", 1, with_wrong_index)

        outcome = await pipeline.run(document, review="ask", thread="t")

        item = item_of(outcome, "lesson:s3-l1")
        assert {(fact["statement"], fact["sentence"]) for fact in item["facts"]} >= {
            (STATEMENT, "The first element of a list has index 1.")
        }

    async def test_every_field_of_an_item_stands_in_the_manual(
        self, pipeline: Pipeline, document: Json
    ) -> None:
        manual = (Path(__file__).parents[2] / "docs" / "review.md").read_text("utf-8")

        outcome = await pipeline.run(document, review="ask", thread="t")

        for field in {name for request in requests_of(outcome) for name in request["args"]}:
            assert f"`{field}`" in manual

    async def test_ask_does_not_stop_where_nothing_is_flagged(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        outcome = await make_pipeline(checkpointer=InMemorySaver()).run(document, review="ask", thread="t")

        assert outcome.state["status"] == "finished"
        assert "review_needed" not in outcome.kinds()

    async def test_ask_is_refused_before_anything_is_paid_where_a_run_cannot_wait(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        pipeline = make_pipeline()

        with pytest.raises(SettingsError, match="checkpointer"):
            await pipeline.run(document, review="ask")

        assert pipeline.author.asked == []


class TestAnswer:
    @pytest.fixture
    async def waiting(self, pipeline: Pipeline, document: Json) -> Outcome:
        """A run in thread `t` that waits for an answer."""
        return await pipeline.run(document, review="ask", thread="t")

    async def test_approve_finishes_the_course_and_asks_no_model(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        asked = len(pipeline.author.asked)

        outcome = await pipeline.answer(answer(), "t")

        assert waiting.interrupts
        assert outcome.lesson_ids == PLANNED
        assert outcome.flags == {}
        assert {decision["type"] for decision in outcome.report["decisions"]} == {"approve"}
        assert {decision["by"] for decision in outcome.report["decisions"]} == {"not named"}
        assert len(pipeline.author.asked) == asked

    async def test_it_is_of_whom_the_server_has_authenticated_whomever_it_names(
        self,
        pipeline: Pipeline,
        waiting: Outcome,  # noqa: ARG002
    ) -> None:
        forged = answer() | {"by": "Grace"}
        forged["decisions"][0] = APPROVE | {"by": "Grace"}

        of_server = {"thread_id": "t", "langgraph_auth_user": SimpleNamespace(identity="ada")}
        state = await pipeline.graph.ainvoke(Command(resume=forged), {"configurable": of_server})

        assert {decision["by"] for decision in state["report"]["decisions"]} == {"ada"}

    async def test_edit_changes_the_lesson(self, pipeline: Pipeline, waiting: Outcome) -> None:
        content = content_of(waiting, "lesson:s1-l2") | {"title": "A better title"}
        edit = {"type": "edit", "edited_action": {"name": "review_lesson", "args": {"content_json": content}}}

        outcome = await pipeline.answer(answer(lesson_s1_l2=edit), "t")

        assert lesson_of(outcome, "s1-l2")["title"] == "A better title"
        assert outcome.lesson_ids == PLANNED

    async def test_edited_content_may_come_as_json_text(self, pipeline: Pipeline, waiting: Outcome) -> None:
        content = json.dumps(content_of(waiting, "lesson:s1-l2") | {"title": "A better title"})
        edit = {"type": "edit", "edited_action": {"name": "review_lesson", "args": {"content_json": content}}}

        outcome = await pipeline.answer(answer(lesson_s1_l2=edit), "t")

        assert lesson_of(outcome, "s1-l2")["title"] == "A better title"

    async def test_reject_takes_the_lesson_out(self, pipeline: Pipeline, waiting: Outcome) -> None:
        assert waiting.interrupts

        outcome = await pipeline.answer(answer(lesson_s3_l1={"type": "reject", "message": "no"}), "t")

        assert outcome.lesson_ids == [lesson for lesson in PLANNED if lesson != "s3-l1"]

    async def test_reject_never_makes_the_course_too_short(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        assert waiting.interrupts
        no = {"type": "reject", "message": "no"}

        again = await pipeline.answer(answer(lesson_s1_l1=no, lesson_s3_l1=no), "t")
        outcome = await pipeline.answer({"decisions": [APPROVE]}, "t")

        assert [request["args"]["item_id"] for request in requests_of(again)] == ["lesson:s3-l1"]
        assert outcome.lesson_ids == [lesson for lesson in PLANNED if lesson != "s1-l1"]
        notes = [d.get("note") for d in outcome.report["decisions"] if d["type"] == "reject"]
        assert notes == [None, "written anew: the course would have too few lessons"]

    async def test_older_shape_of_answers_is_understood(self, pipeline: Pipeline, waiting: Outcome) -> None:
        edited = content_of(waiting, "lesson:s1-l1") | {"title": "A better title"}
        decisions: dict[str, Json] = {item: {"type": "accept", "args": None} for item in FLAGGED}
        decisions |= {
            "lesson:s1-l1": {
                "type": "edit",
                "args": {"action": "review_lesson", "args": {"content_json": edited}},
            },
            "lesson:s2-l1": {"type": "ignore", "args": None},
        }

        outcome = await pipeline.answer(list(decisions.values()), "t")

        assert lesson_of(outcome, "s1-l1")["title"] == "A better title"
        assert "s2-l1" not in outcome.lesson_ids

    @pytest.mark.parametrize(
        "wrong",
        [
            "yes",
            [],
            {"decisions": []},
            {"decisions": [APPROVE]},
            {"decisions": {"lesson:s9-l9": APPROVE}},
            {"decisions": [{"type": "perhaps"}] * len(FLAGGED)},
            {"decisions": [{"type": "edit"}] * len(FLAGGED)},
            {"decisions": ["approve"] * len(FLAGGED)},
            answer(section_s1={"type": "edit", "edited_action": {"name": "x", "args": {"title": "x"}}}),
            answer(lesson_s1_l1={"type": "edit", "edited_action": {"name": "x", "args": {"title": "x"}}}),
            answer(lesson_s1_l1={"type": "edit", "edited_action": {"args": {"content_json": "{"}}}),
        ],
    )
    async def test_wrong_answer_is_refused_and_the_run_stays_answerable(
        self, pipeline: Pipeline, waiting: Outcome, wrong: object
    ) -> None:
        refused = await pipeline.answer(wrong, "t")

        error = refused.interrupts[0].value["error"]
        first, *others = requests_of(refused)
        asked, *others_asked = requests_of(waiting)
        assert first["description"] == f"**The last answer was refused.** {error}\n\n{asked['description']}"
        assert first["args"] == asked["args"]
        assert others == others_asked
        assert (await pipeline.answer(answer(), "t")).state["status"] == "finished"

    async def test_refusal_names_the_item_and_the_field(self, pipeline: Pipeline, waiting: Outcome) -> None:
        content = content_of(waiting, "lesson:s1-l1") | {"exercises": []}
        edit = {"type": "edit", "edited_action": {"name": "review_lesson", "args": {"content_json": content}}}

        refused = await pipeline.answer(answer(lesson_s1_l1=edit), "t")

        assert "lesson:s1-l1" in refused.interrupts[0].value["error"]
        assert "exercises" in refused.interrupts[0].value["error"]


async def test_edited_metadata_replaces_what_the_model_wrote_and_is_checked(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    pipeline = make_pipeline({"qwen/qwen3-max": {"broken_json_share": 1.0}}, checkpointer=InMemorySaver())
    waiting = await pipeline.run(document, review="ask", thread="t")
    content = content_of(waiting, "metadata") | {"title": "Plots from data", "run_id": "not yours"}
    edit = {"type": "edit", "edited_action": {"name": "review_metadata", "args": {"content_json": content}}}

    checked = await pipeline.answer({"decisions": [edit]}, "t")
    outcome = await pipeline.answer({"decisions": [APPROVE]}, "t")

    (request,) = requests_of(checked)
    assert "no model wrote valid metadata" not in request["description"]
    assert request["args"]["reasons"]
    assert [previous["content_json"]["title"] for previous in request["args"]["previous"]] == [
        content_of(waiting, "metadata")["title"]
    ]
    assert outcome.state["course"]["title"] == "Plots from data"
    assert outcome.state["course"]["run_id"] == "t"
    assert outcome.report["decisions"][0]["result"].startswith("checked again: ")
