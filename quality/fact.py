"""Facts: what a lesson says about a verifiable fact is verified, contradicted, or neither.

A sentence speaks about a fact when it shares most of the content words of the fact's statement. It
verifies the fact when the same numbers, dates or article numbers stand in it. It contradicts the fact
when one of them differs, or when it denies the statement, and nothing in the sentence says that it
speaks of something else: another condition, an exception, another time, a question, a wrong answer
that is shown as wrong. All else is unverifiable: words can be compared, truth cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sentencex

from courseai.quality.circumstance import asks_or_excepts, is_denied, speaks_of_else
from courseai.quality.defect import Claim, Status, quoted
from courseai.quality.fact_change import changed
from courseai.quality.formula import equivalent
from courseai.quality.lesson_markup import lesson_blocks
from courseai.quality.quantity import Quantity, number_words, quantities, unit_words
from courseai.quality.subject import stem, subject_words

_SAME_SUBJECT = 0.6
"""Share of the statement's content words from which a sentence speaks about it."""
_SAME_SENTENCE = 0.75
"""Share from which a sentence without the numbers still says the same, or denies it."""
_NEARLY_ALL = 0.85
_BY_WEIGHT: tuple[Status, ...] = ("contradicted", "verified", "unverifiable")
_FEWEST_WORDS = 2
"""Content words of a short statement ("The heart has four chambers"), which must be all of a sentence's."""
_CLAUSE_WORDS = 3
"""Content words from which a clause of the statement can be recognised alone."""

_CLAUSE_END = re.compile(
    r"[,;:]\s+|\s[–—-]\s|\s(?=(?:while|whereas|but|although|because|which|who|mientras|pero|aunque|porque)\b)",  # noqa: RUF001
    re.IGNORECASE,
)
_FORMULA = re.compile(
    r"(?:sqrt\([^()]*\)|[A-Za-z0-9.]+)"
    r"(?:\s*[*^]\s*(?:sqrt\([^()]*\)|\([^()]*\)|[A-Za-z0-9]+)|\s*/\s*(?:sqrt\([^()]*\)|\([^()]*\)))+"
)
"""A product, power or quotient with a sign for it, such as n*p*(1-p); not a unit such as km/h."""


@dataclass(frozen=True)
class _Statement:
    """One clause of a fact's statement that has numbers, or the whole where none has."""

    text: str
    whole: str
    subject: frozenset[str]
    quantities: tuple[Quantity, ...]
    formulae: tuple[str, ...] = ()


def fact_claims(
    lesson_id: str, content: str, facts: Sequence[Mapping[str, Any]], language: str = "en"
) -> list[Claim]:
    """Every sentence of a lesson that speaks about one of the facts (`id`, `statement`)."""
    if not facts:
        return []
    sentences = lesson_sentences(content, language)
    return [
        Claim(lesson_id, "fact", str(fact["id"]), status, quoted(sentence))
        for fact in facts
        for sentence in sentences
        if (status := compare(sentence, fact["statement"], language)) is not None
    ]


def doubtful_sentences(
    content: str, facts: Sequence[Mapping[str, Any]], language: str = "en"
) -> list[tuple[str, str]]:
    """Sentences that repeat a fact with another word in one place, each with the fact's statement."""
    sentences = lesson_sentences(content, language) if facts else ()
    return [
        (sentence, fact["statement"])
        for fact in facts
        for sentence in sentences
        if is_doubtful(sentence, fact["statement"], language)
    ]


def fact_status(claims: Iterable[Claim]) -> Status:
    """What a course's sentences about one fact come to: a contradiction weighs most."""
    found = {claim.status for claim in claims}
    return (
        "contradicted" if "contradicted" in found else "verified" if "verified" in found else "unverifiable"
    )


def compare(sentence: str, statement: str, language: str = "en") -> Status | None:
    """What a sentence says about a statement; None where it speaks of something else."""
    if contradicts_in_a_word(sentence, statement, language):
        return "contradicted"
    parts = _parts(statement, language)
    if _is_the_same_sentence(sentence, statement, language) and not parts[0].formulae:
        whole = _statement(statement, statement, language)
        return (
            _compare_numbers(sentence, sentence, whole, language)
            if whole.quantities
            else _compare_words(sentence, whole, 1.0, language)
        )
    results = {_compare_part(sentence, part, language) for part in parts}
    return next((status for status in _BY_WEIGHT if status in results), None)


def _content(text: str, language: str) -> frozenset[str]:
    """Content words without numbers in words, which are compared as numbers."""
    return subject_words(text, language) - _number_stems(language)


@lru_cache
def _number_stems(language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in number_words(language))


@lru_cache
def _unit_stems(language: str) -> frozenset[str]:
    """Of units alone: a word such as "second" or "degree" may be one of them and something else."""
    return frozenset(stem(word, language) for word in unit_words() if len(word) > _CLAUSE_WORDS)


def contradicts_in_a_word(sentence: str, statement: str, language: str = "en") -> bool:
    """Whether it repeats the statement with a word that excludes the right one; a denial of that does not."""
    if is_denied(sentence) != is_denied(statement) or asks_or_excepts(sentence, statement):
        return False
    return changed(sentence, statement, language) == "contrary"


def is_doubtful(sentence: str, statement: str, language: str = "en") -> bool:
    """Whether it repeats the statement with another word, which may be as right."""
    if asks_or_excepts(sentence, statement):
        return False
    is_doubtful = changed(sentence, statement, language) == "doubtful"
    return is_doubtful and compare(sentence, statement, language) in (None, "unverifiable")


def _is_the_same_sentence(sentence: str, statement: str, language: str) -> bool:
    """Whether both have all but the same content words, so that their numbers stand for the same."""
    first, second = _content(sentence, language), _content(statement, language)
    if len(second) < _CLAUSE_WORDS:
        return first == second and len(second) >= _FEWEST_WORDS
    units = _unit_stems(language)
    return _are_nearly_equal(first, second) or _are_nearly_equal(first - units, second - units)


def _are_nearly_equal(first: frozenset[str], second: frozenset[str]) -> bool:
    shared = len(first & second)
    return shared >= _CLAUSE_WORDS and shared >= _NEARLY_ALL * max(len(first), len(second))


@lru_cache(maxsize=1024)
def lesson_sentences(content: str, language: str) -> tuple[str, ...]:
    """The sentences of paragraphs and list items, and the rows of tables cell by cell."""
    blocks = [block.text for block in lesson_blocks(content) if block.kind != "code"]
    # A fact may stand in inline code; there it is quoted letter for letter.
    quotations = [text for text in re.findall(r"`([^`\n]{20,})`", content) if " " in text.strip()]
    texts = (*blocks, *quotations)
    return tuple(sentence.strip() for text in texts for sentence in sentencex.segment(language, text))


@lru_cache(maxsize=1024)
def _parts(statement: str, language: str) -> tuple[_Statement, ...]:
    if formulae := tuple(_FORMULA.findall(statement)):
        words = subject_words(_FORMULA.sub(" ", statement), language)
        return (_Statement(statement, statement, words, (), formulae),)
    parts = [_statement(clause, statement, language) for clause in _CLAUSE_END.split(statement) if clause]
    own = [part for part in parts if part.quantities and len(part.subject - _units(part)) >= _CLAUSE_WORDS]
    return tuple(own) or (_statement(statement, statement, language),)


def _statement(text: str, whole: str, language: str) -> _Statement:
    part = _Statement(text, whole, subject_words(text, language), tuple(quantities(text, language)))
    without_units = part.subject - _units(part)
    return replace(part, subject=without_units) if len(without_units) >= _CLAUSE_WORDS else part


def _units(part: _Statement) -> frozenset[str]:
    return frozenset(unit for quantity in part.quantities for unit in quantity.units)


def _compare_part(sentence: str, part: _Statement, language: str) -> Status | None:
    share = _share(part.subject, subject_words(sentence, language))
    if share < _SAME_SUBJECT:
        return None
    if part.formulae:
        return _compare_formulae(sentence, part, language)
    if not part.quantities:
        return _compare_words(sentence, part, share, language)
    clauses = [clause for clause in _CLAUSE_END.split(sentence) if clause]
    about_it = [
        clause for clause in clauses if _share(part.subject, subject_words(clause, language)) >= _SAME_SUBJECT
    ]
    # Numbers elsewhere in the sentence are of other things, unless it has one number only.
    whole = sentence if len(quantities(sentence, language)) == 1 else ""
    return _compare_numbers(sentence, min(about_it, key=len, default=whole), part, language)


def _compare_formulae(sentence: str, part: _Statement, language: str) -> Status | None:
    said = _FORMULA.findall(sentence)
    if not said:
        return None
    results = [equivalent(formula, other) for formula in part.formulae for other in said]
    denies = is_denied(sentence) != is_denied(part.whole)
    if True in results and not denies:
        return "verified"
    if speaks_of_else(sentence, part.whole, language):
        return "unverifiable"
    # The right formula denied is as wrong as another one stated.
    is_wrong = denies if True in results else False in results and not denies
    return "contradicted" if is_wrong else "unverifiable"


def _compare_words(sentence: str, part: _Statement, share: float, language: str) -> Status | None:
    if share < _SAME_SENTENCE:
        return None
    if is_denied(sentence) == is_denied(part.text):
        return (
            "verified"
            if share == 1 and not speaks_of_else(sentence, part.whole, language)
            else "unverifiable"
        )
    return "unverifiable" if speaks_of_else(sentence, part.whole, language) else "contradicted"


def _compare_numbers(sentence: str, clause: str, part: _Statement, language: str) -> Status | None:
    everywhere, here = quantities(sentence, language), quantities(clause, language)
    agreeing = [
        quantity
        for quantity in part.quantities
        if any(_agrees(quantity, said) and not _is_another(said, quantity, part) for said in everywhere)
    ]
    denies = is_denied(clause) != is_denied(part.text)
    if len(agreeing) == len(part.quantities):
        if not denies:
            return "verified"
        return "unverifiable" if speaks_of_else(sentence, part.whole, language) else "contradicted"
    differing = [
        (quantity, said)
        for quantity in part.quantities
        if quantity not in agreeing and (said := _rivals(quantity, here, sentence, part, language))
    ]
    if not differing:
        return "unverifiable" if agreeing else None
    values = [quantity for quantity in part.quantities if quantity.kind != "reference"]
    is_other_case = (len(values) > 1 and not agreeing) or _is_another_reference(
        sentence, part, differing, language
    )
    # Which of several numbers is the fact's cannot be told.
    is_unclear = any(len(said) > 1 or quantity.rounds_to(said[0]) for quantity, said in differing)
    if is_other_case or is_unclear or denies or speaks_of_else(sentence, part.whole, language):
        return "unverifiable"
    return "contradicted"


def _is_another(said: Quantity, quantity: Quantity, part: _Statement) -> bool:
    """Whether a number is the other side of a conversion: "one milligram is 1,000 micrograms"."""

    def is_exact(own: Quantity) -> bool:
        return bool(own.values & said.values and own.units & said.units)

    return not is_exact(quantity) and any(is_exact(other) for other in part.quantities)


def _is_another_reference(
    sentence: str, part: _Statement, differing: Sequence[tuple[Quantity, list[Quantity]]], language: str
) -> bool:
    """Whether another article is named for something else: it takes both the number and a word."""
    is_reference = any(quantity.kind == "reference" for quantity, _ in differing)
    return is_reference and bool(part.subject - _content(sentence, language))


def _rivals(
    quantity: Quantity, here: Sequence[Quantity], sentence: str, part: _Statement, language: str
) -> list[Quantity]:
    """The numbers of a clause that stand where the fact has this one."""
    free = [said for said in here if not any(_agrees(own, said) for own in part.quantities)]
    if _is_the_same_sentence(sentence, part.whole, language):
        return [said for said in free if said.kind == quantity.kind]
    shared = part.subject & subject_words(sentence, language)
    # A name such as "case 3" is told from a value such as "index 0" by the words around it.
    is_named = quantity.kind == "number" and not quantity.units
    if len(shared) < _CLAUSE_WORDS or (is_named and len(shared) < _SAME_SENTENCE * len(part.subject)):
        return []
    return [said for said in free if quantity.measures_the_same(said)]


def _agrees(quantity: Quantity, said: Quantity) -> bool:
    kinds = {quantity.kind, said.kind}
    if not quantity.equals(said) or not (len(kinds) == 1 or kinds == {"number", "year"}):
        return False
    return quantity.measures_the_same(said) or not (said.units and quantity.units) or kinds != {"number"}


def _share(wanted: frozenset[str], found: frozenset[str]) -> float:
    return len(wanted & found) / len(wanted) if wanted else 0.0
