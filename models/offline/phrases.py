"""The sentence frames, one data file a language, and the grammar that goes with them.

A frame is a sentence with slots: {gerund} and {base} for an objective, {topic} and {topic2} for key
topics of the lesson, {other} for one of another lesson, {area} for the section. Frames carry advice on
how to approach a task and no facts of any subject, because the offline author knows none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from courseai.course.bloom import bloom_level
from courseai.course.metadata import BloomLevel
from courseai.models.offline.english import english_forms
from courseai.models.offline.forms import Forms, foreign_forms
from courseai.models.offline.spanish import spanish_forms


class _Frames(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Headings(_Frames):
    """Wordings for the headings of a lesson's parts."""

    idea: list[str]
    example: list[str]
    steps: list[str]
    mistakes: list[str]
    summary: list[str]


class ByTask(_Frames):
    """Passages for three sorts of task, by the verb of the objective."""

    tell: list[list[str]]
    """Remember and understand: name, describe, explain."""
    make: list[list[str]]
    """Apply and create: use, calculate, write, design."""
    weigh: list[list[str]]
    """Analyse and evaluate: compare, examine, judge."""


class Choice(_Frames):
    """A multiple-choice question with several equivalent keys and many distractors."""

    stem: str
    keys: list[str]
    distractors: list[str]
    explanation: str


class Statement(_Frames):
    """A true or false statement."""

    text: str
    explanation: str


class Gap(_Frames):
    """A sentence with a gap and its accepted fillings."""

    text: str
    answer: list[str]
    explanation: str


class Match(_Frames):
    """A matching exercise: every left has exactly one right."""

    stem: str
    pairs: list[tuple[str, str]]
    explanation: str


class FreeAnswer(_Frames):
    """A question with a model answer and what a marker looks for."""

    stem: str
    answer: str
    rubric: list[str]
    explanation: str


class Sequence(_Frames):
    """An ordering exercise with its steps in the right order."""

    stem: str
    steps: list[str]
    explanation: str


class Subject(_Frames):
    """Something quite different to write about, for off-topic answers."""

    area: str
    objectives: list[str]
    topics: list[str]


class ExerciseFrames(_Frames):
    """Frames of every kind of exercise."""

    choice: list[Choice]
    true: list[Statement]
    false: list[Statement]
    gap: list[Gap]
    match: list[Match]
    ordering: list[Sequence]
    short_answer: list[FreeAnswer]
    essay: list[FreeAnswer]
    code: list[FreeAnswer]
    definition_gap: str
    definition_explanation: str
    fact_gap_explanation: str


class MetadataFrames(_Frames):
    """Frames of a course's metadata."""

    title: list[str]
    description: list[str]
    overview: list[str]
    audience: dict[str, str]
    strategy: list[str]
    strategy_labels: dict[str, str]
    strategy_values: dict[str, str]
    """Words of the input contract, which are English in every language."""
    assessment: list[str]
    outcome_context: str
    more_outcomes: list[str]
    more_tags: list[str]


class Phrases(_Frames):
    """All frames of one language."""

    headings: Headings
    opening: list[str]
    core_sentences: int
    """Sentences of `core` for each objective. Where alignment is measured two are needed; elsewhere one
    is enough, and lessons that share an objective are less alike."""
    core: list[str]
    """Plain sentences with the whole objective; the ones whose meaning is nearest to it."""
    practice: list[str]
    """Advice with the objective's short form."""
    topic: list[str]
    example: ByTask
    steps: ByTask
    mistake: list[str]
    closing: list[str]
    fact: list[str]
    analogy: list[str]
    exercises: ExerciseFrames
    metadata: MetadataFrames
    this_task: list[str]
    """What an objective is called after a sentence that names it, where lessons share it."""
    this_topic: list[str]
    """What a topic is called in a sentence after one that names it."""
    off_topic: list[Subject]


@dataclass(frozen=True)
class Language:
    """The language that an answer is written in."""

    code: str
    phrases: Phrases
    forms: Callable[[str], Forms]
    notice: str | None = None
    """Said first in an answer that is not in the language that was asked for."""

    def level(self, objective: str) -> BloomLevel | None:
        """The Bloom level of the objective's verb."""
        return bloom_level(objective, self.code)


_FORMS: dict[str, Callable[[str], Forms]] = {"en": english_forms, "es": spanish_forms}


@cache
def phrases_for(language: str) -> Language:
    """The frames for a language tag such as "es-MX"; English with a notice where there are none."""
    code = language.replace("_", "-").partition("-")[0].lower()
    if code in _FORMS:
        return Language(code, _load(code), _FORMS[code])
    notice = f"offline author: no templates for '{language}'; written in English"
    return Language(code, _load("en"), foreign_forms, notice)


@cache
def _load(code: str) -> Phrases:
    text = resources.files("courseai.models.offline").joinpath(f"phrases.{code}.json").read_text("utf-8")
    return Phrases.model_validate_json(text)
