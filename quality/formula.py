"""Formulae: equalities between plain numbers are recalculated, and two answers compared for being one.

sympy calculates exactly; what is read as a formula is bounded by `expression.py`. A number that was
rounded on the way is no error, so a difference of one in the last digit, or of one percent after a
division or with decimals, is let pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

from courseai.quality.check_words import one_of
from courseai.quality.defect import Claim, Status, quoted
from courseai.quality.expression import FormulaError, parse, plain_notation
from courseai.quality.lesson_markup import lesson_blocks

_LONGEST_SENTENCE = 600
_MOST_CLAIMS = 50
_ROUNDING = 0.01
_CLOSE = 1e-9

_FORMULA_CHARACTERS = r"[\d\s.,()+\-*/^%]|sqrt"
_ENDS_IN_FORMULA = re.compile(rf"(?:{_FORMULA_CHARACTERS})+$")
_STARTS_WITH_FORMULA = re.compile(rf"^(?:{_FORMULA_CHARACTERS})+")
_EQUALS = re.compile(r"(?<![<>=!:≈~])=(?!=)")
_OPERATOR = re.compile(r"[\d)%]\s*[-+*/^]|%|sqrt")
_CURRENCY = re.compile(r"(?:US)?[$€£]\s?(?=[\d.])")
_MATH_MARKS = re.compile(r"\\[()\[\]]|\$+")
_OTHER_ARITHMETIC = re.compile(rf"\b{one_of('other_arithmetic')}\b|≡", re.IGNORECASE)
_NOT_ALONE_BEFORE = re.compile(
    r"(?:\w|[\])}|!'\"\\°²³])$"
    r"|\b(?:log|ln|sin|cos|tan|exp|root|of|step|part|question|exercise|problem|example|figure|table|equation|"
    r"chapter|section|version|[A-Za-z])\s+$",
    re.IGNORECASE,
)
_NOT_ALONE_AFTER = re.compile(r"[\w\\({\[|!²³]|\s+(?:[A-Za-z]\b(?!\s+[a-z])|\\[a-z]|[|!<>])")


def formula_claims(lesson_id: str, content: str, language: str = "en") -> list[Claim]:
    """Every equality of plain numbers in a lesson's text and tables; code is left to its own check."""
    del language  # A decimal comma is no formula of this grammar, so such equalities are not read.
    claims = []
    for block in lesson_blocks(content):
        if block.kind == "code" or "=" not in block.text:
            continue
        for left, right, sentence in _equalities(block.text):
            status = _status(left, right, sentence)
            claims.append(Claim(lesson_id, "formula", f"{left} = {right}", status, quoted(sentence)))
    return claims[:_MOST_CLAIMS]


@lru_cache(maxsize=4096)
def equivalent(first: str, second: str) -> bool | None:
    """Whether two answers are the same value or formula; None where one of them is no formula.

    "1/2" and "0.5" are, and "2(x+1)" and "2x+2". Names are taken as positive numbers.
    """
    try:
        difference = parse(first) - parse(second)
        return _is_zero_everywhere(difference)
    except (FormulaError, ArithmeticError, ValueError, TypeError, RecursionError):
        return None


def _is_zero_everywhere(difference: Any) -> bool:
    """Zero at several points with unlike values: exact enough for answers, and it cannot take long."""
    names = sorted(difference.free_symbols, key=str)
    return all(
        abs(_value(difference, {name: _point(shift, place) for place, name in enumerate(names)})) < _CLOSE
        for shift in range(4 if names else 1)
    )


def _point(shift: int, place: int) -> Any:
    from sympy import Rational

    return Rational(2 + 3 * shift + 5 * place, 7 + shift + 2 * place)


def _value(expression: Any, point: dict[Any, Any]) -> complex:
    return complex(expression.evalf(20, subs=point))


def _equalities(text: str) -> Iterator[tuple[str, str, str]]:
    """Neighbours in "3 * 4 = 12" that are numbers alone, at least one of them calculated."""
    for sentence in re.split(r"(?<=[.!?;])\s+(?=[^\d\s])", text):
        parts = _EQUALS.split(plain_notation(_MATH_MARKS.sub(" ", _CURRENCY.sub("", sentence))))
        if len(sentence) > _LONGEST_SENTENCE:
            continue
        for before, after in pairwise(parts):
            left, right = _numbers_at_the_end(before), _numbers_at_the_start(after)
            if left and right and (_OPERATOR.search(left) or _OPERATOR.search(right)):
                yield left, right, sentence


def _numbers_at_the_end(text: str) -> str | None:
    """The formula left of an equals sign; None where a name, a function or a unit belongs to it."""
    match = _ENDS_IN_FORMULA.search(text)
    if match is None:
        return None
    start = match.end() - len(match.group().lstrip(" .,"))
    return None if _NOT_ALONE_BEFORE.search(text[:start]) else _trimmed(match.group())


def _numbers_at_the_start(text: str) -> str | None:
    """The formula right of an equals sign; None where a name or a unit belongs to it."""
    match = _STARTS_WITH_FORMULA.search(text)
    if match is None or _NOT_ALONE_AFTER.match(text[len(match.group().rstrip()) :]):
        return None
    return _trimmed(match.group())


def _trimmed(text: str) -> str | None:
    """The formula without a sentence's punctuation; None if it begins or ends in the middle of one."""
    formula = text.strip(" .,\n\t")
    if formula.count("(") == formula.count(")") + 1:
        formula = formula.removeprefix("(").removesuffix("(").strip()
    elif formula.count(")") == formula.count("(") + 1:
        formula = formula.removesuffix(")").strip()
    is_cut = not formula or formula[0] in "+*/^%)" or formula[-1] in "+-*/^(" or "," in formula
    is_two = re.search(r"[\d)%]\s+[\d(]|\d\.\s", formula) or formula.count("(") != formula.count(")")
    return None if is_cut or is_two else formula


def _status(left: str, right: str, sentence: str) -> Status:
    try:
        exact, stated = parse(left), parse(right)
    except (FormulaError, ArithmeticError, ValueError, TypeError, RecursionError):
        return "unverifiable"
    if _agree(exact, stated, left, right):
        return "verified"
    return "unverifiable" if _OTHER_ARITHMETIC.search(sentence) else "contradicted"


def _agree(exact: Any, stated: Any, left: str, right: str) -> bool:
    difference = abs(exact - stated)
    if difference.is_zero:
        return True
    if exact.is_integer and stated.is_integer and "." not in left + right:
        return False
    decimals = max((len(part) for part in re.findall(r"\.(\d+)", right)), default=0)
    last_digit = 10.0**-decimals / (100 if "%" in right else 1)
    return float(difference) <= max(last_digit, _ROUNDING * abs(float(stated))) * (1 + _CLOSE)
