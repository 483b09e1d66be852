"""Terminology: words to avoid, one definition for a term, and acronyms that are spelled out once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from courseai.quality.check_words import one_of, word_list
from courseai.quality.defect import Defect, quoted
from courseai.quality.duplicate import LessonSource
from courseai.quality.lesson_markup import lesson_blocks
from courseai.quality.subject import lemma, stem, subject_words

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_DEFINITION = re.compile(
    rf"^\W*(?:{one_of('article')}\s)?([^\W\d_][\w -]{{1,60}}?)\s*"
    rf"(?::|\s{one_of('definition')})\s+(\S.{{15,}})",
    re.IGNORECASE,
)
_DEFINITION_WORDS = 3
"""Content words that a definition needs to be compared."""
_ACRONYM = re.compile(r"(?<![\w.-])([A-Z]{3,6})s?(?![\w-]|\.\w)")
_ACRONYM_USES = 2
"""Uses in one lesson from which a reader has to know what it stands for."""
_NO_ACRONYM_TO_EXPLAIN = frozenset(word_list("common_acronym")) | frozenset(word_list("emphasised_word"))
_ROMAN = re.compile(r"[IVXLCDM]+")


def drifted_terms(contents: Sequence[str], avoid: Sequence[str], language: str = "en") -> tuple[str, ...]:
    """One sentence for each word to avoid that a text uses, in any of its forms."""
    words = [_lemmas(content, language) for content in contents]
    return tuple(
        f'The text uses "{term}", which the brief asks to avoid.'
        for term in avoid
        if any(_uses(term, text, lemmas, language) for text, lemmas in zip(contents, words, strict=True))
    )


def term_defects(
    lesson: LessonSource, glossary: Mapping[str, str], avoid: Sequence[str], language: str = "en"
) -> list[Defect]:
    """Words to avoid, and glossary terms that the lesson defines with none of the glossary's words."""
    drifted = [
        Defect(lesson.lesson_id, "avoided_term", "warn", message)
        for message in drifted_terms([lesson.content], avoid, language)
    ]
    own = {_key(term, language): (term, meaning) for term, meaning in glossary.items()}
    redefined = [
        _redefinition(lesson.lesson_id, own[key][0], "the glossary", own[key][1], meaning)
        for key, meaning in _definitions(lesson.content, language)
        if key in own and _differ(own[key][1], meaning, language)
    ]
    return [*drifted, *redefined]


def course_term_defects(
    lessons: Sequence[LessonSource], known: str = "", language: str = "en"
) -> list[Defect]:
    """Terms that two lessons define unlike each other, and acronyms that no lesson spells out.

    `known` is text in which acronyms may be spelled out as well, such as the glossary and the facts.
    """
    return [*_second_definitions(lessons, language), *_unexplained_acronyms(lessons, known)]


def _second_definitions(lessons: Sequence[LessonSource], language: str) -> Iterator[Defect]:
    first: dict[str, tuple[str, str]] = {}
    for lesson in lessons:
        for key, meaning in _definitions(lesson.content, language):
            origin, original = first.setdefault(key, (lesson.lesson_id, meaning))
            if origin != lesson.lesson_id and _differ(original, meaning, language):
                yield _redefinition(lesson.lesson_id, key, f"lesson {origin}", original, meaning)


def _redefinition(lesson_id: str, term: str, place: str, original: str, meaning: str) -> Defect:
    message = f'"{term}" is defined unlike in {place}, which says: {quoted(original)}'
    return Defect(lesson_id, "redefined_term", "warn", message, quoted(meaning))


def _definitions(content: str, language: str) -> Iterator[tuple[str, str]]:
    """Terms with what a paragraph or list item says that they mean; only where the term is set in bold."""
    bold = {_key(text, language) for text in re.findall(r"\*\*([^*\n]{2,60}?):?\*\*", content)}
    for block in lesson_blocks(content):
        match = _DEFINITION.match(block.text) if block.is_prose else None
        if match and (key := _key(match.group(1), language)) in bold:
            yield key, match.group(2)


def _differ(original: str, meaning: str, language: str) -> bool:
    """Whether two definitions have no content word in common, and enough of them to tell."""
    first, second = subject_words(original, language), subject_words(meaning, language)
    return min(len(first), len(second)) >= _DEFINITION_WORDS and not first & second


def _unexplained_acronyms(lessons: Sequence[LessonSource], known: str) -> Iterator[Defect]:
    texts = {lesson.lesson_id: _prose(lesson.content) for lesson in lessons}
    everything = "\n".join((*texts.values(), known))
    said: set[str] = set()
    for lesson_id, text in texts.items():
        uses = Counter(match.group(1) for match in _ACRONYM.finditer(text))
        for acronym, count in uses.items():
            if count < _ACRONYM_USES or acronym in said or not _needs_explanation(acronym, everything):
                continue
            said.add(acronym)
            yield Defect(
                lesson_id,
                "unexplained_acronym",
                "warn",
                f"Spell out {acronym} where it is first used.",
                acronym,
            )


def _prose(content: str) -> str:
    """Text in which capitals mean an acronym: no headings, and no paragraph that is set in capitals."""
    texts = [block.text for block in lesson_blocks(content) if block.is_prose]
    return "\n".join(text for text in texts if sum(map(str.isupper, text)) < 0.4 * len(text))


def _needs_explanation(acronym: str, everything: str) -> bool:
    if acronym in _NO_ACRONYM_TO_EXPLAIN or _ROMAN.fullmatch(acronym):
        return False
    in_brackets = rf"[^\W\d_][^.!?]{{3,}}\({acronym}s?[),;]|\b{acronym}s?\s*\([^\W\d_][^()]{{4,}}\)"
    in_words = rf"\b{acronym}s?,?\s+(?:{one_of('spelled_out')}|\W+or)\b"
    if re.search(f"{in_brackets}|{in_words}", everything):
        return False
    initials = r"[\w-]*\W+(?:(?:of|and|the|for|in|to|de|la|del|y|et|und|von)\W+)?".join(acronym.casefold())
    return not re.search(rf"\b{initials}\w+", everything.casefold().replace(acronym.casefold(), ""))


def _uses(term: str, content: str, lemmas: frozenset[str], language: str) -> bool:
    whole_word = re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", re.IGNORECASE)
    is_one_word = bool(_WORD.fullmatch(term))
    return bool(whole_word.search(content)) or (is_one_word and lemma(term, language) in lemmas)


@lru_cache(maxsize=512)
def _lemmas(content: str, language: str) -> frozenset[str]:
    return frozenset(lemma(word, language) for word in _WORD.findall(content))


def _key(term: str, language: str) -> str:
    return " ".join(stem(word, language) for word in _WORD.findall(term))
