"""Live progress: what is kept of the events, and how it is drawn."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from courseai.course.event import ProgressEvent
from courseai.service.progress import LiveView, PlainView, RunProgress, sections_table

PLAN = {
    "sections": [{"section_id": "s1", "area": "Loops [red]\x1b[2J"}, {"section_id": "s2", "area": "Lists"}]
}


def event(kind: str, **more: object) -> ProgressEvent:
    return {"kind": kind, "run_id": "r", "message": f"{kind} happened", **more}  # type: ignore[typeddict-item]


@pytest.fixture
def progress() -> RunProgress:
    planned = RunProgress()
    planned.plan(PLAN)
    return planned


def drawn(progress: RunProgress) -> str:
    console = Console(file=StringIO(), width=100)
    console.print(sections_table(progress.sections))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_every_planned_section_waits_at_first(progress: RunProgress) -> None:
    assert [row.state for row in progress.sections.values()] == ["waiting", "waiting"]


def test_a_section_shows_its_tier_its_alignment_and_its_state(progress: RunProgress) -> None:
    progress.note(event("section_started", section_id="s2", tier="oss_20b"))
    progress.note(event("section_drafted", section_id="s2", tier="oss_20b", alignment=0.42))
    progress.note(event("section_escalated", section_id="s2", tier="oss_120b", alignment=0.42))
    line = next(line for line in drawn(progress).splitlines() if line.startswith("s2"))
    assert line.split() == ["s2", "Lists", "oss_120b", "0.42", "escalated"]


def test_the_phase_follows_the_run(progress: RunProgress) -> None:
    progress.note(event("metadata_written"))
    assert progress.phase == "writing the sections"


def test_the_headline_says_what_was_spent_and_what_the_sections_still_need(progress: RunProgress) -> None:
    progress.note(event("metadata_written", cost_usd=0.002))
    before = progress.headline
    figures = {"sections_left": 1, "estimated_rest_usd": 0.004, "estimated_rest_s": 12.0}
    progress.note(event("section_accepted", section_id="s1", cost_usd=0.006, **figures))

    assert before == "writing the sections · $0.0020 so far"
    assert progress.headline == (
        "writing the sections · $0.0060 so far · sections need about 12 s and $0.0040 more"
    )


def test_costs_that_nobody_knows_are_not_shown(progress: RunProgress) -> None:
    progress.note(event("metadata_written", cost_usd=None))
    assert progress.headline == "writing the sections"


@pytest.mark.parametrize(
    "unknown", [{"kind": "later_invention"}, {"kind": "section_started", "section_id": "s9"}]
)
def test_an_event_that_is_not_known_changes_nothing(progress: RunProgress, unknown: dict[str, str]) -> None:
    before = drawn(progress)
    progress.note(event(**unknown))
    assert drawn(progress) == before


def test_a_title_can_neither_style_nor_steer_the_terminal(progress: RunProgress) -> None:
    assert r"Loops [red]\u001b[2J" in drawn(progress)


def test_a_pipe_gets_one_plain_line_for_each_event() -> None:
    console = Console(file=StringIO(), width=80)
    with PlainView(console) as view:
        view.plan(PLAN)
        view.note(event("planned", message="a [bold]long[/bold] line " + "x" * 90 + "\x1b[31m"))
    assert console.file.getvalue().count("\n") == 1  # type: ignore[attr-defined]
    assert "\x1b" not in console.file.getvalue()  # type: ignore[attr-defined]
    assert "[bold]long" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_terminal_gets_a_table_that_is_gone_at_the_end() -> None:
    console = Console(file=StringIO(), width=80, force_terminal=True)
    with LiveView(console) as view:
        view.plan(PLAN)
        view.note(event("section_started", section_id="s2", tier="oss_20b"))
    output = console.file.getvalue()  # type: ignore[attr-defined]
    assert "oss_20b" in output
    assert output.endswith("\x1b[2K")


def test_the_cost_so_far_stands_beside_the_target_and_the_ceiling(progress: RunProgress) -> None:
    progress.ceiling_usd, progress.target_usd = 0.20, 0.02
    progress.note(event("metadata_written", cost_usd=0.0031))
    assert "$0.0031 so far (target $0.0200, ceiling $0.2000)" in progress.headline
