"""What a person has to look at, how it is asked, and how the answer is read. Pure.

The request is LangChain v1's human-in-the-loop shape, which Agent Chat UI and Agent Inbox render; the
answer is taken in that shape and in the Inbox's older list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from courseai.course.state import CourseState, Json
from courseai.course.verdict import Status

DecisionType = Literal["approve", "edit", "reject", "respond"]
_LEGACY: dict[str, DecisionType] = {
    "accept": "approve",
    "ignore": "reject",
    "response": "respond",
    "edit": "edit",
}
_URGENCY = {"sign_off": 0, "flagged": 1, Status.FAIL: 2, "metadata": 3, Status.REVIEW_REQUIRED: 4}


@dataclass(frozen=True)
class ReviewItem:
    """One flagged thing. `item_id` is `metadata`, `section:s1` or `lesson:s1-l2`."""

    item_id: str
    kind: Literal["metadata", "section", "lesson"]
    subject: str
    reason: str
    urgency: int
    """0 is looked at first."""

    def to_dict(self) -> Json:
        """Plain JSON."""
        return asdict(self)


@dataclass(frozen=True)
class ReviewDecision:
    """What a person decided about one item."""

    item_id: str
    type: DecisionType
    message: str = ""
    edited: Json | None = None

    def to_dict(self) -> Json:
        """Plain JSON."""
        return asdict(self)


def flagged_items(state: CourseState) -> list[ReviewItem]:
    """Everything that a person should see, most urgent first; stable in the order of the course."""
    items = [*_metadata_items(state), *_section_items(state), *_lesson_items(state)]
    decided = state.get("decisions", {})
    return sorted((item for item in items if item.item_id not in decided), key=lambda item: item.urgency)


def flawed_exercises(state: CourseState) -> dict[str, list[str]]:
    """By lesson: its exercises that cannot be marked and could not be done without, with what is wrong."""
    flawed: dict[str, list[str]] = {}
    for outcome in state["sections"].values():
        for exercise_id, problems in outcome.get("exercises", {}).get("blocked", {}).items():
            reason = f"exercise {exercise_id}: {' '.join(problems)}"
            flawed.setdefault(exercise_id.rpartition("-e")[0], []).append(reason)
    return flawed


def review_request(items: Sequence[ReviewItem], contents: Mapping[str, Json]) -> Json:
    """The interrupt's payload: one action request for each item, in the same order."""
    return {
        "action_requests": [
            {
                "name": f"review_{item.kind}",
                "args": {"item_id": item.item_id, **contents.get(item.item_id, {})},
                "description": f"{item.kind} {item.subject}: {item.reason}",
            }
            for item in items
        ],
        "review_configs": [
            {"action_name": f"review_{kind}", "allowed_decisions": ["approve", "edit", "reject", "respond"]}
            for kind in sorted({item.kind for item in items})
        ],
    }


def read_decisions(answer: object, items: Sequence[ReviewItem]) -> list[ReviewDecision]:
    """The decisions of an answer, one for each item in order. Raises ValueError saying what is wrong."""
    given = answer.get("decisions") if isinstance(answer, Mapping) else answer
    if not isinstance(given, list) or len(given) != len(items):
        raise ValueError(
            f'An answer is {{"decisions": [...]}} with one decision for each of the {len(items)} items.'
        )
    return [_decision(item, raw) for item, raw in zip(items, given, strict=True)]


def _decision(item: ReviewItem, raw: object) -> ReviewDecision:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("type"), str):
        raise ValueError(f'The decision on {item.item_id} needs a "type": approve, edit, reject or respond.')
    kind = _LEGACY.get(raw["type"], raw["type"])
    if kind not in ("approve", "edit", "reject", "respond"):
        raise ValueError(
            f"{raw['type']!r} is no decision on {item.item_id}: approve, edit, reject or respond."
        )
    edited = _edited(raw) if kind == "edit" else None
    if kind == "edit" and edited is None:
        raise ValueError(f"The edit of {item.item_id} carries no edited_action with args.")
    args = raw.get("args")
    message = raw.get("message") or (args if isinstance(args, str) else "")
    return ReviewDecision(item.item_id, kind, str(message), edited)


def _edited(raw: Mapping[str, Any]) -> Json | None:
    """New LangChain: edited_action.args; Inbox: args.args."""
    for outer in ("edited_action", "args"):
        inner = raw.get(outer)
        if isinstance(inner, Mapping) and isinstance(inner.get("args"), Mapping):
            return dict(inner["args"])
    return None


def _metadata_items(state: CourseState) -> list[ReviewItem]:
    metadata = state["metadata"]
    reasons = list(metadata["problems"])
    if metadata["source"] == "plan":
        reasons.insert(0, "no model wrote valid metadata: this was made from the plan")
    reasons += state.get("coverage", {}).get("holes", [])
    if not reasons:
        return []
    return [ReviewItem("metadata", "metadata", "course", " ".join(reasons), _URGENCY["metadata"])]


def _section_items(state: CourseState) -> list[ReviewItem]:
    missing = state["lesson_count"]["missing"]
    items = []
    for section_id, brief in state["briefs"].items():
        outcome = state["sections"][section_id]
        reasons = []
        if brief["sign_off"]:
            reasons.append(f"{brief['risk']}: a person has to sign this section off")
        if section_id in missing:
            reasons.append(f"lessons {', '.join(map(str, missing[section_id]))} are missing")
        if outcome["status"] != "accepted":
            reasons.append(f"{outcome['status'].replace('_', ' ')}: {outcome['reason'].replace('_', ' ')}")
        if outcome["degraded"]:
            reasons.append(f"written by a fallback ({outcome['tier']})")
        if reasons:
            urgency = _URGENCY["sign_off" if brief["sign_off"] else "flagged"]
            items.append(
                ReviewItem(f"section:{section_id}", "section", section_id, "; ".join(reasons), urgency)
            )
    return items


def _lesson_items(state: CourseState) -> list[ReviewItem]:
    """Lessons that did not pass outright, and those with an exercise that cannot be marked."""
    flawed = flawed_exercises(state)
    items = []
    for lesson_id, verdict in state["verdicts"].items():
        reasons = [] if verdict["status"] == Status.PASS else [f"{verdict['status']}: {verdict['reason']}"]
        reasons += flawed.get(lesson_id, [])
        if reasons:
            least = Status.REVIEW_REQUIRED if lesson_id in flawed else Status.PASS_WITH_FLAG
            urgency = min(_URGENCY.get(verdict["status"], 5), _URGENCY.get(least, 5))
            items.append(ReviewItem(f"lesson:{lesson_id}", "lesson", lesson_id, "; ".join(reasons), urgency))
    return items
