"""What a person has to look at, most urgent first. Pure: it reads the state and nothing else.

How it is asked stands in nodes/review_request.py, how answers are read in course/review_answer.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from courseai.course.state import CourseState, Json
from courseai.course.verdict import PASSING, Status

ItemKind = Literal["metadata", "section", "lesson", "exercise"]
Progress = Literal["settled", "removed", "edited", "regenerated"]
"""Where an item that was decided on stands: the first two are done with, the others wait for the checks."""

AT_RISK, _FAILED, _METADATA, _REVIEW_REQUIRED, BORDERLINE = range(5)
_LESSON_RISK = {Status.FAIL: _FAILED, Status.REVIEW_REQUIRED: _REVIEW_REQUIRED}


@dataclass(frozen=True)
class ReviewItem:
    """One thing to decide on."""

    item_id: str
    """`metadata`, `section:s1`, `lesson:s1-l2` or `exercise:s1-l2-e3`."""
    kind: ItemKind
    subject: str
    section_id: str | None
    """None for metadata."""
    reasons: tuple[str, ...]
    """Why it was flagged, in sentences for a person."""
    risk: int
    """0 is looked at first: at risk or to be signed off, failed, metadata, review required, borderline."""

    @property
    def reason(self) -> str:
        """All reasons on one line."""
        return "; ".join(self.reasons)

    @property
    def lesson_id(self) -> str:
        """The lesson that an exercise stands in, or the lesson itself."""
        return self.subject.rpartition("-e")[0] if self.kind == "exercise" else self.subject

    @property
    def lesson_number(self) -> int:
        """That lesson's number in its section."""
        return int(self.lesson_id.removeprefix(f"{self.section_id}-l"))

    def to_dict(self) -> Json:
        """What the report says of it, plain JSON."""
        return {
            "item_id": self.item_id,
            "kind": self.kind,
            "subject": self.subject,
            "reason": self.reason,
            "risk": self.risk,
        }


def flagged_items(state: CourseState) -> list[ReviewItem]:
    """Everything that waits for a person, most urgent first; stable in the order of the course."""
    found = [*_metadata_items(state), *_section_items(state), *_lesson_items(state), *_exercise_items(state)]
    waiting = [item for item in found if item.reasons and not is_done(item.item_id, state)]
    return sorted(waiting, key=lambda item: item.risk)


def is_done(item_id: str, state: CourseState) -> bool:
    """True when a person has decided on it for good. Metadata can get new holes from later decisions."""
    progress = progress_of(item_id, state)
    return progress == "removed" or (progress == "settled" and item_id != "metadata")


def progress_of(item_id: str, state: CourseState) -> Progress | None:
    """Where an item that was decided on stands, None for others."""
    progress: Progress | None = state.get("reviewed", {}).get(item_id, {}).get("progress")
    return progress


def unchecked_items(state: CourseState) -> list[str]:
    """Items whose content a decision changed or took out, and which no check has seen since."""
    return [item_id for item_id, entry in state.get("reviewed", {}).items() if not entry["checked"]]


def removed_lessons(state: CourseState) -> set[str]:
    """Lessons that a person took out of the course."""
    return {lesson_id for entry in state.get("reviewed", {}).values() for lesson_id in entry["removed"]}


def last_rewrite(item_id: str, section_id: str | None, state: CourseState) -> Json | None:
    """The record of the last time that a person's word changed this item, if one did."""
    changed = state["sections"][section_id] if section_id else state["metadata"]
    own = [record for record in changed.get("rewrites", []) if record.get("item_id") == item_id]
    return own[-1] if own else None


def _again(item_id: str, section_id: str | None, state: CourseState) -> tuple[str, ...]:
    """The first reasons of an item that comes back: it was written anew, or could not be taken out."""
    note = state.get("reviewed", {}).get(item_id, {}).get("note")
    kept = (f"rejected, {note}",) if note else ()
    if progress_of(item_id, state) != "regenerated":
        return kept
    record = last_rewrite(item_id, section_id, state) or {}
    if problem := record.get("problem"):
        return (*kept, f"it could not be written anew: {problem}")
    return (*kept, f"written anew by {record.get('tier')} on request")


def _metadata_items(state: CourseState) -> Iterator[ReviewItem]:
    metadata = state["metadata"]
    reasons = [*_again("metadata", None, state)]
    if metadata["source"] == "plan":
        reasons.append("no model wrote valid metadata: this was made from the plan")
    if metadata.get("moved_by") == "budget":
        reasons.append(f"written by {metadata['tier']} to keep to the budget")
    reasons += metadata["problems"]
    reasons += state.get("coverage", {}).get("holes", [])
    if progress_of("metadata", state) == "settled":
        accepted = state["reviewed"]["metadata"].get("accepted", [])
        reasons = [reason for reason in reasons if reason not in accepted]
    yield ReviewItem("metadata", "metadata", "course", None, tuple(reasons), _METADATA)


def _section_items(state: CourseState) -> Iterator[ReviewItem]:
    missing = state["lesson_count"]["missing"]
    for section_id, brief in state["briefs"].items():
        outcome, item_id = state["sections"][section_id], f"section:{section_id}"
        if progress_of(item_id, state) == "edited":
            continue  # its lessons are checked and come back one by one
        reasons = [*_again(item_id, section_id, state)]
        if brief["sign_off"]:
            reasons.append(f"{brief['risk']}: a person has to sign this section off")
        if section_id in missing:
            reasons.append(f"lessons {', '.join(map(str, missing[section_id]))} are missing")
        if outcome["status"] != "accepted":
            reasons.append(f"{outcome['status'].replace('_', ' ')}: {outcome['reason'].replace('_', ' ')}")
        if outcome["degraded"]:
            cause = "to keep to the budget" if outcome.get("moved_by") == "budget" else "as a fallback"
            reasons.append(f"written by {outcome['tier']} {cause}")
        only_borderline = outcome["status"] == "accepted_with_flag" and len(reasons) == 1
        risk = BORDERLINE if only_borderline else _FAILED
        yield ReviewItem(
            item_id, "section", section_id, section_id, tuple(reasons), AT_RISK if brief["risk"] else risk
        )


def _lesson_items(state: CourseState) -> Iterator[ReviewItem]:
    """Lessons that did not pass outright. One that a person edited has to pass, be it with a flag."""
    for lesson_id, verdict in state["verdicts"].items():
        item_id, section_id = f"lesson:{lesson_id}", verdict["section_id"]
        enough = PASSING if progress_of(item_id, state) == "edited" else (Status.PASS,)
        reasons = [*_again(item_id, section_id, state)]
        if verdict["status"] not in enough:
            reasons.append(f"{verdict['status']}: {verdict['reason']}")
        risk = _LESSON_RISK.get(verdict["status"], BORDERLINE)
        at_risk = state["briefs"][section_id]["risk"]
        yield ReviewItem(
            item_id, "lesson", lesson_id, section_id, tuple(reasons), AT_RISK if at_risk else risk
        )


def _exercise_items(state: CourseState) -> Iterator[ReviewItem]:
    """Exercises that cannot be marked and could not be done without, and those that were written anew."""
    for section_id, outcome in state["sections"].items():
        blocked = outcome.get("exercises", {}).get("blocked", {})
        renewed = [
            item_id.removeprefix("exercise:")
            for item_id, entry in state.get("reviewed", {}).items()
            if item_id.startswith("exercise:")
            and entry["progress"] == "regenerated"
            and entry["section_id"] == section_id
        ]
        for exercise_id in dict.fromkeys([*blocked, *renewed]):
            item_id = f"exercise:{exercise_id}"
            reasons = (*_again(item_id, section_id, state), *blocked.get(exercise_id, []))
            risk = AT_RISK if state["briefs"][section_id]["risk"] else _REVIEW_REQUIRED
            yield ReviewItem(item_id, "exercise", exercise_id, section_id, reasons, risk)
