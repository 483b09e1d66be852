"""Writes a course's metadata from the sections' objectives and the strategy that the brief names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, zip_longest

from courseai.course.bloom import bloom_level
from courseai.course.metadata import BloomLevel, CourseMetadata, Difficulty, LearningOutcome
from courseai.course.objective import rewrite
from courseai.models.offline.brief import MetadataBrief, SectionOutline
from courseai.models.offline.chance import generator
from courseai.models.offline.forms import raised_first
from courseai.models.offline.overlap import shared_part
from courseai.models.offline.phrases import Language, phrases_for

_OUTCOMES = 15
_OUTCOMES_MINIMUM = 3
_OUTCOME_WORDS = 5
_OUTCOME_LENGTH = 300
_TAGS = 20
_TAGS_MINIMUM = 5
_TAG_LENGTH = 60
_TEXT_LENGTH = 4000
_TITLE_LENGTH = 200


def write_metadata(brief: MetadataBrief, seed: int) -> CourseMetadata:
    """Valid metadata in the brief's language, with outcomes that name the sections that teach them."""
    language = phrases_for(brief.language)
    frames, chance = language.phrases.metadata, generator(seed, "metadata", brief.topic, brief.feedback)
    audience = frames.audience.get(brief.audience, frames.audience["mixed"])
    areas = _joined([section.area for section in brief.sections], frames.strategy_labels["and"])
    slots = {"topic": brief.topic, "audience": audience, "areas": areas, "sections": len(brief.sections)}
    notice = f"{language.notice}. " if language.notice else ""
    return CourseMetadata(
        title=chance.choice(frames.title).format_map(slots)[:_TITLE_LENGTH],
        description=(notice + chance.choice(frames.description).format_map(slots))[:_TEXT_LENGTH],
        overview=chance.choice(frames.overview).format_map(slots)[:_TEXT_LENGTH],
        audience=audience,
        difficulty=_difficulty(brief),
        prerequisites=[text[:_OUTCOME_LENGTH] for text in (brief.prerequisites or [])[:20] if text.strip()],
        learning_outcomes=_outcomes(brief, language),
        pedagogical_strategy=_strategy(brief, language, chance.choice(frames.strategy))[:_TEXT_LENGTH],
        assessment_strategy=_assessment(brief, chance.choice(frames.assessment))[:_TEXT_LENGTH],
        tags=_tags(brief, language),
    )


def _difficulty(brief: MetadataBrief) -> Difficulty:
    for word in (brief.difficulty, brief.audience):
        if word in tuple(Difficulty):
            return Difficulty(word)
    return Difficulty.INTERMEDIATE


def _outcomes(brief: MetadataBrief, language: Language) -> list[LearningOutcome]:
    """Required outcomes first, then the sections' objectives in turn, so that every section has a share."""
    required = [(text, _sections_of(text, brief)) for text in brief.required_outcomes or ()]
    chosen: dict[str, LearningOutcome] = {}
    for text, section_ids in (*required, *_objectives_in_turn(brief), *_more_outcomes(brief, language)):
        outcome = _outcome(text, section_ids, brief, language)
        is_spare = text in {spare for spare, _ in _more_outcomes(brief, language)}
        if len(chosen) < (_OUTCOMES_MINIMUM if is_spare else _OUTCOMES):
            chosen.setdefault(outcome.text.casefold(), outcome)
    return list(chosen.values())


def _objectives_in_turn(brief: MetadataBrief) -> Iterator[tuple[str, list[str]]]:
    rounds = zip_longest(*(section.objectives for section in brief.sections))
    for objectives in rounds:
        for section, objective in zip(brief.sections, objectives, strict=True):
            if objective:
                yield objective, [section.section_id]


def _more_outcomes(brief: MetadataBrief, language: Language) -> list[tuple[str, list[str]]]:
    everywhere = [section.section_id for section in brief.sections][:30]
    topic = brief.topic[:200]
    return [(frame.format(topic=topic), everywhere) for frame in language.phrases.metadata.more_outcomes]


def _outcome(text: str, section_ids: list[str], brief: MetadataBrief, language: Language) -> LearningOutcome:
    text = raised_first(rewrite(_at_most_two_verbs(text.strip().rstrip(".")), brief.language))
    if len(text.split()) < _OUTCOME_WORDS:
        areas = {section.section_id: section.area for section in brief.sections}
        context = language.phrases.metadata.outcome_context
        text = context.format(outcome=text, area=areas.get(section_ids[0], brief.topic))
    level = bloom_level(text, brief.language) or BloomLevel.APPLY
    return LearningOutcome(text=text[:_OUTCOME_LENGTH], bloom_level=level, section_ids=section_ids)


def _at_most_two_verbs(text: str) -> str:
    """ "Create, index, slice and modify a list" becomes "Create and modify a list"."""
    return re.sub(r"^(\w+), (?:\w+, )*\w+,? (and|or|y|o) (\w+)", r"\1 \2 \3", text)


def _sections_of(outcome: str, brief: MetadataBrief) -> list[str]:
    """Up to three sections that share most with a required outcome; the last one at least."""

    def fit(section: SectionOutline) -> float:
        return shared_part(outcome, " ".join((section.area, *section.objectives)))

    best = sorted(brief.sections, key=fit, reverse=True)[:3]
    found = [section.section_id for section in best if fit(section) > 0]
    return found or [brief.sections[-1].section_id]


def _strategy(brief: MetadataBrief, language: Language, frame: str) -> str:
    labels, named = language.phrases.metadata.strategy_labels, brief.strategy or {}
    values = language.phrases.metadata.strategy_values
    texts = {name: _plain(value) for name, value in named.items()}
    details = [f"{labels.get(name, name)}: {values.get(text, text)}." for name, text in texts.items() if text]
    return " ".join((frame, *details))


def _assessment(brief: MetadataBrief, frame: str) -> str:
    wanted = _plain(brief.assessment)
    return f"{wanted.rstrip('.')}. {frame}" if wanted else frame


def _plain(value: object) -> str:
    """A value of the brief as running text."""
    if isinstance(value, dict):
        return "; ".join(text for text in map(_plain, value.values()) if text)
    if isinstance(value, list):
        return ", ".join(text for text in map(_plain, value) if text)
    return "" if value is None else str(value).strip().rstrip(".")


def _tags(brief: MetadataBrief, language: Language) -> list[str]:
    areas = [section.area for section in brief.sections]
    named = chain(brief.keywords or (), brief.key_concepts or (), areas, [brief.topic])
    tags = list(dict.fromkeys(tag.strip() for tag in named if tag.strip() and len(tag) <= _TAG_LENGTH))
    more = [tag for tag in language.phrases.metadata.more_tags if tag not in tags]
    return (tags + more[: max(0, _TAGS_MINIMUM - len(tags))])[:_TAGS]


def _joined(items: list[str], conjunction: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {conjunction} {items[-1]}"
