"""Defective text on its way through a whole run: escalated as a draft, failed by rule, rewritten once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.responses import Response

from courseai.models.offline.brief import SectionBrief
from courseai.models.offline.lesson_author import write_lessons
from tests.graph.conftest import changed_policy

if TYPE_CHECKING:
    from tests.graph.conftest import Asked, Interference, Json, Pipeline, PipelineMaker

STATEMENT = "Python uses zero-based indexing: the first element of a list has index 0."
FACT = {
    "id": "py1",
    "statement": STATEMENT,
    "value": 0,
    "source": "Python reference",
    "must_mention_in": ["s3"],
}

Planted = Callable[[str], str]


def spoiling(section_id: str, number: int, planted: Planted, *, once: bool = False) -> Interference:
    """Change one lesson of a section whenever it is drafted, or in its first draft only."""

    async def interfere(asked: Asked) -> str | None:
        is_meant = asked.kind == "section_draft" and asked.section_id == section_id
        if not is_meant or (once and asked.brief["feedback"]):
            return None
        lessons = [
            lesson.model_dump(mode="json")
            for lesson in write_lessons(SectionBrief.model_validate(asked.brief), seed=0)
        ]
        for lesson in lessons:
            if lesson["number"] == number:
                lesson["content"] = planted(lesson["content"])
        return json.dumps({"lessons": lessons})

    return interfere


def with_placeholder(content: str) -> str:
    return content + "\n\nTODO: add an example here."


def with_wrong_index(content: str) -> str:
    return content.replace("has index 0.", "has index 1.") + "\n\nThe first element of a list has index 1."


def verdict(report: Json, lesson_id: str) -> Json:
    found: Json = next(each for each in report["verdicts"] if each["lesson_id"] == lesson_id)
    return found


async def test_a_draft_with_defective_text_climbs_to_the_next_tier(
    pipeline: Pipeline, document: Json
) -> None:
    pipeline.author.interfere = spoiling("s1", 2, with_placeholder, once=True)

    outcome = await pipeline.run(document)

    first, second = outcome.section("s1")["drafts"][:2]
    assert first["decision"]["reason"] == "defective_text"
    assert "placeholder" in " ".join(first["problems"])
    assert second["tier"] != first["tier"]
    assert outcome.report["escalations"]["by_reason"] == {"defective_text": 1}
    assert verdict(outcome.report, "s1-l2")["defects"] == []


async def test_the_next_tier_is_told_what_to_mend(pipeline: Pipeline, document: Json) -> None:
    pipeline.author.interfere = spoiling("s1", 2, with_placeholder, once=True)

    await pipeline.run(document)

    again = pipeline.author.requests("section_draft", "s1")[1]
    assert any("Lesson 2" in line and "TODO" in line for line in again.brief["feedback"])


async def test_a_lesson_that_stays_defective_fails_by_rule_and_is_rewritten_alone(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    pipeline = make_pipeline()
    pipeline.author.interfere = spoiling("s2", 1, with_placeholder)

    outcome = await pipeline.run(document)

    (rewrite,) = pipeline.author.requests("lesson_draft")
    assert [lesson["number"] for lesson in rewrite.brief["lessons"]] == [1]
    assert any("TODO" in line for line in rewrite.brief["feedback"])
    assert verdict(outcome.report, "s2-l1")["status"] != "FAIL"


async def test_a_rewritten_lesson_is_ascribed_to_the_tier_that_answered(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    pipeline = make_pipeline(policy=changed_policy(availability={"attempts": 1}))
    spoil = spoiling("s2", 1, with_placeholder)

    async def interfere(asked: Asked) -> str | Response | None:
        is_away = asked.kind == "lesson_draft" and asked.model == "qwen/qwen3-max"
        return Response(status_code=503) if is_away else await spoil(asked)

    pipeline.author.interfere = interfere
    outcome = await pipeline.run(document)

    (rewrite,) = outcome.section("s2")["rewrites"]
    assert (rewrite["tier"], rewrite["writers"]) == ("qwen3_max", {"1": "oss_120b"})


async def test_a_defect_that_is_left_fails_the_lesson_without_asking_a_judge(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    pipeline = make_pipeline(policy=changed_policy(course={"rewrite_attempts": 0}))
    pipeline.author.interfere = spoiling("s2", 1, with_placeholder)

    outcome = await pipeline.run(document)

    failed = verdict(outcome.report, "s2-l1")
    assert (failed["status"], failed["method"]) == ("FAIL", "rule")
    assert [defect["code"] for defect in failed["defects"]] == ["placeholder"]
    assert outcome.report["quality"]["defects"] == {"placeholder": 1}
    judged = [asked.brief["content"] for asked in pipeline.author.requests("lesson_verdict")]
    assert not any("TODO" in content for content in judged)


async def test_the_report_says_what_the_course_says_about_each_fact(
    pipeline: Pipeline, document: Json
) -> None:
    document["verifiable_facts"] = [FACT]

    (fact,) = (await pipeline.run(document)).report["facts"]

    assert (fact["id"], fact["status"]) == ("py1", "verified")
    assert [mention["lesson_id"].split("-")[0] for mention in fact["mentions"]] == ["s3"]


async def test_a_contradicted_fact_climbs_as_such(pipeline: Pipeline, document: Json) -> None:
    document["verifiable_facts"] = [FACT]
    pipeline.author.interfere = spoiling("s3", 1, with_wrong_index, once=True)

    outcome = await pipeline.run(document)

    reasons = [draft["decision"]["reason"] for draft in outcome.section("s3")["drafts"]]
    assert reasons[0] == "contradicted_fact"
    assert outcome.report["facts"][0]["status"] == "verified"


async def test_a_copied_lesson_fails_by_rule_and_the_original_does_not(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    pipeline = make_pipeline(policy=changed_policy(course={"rewrite_attempts": 0}))
    texts: list[str] = []

    def copied(content: str) -> str:
        return texts[0] if texts else content

    async def interfere(asked: Asked) -> str | Response | None:
        if asked.kind == "section_draft" and asked.section_id == "s1":
            lessons = write_lessons(SectionBrief.model_validate(asked.brief), seed=0)
            texts[:] = [lessons[0].content]
        return await spoiling("s1", 3, copied)(asked)

    pipeline.author.interfere = interfere
    report = (await pipeline.run(document)).report

    assert [d["code"] for d in verdict(report, "s1-l3")["defects"]] == ["near_duplicate"]
    assert verdict(report, "s1-l3")["method"] == "rule"
    assert verdict(report, "s1-l1")["method"] != "rule"


async def test_a_doubtful_fact_passes_with_a_flag_and_says_which_check_spoke(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    document["verifiable_facts"] = [
        FACT | {"statement": "Guido van Rossum designed the language in Amsterdam."}
    ]
    document["verifiable_facts"][0]["must_mention_in"] = []
    pipeline = make_pipeline()
    changed = "Guido van Rossum designed the compiler in Amsterdam."
    pipeline.author.interfere = spoiling("s2", 1, lambda content: f"{content}\n\n{changed}")

    found = verdict((await pipeline.run(document)).report, "s2-l1")

    assert (found["status"], found["codes"]) == ("PASS_WITH_FLAG", ["altered_fact"])
