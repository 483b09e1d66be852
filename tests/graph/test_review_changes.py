"""What decisions do to a course: who writes anew, what is checked again, what comes back, what is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from tests.graph.conftest import PLANNED, SAMPLE, changed_policy
from tests.graph.reviewing import (
    APPROVE,
    FLAGGED,
    STRICT,
    answer,
    by_id,
    content_of,
    item_of,
    items_of,
    lesson_of,
    requests_of,
)
from tests.graph.test_exercises import BROKEN, Spoiler, broken_without_spare, exercises_of

if TYPE_CHECKING:
    from courseai.graph.observation import Step
    from tests.graph.conftest import Asked, Json, Outcome, Pipeline, PipelineMaker

TOP = "qwen/qwen3-max"
WORDS = "Use a worked example with three files."
AGAIN = {"type": "regenerate", "message": WORDS}
REJECT = {"type": "reject"}


@pytest.fixture
def pipeline(make_pipeline: PipelineMaker) -> Pipeline:
    """A pipeline that flags everything, and can wait; the course may lose one lesson."""
    policy = changed_policy(alignment=STRICT, course={"min_lessons": 9}, review={"regenerations": 2})
    return make_pipeline(policy=policy, checkpointer=InMemorySaver())


@pytest.fixture
async def waiting(pipeline: Pipeline, document: Json) -> Outcome:
    """A run in thread `t` that waits for an answer; what was asked so far is forgotten."""
    outcome = await pipeline.run(document, review="ask", thread="t")
    pipeline.author.asked.clear()
    return outcome


def drafted(pipeline: Pipeline) -> list[Asked]:
    """What was asked of models, verdicts left out."""
    return [asked for asked in pipeline.author.asked if asked.kind != "lesson_verdict"]


def spoilt(waiting: Outcome, more: str) -> Json:
    """An edit of lesson s1-l2 that fails the checks, and so comes back."""
    content = content_of(waiting, "lesson:s1-l2")
    return {"type": "edit", "content_json": content | {"content": f"{content['content']}\n\n{more}"}}


class TestRegenerate:
    async def test_lesson_alone_is_written_by_the_top_tier_with_the_reviewers_words(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        assert waiting.interrupts

        await pipeline.answer(by_id(lesson_s2_l1=AGAIN), "t")

        (asked,) = drafted(pipeline)
        assert (asked.model, asked.kind) == (TOP, "lesson_draft")
        assert [lesson["number"] for lesson in asked.brief["lessons"]] == [1]
        assert asked.brief["feedback"][0] == WORDS

    async def test_it_comes_back_beside_what_was_there(self, pipeline: Pipeline, waiting: Outcome) -> None:
        before = content_of(waiting, "lesson:s2-l1")

        outcome = await pipeline.answer(by_id(lesson_s2_l1=AGAIN), "t")

        item = item_of(outcome, "lesson:s2-l1")
        assert item["reasons"][0] == "written anew by qwen3_max on request"
        assert item["content_json"]["content"] != before["content"]
        assert item["previous"][-1]["content_json"]["content"] == before["content"]
        assert item["route"][-1]["step"] == "reviewer_request"
        assert item["cost_usd"] > 0
        assert items_of(outcome) == FLAGGED

    async def test_lesson_that_now_passes_comes_back_all_the_same(
        self, make_pipeline: PipelineMaker, document: Json, sections: dict[str, Json]
    ) -> None:
        document["compliance"] |= {"safety_critical": True}
        sections["s1"]["risk"] = sections["s3"]["risk"] = "none"
        sections["s2"]["risk"] = "safety_critical"
        pipeline = make_pipeline(checkpointer=InMemorySaver())
        first = await pipeline.run(document, review="ask", thread="t")

        again = await pipeline.answer(by_id(section_s2=AGAIN), "t")
        last = await pipeline.answer({"decisions": [APPROVE]}, "t")

        assert items_of(first) == items_of(again) == ["section:s2"]
        assert last.lesson_ids == PLANNED
        assert [d["type"] for d in last.report["decisions"]] == ["regenerate", "approve"]

    async def test_section_is_written_anew_as_a_whole(self, pipeline: Pipeline, waiting: Outcome) -> None:
        assert waiting.interrupts

        outcome = await pipeline.answer(by_id(section_s3=AGAIN), "t")

        (asked,) = drafted(pipeline)
        assert (asked.model, asked.kind, asked.section_id) == (TOP, "section_draft", "s3")
        assert asked.brief["feedback"][0] == WORDS
        item = item_of(outcome, "section:s3")
        assert item["reasons"][0] == "written anew by qwen3_max on request"
        assert (
            len(item["content_json"]["lessons"]) == len(item["previous"][-1]["content_json"]["lessons"]) == 3
        )

    async def test_section_leaves_alone_the_lesson_that_the_same_answer_edits(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        edit = {"type": "edit", "content_json": content_of(waiting, "lesson:s3-l2") | {"title": "By hand"}}

        outcome = await pipeline.answer(by_id(section_s3=AGAIN, lesson_s3_l2=edit), "t")

        (asked,) = drafted(pipeline)
        assert [lesson["number"] for lesson in asked.brief["lessons"]] == [1, 3]
        lessons = item_of(outcome, "section:s3")["content_json"]["lessons"]
        assert lessons[1]["title"] == "By hand"

    async def test_metadata_is_written_anew_and_checked(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        pipeline = make_pipeline({TOP: {"broken_json_share": 1.0}}, checkpointer=InMemorySaver())
        await pipeline.run(document, review="ask", thread="t")
        mended = make_pipeline(checkpointer=pipeline.graph.checkpointer, drafts=pipeline.services.drafts)

        again = await mended.answer(by_id(metadata=AGAIN), "t")
        last = await mended.answer({"decisions": [APPROVE]}, "t")

        (asked,) = drafted(mended)
        assert (asked.kind, asked.brief["feedback"][0]) == ("course_metadata", WORDS)
        assert item_of(again, "metadata")["reasons"] == ["written anew by qwen3_max on request"]
        assert item_of(again, "metadata")["previous"]
        assert last.report["metadata"]["source"] == "model"

    async def test_metadata_and_lessons_of_two_sections_are_written_anew_by_one_answer(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        policy = changed_policy(alignment=STRICT)
        faults = {TOP: {"broken_json_share": 1.0}}
        pipeline = make_pipeline(faults, policy=policy, checkpointer=InMemorySaver())
        await pipeline.run(document, review="ask", thread="t")
        mended = make_pipeline(
            policy=policy, checkpointer=pipeline.graph.checkpointer, drafts=pipeline.services.drafts
        )

        outcome = await mended.answer(by_id(metadata=AGAIN, lesson_s1_l1=AGAIN, lesson_s3_l1=AGAIN), "t")

        anew = ["metadata", "lesson:s1-l1", "lesson:s3-l1"]
        reasons = {item: item_of(outcome, item)["reasons"][0] for item in anew}
        assert reasons == dict.fromkeys(anew, "written anew by qwen3_max on request")
        assert outcome.kinds().count("lessons_judged") == 1

    async def test_answer_that_breaks_the_schema_leaves_what_was_there(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        before = content_of(waiting, "lesson:s2-l1")
        pipeline.author.interfere = nonsense

        outcome = await pipeline.answer(by_id(lesson_s2_l1=AGAIN), "t")

        item = item_of(outcome, "lesson:s2-l1")
        assert item["reasons"][0].startswith("it could not be written anew: ")
        assert item["content_json"] == before

    async def test_after_the_limit_a_person_approves_edits_or_rejects(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        assert "regenerate" in item_of(waiting, "lesson:s2-l1")["allowed_decisions"]
        for _ in range(2):
            outcome = await pipeline.answer(by_id(lesson_s2_l1=AGAIN), "t")

        refused = await pipeline.answer(by_id(lesson_s2_l1=AGAIN), "t")

        assert item_of(outcome, "lesson:s2-l1")["allowed_decisions"] == ["approve", "edit", "reject"]
        assert item_of(outcome, "lesson:s2-l1")["regenerations"] == 2
        assert "take approve, edit, reject" in refused.interrupts[0].value["error"]
        assert len(drafted(pipeline)) == 2

    async def test_rejection_that_cannot_be_carried_out_says_so_to_the_reviewer(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        policy = changed_policy(alignment=STRICT, review={"regenerations": 1})
        pipeline = make_pipeline(policy=policy, checkpointer=InMemorySaver())
        await pipeline.run(document, review="ask", thread="t")

        anew = await pipeline.answer(by_id(lesson_s2_l1=REJECT), "t")
        kept = await pipeline.answer(by_id(lesson_s2_l1=REJECT), "t")
        approved = await pipeline.answer(by_id(lesson_s2_l1=APPROVE), "t")

        too_few = "the course would have too few lessons"
        assert item_of(anew, "lesson:s2-l1")["reasons"][0] == f"rejected, written anew: {too_few}"
        assert item_of(kept, "lesson:s2-l1")["reasons"][0].startswith(f"rejected, not carried out: {too_few}")
        assert "lesson:s2-l1" not in items_of(approved)

    async def test_response_in_words_is_an_instruction(self, pipeline: Pipeline, waiting: Outcome) -> None:
        assert waiting.interrupts

        await pipeline.answer(by_id(lesson_s2_l1={"type": "respond", "message": WORDS}), "t")

        (asked,) = drafted(pipeline)
        assert asked.brief["feedback"][0] == WORDS


class TestEdit:
    async def test_edit_that_passes_is_settled_with_its_result(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        edit = {"type": "edit", "content_json": content_of(waiting, "lesson:s1-l2") | {"title": "By hand"}}

        left = await pipeline.answer(by_id(lesson_s1_l2=edit), "t")
        outcome = await pipeline.answer({"decisions": [APPROVE] * len(items_of(left))}, "t")

        assert items_of(left) == [item for item in FLAGGED if item != "lesson:s1-l2"]
        assert lesson_of(outcome, "s1-l2")["title"] == "By hand"
        assert outcome.report["decisions"][0]["result"] == "checked again: passed"

    async def test_edit_that_fails_its_checks_comes_back_with_what_failed(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        content = content_of(waiting, "lesson:s1-l2")
        edit = spoilt(waiting, "Lorem ipsum dolor sit amet, TODO: write this.")

        outcome = await pipeline.answer(by_id(lesson_s1_l2=edit), "t")

        item = item_of(outcome, "lesson:s1-l2")
        assert item["reasons"][0].startswith("FAIL: ")
        assert item["findings"]
        assert "TODO" in item["content_json"]["content"]
        assert item["previous"][-1]["content_json"]["content"] == content["content"]
        assert drafted(pipeline) == []

    async def test_other_lessons_are_not_judged_for_money_again(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        edit = {"type": "edit", "content_json": content_of(waiting, "lesson:s1-l2") | {"title": "By hand"}}

        await pipeline.answer(by_id(lesson_s1_l2=edit), "t")

        assert pipeline.author.asked == []

    async def test_section_is_edited_with_all_its_lessons(self, pipeline: Pipeline, waiting: Outcome) -> None:
        content = content_of(waiting, "section:s1")
        for lesson in content["lessons"]:
            lesson["title"] += " by hand"

        outcome = await pipeline.answer(answer(section_s1={"type": "edit", "content_json": content}), "t")

        titles = [lesson_of(outcome, lesson)["title"] for lesson in PLANNED if lesson.startswith("s1")]
        assert all(title.endswith(" by hand") for title in titles)


class TestVersions:
    async def test_all_are_shown_oldest_first(self, pipeline: Pipeline, waiting: Outcome) -> None:
        texts = [content_of(waiting, "lesson:s1-l2")["content"]]
        for number in range(3):
            outcome = await pipeline.answer(by_id(lesson_s1_l2=spoilt(waiting, f"TODO: {number}")), "t")
            texts.append(content_of(outcome, "lesson:s1-l2")["content"])

        item = item_of(outcome, "lesson:s1-l2")
        assert [version["content_json"]["content"] for version in item["previous"]] == texts[:-1]
        assert item["older"] == 0

    async def test_those_that_there_is_no_room_for_are_counted(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        for number in range(3):
            long = "\n\n".join([f"TODO: {number}. A plot has two axes."] * 440)
            outcome = await pipeline.answer(by_id(lesson_s1_l2=spoilt(waiting, long)), "t")

        item = item_of(outcome, "lesson:s1-l2")
        assert (len(item["previous"]), item["older"]) == (2, 1)
        assert "TODO: 1" in item["previous"][-1]["content_json"]["content"]


class TestExercise:
    @pytest.fixture
    async def waiting(self, pipeline: Pipeline, document: Json) -> Outcome:
        """A run whose only flawed exercise cannot be spared."""
        pipeline.author.interfere = Spoiler(broken_without_spare, rewrite=BROKEN)
        outcome = await pipeline.run(document, review="ask", thread="t")
        pipeline.author.asked.clear()
        return outcome

    @pytest.fixture
    def pipeline(self, make_pipeline: PipelineMaker) -> Pipeline:
        """A pipeline that flags what is flawed, and can wait."""
        return make_pipeline(checkpointer=InMemorySaver())

    async def test_it_is_an_item_of_its_own(self, waiting: Outcome) -> None:
        item = item_of(waiting, "exercise:s1-l1-e2")
        assert items_of(waiting) == ["exercise:s1-l1-e2"]
        assert item["content_json"]["question"] == BROKEN["question"]
        assert item["reasons"] == ['The answer has to be ["true"] or ["false"].']
        assert item["objectives"]

    async def test_edited_key_is_checked_and_settles_it(self, pipeline: Pipeline, waiting: Outcome) -> None:
        assert waiting.interrupts
        edit = {"type": "edit", "content_json": BROKEN | {"answer": ["true"]}}

        outcome = await pipeline.answer(by_id(exercise_s1_l1_e2=edit), "t")

        mended = exercises_of(outcome, "s1-l1")[1]
        assert (mended["exercise_id"], mended["answer"]) == ("s1-l1-e2", ["true"])
        assert outcome.report["exercises"]["blocked"] == {}

    async def test_edit_that_cannot_be_marked_comes_back(self, pipeline: Pipeline, waiting: Outcome) -> None:
        assert waiting.interrupts
        edit = {"type": "edit", "content_json": BROKEN | {"answer": ["perhaps"]}}

        outcome = await pipeline.answer(by_id(exercise_s1_l1_e2=edit), "t")

        assert item_of(outcome, "exercise:s1-l1-e2")["content_json"]["answer"] == ["perhaps"]

    async def test_it_alone_is_written_anew(self, pipeline: Pipeline, waiting: Outcome) -> None:
        assert waiting.interrupts
        pipeline.author.interfere = Spoiler(broken_without_spare)

        outcome = await pipeline.answer(by_id(exercise_s1_l1_e2=AGAIN), "t")

        (asked,) = drafted(pipeline)
        assert (asked.kind, asked.model) == ("exercise_draft", TOP)
        assert asked.brief["problems"][0] == WORDS
        item = item_of(outcome, "exercise:s1-l1-e2")
        assert item["previous"][-1]["content_json"]["answer"] == BROKEN["answer"]

    async def test_reject_writes_anew_what_the_lesson_cannot_spare(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        assert waiting.interrupts
        pipeline.author.interfere = Spoiler(broken_without_spare)

        outcome = await pipeline.answer({"decisions": [{"type": "reject", "message": "No."}]}, "t")
        last = await pipeline.answer({"decisions": [APPROVE]}, "t")

        assert items_of(outcome) == ["exercise:s1-l1-e2"]
        assert last.report["decisions"][0]["note"] == (
            "written anew: its lesson would have fewer than 3 exercises"
        )


class TestRecord:
    async def test_every_decision_of_every_round_says_who_when_and_why(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        assert waiting.interrupts
        started = datetime.now(UTC).replace(microsecond=0)

        left = await pipeline.answer(by_id(lesson_s2_l1=AGAIN), "t")
        everything = {item_id: APPROVE | {"by": "Bo", "message": "Good."} for item_id in items_of(left)}
        outcome = await pipeline.answer({"decisions": everything}, "t")

        first, *others = outcome.report["decisions"]
        assert (first["item_id"], first["type"], first["by"], first["message"]) == (
            "lesson:s2-l1",
            "regenerate",
            "Ada",
            WORDS,
        )
        assert {(d["type"], d["by"], d["message"]) for d in others} == {("approve", "Bo", "Good.")}
        assert len(others) == len(FLAGGED)
        for decision in outcome.report["decisions"]:
            assert started <= datetime.fromisoformat(decision["at"]) <= datetime.now(UTC)

    async def test_route_of_the_report_names_the_request(self, pipeline: Pipeline, waiting: Outcome) -> None:
        assert waiting.interrupts

        await pipeline.answer(by_id(lesson_s2_l1=AGAIN), "t")
        outcome = await pipeline.answer({"decisions": [APPROVE] * len(FLAGGED)}, "t")

        (record,) = outcome.section("s2")["rewrites"]
        assert (record["reason"], record["tier"], record["by"]) == ("reviewer_request", "qwen3_max", "Ada")


class TestRounds:
    async def test_partial_answer_keeps_the_rest_pending_and_runs_nothing_else(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        assert waiting.interrupts

        left = await pipeline.answer(by_id(lesson_s1_l1=APPROVE, section_s2=APPROVE), "t")

        assert items_of(left) == [i for i in FLAGGED if i not in ("lesson:s1-l1", "section:s2")]
        assert left.interrupts[0].value["review"]["decided"] == 2
        assert left.interrupts[0].value["review"]["pending"] == len(FLAGGED) - 2
        assert set(left.kinds()) == {"review_needed", "review_decided"}
        assert pipeline.author.asked == []

    async def test_rejected_section_leaves_and_the_outcome_that_nobody_teaches_now_is_asked_about(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        policy = changed_policy(alignment=STRICT, course={"min_lessons": 7})
        pipeline = make_pipeline(policy=policy, checkpointer=InMemorySaver())
        await pipeline.run(document, review="ask", thread="t")

        left = await pipeline.answer(answer(section_s2={"type": "reject", "message": "Not needed."}), "t")
        outcome = await pipeline.answer({"decisions": [APPROVE]}, "t")

        assert items_of(left) == ["metadata"]
        assert "No lesson teaches: " in requests_of(left)[0]["description"]
        assert outcome.lesson_ids == [lesson for lesson in PLANNED if not lesson.startswith("s2")]
        assert outcome.report["lessons"] == {"planned": 10, "written": 7, "missing": {}}

    async def test_approved_metadata_comes_back_when_a_later_removal_leaves_another_outcome_untaught(
        self, make_pipeline: PipelineMaker, document: Json
    ) -> None:
        policy = changed_policy(alignment=STRICT, course={"min_lessons": 4})
        pipeline = make_pipeline(policy=policy, checkpointer=InMemorySaver())
        await pipeline.run(document, review="ask", thread="t")
        first = await pipeline.answer(by_id(section_s2=REJECT), "t")
        known = item_of(first, "metadata")["reasons"]

        await pipeline.answer({"decisions": {"metadata": APPROVE}}, "t")
        second = await pipeline.answer(by_id(section_s3=REJECT), "t")

        assert item_of(second, "metadata")["reasons"]
        assert not set(known) & set(item_of(second, "metadata")["reasons"])

    async def test_removed_lesson_is_not_missed_when_others_are_checked_again(
        self, pipeline: Pipeline, waiting: Outcome
    ) -> None:
        edit = {"type": "edit", "content_json": content_of(waiting, "lesson:s1-l2") | {"title": "By hand"}}

        outcome = await pipeline.answer(answer(lesson_s3_l1={"type": "reject"}, lesson_s1_l2=edit), "t")

        assert "s3-l1" not in outcome.lesson_ids
        assert outcome.report["lessons"]["missing"] == {}
        assert outcome.flags == {}
        assert set(outcome.state["verdicts"]) == set(outcome.lesson_ids)

    async def test_forty_items_answered_at_once_run_the_node_twice(
        self, make_pipeline: PipelineMaker
    ) -> None:
        document = json.loads(SAMPLE.with_name("statistics.json").read_bytes())
        steps: list[Step] = []
        policy = changed_policy(alignment=STRICT)
        pipeline = make_pipeline(policy=policy, checkpointer=InMemorySaver(), on_step=[steps.append])
        waiting = await pipeline.run(document, review="ask", thread="t")
        count, asked = len(requests_of(waiting)), len(pipeline.author.asked)

        outcome = await pipeline.answer({"decisions": [APPROVE] * count}, "t")

        assert count >= 40
        runs = [step.outcome for step in steps if step.node == "human_review"]
        assert runs == ["interrupted", "done"]
        assert len(pipeline.author.asked) == asked
        assert outcome.kinds().count("review_decided") == count
        assert len(json.dumps(waiting.interrupts[0].value)) < 1_000_000
        assert outcome.state["status"] == "finished"


async def nonsense(asked: Asked) -> str | None:
    """No draft is ever valid."""
    return "Certainly! Here is your lesson." if asked.kind != "lesson_verdict" else None
