"""Judges where embeddings cannot decide: who is asked, who is believed, what becomes of the lesson."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import Response

from courseai.course.judgement import LessonJudgement
from courseai.course.plan import CoursePlan, LessonPlan, SectionPlan
from courseai.graph.services import Services, make_services
from courseai.models.provider import offline
from courseai.nodes.judge import judge
from tests.graph.conftest import SAMPLE, Asked, Author, changed_policy
from tests.quality.conftest import HashEmbedder

if TYPE_CHECKING:
    from tests.graph.conftest import Json

OSS_120B, QWEN, GEMINI = "openai/gpt-oss-120b", "qwen/qwen3-max", "google/gemini-2.5-flash"
CONTENT = (
    "A list keeps values in order. The first value has index 0, so a list of three ends at index 2. To read "
    "a value, write its index in square brackets after the name of the list. A larger index is an error."
)
AWAY = Response(status_code=503)


def says(score: int, **answers: Any) -> str:
    """A judgement with one mark for all three questions."""
    marks = dict.fromkeys(("pedagogical_alignment", "factual_accuracy", "concept_clarity"), score)
    plain = {"teaches_objectives": True, "fit_for_audience": True, "factual_concerns": [], "concerns": []}
    return LessonJudgement.model_validate(
        {"reasoning": "because", **plain, **marks, **answers}
    ).model_dump_json()


class Court:
    """One lesson before judges who say what a test wants: its embeddings have no calibration."""

    def __init__(self, author: Author, services: Services) -> None:
        self._author = author
        self._services = services

    async def verdict(self, answers: dict[str, str | Response], writer: str = "oss_20b") -> Json:
        """The verdict on a lesson by that tier; a model that is not named is away."""

        async def interfere(asked: Asked) -> str | Response:
            return answers.get(asked.model, AWAY)

        self._author.interfere = interfere
        services = self._services
        update = await judge(
            await _state(services, writer),
            lambda _event: None,
            gateway=services.gateway,
            drafts=services.drafts,
            alignment=services.alignment,
            policy=services.policy,
        )
        verdict: Json = update["verdicts"]["s1-l1"]
        return verdict

    @property
    def asked(self) -> list[str]:
        """The models that were asked, in order."""
        return [asked.model for asked in self._author.asked]


async def _state(services: Services, writer: str) -> Any:
    lesson = {"number": 1, "title": "Lists", "content": CONTENT, "exercises": []}
    section = SectionPlan(
        section_id="s1",
        area="Lists",
        difficulty="beginner",
        importance=None,
        progression=None,
        template=None,
        risk=None,
        sign_off=False,
        approach="",
        prerequisites=[],
        objectives=["Read a value of a list by its index"],
        rewritten=[],
        lessons=[
            LessonPlan(
                lesson_id="s1-l1",
                number=1,
                objectives=["Read a value of a list by its index"],
                key_topics=["lists"],
                minutes=20,
            )
        ],
    )
    return {
        "run_id": "run-1",
        "metadata": {"value": {"audience": "adult learners", "difficulty": "beginner"}},
        "analysis_result": json.loads(SAMPLE.read_bytes()),
        "plan": CoursePlan(language="en", notes=[], sections=[section]).model_dump(mode="json"),
        "sections": {
            "s1": {"ref": await services.drafts.put("run-1", {"lessons": [lesson]}), "tier": writer}
        },
        "briefs": {"s1": {"ref": await services.drafts.put("run-1", {"facts": []})}},
    }


@pytest.fixture
async def court() -> AsyncIterator[Court]:
    """The shipped policy, but no second try of a model that is away."""
    author = Author()
    policy = changed_policy(availability={"attempts": 1})
    services = make_services(offline(author), policy=policy, embedder=HashEmbedder())
    yield Court(author, services)
    await services.aclose()


async def test_a_convinced_first_judge_is_enough(court: Court) -> None:
    verdict = await court.verdict({OSS_120B: says(5)})
    assert court.asked == [OSS_120B]
    assert (verdict["status"], verdict["method"]) == ("PASS_WITH_FLAG", "oss_120b")
    assert verdict["cause"] == "unverified"


@pytest.mark.parametrize(("second", "status"), [(5, "REVIEW_REQUIRED"), (3, "FAIL")])
async def test_where_the_first_is_not_convinced_the_strongest_decides(
    court: Court, second: int, status: str
) -> None:
    verdict = await court.verdict({OSS_120B: says(3, concerns=["too thin"]), QWEN: says(second)})
    assert court.asked == [OSS_120B, QWEN]
    assert (verdict["status"], verdict["method"]) == (status, "qwen3_max")
    assert "too thin" in verdict["concerns"]


async def test_good_marks_do_not_outweigh_a_failed_question(court: Court) -> None:
    wrong = says(5, factual_concerns=["Lists start at index 1 here."])
    verdict = await court.verdict({OSS_120B: wrong, QWEN: wrong})
    assert verdict["status"] == "FAIL"
    assert "Lists start at index 1 here." in verdict["concerns"]
    assert verdict["codes"] == ["judge_not_convinced"]


async def test_an_answer_that_breaks_the_schema_goes_to_the_second_judge(court: Court) -> None:
    verdict = await court.verdict({OSS_120B: '{"reasoning": "fine"}', QWEN: says(5)})
    assert court.asked == [OSS_120B, QWEN]
    assert (verdict["status"], verdict["method"]) == ("PASS_WITH_FLAG", "qwen3_max")


async def test_nothing_passes_where_no_judge_can_be_understood(court: Court) -> None:
    verdict = await court.verdict({OSS_120B: "no JSON", QWEN: "{}"})
    assert (verdict["status"], verdict["method"]) == ("REVIEW_REQUIRED", "embedding")


async def test_the_writer_is_replaced_and_the_strongest_keeps_the_second_word(court: Court) -> None:
    verdict = await court.verdict({GEMINI: says(3), QWEN: says(5)}, writer="oss_120b")
    assert court.asked == [GEMINI, QWEN]
    assert (verdict["status"], verdict["method"]) == ("REVIEW_REQUIRED", "qwen3_max")


async def test_a_stand_in_that_did_not_write_is_preferred(court: Court) -> None:
    verdict = await court.verdict({OSS_120B: says(5), GEMINI: says(3)}, writer="oss_120b")
    assert court.asked == [GEMINI, QWEN, GEMINI]
    assert [opinion["tier"] for opinion in verdict["opinions"]] == ["gemini_flash", "gemini_flash"]


async def test_the_writers_word_as_a_stand_in_does_not_count_where_another_is_heard(court: Court) -> None:
    verdict = await court.verdict({GEMINI: says(5), QWEN: says(5)}, writer="gemini_flash")
    assert court.asked == [OSS_120B, GEMINI, QWEN]
    assert [opinion["tier"] for opinion in verdict["opinions"]] == ["qwen3_max"]


async def test_a_judge_that_stood_in_for_the_first_is_not_asked_again(court: Court) -> None:
    verdict = await court.verdict({GEMINI: says(3)}, writer="qwen3_max")
    assert court.asked == [OSS_120B, GEMINI]
    assert [opinion["tier"] for opinion in verdict["opinions"]] == ["gemini_flash"]


async def test_a_writer_that_judges_for_want_of_another_is_named(court: Court) -> None:
    verdict = await court.verdict({OSS_120B: says(5)}, writer="oss_120b")
    assert verdict["reason"].startswith("oss_120b (which wrote it) judged 1.00")
