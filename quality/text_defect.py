"""Text that should never reach a learner: placeholders, talk of a model about itself, cut or foreign text.

Every pattern is tied to a place (the beginning, the end, a whole sentence) or to words that lessons do
not use, because a lesson may well be *about* language models, prompts or templates. Code is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from courseai.course.placeholder import placeholder
from courseai.prompts.template import load_template
from courseai.quality.check_words import one_of, whole_words, word_list
from courseai.quality.defect import Defect, quoted
from courseai.quality.lesson_markup import INLINE_CODE, Block, lesson_blocks

_META = re.compile(one_of("meta_text"), re.IGNORECASE)
_CHAT_OPENING = re.compile(
    rf"^(?:{one_of('chat_courtesy')}\s*[!,.]\s*)?{one_of('chat_presentation')}\s+"
    rf"(?:{one_of('article')}|your|my)?\s*(?:[\w-]+\s+){{0,3}}?{one_of('chat_product')}\b"
    rf"|^{one_of('chat_courtesy')}\s*!",
    re.IGNORECASE,
)
_CHAT_CLOSING = whole_words("chat_closing")
_CONTROL_WORDS = re.compile(
    r"<\|[a-z_]+\|>|</?think>|\[/?INST\]|<</?SYS>>|</?brief>|^\s*(?:assistant|user|system)\s*:", re.IGNORECASE
)
_ENDS_SENTENCE = re.compile(rf"[.!?…:;。！？।؟|)\]{INLINE_CODE}][\s\"'”’»*_]*$")  # noqa: RUF001 - signs that end sentences
_ENDS_OPEN = re.compile(rf"(?:[,(–-]|\b{one_of('open_ending')})\s*$", re.IGNORECASE)  # noqa: RUF001 - a dash is meant
_PUNCTUATES = frozenset(word_list("punctuating_language"))
"""Languages whose sentences end in a sign that we know."""
_WHOLE_SENTENCE_WORDS = 8
_LANGUAGE_WORDS = 20
_PARAGRAPH_WORDS = 15
_SURE = 0.9
_IMPOSSIBLE = 1e-4
"""Probability of the language that the lesson should be in, below which it is not in it."""
_MIXED = 0.25
_CLOSE_RELATIVES = tuple(frozenset(group.split()) for group in word_list("close_relatives"))
_SHINGLE = 9
"""Words in a row that are no accident when they stand in our prompts too."""
_WORD = re.compile(r"[^\W\d_]+")


def text_defects(lesson_id: str, content: str, language: str = "en") -> list[Defect]:
    """Every defect of a lesson's text; all of them block, except a second language in a part of it."""
    blocks = lesson_blocks(content)
    base = language.partition("-")[0].lower()
    found = [
        *_placeholders(blocks),
        *_meta_text(blocks),
        *_chat_remnants(content, blocks),
        *_truncation(blocks, base),
        *_copied_prompt(blocks),
        *_foreign_text(blocks, base),
    ]
    return [
        Defect(lesson_id, code, "warn" if code == "mixed_language" else "block", *rest)
        for code, *rest in found
    ]


Finding = tuple[str, str, str]
"""Code, message, evidence."""


def _placeholders(blocks: tuple[Block, ...]) -> Iterator[Finding]:
    for block in blocks:
        if block.kind != "code" and _WORD.search(block.text) and (phrase := placeholder(block.text)):
            yield "placeholder", "Write what is meant instead of the placeholder text.", quoted(phrase)
            return


def _meta_text(blocks: tuple[Block, ...]) -> Iterator[Finding]:
    for block in blocks:
        if block.kind != "code" and (match := _META.search(block.text)):
            yield (
                "meta_text",
                "Teach; do not speak of yourself or of what will be written.",
                quoted(match.group()),
            )
            return


def _chat_remnants(content: str, blocks: tuple[Block, ...]) -> Iterator[Finding]:
    texts = [block.text for block in blocks if block.is_prose]
    matches = [
        _CHAT_OPENING.search(texts[0]) if texts else None,
        _CHAT_CLOSING.search(texts[-1]) if texts else None,
        *(_CONTROL_WORDS.search(block.text) for block in blocks if block.is_prose or block.kind == "html"),
    ]
    if match := next((match for match in matches if match), None):
        yield (
            "chat_remnant",
            "Write the lesson only, without words to the person who asked for it.",
            quoted(match.group()),
        )
    elif len(blocks) == 1 and blocks[0].kind == "code" and blocks[0].info in ("markdown", "md", "json"):
        yield "chat_remnant", "Write the lesson itself, not a code block around it.", quoted(content[:60])


def _truncation(blocks: tuple[Block, ...], language: str) -> Iterator[Finding]:
    message = "The text stops in the middle; write it to its end."
    if not blocks:
        return
    last = blocks[-1]
    if any(not block.closed for block in blocks):
        yield "truncated", "Close the code block, and write the lesson to its end.", quoted(last.text[-80:])
    elif last.kind == "heading":
        yield "truncated", message, quoted(last.text)
    elif last.is_prose and language in _PUNCTUATES and _stops_short(last):
        yield "truncated", message, quoted(last.text[-80:])


def _stops_short(last: Block) -> bool:
    if _ENDS_OPEN.search(last.text) or last.text.endswith(":"):
        return True
    is_long = len(last.text.split()) >= _WHOLE_SENTENCE_WORDS
    return last.kind == "paragraph" and is_long and not _ENDS_SENTENCE.search(last.text)


def _copied_prompt(blocks: tuple[Block, ...]) -> Iterator[Finding]:
    for block in blocks:
        if block.kind != "code" and (run := min(_shingles(block.text) & _prompt_shingles(), default=None)):
            yield "copied_prompt", "Leave out the words of the instructions.", quoted(" ".join(run))
            return


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return frozenset(tuple(words[start : start + _SHINGLE]) for start in range(len(words) - _SHINGLE + 1))


@cache
def _prompt_shingles() -> frozenset[tuple[str, ...]]:
    names = [
        entry.name for entry in resources.files("courseai.prompts").iterdir() if entry.name.endswith(".md")
    ]
    templates = [load_template(name.removesuffix(".md")) for name in names]
    lines = [line for each in templates for line in (*each.system.splitlines(), *each.user.splitlines())]
    return frozenset(run for line in lines for run in _shingles(line))


def _foreign_text(blocks: tuple[Block, ...], language: str) -> Iterator[Finding]:
    if language not in _identifier().labels:
        return
    paragraphs = [block.text for block in blocks if block.is_prose]
    words = sum(len(text.split()) for text in paragraphs)
    if words < _LANGUAGE_WORDS:
        return
    if other := _other_language(" ".join(paragraphs), language):
        yield "wrong_language", f"Write the lesson in {language}; this is {other}.", quoted(paragraphs[0])
        return
    foreign = [
        text
        for text in paragraphs
        if len(text.split()) >= _PARAGRAPH_WORDS and _other_language(text, language)
    ]
    if foreign and sum(len(text.split()) for text in foreign) >= _MIXED * words:
        yield "mixed_language", f"Parts of the lesson are not in {language}.", quoted(foreign[0])


def text_language(text: str, language: str) -> str | None:
    """The language that a text of at least 20 words is in, where it is another than `language`, else None.

    None as well for a language that the identifier does not know.
    """
    if language not in _identifier().labels or len(text.split()) < _LANGUAGE_WORDS:
        return None
    return _other_language(text, language)


def _other_language(text: str, language: str) -> str | None:
    """The language a text is surely in, where it is all but impossible that it is the one it should be."""
    ranked = dict(_identifier().rank(text.replace(INLINE_CODE, " ")))
    found = max(ranked, key=lambda code: ranked[code])
    own = {language}.union(*(relatives for relatives in _CLOSE_RELATIVES if language in relatives))
    is_foreign = ranked[found] >= _SURE and sum(ranked.get(code, 0.0) for code in own) <= _IMPOSSIBLE
    return str(found) if is_foreign else None


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
