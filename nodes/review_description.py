"""An item of a review in Markdown, for interfaces that show a description and know no more of courses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from courseai.course.review import ReviewItem
from courseai.course.state import Json


def described(item: ReviewItem, shown: Json) -> str:
    """What it is and why it is flagged on the first line; then what a person decides by.

    `shown` are the arguments of its request (nodes/review_request.py).
    """
    return "\n\n".join([f"{item.kind} {item.subject}: {item.reason}", *_blocks(shown)])


def _blocks(shown: Json) -> Iterator[str]:
    alignment = f" (alignment {shown['score']:.2f})" if "score" in shown else ""
    yield f"**{shown['title']}**{alignment}"
    yield from _listed("Objectives", shown["objectives"])
    for opinion in shown["judge"]:
        overall = "" if opinion["overall"] is None else f", {opinion['overall']:.2f} overall"
        yield f"**Judge** ({opinion['tier']}{overall}): {opinion['words']}"
        yield from _listed("Concerns", opinion["concerns"])
    facts = [f"{fact['statement']} The text says: “{fact['sentence']}”" for fact in shown["facts"]]
    yield from _listed("Contradicted facts", facts)
    yield from _listed("Checks", [finding["message"] for finding in shown["findings"]])


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield "\n".join([f"**{title}**", "", *(f"- {line}" for line in lines)])
