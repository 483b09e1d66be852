"""How an item of a review looks in a terminal: why it is here, objectives beside content, what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from courseai.course.problem import visible
from courseai.course.review_content import content_text
from courseai.course.state import Json
from courseai.service.markdown import UNSEEN
from courseai.service.money import usd
from courseai.service.progress import alignment_text
from courseai.service.review_item import place_in_course, revisions
from courseai.service.review_words import RISKS, in_words, step_in_words

_WIDE = 110
"""Columns from which objectives and content stand side by side."""
_STYLES = {"+": "green", "-": "red", "@": "dim"}


def show_item(console: Console, item: Json, place: int, count: int, left: int) -> None:
    """One item with everything that it can be decided by."""
    risk = RISKS[item["risk"]].lower()
    console.rule(Text(f"{place + 1} of {count} · {item['kind']} {visible(item['subject'], 40)} · {risk}"))
    console.print(Text(_clean(item["title"]), style="bold"))
    if place_in_course(item):
        console.print(Text(f"in “{_clean(place_in_course(item))}”", style="dim"))
    console.print(Text(f"{left} left to decide", style="dim"))
    console.print(_listed("Why it is here", [in_words(reason) for reason in item["reasons"]], "yellow"))
    for block in _evidence(item):
        console.print(block)
    console.print(_side_by_side(console.width, item))
    if item["regenerations"] and item["previous"]:
        show_changes(console, item)


def show_changes(console: Console, item: Json) -> None:
    """What changed from each earlier version to the next."""
    for each in revisions(item):
        console.print(Text(f"Changes since: {each.label}", style="bold"))
        console.print(_difference(item["kind"], each.before, each.after))


def _evidence(item: Json) -> Iterator[RenderableType]:
    """Score, judge's words, contradicted facts, findings of the checks, route and cost."""
    if "score" in item:
        yield Text(f"Alignment with its objectives: {alignment_text(item['score'])}")
    for opinion in item["judge"]:
        words = [_clean(opinion["words"]), *opinion["concerns"]]
        yield _listed(f"Judge {opinion['tier']}, {opinion['overall']:.2f}", words)
    facts = [f"{fact['statement']} — the text says: {fact['sentence']}" for fact in item["facts"]]
    findings = [f"{each['message']} {each['evidence']}".strip() for each in item["findings"]]
    for title, lines, style in (("Contradicted facts", facts, "red"), ("Checks", findings, "")):
        if lines:
            yield _listed(title, lines, style)
    route = [_step(step) for step in item["route"]]
    yield _listed("Route", route, "dim")
    yield Text(f"Cost so far: {usd(item.get('cost_usd'))}", style="dim")


def _step(step: Json) -> str:
    note = f": {in_words(step['note'])}" if step["note"] else ""
    return f"{step['tier'] or 'a person'}, {step_in_words(step)}{note}"


def _side_by_side(width: int, item: Json) -> RenderableType:
    """Objectives beside the content where there is room, else above it."""
    objectives = _listed("Objectives", item["objectives"], "cyan")
    content = item["content_json"]
    body: RenderableType = Text("There is no content.", style="dim")
    if content:
        body = Markdown(_clean(content_text(item["kind"], content)))
    if width < _WIDE:
        return Group(objectives, Text(), body)
    table = Table.grid(padding=(0, 3), expand=True)
    table.add_column(ratio=1)
    table.add_column(ratio=3)
    table.add_row(objectives, body)
    return table


def _listed(title: str, lines: Sequence[str], style: str = "") -> Text:
    text = Text(title, style="bold")
    for line in lines:
        text.append(f"\n  - {_clean(line)}", style=style or "not bold")
    return text


def _difference(kind: str, before: Json, after: Json) -> Text:
    texts = (_clean(content_text(kind, each)) for each in (before, after))  # type: ignore[arg-type]
    old, new = ([line for line in text.splitlines() if line.strip()] for text in texts)
    lines = [line for line in unified_diff(old, new, lineterm="", n=1) if line[:3] not in ("---", "+++")]
    shown = Text()
    for line in lines or ["Nothing changed."]:
        shown.append(f"{line}\n", style=_STYLES.get(line[:1], ""))
    return shown


def _clean(text: str) -> str:
    """Without characters that steer a terminal."""
    return UNSEEN.sub("", text)
