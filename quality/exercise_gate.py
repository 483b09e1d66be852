"""The gate for exercises: every rule with its code, severity and source, and the function that asks all.

`block`: the exercise cannot be marked fairly; it is rewritten, else dropped or shown to a person.
`warn`: its wording gives the key away; the worst of a course are rewritten (exercise_triage.py).
`repair`: code mends it (exercise_repair.py), so that no finding is left afterwards.

Sources: Haladyna, Downing and Rodriguez 2002, "A review of multiple-choice item-writing guidelines for
classroom assessment"; NBME, "Item-writing guide", 2020; Rodriguez 2005, "Three options are optimal for
multiple-choice items"; "marking": without it no answer can be marked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from courseai.course.exercise import ExerciseDraft, ExerciseType
from courseai.quality import exercise_key_rule as key
from courseai.quality import exercise_leak_rule as leak
from courseai.quality import exercise_wording_rule as wording
from courseai.quality.exercise_item import Item

Severity = Literal["block", "warn", "repair"]

_ALL = tuple(ExerciseType)
_CHOICE = (ExerciseType.MULTIPLE_CHOICE,)
_TRUTH = (ExerciseType.TRUE_FALSE,)
_MATCH = (ExerciseType.MATCHING,)
_GAP = (ExerciseType.FILL_IN_THE_BLANK,)
_ORDER = (ExerciseType.ORDERING,)
_CODE = (ExerciseType.CODE,)
_PROSE = (ExerciseType.SHORT_ANSWER, ExerciseType.ESSAY)

_MARKING = "marking"
_HALADYNA = "Haladyna, Downing and Rodriguez 2002"
_NBME = "NBME 2020"


@dataclass(frozen=True)
class Rule:
    """One rule. `check` returns what is wrong, for a person and a model, or None."""

    code: str
    severity: Severity
    kinds: Sequence[ExerciseType]
    source: str
    check: Callable[[Item], str | None]


@dataclass(frozen=True)
class Finding:
    """What one rule found in one exercise."""

    rule: str
    severity: Severity
    message: str


RULES = (
    Rule("key_count", "block", _CHOICE, _MARKING, key.key_count),
    Rule("key_not_an_option", "block", _CHOICE, _MARKING, key.key_not_an_option),
    Rule("duplicate_options", "block", (*_CHOICE, *_ORDER), _MARKING, key.duplicate_options),
    Rule("option_count", "block", _CHOICE, "Rodriguez 2005", key.option_count),
    Rule("catch_all_option", "block", _CHOICE, _HALADYNA, key.catch_all_option),
    Rule("gap_count", "block", _GAP, _MARKING, key.gap_count),
    Rule("empty_filling", "block", _GAP, _MARKING, key.empty_filling),
    Rule("filling_visible", "block", _GAP, _HALADYNA, key.filling_visible),
    Rule("pair_count", "block", _MATCH, _HALADYNA, key.pair_count),
    Rule("no_bijection", "block", _MATCH, _MARKING, key.no_bijection),
    Rule("no_truth_value", "block", _TRUTH, _MARKING, key.no_truth_value),
    Rule("compound_statement", "block", _TRUTH, _HALADYNA, key.compound_statement),
    Rule("double_negative", "block", _TRUTH, _HALADYNA, key.double_negative),
    Rule("no_model_answer", "block", (*_PROSE, *_CODE), _MARKING, key.no_model_answer),
    Rule("no_rubric", "block", _PROSE, _MARKING, key.no_rubric),
    Rule("no_permutation", "block", _ORDER, _MARKING, key.no_permutation),
    Rule("code_does_not_parse", "block", _CODE, _MARKING, key.code_does_not_parse),
    Rule("marked_key", "block", (*_CHOICE, *_TRUTH), _NBME, leak.marked_key),
    Rule("answer_visible", "block", _PROSE, _HALADYNA, leak.answer_visible),
    Rule("equivalent_options", "block", _CHOICE, _MARKING, leak.equivalent_options),
    Rule("no_explanation", "block", _ALL, "every exercise explains its answer", key.no_explanation),
    Rule("long_key", "warn", _CHOICE, _NBME, wording.long_key),
    Rule("absolute_distractors", "warn", _CHOICE, _NBME, wording.absolute_distractors),
    Rule("echoed_stem_word", "warn", _CHOICE, _NBME, wording.echoed_stem_word),
    Rule("grammar_cue", "warn", _CHOICE, _NBME, wording.grammar_cue),
    Rule("unmarked_negation", "repair", _CHOICE, _HALADYNA, wording.unmarked_negation),
    Rule("unsorted_numbers", "repair", _CHOICE, _HALADYNA, wording.unsorted_numbers),
)


def findings(draft: ExerciseDraft, language: str) -> list[Finding]:
    """What the rules find in an exercise, in the order of `RULES`; `language` is an ISO 639-1 code."""
    item = Item(draft, language)
    return [
        Finding(rule.code, rule.severity, message)
        for rule in RULES
        if item.kind in rule.kinds and (message := rule.check(item)) is not None
    ]


def is_blocked(found: Sequence[Finding]) -> bool:
    """True when an exercise cannot go to learners as it is."""
    return any(finding.severity == "block" for finding in found)
