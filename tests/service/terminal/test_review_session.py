"""What a reviewer decided is kept for as long as it fits; what they see and edit is the content."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from courseai.service.terminal.review_screen import show_item
from courseai.service.terminal.review_session import ReviewSession, for_editor, from_editor

Json = dict[str, Any]


def item(**changes: Any) -> Json:
    """A lesson as the request has it."""
    exercise = {"type": "essay", "question": "Why?\nAnd how?", "answer": ["Because."], "rubric": ["reason"]}
    lesson = {
        "number": 1,
        "title": "Reading a plot",
        "key_topics": ["axis", "scale"],
        "content": "A plot has two axes.\n\n" * 12,
        "exercises": [exercise | {"options": [], "pairs": [], "explanation": ""}] * 3,
    }
    shown = {
        "item_id": "lesson:s1-l1",
        "kind": "lesson",
        "subject": "s1-l1",
        "section_title": "Plots",
        "title": "Reading a plot",
        "risk": 1,
        "reasons": ["FAIL: It does not teach the objective."],
        "objectives": ["Read a plot"],
        "content_json": lesson,
        "score": 0.61,
        "judge": [{"tier": "oss_120b", "overall": 0.6, "words": "Too thin.", "concerns": ["no example"]}],
        "facts": [{"statement": "A plot has 2 axes.", "sentence": "A plot has 3 axes."}],
        "findings": [{"severity": "warn", "message": "Says a word to avoid.", "evidence": "leverage"}],
        "route": [{"tier": "oss_20b", "step": "draft", "score": 0.5, "note": "escalate: low_alignment"}],
        "previous": [],
        "cost_usd": 0.0012,
        "regenerations": 0,
        "allowed_decisions": ["approve", "edit", "reject", "regenerate", "respond"],
    }
    return shown | changes


def request(*items: Json) -> Json:
    return {"action_requests": [{"name": "review_lesson", "args": each} for each in items]}


def shown(width: int, **changes: Any) -> str:
    console = Console(file=io.StringIO(), width=width)
    show_item(console, item(**changes), 0, 1, 1)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


class TestKept:
    def test_decisions_outlive_the_session(self, tmp_path: Path) -> None:
        ReviewSession(request(item()), tmp_path, "ada").decide(item(), {"type": "approve"})

        again = ReviewSession(request(item()), tmp_path, "ada")

        assert again.answer() == {"by": "ada", "decisions": {"lesson:s1-l1": {"type": "approve"}}}
        assert again.left == 0

    def test_decision_on_what_has_changed_since_is_forgotten(self, tmp_path: Path) -> None:
        ReviewSession(request(item()), tmp_path, "ada").decide(item(), {"type": "approve"})

        assert ReviewSession(request(item(regenerations=1)), tmp_path, "ada").decisions == {}

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"decisions": {}, "decided_on": 1}'])
    def test_broken_file_is_no_hindrance(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "decisions.json").write_text(text)

        assert ReviewSession(request(item()), tmp_path, "ada").left == 1

    def test_nothing_is_left_behind_once_it_is_sent(self, tmp_path: Path) -> None:
        session = ReviewSession(request(item()), tmp_path, "ada")
        session.decide(item(), {"type": "approve"})

        session.forget()

        assert list(tmp_path.iterdir()) == []


class TestEditor:
    def test_long_texts_are_lines_and_come_back_as_they_were(self) -> None:
        text = for_editor(item()["content_json"])

        assert "\\n" not in text
        assert from_editor(item(), text) == item()["content_json"]

    def test_what_is_no_json_is_refused_with_its_place(self) -> None:
        with pytest.raises(ValueError, match=r"it is no JSON .*line 1"):
            from_editor(item(), "{")


class TestScreen:
    def test_everything_that_it_can_be_decided_by_is_shown(self) -> None:
        text = shown(140)
        for words in (
            "failed a check",
            "in “Plots”",
            "It does not teach the objective.",
            "0.61",
            "Too thin.",
            "no example",
            "A plot has 2 axes. — the text says: A plot has 3 axes.",
            "leverage",
            "oss_20b, draft, alignment 0.50: A stronger model wrote it next: it hardly teaches",
            "$0.0012",
        ):
            assert words in text

    def test_wide_terminal_shows_objectives_beside_the_content(self) -> None:
        assert any("Objectives" in line and "Reading a plot" in line for line in shown(140).splitlines())

    def test_narrow_terminal_shows_them_above_it(self) -> None:
        assert not any("Objectives" in line and "Reading a plot" in line for line in shown(60).splitlines())

    def test_text_cannot_steer_the_terminal(self) -> None:
        hostile = "\x1b]0;owned\x07\x1b[2J[red]loud[/red]"

        text = shown(140, reasons=[hostile], title=hostile, judge=[])

        assert "\x1b" not in text
        assert "\x07" not in text
        assert "[red]loud[/red]" in text
