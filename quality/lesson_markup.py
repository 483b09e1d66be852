"""A lesson's Markdown taken apart: what is read as text, and the code blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_TIMES = re.compile(r"(?<=[A-Za-z0-9)])\*(?=[A-Za-z0-9(])")

Kind = Literal["paragraph", "heading", "list_item", "table_row", "code", "html"]


@dataclass(frozen=True)
class Block:
    """One block in the order of the lesson."""

    kind: Kind
    text: str
    """Without markup, white space collapsed, and without inline code; a code block's text is as it is."""
    info: str = ""
    """First word after the fence of a code block, in lower case."""
    closed: bool = True
    """False for a code block whose closing fence is missing."""

    @property
    def is_prose(self) -> bool:
        """Whether people read it as sentences."""
        return self.kind in ("paragraph", "list_item")


@lru_cache(maxsize=512)
def lesson_blocks(markdown: str) -> tuple[Block, ...]:
    """Every block that holds something."""
    # Lone surrogates reach us through JSON escapes; the parser's users downstream do not take them.
    readable = markdown.encode("utf-8", "replace").decode()
    lines = readable.split("\n")
    return tuple(block for block in _blocks(_parser().parse(readable), lines) if block.text.strip())


def prose(markdown: str) -> str:
    """Paragraphs and list items, one a line."""
    return "\n".join(block.text for block in lesson_blocks(markdown) if block.is_prose)


def keep_products(markdown: MarkdownIt) -> MarkdownIt:
    """Let the stars of "n*p*(1-p)" be signs of a product; CommonMark would read "p" in it as emphasised."""
    markdown.inline.ruler.before("emphasis", "product", _product)
    return markdown


def _product(state: StateInline, silent: bool) -> bool:
    if not _TIMES.match(state.src, state.pos):
        return False
    if not silent:
        state.pending += "*"
    state.pos += 1
    return True


@cache
def _parser() -> MarkdownIt:
    return keep_products(MarkdownIt("commonmark").enable("table"))


def _blocks(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Block]:
    depth = 0
    for before, token in pairwise([Token("", "", 0), *tokens]):
        if token.type in ("list_item_open", "list_item_close"):
            depth += token.nesting
        elif token.type == "fence":
            words = token.info.split()
            yield Block("code", token.content, words[0].lower() if words else "", _is_closed(token, lines))
        elif token.type == "html_block":
            yield Block("html", token.content)
        elif token.type == "inline":
            tags = [child.content for child in token.children or [] if child.type == "html_inline"]
            yield Block("html", " ".join(tags))
            yield Block(_kind(before, depth), _readable(token))


def _kind(opening: Token, list_depth: int) -> Kind:
    if opening.type == "heading_open":
        return "heading"
    if opening.type in ("th_open", "td_open"):
        return "table_row"
    return "list_item" if list_depth else "paragraph"


def _is_closed(fence: Token, lines: Sequence[str]) -> bool:
    first, end = fence.map or [0, 0]
    last = lines[min(end, len(lines)) - 1].strip(" \t>") if end else ""
    return end - first > 1 and last.startswith(fence.markup) and not last.strip(fence.markup[0])


def _readable(inline: Token) -> str:
    parts = []
    for child in inline.children or []:
        if child.type in ("text", "image"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "code_inline":
            parts.append(INLINE_CODE)
    return " ".join("".join(parts).split())


INLINE_CODE = "\N{WHITE SQUARE}"
"""Stands for inline code in a block's text, so that a sentence that ends in code still ends."""
