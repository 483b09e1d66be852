"""Markdown of a model as HTML that can do nothing: no raw HTML, no script, no foreign image."""

from __future__ import annotations

import re
from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from courseai.quality.lesson_markup import keep_products

_TAGS = set(
    "a blockquote br code del em h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul".split()
)
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_URL_SCHEMES = {"http", "https", "mailto"}
_FIRST_HEADING = 4
"""Headings inside a lesson stand below the lesson's own, which is an h3."""

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Control characters, bidirectional overrides and lone surrogates: no text for readers needs them."""


def render_block(text: str) -> Markup:
    """A whole text: paragraphs, lists, tables, code."""
    return _clean(_MARKDOWN.render(UNSEEN.sub("", text)))


def render_inline(text: str) -> Markup:
    """One line: emphasis, code and links only."""
    return _clean(_MARKDOWN.renderInline(UNSEEN.sub("", text)))


def _clean(html: str) -> Markup:
    # What nh3 lets through is safe by its allow-list, so marking it is right.
    return Markup(
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=_URL_SCHEMES,
            link_rel="noopener noreferrer nofollow",
        )
    )


def _lower_headings(state: StateCore) -> None:
    headings = [token for token in state.tokens if token.type.startswith("heading_")]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) - highest + _FIRST_HEADING)}"


def _image_text(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    """An image becomes its description: nothing is ever fetched by opening a course."""
    return str(escape(tokens[index].content))


def _make_markdown() -> MarkdownIt:
    markdown = keep_products(MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]))
    markdown.core.ruler.push("lower_headings", _lower_headings)
    markdown.add_render_rule("image", _image_text)
    return markdown


_MARKDOWN = _make_markdown()
