"""One self-contained `course.html`: the course for readers, and how it was made.

Every text may be hostile. Plain text is escaped by the template, Markdown goes through `markdown.py`,
and the page's own policy forbids scripts and anything from elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from courseai.course.state import Json
from courseai.models.provider import OFFLINE_AUTHOR
from courseai.service.markdown import UNSEEN, render_block, render_inline
from courseai.service.money import section_usd, total_usd
from courseai.service.quality_page import coverage_matrix, quality_figures

_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
_LETTERS = "ABCDEFGHIJ"


def render_page(course: Json, report: Json, author_label: str) -> str:
    """The page of a finished course. `author_label` says who wrote the texts, in words for people."""
    return _template().render(
        course=course,
        report=report,
        author_label=author_label,
        is_offline=course["author"] == OFFLINE_AUTHOR,
        label=labels_for(course["language"]),
        label_language="es" if _primary(course["language"]) == "es" else "en",
        direction=direction(course["language"]),
        titles={section["section_id"]: section["title"] for section in course["sections"]},
        minutes=sum(lesson["minutes"] for section in course["sections"] for lesson in section["lessons"]),
        lesson_count=sum(len(section["lessons"]) for section in course["sections"]),
        lesson_titles={
            lesson["lesson_id"]: lesson["title"]
            for section in course["sections"]
            for lesson in section["lessons"]
        },
        section_cost={
            section["section_id"]: section_usd(report, section["section_id"])
            for section in report["sections"]
        },
        total_cost=total_usd(report["totals"]),
        matrix=coverage_matrix(course, report),
        figures=quality_figures(report),
    )


def labels_for(language: str) -> Json:
    """The page's own words: in Spanish for Spanish, else in English."""
    labels = _labels()
    return labels.get(_primary(language)) or labels["en"]


def direction(language: str) -> str:
    """`rtl` for languages that are written from right to left, else `ltr`."""
    return (
        "rtl" if _primary(language) in _RIGHT_TO_LEFT or "-Arab" in language or "-Hebr" in language else "ltr"
    )


def shuffled(items: Sequence[str], seed: str) -> list[str]:
    """The items in an order that depends on `seed` alone and gives nothing away: never their own order."""
    order = sorted(
        items, key=lambda item: hashlib.sha256(f"{seed} {item}".encode("utf-8", "replace")).digest()
    )
    return [*order[1:], order[0]] if order == list(items) else order


def answer_letters(exercise: Json) -> str:
    """The letters of the right options, such as `B` or `A, C`; empty where none is right."""
    return ", ".join(
        letter
        for letter, option in zip(_LETTERS, exercise["options"], strict=False)
        if option in exercise["answer"]
    )


def ordering_steps(exercise: Json) -> list[str]:
    """The steps to put in order, out of order."""
    steps = exercise["options"] or exercise["answer"]
    return shuffled(steps, exercise["exercise_id"]) if steps == exercise["answer"] else list(steps)


def escalation_reasons(section: Json) -> list[str]:
    """Why a section climbed, once for each time."""
    decisions = [draft["decision"] for draft in section["drafts"]]
    return [
        f"{decision['reason'].replace('_', ' ')} → {decision['next_tier']}"
        for decision in decisions
        if decision["action"] == "escalate"
    ]


def _primary(language: str) -> str:
    return language.partition("-")[0].casefold()


def readable(value: Any) -> Any:
    """Applied to everything that is printed: takes out what cannot be seen but changes what is."""
    if not isinstance(value, str):
        return value
    return type(value)(UNSEEN.sub("", value)) if UNSEEN.search(value) else value


@cache
def _labels() -> dict[str, Json]:
    labels: dict[str, Json] = json.loads(
        resources.files("courseai.service").joinpath("page_labels.json").read_text("utf-8")
    )
    return labels


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=readable, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "block": render_block,
        "inline": render_inline,
        "letters": answer_letters,
        "steps": ordering_steps,
        "shuffled": shuffled,
        "escalated": escalation_reasons,
    }
    return environment.from_string(
        resources.files("courseai.service").joinpath("course.html.j2").read_text("utf-8")
    )
