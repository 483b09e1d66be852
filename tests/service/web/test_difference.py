"""What changed between two drafts."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from courseai.service.web.difference import difference

WORDS = st.lists(st.sampled_from(["a", "loop", "repeats", "its", "body", "<b>", "&"]), max_size=8).map(
    " ".join
)
TEXTS = st.lists(WORDS, max_size=6).map("\n".join)


@given(TEXTS)
def test_the_same_text_shows_nothing(text: str) -> None:
    assert difference(text, text) == ""


@given(TEXTS, TEXTS)
def test_every_word_that_is_new_is_shown_as_added(before: str, after: str) -> None:
    shown = str(difference(before, after))

    added = " ".join(re.findall("<ins>(.*?)</ins>", shown, re.S))
    for word in set(after.split()) - set(before.split()):
        assert word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in added


def test_a_changed_word_is_marked_inside_its_sentence() -> None:
    shown = difference("A loop repeats its body twice.", "A loop repeats its body three times.")

    assert "A loop repeats its body" in shown
    assert "<del>twice</del>" in shown
    assert "<ins>three times</ins>" in shown


def test_sentences_that_have_little_in_common_are_shown_whole() -> None:
    shown = difference("Bees dance to tell where nectar is.", "A function has a name and a body.")

    assert "<del>Bees dance to tell where nectar is.</del>" in shown
    assert "<ins>A function has a name and a body.</ins>" in shown


def test_text_of_a_draft_is_never_markup() -> None:
    shown = difference("<script>alert(1)</script>", "<img src=x onerror=alert(1)>")

    assert "<script" not in shown
    assert "<img" not in shown


def test_signs_of_markdown_that_say_nothing_to_a_reader_are_left_out() -> None:
    shown = difference("## The loop\n\nOld.", "## The \\_\\_main\\_\\_ guard\n\nNew.")

    assert "#" not in shown
    assert "\\" not in shown
    assert "__main__ guard" in re.sub("</?ins>", "", shown)
