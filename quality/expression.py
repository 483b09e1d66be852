"""A small grammar of formulae, so that no text of a model is ever evaluated as code.

Numbers, names, + - * / ^, brackets, percent signs, sqrt and the same in LaTeX. Tokens, nesting, exponents
and digits are bounded, and the tree is built with sympy from those parts alone.
"""

from __future__ import annotations

import re
from typing import Any

_MOST_TOKENS = 60
_LONGEST_TEXT = 400
_MOST_DIGITS = 18
_HIGHEST_EXPONENT = 64
_DEEPEST = 25
_MOST_BITS = 4000

_LATEX = (
    (re.compile(r"\\(?:left|right|,|;|!|quad|displaystyle)(?![a-z])"), " "),
    (re.compile(r"\\(?:times|cdot|ast)(?![a-z])|[×·∙⋅]"), "*"),  # noqa: RUF001 - signs of multiplication
    (re.compile(r"\\div(?![a-z])|[÷∕]"), "/"),  # noqa: RUF001 - signs of division
    (re.compile(r"\*\*"), "^"),
    (re.compile(r"[−–]"), "-"),  # noqa: RUF001 - signs that are set for minus
    (re.compile(r"\\%"), "%"),
    (re.compile(r"√"), "sqrt"),
    (re.compile(r"²"), "^2"),
    (re.compile(r"³"), "^3"),
)
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
_GROUP = re.compile(r"\^\s*\{([^{}]*)\}")
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?|\.\d+)|\\?([A-Za-z_αβγδεθλμπρσφω]+\d*)|([-+*/^()%]))")
_GROUPED_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d,])")


class FormulaError(ValueError):
    """The text is no formula of this grammar, or too large a one."""


def parse(text: str) -> Any:
    """The formula as a sympy expression. Raises FormulaError."""
    return _Parser(_tokens(plain_notation(text))).whole()


def plain_notation(text: str) -> str:
    """LaTeX and typographic signs written with the characters of the grammar."""
    plain = text[: _LONGEST_TEXT + 1]
    for pattern, sign in _LATEX:
        plain = pattern.sub(sign, plain)
    for _ in range(4):
        plain = _GROUP.sub(r"^(\1)", plain)
        plain = _ROOT.sub(r"sqrt(\1)", plain)
        plain = _FRACTION.sub(r"((\1)/(\2))", plain)
    return _GROUPED_DIGITS.sub(lambda match: match.group().replace(",", ""), plain)


def _tokens(text: str) -> list[str]:
    if len(text) > _LONGEST_TEXT:
        raise FormulaError("too long")
    tokens: list[str] = []
    position, stripped = 0, text.strip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None or len(tokens) >= _MOST_TOKENS:
            raise FormulaError("no formula")
        tokens.append(next(group for group in match.groups() if group))
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent: sum, product, sign, power, atom."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def whole(self) -> Any:
        value = self._sum()
        if self._next():
            raise FormulaError("something is left over")
        return value

    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._place += 1
        return token

    def _sum(self) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FormulaError("nested too deeply")
        value = self._product()
        while self._next() in ("+", "-"):
            value = value + self._product() if self._take() == "+" else value - self._product()
        self._depth -= 1
        return value

    def _product(self) -> Any:
        value = self._signed()
        while token := self._next():
            if token in ("*", "/"):
                self._take()
                value = value * self._signed() if token == "*" else _quotient(value, self._signed())
            elif token == "(" or token[0].isalpha():
                value = value * self._power()
            else:
                break
        return value

    def _signed(self) -> Any:
        if self._next() in ("+", "-"):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise FormulaError("nested too deeply")
            value = self._signed() if self._take() == "+" else -self._signed()
            self._depth -= 1
            return value
        return self._power()

    def _power(self) -> Any:
        base = self._atom()
        while self._next() == "%":
            self._take()
            base = base / 100
        if self._next() == "^":
            self._take()
            return _power(base, self._signed())
        return base

    def _atom(self) -> Any:
        token = self._take()
        if token == "(":
            value = self._sum()
            if self._take() != ")":
                raise FormulaError("a bracket is not closed")
            return value
        if token == "sqrt":
            from sympy import sqrt

            return sqrt(self._atom())
        return _number_or_name(token)


def _number_or_name(token: str) -> Any:
    from sympy import Rational, Symbol, pi

    if token[:1].isdigit() or token[:1] == ".":
        if len(token) > _MOST_DIGITS:
            raise FormulaError("too many digits")
        return Rational(token)
    if not token or not token[0].isalpha():
        raise FormulaError("a number or a name is missing")
    return pi if token in ("pi", "π") else Symbol(token, positive=True)


def _quotient(dividend: Any, divisor: Any) -> Any:
    if divisor.is_zero:
        raise FormulaError("division by zero")
    return dividend / divisor


def _power(base: Any, exponent: Any) -> Any:
    if base.is_zero and exponent.is_negative:
        raise FormulaError("division by zero")
    if exponent.is_number:
        if not exponent.is_rational or abs(exponent) > _HIGHEST_EXPONENT:
            raise FormulaError("too high an exponent")
        if base.is_Rational and max(abs(base.p), base.q).bit_length() * abs(exponent) > _MOST_BITS:
            raise FormulaError("too large a number")
    return base**exponent
