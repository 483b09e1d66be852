"""A person's way through the items of a review: what is decided, what is left, and where it is kept.

Decisions are written to a file as they are taken, in the shape that `courseai resume --decisions` reads, so
that neither Ctrl-C nor a closed window loses any.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from courseai.course.review_content import edited_content
from courseai.course.state import Json
from courseai.service.files import json_text, write_files
from courseai.service.review_item import fingerprint

FILE_NAME = "decisions.json"
_TEXTS = (
    "content",
    "question",
    "explanation",
    "description",
    "overview",
    "pedagogical_strategy",
    "assessment_strategy",
)
"""Fields whose text has lines; in the editor each line is an entry of a list."""


class ReviewSession:
    """The decisions of one reviewer on one request."""

    def __init__(self, request: Json, folder: Path, reviewer: str) -> None:
        self._folder = folder
        self._reviewer = reviewer
        self.items: list[Json] = [asked["args"] for asked in request["action_requests"]]
        self.decisions: dict[str, Json] = self._kept()

    @property
    def path(self) -> Path:
        """Where unsent decisions are kept."""
        return self._folder / FILE_NAME

    @property
    def left(self) -> int:
        """Items without a decision."""
        return len(self.items) - len(self.decisions)

    def next_undecided(self, place: int) -> int | None:
        """Place of the next item without a decision, from `place` on; None where none follows."""
        following = range(place, len(self.items))
        return next((at for at in following if self.items[at]["item_id"] not in self.decisions), None)

    def decide(self, item: Json, decision: Json) -> None:
        """Take a decision, in place of an earlier one, and keep it."""
        self.decisions[item["item_id"]] = decision
        self._keep()

    def answer(self) -> Json:
        """What was decided, for the run."""
        return {"by": self._reviewer, "decisions": self.decisions}

    def forget(self) -> None:
        """The decisions were sent."""
        self.path.unlink(missing_ok=True)

    def _keep(self) -> None:
        shown = {item["item_id"]: fingerprint(item) for item in self.items}
        decided_on = {item_id: shown[item_id] for item_id in self.decisions}
        write_files(self._folder, {FILE_NAME: json_text(self.answer() | {"decided_on": decided_on})})

    def _kept(self) -> dict[str, Json]:
        """What was decided before on items that are still as they were then."""
        try:
            kept = json.loads(self.path.read_bytes())
            decisions, decided_on = dict(kept["decisions"]), dict(kept["decided_on"])
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return {
            item["item_id"]: decisions[item["item_id"]]
            for item in self.items
            if decided_on.get(item["item_id"]) == fingerprint(item)
        }


def for_editor(content: Json) -> str:
    """The content as JSON in which long texts are lists of lines, so that an editor shows them as such."""
    return json_text(_as_lines(content))


def from_editor(item: Json, text: str) -> Json:
    """The content that was edited. Raises ValueError naming the field that is wrong."""
    try:
        edited = _as_texts(json.loads(text))
    except ValueError as error:
        raise ValueError(f"it is no JSON ({error})") from error
    return edited_content(item["kind"], item["content_json"], edited)


def _as_lines(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: inner.split("\n") if _has_lines(key, inner) else _as_lines(inner)
            for key, inner in value.items()
            if key != "exercise_id"
        }
    return [_as_lines(inner) for inner in value] if isinstance(value, list) else value


def _as_texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: "\n".join(map(str, inner)) if key in _TEXTS and isinstance(inner, list) else _as_texts(inner)
            for key, inner in value.items()
        }
    return [_as_texts(inner) for inner in value] if isinstance(value, list) else value


def _has_lines(key: str, value: object) -> bool:
    return key in _TEXTS and isinstance(value, str) and "\n" in value
