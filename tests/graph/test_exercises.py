"""Exercises in a whole run: repaired in code, rewritten one by one, dropped, or shown to a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from courseai.models.offline.brief import SectionBrief
from courseai.models.offline.lesson_author import write_lessons
from tests.graph.conftest import changed_policy

if TYPE_CHECKING:
    from tests.graph.conftest import Asked, Json, Outcome, Pipeline

MIDDLE = "openai/gpt-oss-120b"
BROKEN = {
    "type": "true_false",
    "question": "A list is mutable.",
    "answer": ["It depends"],
    "explanation": "Its items can be replaced.",
}
Spoil = Callable[[dict[str, Any]], None]


class Spoiler:
    """Lets the offline author write, spoils one lesson of its sections, and rewrites as it is told."""

    def __init__(self, spoil: Spoil, *, section_id: str | None = "s1", rewrite: Json | None = None) -> None:
        self.spoil = spoil
        self.section_id = section_id
        self.rewrite = rewrite

    async def __call__(self, asked: Asked) -> str | None:
        if asked.kind == "exercise_draft" and self.rewrite is not None:
            return json.dumps(self.rewrite)
        if asked.kind != "section_draft" or self.section_id not in (None, asked.section_id):
            return None
        lessons = [
            lesson.model_dump(mode="json")
            for lesson in write_lessons(SectionBrief.model_validate(asked.brief), seed=0)
        ]
        for lesson in lessons if self.section_id is None else lessons[:1]:
            self.spoil(lesson)
        return json.dumps({"lessons": lessons})


def broken(lesson: Json) -> None:
    """The second exercise cannot be marked."""
    lesson["exercises"][1] = BROKEN


def broken_without_spare(lesson: Json) -> None:
    """The second of three exercises cannot be marked."""
    lesson["exercises"] = lesson["exercises"][:3]
    broken(lesson)


def with_long_key(lesson: Json) -> None:
    """The key is the longest option by far, as in most machine-written questions."""
    question = lesson["exercises"][0]
    key = question["answer"][0]
    long_key = key.rstrip(".") + ", which is what experienced people would do here for a good reason."
    question["options"] = [long_key if option == key else option for option in question["options"]]
    question["answer"] = [long_key]


def exercises_of(outcome: Outcome, lesson_id: str) -> list[Json]:
    """The exercises of a lesson in the finished course."""
    lessons = (lesson for section in outcome.state["course"]["sections"] for lesson in section["lessons"])
    exercises: list[Json] = next(
        lesson["exercises"] for lesson in lessons if lesson["lesson_id"] == lesson_id
    )
    return exercises


def ids(exercises: list[Json]) -> list[str]:
    """Where the exercises of a lesson came from."""
    return [exercise["exercise_id"].rpartition("-")[2] for exercise in exercises]


async def test_sound_exercises_cost_no_call(pipeline: Pipeline, document: Json) -> None:
    outcome = await pipeline.run(document)

    assert pipeline.author.requests("exercise_draft") == []
    assert outcome.report["exercises"]["total"] == 40
    assert outcome.report["exercises"]["longest_key"]["within_chance"]


async def test_careless_key_is_mended_without_a_model(pipeline: Pipeline, document: Json) -> None:
    def by_letter(lesson: Json) -> None:
        question = lesson["exercises"][0]
        question["answer"] = ["ABCD"[question["options"].index(question["answer"][0])] + ")"]

    pipeline.author.interfere = Spoiler(by_letter)

    outcome = await pipeline.run(document)

    question = exercises_of(outcome, "s1-l1")[0]
    assert question["answer"][0] in question["options"]
    assert pipeline.author.requests("exercise_draft") == []
    assert outcome.report["exercises"]["repaired"]["key"] == 1


async def test_exercise_that_cannot_be_marked_is_rewritten_alone_by_the_tier_above(
    pipeline: Pipeline, document: Json
) -> None:
    pipeline.author.interfere = Spoiler(broken)

    outcome = await pipeline.run(document)

    (asked,) = pipeline.author.requests("exercise_draft")
    assert asked.model == MIDDLE
    assert asked.brief["exercise"]["question"] == BROKEN["question"]
    assert asked.brief["problems"] == ['The answer has to be ["true"] or ["false"].']
    assert len(asked.brief["other_questions"]) == 3
    assert len(pipeline.author.requests("section_draft", "s1")) == 1
    mended = exercises_of(outcome, "s1-l1")[1]
    assert (mended["type"], mended["exercise_id"]) == ("true_false", "s1-l1-e2")
    assert mended["answer"][0] in ("true", "false")
    (record,) = outcome.report["exercises"]["rewritten"]
    assert (record["exercise_id"], record["replaced"]) == ("s1-l1-e2", True)
    assert outcome.flags == {}


async def test_exercise_that_stays_broken_is_dropped_where_three_remain(
    pipeline: Pipeline, document: Json
) -> None:
    pipeline.author.interfere = Spoiler(broken, rewrite=BROKEN)

    outcome = await pipeline.run(document)

    assert ids(exercises_of(outcome, "s1-l1")) == ["e1", "e3", "e4"]
    assert [entry["exercise_id"] for entry in outcome.report["exercises"]["dropped"]] == ["s1-l1-e2"]
    assert outcome.flags == {}


@pytest.mark.parametrize("review", ["flag", "auto"])
async def test_exercise_that_stays_broken_and_cannot_be_spared_goes_to_a_person(
    pipeline: Pipeline, document: Json, review: str
) -> None:
    pipeline.author.interfere = Spoiler(broken_without_spare, rewrite=BROKEN)

    outcome = await pipeline.run(document, review=review)

    assert ids(exercises_of(outcome, "s1-l1")) == ["e1", "e2", "e3"]
    assert outcome.flags == {"exercise:s1-l1-e2": 'The answer has to be ["true"] or ["false"].'}
    assert outcome.report["exercises"]["blocked"] == {
        "s1-l1-e2": ['The answer has to be ["true"] or ["false"].']
    }


async def test_longest_keys_are_rewritten_until_chance_explains_them(
    pipeline: Pipeline, document: Json
) -> None:
    pipeline.author.interfere = Spoiler(with_long_key, section_id=None)

    outcome = await pipeline.run(document)

    longest = outcome.report["exercises"]["longest_key"]
    assert longest["within_chance"]
    rewritten = outcome.report["exercises"]["rewritten"]
    assert len(rewritten) == len(pipeline.author.requests("exercise_draft")) == longest["questions"]
    assert {entry["tier"] for entry in rewritten} <= {"oss_20b", "oss_120b"}


async def test_policy_bounds_what_leaking_keys_may_cost(make_pipeline: Any, document: Json) -> None:
    pipeline = make_pipeline(policy=changed_policy(exercises={"leak_rewrites": 2}))
    pipeline.author.interfere = Spoiler(with_long_key, section_id=None)

    outcome = await pipeline.run(document)

    assert len(pipeline.author.requests("exercise_draft")) == 2
    assert not outcome.report["exercises"]["longest_key"]["within_chance"]
    assert outcome.report["exercises"]["warnings"]["long_key"] >= 8


async def test_policy_without_rewrites_asks_no_model_for_an_exercise(
    make_pipeline: Any, document: Json
) -> None:
    pipeline = make_pipeline(policy=changed_policy(exercises={"rewrite_attempts": 0}))
    pipeline.author.interfere = Spoiler(broken)

    outcome = await pipeline.run(document)

    assert pipeline.author.requests("exercise_draft") == []
    assert ids(exercises_of(outcome, "s1-l1")) == ["e1", "e3", "e4"]
