"""The page: complete, in the course's language, and harmless whatever a text says."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courseai.service.markdown import UNSEEN
from courseai.service.page import direction, labels_for, ordering_steps, render_page, shuffled

Json = dict[str, Any]
AUTHOR = "offline author: templates, no language model"
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "{{7*7}} {% for x in y %} {{ config }}",
    "[click](javascript:alert(1)) [click](JaVaScRiPt&#58;alert(1)) <javascript:alert(1)>",
    "[click](data:text/html;base64,PHNjcmlwdD4=) [v](vbscript:x)",
    '" onmouseover="alert(1)',
    "![x](http://tracker.example/pixel.png) ![y](javascript:alert(1))",
    "<a href='javascript:alert(1)'>x</a><iframe src=//x></iframe><base href=//x>",
    "</style><style>*{display:none}</style><link rel=stylesheet href=//x>",
    "<!-- <b>--><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "```html\n<script>alert(1)</script>\n```",
    "\u202eexe.nosj\u202c \u2066x\u2069 \x00\x1b[31m \ud800",
    "<meta http-equiv=refresh content='0;url=//x'><object data=x><embed src=x>",
    "# a\n\n## b\n\n|a|b|\n|-|-|\n|<b onclick=x>|`c`|",
]


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text outside the style sheet."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._in_style = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the base class names it
        self._in_style = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._in_style else data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every element of that name."""
        return [attributes for name, attributes in self.tags if name == tag]


SAFE_SCHEMES = ("#", "http://", "https://", "mailto:")
FORBIDDEN = {
    "script",
    "iframe",
    "object",
    "embed",
    "img",
    "svg",
    "math",
    "form",
    "input",
    "base",
    "link",
    "video",
}


def assert_harmless(page: str) -> None:
    """No script, no handler, no dangerous link, nothing fetched, one style sheet, nothing unseen."""
    elements = Elements(page)
    names = [name for name, _ in elements.tags]
    attributes = {key for _, found in elements.tags for key in found}
    assert not FORBIDDEN.intersection(names)
    assert names.count("style") == 1
    assert not [
        key for key in attributes if key.startswith("on") or key in ("style", "src", "srcset", "action")
    ]
    for link in elements.named("a"):
        target = link.get("href") or "#"
        assert target.startswith(SAFE_SCHEMES) or ":" not in target.split("/")[0], target
    assert not UNSEEN.search(page)
    refreshes = [meta for meta in elements.named("meta") if meta.get("http-equiv")]
    assert [meta["http-equiv"] for meta in refreshes] == ["Content-Security-Policy"]


@pytest.fixture
def page(make_course: Callable[..., Json], make_report: Callable[[str], Json]) -> Callable[..., str]:
    """The page of a course in which one text stands everywhere."""
    return lambda text, language="en": render_page(make_course(text, language), make_report(text), AUTHOR)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_nothing(page: Callable[..., str], text: str) -> None:
    assert_harmless(page(text))


@settings(max_examples=60)
@given(
    parts=st.lists(
        st.one_of(st.sampled_from(HOSTILE), st.sampled_from("<>\"'&`[]()!*_#|\n {}%"), st.text(max_size=12)),
        max_size=8,
    )
)
def test_no_text_does_anything(parts: list[str]) -> None:
    from courseai.service.markdown import render_block, render_inline

    text = "".join(parts)
    for html in (render_block(text), render_inline(text)):
        assert_harmless(f'<meta http-equiv="Content-Security-Policy"><style></style>{html}')


def test_the_page_forbids_scripts_and_everything_from_elsewhere(page: Callable[..., str]) -> None:
    policy = Elements(page("A text.")).named("meta")[1]["content"]
    assert policy == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_template_syntax_in_a_text_stays_text(page: Callable[..., str]) -> None:
    assert "{{7*7}}" in page("{{7*7}}")
    assert "49" not in Elements(page("{{7*7}}")).text


def test_every_link_within_the_page_has_a_target(page: Callable[..., str]) -> None:
    elements = Elements(page("A text."))
    identifiers = {found["id"] for _, found in elements.tags if "id" in found}
    targets = {str(link["href"])[1:] for link in elements.named("a") if str(link["href"]).startswith("#")}
    assert targets <= identifiers
    assert {"section-s1", "lesson-s1-l1", "made"} <= targets


def test_answers_are_hidden_until_they_are_asked_for(page: Callable[..., str]) -> None:
    elements = Elements(page("A text."))
    assert len(elements.named("details")) >= 7
    assert not [found for found in elements.named("details") if "open" in found]


def test_headings_of_a_lesson_stand_below_its_own(page: Callable[..., str]) -> None:
    names = [name for name, _ in Elements(page("# One\n\n### Two\n\nText.")).tags]
    assert names.count("h1") == 1
    assert "h4" in names
    assert "h6" in names


def test_who_wrote_the_texts_is_said_at_the_top_and_at_the_end(page: Callable[..., str]) -> None:
    text = Elements(page("A text.")).text
    assert text.count(AUTHOR) == 2
    assert "No language model wrote or checked them" in text


def test_how_the_course_was_made_is_told(page: Callable[..., str]) -> None:
    text = " ".join(Elements(page("The reason.")).text.split())
    assert "Started at oss_20b: The reason." in text
    assert "low alignment → oss_120b" in text
    assert "written by a fallback" in text
    assert "unverified" in text


def test_an_unknown_cost_is_not_shown_as_zero(page: Callable[..., str]) -> None:
    text = Elements(page("A text.")).text
    assert "$0.0000" not in text
    assert "unknown" in text


@pytest.mark.parametrize(
    ("language", "word"), [("es", "Ejercicios"), ("es-MX", "Ejercicios"), ("fr", "Exercises")]
)
def test_labels_are_in_the_language_of_the_course_where_there_are_any(
    page: Callable[..., str], language: str, word: str
) -> None:
    elements = Elements(page("Un texto.", language))
    assert elements.named("html")[0]["lang"] == language
    assert word in elements.text


def test_both_languages_have_the_same_labels() -> None:
    def keys(labels: Json) -> set[Any]:
        return {(key, *sorted(value)) if isinstance(value, dict) else key for key, value in labels.items()}

    assert keys(labels_for("en")) == keys(labels_for("es"))


@pytest.mark.parametrize(
    ("language", "expected"),
    [("ar", "rtl"), ("he", "rtl"), ("uz-Arab", "rtl"), ("en", "ltr"), ("az-Latn", "ltr")],
)
def test_the_page_runs_in_the_direction_of_its_language(language: str, expected: str) -> None:
    assert direction(language) == expected


@given(st.lists(st.text(max_size=5), unique=True, min_size=2, max_size=8), st.text(max_size=5))
def test_what_is_to_be_matched_is_never_shown_in_the_right_order(items: list[str], seed: str) -> None:
    mixed = shuffled(items, seed)
    assert mixed != items
    assert sorted(mixed) == sorted(items)
    assert mixed == shuffled(items, seed)


def test_the_steps_of_an_ordering_are_never_shown_in_the_right_order() -> None:
    steps = ["mix", "bake", "cool"]
    shown = ordering_steps({"options": steps, "answer": steps, "exercise_id": "e1"})
    assert shown != steps
    assert sorted(shown) == sorted(steps)
