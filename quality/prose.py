"""The sentences a reader of a Markdown lesson reads as prose, without its markup, headings or code."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import sentencex
from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST_SENTENCE = 60
"""Words; what is longer is cut into pieces, so that the embedding model reads all of it."""


def sentences(markdown: str, language: str = "en") -> list[str]:
    """The prose sentences in order, whitespace collapsed; headings and code blocks are left out.

    `language` is an ISO 639-1 code and picks the rules for abbreviations.
    """
    found: list[str] = []
    for paragraph in paragraphs(markdown):
        for sentence in sentencex.segment(language, paragraph):
            found.extend(_pieces(sentence.split()))
    return found


def paragraphs(markdown: str) -> list[str]:
    """Text of each paragraph, list item and table row, markup removed."""
    # Lone surrogates reach us through JSON escapes; neither the splitter nor a tokenizer takes them.
    readable = markdown.encode("utf-8", "replace").decode()
    return [text for text in map(_collapsed, _blocks(_parser().parse(readable))) if text]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _blocks(tokens: list[Token]) -> Iterator[str]:
    in_heading = False
    cells: list[str] | None = None
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            in_heading = token.type == "heading_open"
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            yield ", ".join(cells or [])
            cells = None
        elif token.type == "inline" and not in_heading:
            if cells is None:
                yield _plain(token)
            else:
                cells.append(_plain(token))


def _plain(inline: Token) -> str:
    breaks = ("softbreak", "hardbreak")
    kept = ("text", "code_inline", "image")
    children = inline.children or []
    return "".join(
        " " if child.type in breaks else child.content if child.type in kept else "" for child in children
    )


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _pieces(words: list[str]) -> Iterator[str]:
    for start in range(0, len(words), LONGEST_SENTENCE):
        yield " ".join(words[start : start + LONGEST_SENTENCE])
