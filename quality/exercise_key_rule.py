"""Rules that block: without them an exercise cannot be marked, or marks a right answer wrong.

Each function returns what is wrong, as a sentence that a model can act on, or None.
"""

from __future__ import annotations

import re
from collections import Counter

from courseai.quality.exercise_item import (
    Item,
    canonical,
    duplicates,
    filled,
    gap_pattern,
    same,
    without_code,
)
from courseai.quality.exercise_key import without_letter
from courseai.quality.exercise_words import catch_all, pattern
from courseai.quality.python_text import parsed_python

_FENCE = re.compile(r"^```[ \t]*(?P<language>[\w+-]*)[^\n]*\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
_LOOKS_LIKE_CODE = re.compile(
    r"^\s*(?:(?:def|for|while|if|import|from|class|print|try|with)\b.*[:()]|\w+\s*=)", re.MULTILINE
)
_SAYS_PYTHON = re.compile(r"\bpython\b", re.IGNORECASE)
_ARITHMETIC = re.compile(r"=|\d\s*[+*/\u00d7\u00f7^\u2212-]\s*\d")
_FEWEST_OPTIONS, _MOST_OPTIONS = 3, 5
_FEWEST_PAIRS = 3
_FEWEST_STEPS = 3
_SHORT_WORD = 3
"""Fillings shorter than this ("is", "a") stand in most sentences by accident."""


def key_count(item: Item) -> str | None:
    """Exactly one key."""
    count = len(item.answers)
    return None if count == 1 else f"It needs exactly one correct option; {count} are given."


def key_not_an_option(item: Item) -> str | None:
    """The key is one of the options."""
    strangers = [a for a in item.answers if not any(same(a, option) for option in item.draft.options)]
    return f'The answer "{strangers[0][:80]}" is not one of the options.' if strangers else None


def duplicate_options(item: Item) -> str | None:
    """No option twice; of two that read the same, one would be marked wrong."""
    repeated = duplicates(item.draft.options)
    return f'The option "{repeated[0][:80]}" is there twice.' if repeated else None


def option_count(item: Item) -> str | None:
    """Three to five options."""
    count = len(filled(item.draft.options))
    if _FEWEST_OPTIONS <= count <= _MOST_OPTIONS:
        return None
    return f"It needs {_FEWEST_OPTIONS} to {_MOST_OPTIONS} options; there are {count}."


def catch_all_option(item: Item) -> str | None:
    """No option about other options: they reward half knowledge and break when options are shuffled."""
    for option in item.draft.options:
        if catch_all().fullmatch(without_letter(option.strip()).strip(" .")):
            return f'The option "{option[:80]}" is about other options; give a distinct one.'
    return None


def gap_count(item: Item) -> str | None:
    """One gap: the answer lists what is accepted in it."""
    count = len(gap_pattern(item.draft.question).findall(item.draft.question))
    return None if count == 1 else f"The question needs exactly one gap written ____; it has {count}."


def empty_filling(item: Item) -> str | None:
    """Something is accepted in the gap."""
    return None if item.answers else "No accepted filling is given for the gap."


def filling_visible(item: Item) -> str | None:
    """The filling does not stand elsewhere in the question. Numbers may, where something is calculated."""
    question = item.draft.question
    stem = " ".join(gap_pattern(question).sub(" ", question).split())
    is_sum = _ARITHMETIC.search(stem) is not None
    for answer in (" ".join(answer.split()) for answer in item.answers):
        is_exempt = len(answer) < _SHORT_WORD or (is_sum and not re.search(r"[^\W\d_]", answer))
        if not is_exempt and re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", stem, re.IGNORECASE):
            return f'The filling "{answer[:80]}" can be read in the question itself.'
    return None


def pair_count(item: Item) -> str | None:
    """At least three pairs: with two, one known pair gives the other."""
    count = len(item.draft.pairs)
    return None if count >= _FEWEST_PAIRS else f"It needs at least {_FEWEST_PAIRS} pairs; there are {count}."


def no_bijection(item: Item) -> str | None:
    """Every left has one right and every right one left."""
    lefts, rights = [p.left for p in item.draft.pairs], [p.right for p in item.draft.pairs]
    if len(filled([*lefts, *rights])) < len(lefts) + len(rights):
        return "A pair has an empty side."
    repeated = [*duplicates(lefts), *duplicates(rights)]
    return f'"{repeated[0][:80]}" stands in two pairs, so two matches are right.' if repeated else None


def no_truth_value(item: Item) -> str | None:
    """The answer is true or false, once."""
    if len(item.answers) == 1 and item.answers[0] in ("true", "false"):
        return None
    return 'The answer has to be ["true"] or ["false"].'


def compound_statement(item: Item) -> str | None:
    """One idea a statement: of two, one may be true and the other false."""
    found = pattern("compound", item.language)
    statement = without_code(item.draft.question)
    if found and found.search(statement):
        return "The statement joins two ideas; state one of them."
    return None


def double_negative(item: Item) -> str | None:
    """At most one negation: a second one tests reading, not the subject."""
    statement = without_code(item.draft.question)
    strong = pattern("double_negation", item.language)
    plain, single = pattern("negation", item.language), pattern("single_negation", item.language)
    if single:
        statement = single.sub(" ", statement)
    if (strong and strong.search(statement)) or (plain and len(plain.findall(statement)) > 1):
        return "The statement negates twice; say it without negation."
    return None


def no_model_answer(item: Item) -> str | None:
    """There is something to compare an answer with."""
    return None if item.answers else "A model answer is missing."


def no_rubric(item: Item) -> str | None:
    """A marker is told what to look for."""
    return None if filled(item.draft.rubric) else "A rubric is missing: what does a marker look for?"


def no_permutation(item: Item) -> str | None:
    """The answer holds the steps that are shown, each once."""
    shown, right = (
        Counter(map(canonical, filled(steps))) for steps in (item.draft.options, item.draft.answer)
    )
    if shown == right and sum(right.values()) >= _FEWEST_STEPS:
        return None
    return (
        f"The answer has to list the same steps as the options, at least {_FEWEST_STEPS}, in the right order."
    )


def code_does_not_parse(item: Item) -> str | None:
    """A model answer in Python is Python."""
    for code in python_blocks(item):
        if problem := _syntax_problem(code):
            return f"The model answer is no valid Python: {problem}."
    return None


def python_blocks(item: Item) -> list[str]:
    """The Python in the model answer: fenced as such, or unmarked where the exercise speaks of Python."""
    draft = item.draft
    speaks_of_python = _SAYS_PYTHON.search(f"{draft.type} {draft.question} {draft.explanation}") is not None
    solution = "\n".join(item.answers)
    fences = list(_FENCE.finditer(solution + "\n"))
    if fences:
        python = {"python", "py", "python3"} | ({""} if speaks_of_python else set())
        return [fence["code"] for fence in fences if fence["language"].lower() in python]
    return [solution] if speaks_of_python and _LOOKS_LIKE_CODE.search(solution) else []


def _syntax_problem(code: str) -> str | None:
    """What Python says about a text; the text is parsed and never run."""
    try:
        parsed_python(code)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return None


def no_explanation(item: Item) -> str | None:
    """The learner, who studies alone, is told why."""
    return None if item.draft.explanation.strip() else "The explanation of the answer is missing."
