"""Text that should never reach a learner: placeholders, talk of a model about itself, cut or foreign text.

Every pattern is tied to a place (the beginning, the end, a whole sentence) or to words that lessons do
not use, because a lesson may well be *about* language models, prompts or templates. Code is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from itertools import takewhile

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from courseai.prompts.template import load_template
from courseai.quality.check_words import one_of, whole_words, word_list
from courseai.quality.defect import Defect, quoted
from courseai.quality.lesson_markup import INLINE_CODE, Block, lesson_blocks
from courseai.quality.mention import is_state_name, without_mentions, without_quotations
from courseai.quality.unfinished import unfinished

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
_ELLIPSIS = re.compile(r"(?:\.{3}|…)\W*$")
_FEWEST_LIKE_IT = 2
_MOST_END_WELL = 0.8
"""Share of a lesson's other paragraphs, or list items, with a full stop from which the last needs one too."""
_LANGUAGE_WORDS = 20
_PARAGRAPH_WORDS = 15
_SURE = 0.9
_IMPOSSIBLE = 1e-4
"""Probability of the language that the lesson should be in, below which it is not in it."""
_MIXED = 0.25
_MOSTLY_FOREIGN = 0.45
_CLOSE_RELATIVES = tuple(frozenset(group.split()) for group in word_list("close_relatives"))
_REPEATED_WORDS = 6
_REPEATED_SHARE = 0.15
"""Share of a lesson's words in sentences that stood there before: 0.05 at most in 568 textbook sections."""
_SHINGLE = 9
"""Words in a row that are no accident when they stand in our prompts too."""
_WORD = re.compile(r"[^\W\d_]+")


def text_defects(lesson_id: str, content: str, language: str = "en") -> list[Defect]:
    """Every defect of a text; all of them block, but for a second language in a part of it: a flag."""
    blocks = lesson_blocks(content)
    base = language.partition("-")[0].lower()
    found = [
        *_placeholders(blocks),
        *_meta_text(blocks),
        *_chat_remnants(content, blocks),
        *_truncation(content, blocks, base),
        *_copied_prompt(blocks),
        *_repetition(blocks),
        *_foreign_text(blocks, base),
    ]
    return [
        Defect(lesson_id, code, "flag" if code == "mixed_language" else "block", *rest)
        for code, *rest in found
    ]


Finding = tuple[str, str, str]
"""Code, message, evidence."""


def _placeholders(blocks: tuple[Block, ...]) -> Iterator[Finding]:
    everything = "\n".join(block.text for block in blocks)
    for block in blocks:
        if block.kind == "code" or not _WORD.search(block.text):
            continue
        phrase = unfinished(without_mentions(block.text))
        if phrase and not is_state_name(block.text.strip(), everything):
            yield "placeholder", "Write what is meant instead of the placeholder text.", quoted(phrase)
            return


def _meta_text(blocks: tuple[Block, ...]) -> Iterator[Finding]:
    for block in blocks:
        if block.kind != "code" and (match := _META.search(without_quotations(block.text))):
            yield (
                "meta_text",
                "Teach; do not speak of yourself or of what will be written.",
                quoted(match.group()),
            )
            return


def _chat_remnants(content: str, blocks: tuple[Block, ...]) -> Iterator[Finding]:
    texts = [without_quotations(block.text) for block in blocks if block.is_prose]
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


def _truncation(content: str, blocks: tuple[Block, ...], language: str) -> Iterator[Finding]:
    message = "The text stops in the middle; write it to its end."
    if not blocks:
        return
    last = blocks[-1]
    if any(not block.closed for block in blocks):
        yield "truncated", "Close the code block, and write the lesson to its end.", quoted(last.text[-80:])
    elif last.kind == "heading" or (last.kind == "table_row" and _is_open_row(content)):
        yield "truncated", message, quoted(last.text)
    elif last.is_prose and language in _PUNCTUATES and _stops_short(blocks):
        yield "truncated", message, quoted(last.text[-80:])


def _is_open_row(content: str) -> bool:
    """Whether the last row of a table lacks the bar that the row before it ends in."""
    *_, before, last = ["", "", *content.strip().splitlines()]
    return before.rstrip().endswith("|") and not last.rstrip().endswith("|")


def _stops_short(blocks: tuple[Block, ...]) -> bool:
    """Whether the last block breaks off: by its last word, or without the full stop that the others have."""
    last = blocks[-1]
    if _ENDS_OPEN.search(last.text) or last.text.endswith(":") or _ELLIPSIS.search(last.text):
        return True
    if _ENDS_SENTENCE.search(last.text):
        return False
    if last.kind == "paragraph" and len(last.text.split()) >= _WHOLE_SENTENCE_WORDS:
        return True
    is_title = last.text.split()[-1][:1].isupper()
    return not is_title and _is_odd_one_out(blocks)


def _is_odd_one_out(blocks: tuple[Block, ...]) -> bool:
    """Whether the other paragraphs, or items of the same list, end in a full stop, unlike the last."""
    *earlier, last = blocks
    same_list = takewhile(lambda block: block.kind == "list_item", reversed(earlier))
    others = [block for block in earlier if block.kind == "paragraph"]
    like_it = others if last.kind == "paragraph" else list(same_list)
    whole = sum(bool(_ENDS_SENTENCE.search(block.text)) for block in like_it)
    return len(like_it) >= _FEWEST_LIKE_IT and whole >= _MOST_END_WELL * len(like_it)


def _copied_prompt(blocks: tuple[Block, ...]) -> Iterator[Finding]:
    for block in blocks:
        if block.kind != "code" and (run := min(_shingles(block.text) & _prompt_shingles(), default=None)):
            yield "copied_prompt", "Leave out the words of the instructions.", quoted(" ".join(run))
            return


def _repetition(blocks: tuple[Block, ...]) -> Iterator[Finding]:
    """Sentences that come again: a model that runs in circles."""
    words, again, seen = 0, 0, set()
    repeated = ""
    for block in (block for block in blocks if block.is_prose):
        for sentence in re.split(r"(?<=[.!?])\s+", block.text):
            said = tuple(_WORD.findall(sentence.casefold()))
            words += len(said)
            if len(said) >= _REPEATED_WORDS and said in seen:
                again += len(said)
                repeated = repeated or sentence
            seen.add(said)
    if repeated and again >= _REPEATED_SHARE * words:
        yield (
            "repeated_text",
            "The text says the same sentences again; say each thing once.",
            quoted(repeated),
        )


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
    paragraphs = [without_quotations(block.text) for block in blocks if block.is_prose]
    words = sum(len(text.split()) for text in paragraphs)
    if words < _LANGUAGE_WORDS:
        return
    if other := _other_language(" ".join(paragraphs), language):
        yield "wrong_language", f"Write the lesson in {language}; this is {other}.", quoted(paragraphs[0])
        return
    foreign = [text for text in _passages(paragraphs) if _other_language(text, language)]
    share = sum(len(text.split()) for text in foreign) / words
    if share >= _MIXED:
        code = "mixed_language" if share < _MOSTLY_FOREIGN else "wrong_language"
        yield code, f"Parts of the lesson are not in {language}.", quoted(foreign[0])


def _passages(paragraphs: Sequence[str]) -> Iterator[str]:
    """Each paragraph in runs of whole sentences, long enough to tell their language."""
    for paragraph in paragraphs:
        runs: list[list[str]] = [[]]
        for sentence in re.split(r"(?<=[.!?])\s+", paragraph):
            if len(runs[-1]) >= _PARAGRAPH_WORDS:
                runs.append([])
            runs[-1] += sentence.split()
        if len(runs) > 1 and len(runs[-1]) < _PARAGRAPH_WORDS:
            rest = runs.pop()
            runs[-1] += rest
        yield from (" ".join(run) for run in runs if len(run) >= _PARAGRAPH_WORDS)


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
