"""Chooses the author that a request asks for, and spoils its answer where the settings say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ValidationError

from courseai.models.offline.brief import (
    ExerciseBrief,
    MetadataBrief,
    SectionBrief,
    VerdictBrief,
    brief_json,
)
from courseai.models.offline.fault import Draw
from courseai.models.offline.item_author import rewrite_exercise
from courseai.models.offline.judge_author import judge_lesson
from courseai.models.offline.lesson_author import write_lessons
from courseai.models.offline.metadata_author import write_metadata
from courseai.models.offline.off_topic import strayed
from courseai.models.offline.settings import ModelSettings

NOTICE = "offline author: templates, no language model"

Json = dict[str, Any]


def written_answer(
    messages: list[Json], response_format: Json | None, seed: int, model: ModelSettings, draw: Draw
) -> tuple[str, bool]:
    """The answer's text, and whether it was cut on purpose."""
    schema = (response_format or {}).get("json_schema") or {}
    brief = brief_json(messages)
    author = _AUTHORS.get(schema.get("name", ""))
    if author is None or brief is None:
        return NOTICE, False
    if draw.is_off_topic(model, _variant(brief)):
        brief = strayed(brief, seed)
    shape = schema.get("schema") or {}
    try:
        answer = author(brief, seed, shape)
        if draw.below("stray_lesson", model.stray_lesson_share):
            _stray_with_one_lesson(answer, author(strayed(brief, seed), seed, shape), draw)
    except ValidationError as failure:
        return f"{NOTICE}. It cannot read the brief: {failure.errors()[0]['msg']}", False
    return _spoiled(answer, model, draw)


def _variant(brief: Json) -> int:
    variant = brief.get("variant")
    return variant if isinstance(variant, int) else 0


def _metadata(brief: Json, seed: int, _schema: Json) -> Json:
    return _json(write_metadata(MetadataBrief.model_validate(brief), seed))


def _section(brief: Json, seed: int, _schema: Json) -> Json:
    return {"lessons": [_json(lesson) for lesson in write_lessons(SectionBrief.model_validate(brief), seed)]}


def _lesson(brief: Json, seed: int, _schema: Json) -> Json:
    return _json(write_lessons(SectionBrief.model_validate(brief), seed)[0])


def _exercise(brief: Json, seed: int, _schema: Json) -> Json:
    return _json(rewrite_exercise(ExerciseBrief.model_validate(brief), seed))


def _verdict(brief: Json, _seed: int, schema: Json) -> Json:
    return judge_lesson(VerdictBrief.model_validate(brief), schema)


_AUTHORS: dict[str, Callable[[Json, int, Json], Json]] = {
    "course_metadata": _metadata,
    "section_draft": _section,
    "lesson_draft": _lesson,
    "exercise_draft": _exercise,
    "lesson_verdict": _verdict,
}


def _json(draft: BaseModel) -> Json:
    return draft.model_dump(mode="json")


def _spoiled(answer: Json, model: ModelSettings, draw: Draw) -> tuple[str, bool]:
    if draw.below("missing_field", model.missing_field_share):
        _leave_out_a_field(answer)
    text = json.dumps(answer, ensure_ascii=False)
    if draw.below("broken_json", model.broken_json_share):
        return f"Here is the JSON:\n{text.replace(',', '', 1)}\nLet me know if you need more!", False
    if draw.below("truncated", model.truncated_share):
        return text[: len(text) // 2], True
    return text, False


def _stray_with_one_lesson(answer: Json, strayed_answer: Json, draw: Draw) -> None:
    lessons = answer.get("lessons")
    if isinstance(lessons, list) and len(lessons) > 1:
        place = draw.place("stray_lesson", len(lessons))
        lessons[place] = strayed_answer["lessons"][place]


def _leave_out_a_field(answer: Json) -> None:
    lessons = answer.get("lessons")
    target = lessons[0] if isinstance(lessons, list) and lessons else answer
    for name in ("content", "learning_outcomes", *list(target)):
        if name in target:
            del target[name]
            return
