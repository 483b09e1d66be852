"""What decisions do to the course: content is replaced or taken out, or is to be written anew.

No model is asked here. What changed is checked again by the nodes that check everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from courseai.course.policy import Policy
from courseai.course.review import Progress, ReviewItem, progress_of
from courseai.course.review_answer import ReviewDecision
from courseai.course.state import CourseState, Json
from courseai.models.draft_store import DraftStore
from courseai.quality.exercise_triage import FEWEST

_ORDER = {"metadata": 0, "section": 1, "lesson": 2, "exercise": 3}
"""Sections go before their lessons, so that a decision on a lesson stands against one on its section."""


class ReviewOutcome:
    """The state as the reviewer wants it, decision by decision."""

    def __init__(self, state: CourseState, drafts: DraftStore, policy: Policy) -> None:
        self._state = state
        self._drafts = drafts
        self._policy = policy
        self._metadata = state["metadata"]
        self._sections: dict[str, Json] = {}
        self._verdicts = dict(state["verdicts"])
        self._reviewed: dict[str, Json] = {}
        self._requested: list[Json] = []
        self._notes: dict[str, str] = {}
        self._decided: dict[str, ReviewDecision] = {}

    async def apply(self, decisions: Sequence[ReviewDecision]) -> None:
        """Carry out an answer."""
        self._decided = {decision.item.item_id: decision for decision in decisions}
        for decision in sorted(decisions, key=lambda each: _ORDER[each.item.kind]):
            await self._apply(decision)

    def update(self) -> CourseState:
        """What changes in the state."""
        return {
            "metadata": self._metadata,
            "sections": self._sections,
            "verdicts": self._verdicts,
            "reviewed": self._state.get("reviewed", {}) | self._reviewed,
            "requested": self._requested,
        }

    def note(self, item_id: str) -> str:
        """What has to be said about how a decision was carried out, if anything."""
        return self._notes.get(item_id, "")

    async def _apply(self, decision: ReviewDecision) -> None:
        item = decision.item
        if item.section_id is not None and not await self._exists(item):
            self._settle(item, "settled")
            self._notes[item.item_id] = "not carried out: another decision took it out or replaced it"
        elif decision.type == "approve":
            self._settle(item, "settled")
            self._reviewed[item.item_id]["accepted"] += item.reasons
        elif decision.type == "edit":
            await self._edit(decision)
        elif decision.type == "reject":
            await self._reject(decision)
        else:
            self._regenerate(decision)

    async def _edit(self, decision: ReviewDecision) -> None:
        item, edited = decision.item, decision.edited or {}
        self._settle(item, "edited")
        if item.section_id is None:
            await self._edit_metadata(decision, edited)
            return
        if item.kind == "section":
            numbers = [lesson["number"] for lesson in edited["lessons"]]
            self._open_lessons(item.section_id, numbers)
            await self._store(item, edited, numbers, decision)
            return
        body = await self._body(item.section_id)
        lesson = _edited_lesson(item, _lesson(body, item), edited)
        await self._store(item, _with_lesson(body, lesson), [item.lesson_number], decision)

    async def _edit_metadata(self, decision: ReviewDecision, edited: Json) -> None:
        before = await self._drafts.put(self._state["run_id"], self._metadata["value"])
        record = _record(decision, "reviewer_edit") | {
            "before": before,
            "tier_before": self._metadata["tier"],
        }
        self._metadata = self._metadata | {
            "value": edited,
            "source": "reviewer",
            "tier": None,
            "problems": [],
            "rewrites": [*self._metadata.get("rewrites", []), record],
        }

    async def _reject(self, decision: ReviewDecision) -> None:
        """Out of the course where the course can do without it, else written anew."""
        item = decision.item
        if await self._remove(decision):
            return
        if self._regenerations(item) < self._policy.review.regenerations:
            note = f"written anew: {_cannot_remove(item)}"
            self._regenerate(decision)
        else:
            note = (
                f"not carried out: {_cannot_remove(item)}, and it was written anew "
                f"{self._regenerations(item)} times; approve or edit it"
            )
            standing = self._entry(item.item_id, item.section_id, progress_of(item.item_id, self._state))
            self._reviewed[item.item_id] = standing | {"checked": True}
        self._notes[item.item_id] = self._reviewed[item.item_id]["note"] = note

    async def _remove(self, decision: ReviewDecision) -> bool:
        if decision.item.kind == "metadata":
            return False
        if decision.item.kind == "exercise":
            return await self._remove_exercise(decision)
        return await self._remove_lessons(decision)

    async def _remove_lessons(self, decision: ReviewDecision) -> bool:
        """Take a lesson, or all of a section's, out of the course; False where too few would be left."""
        item = decision.item
        body = await self._body(item.section_id or "")
        numbers = (
            [item.lesson_number] if item.kind == "lesson" else [each["number"] for each in body["lessons"]]
        )
        if self._lesson_count() - len(numbers) < self._policy.course.min_lessons:
            return False
        kept = [lesson for lesson in body["lessons"] if lesson["number"] not in numbers]
        removed = [f"{item.section_id}-l{number}" for number in numbers]
        await self._store(item, {"lessons": kept}, numbers, decision)
        for lesson_id in removed:
            self._verdicts.pop(lesson_id, None)
        self._reviewed[item.item_id] = self._entry(item.item_id, item.section_id, "removed") | {
            "removed": removed
        }
        return True

    async def _remove_exercise(self, decision: ReviewDecision) -> bool:
        """Take an exercise out of its lesson; False where the lesson would keep too few."""
        item = decision.item
        body = await self._body(item.section_id or "")
        lesson = _lesson(body, item)
        kept = [each for each in lesson["exercises"] if each.get("exercise_id") != item.subject]
        if len(kept) < FEWEST:
            return False
        await self._store(
            item, _with_lesson(body, lesson | {"exercises": kept}), [item.lesson_number], decision
        )
        self._settle(item, "removed")
        return True

    def _regenerate(self, decision: ReviewDecision) -> None:
        item = decision.item
        self._settle(item, "regenerated")
        self._reviewed[item.item_id]["regenerations"] += 1
        words = [decision.message] if decision.message else []
        numbers: list[int] = []
        if item.kind == "section":
            outcome = self._outcome(item.subject)
            numbers = [n for n in outcome["lesson_numbers"] if not self._decided_alone(item, n)]
            self._open_lessons(item.subject, numbers)
        elif item.section_id is not None:
            numbers = [item.lesson_number]
        self._requested.append(
            {
                "item_id": item.item_id,
                "kind": item.kind,
                "section_id": item.section_id,
                "subject": item.subject,
                "lesson_numbers": numbers,
                "feedback": [*words, *item.reasons],
                "message": decision.message,
                "by": decision.by,
            }
        )

    def _decided_alone(self, section: ReviewItem, number: int) -> bool:
        """True where the same answer changes that lesson in its own way."""
        own = self._decided.get(f"lesson:{section.subject}-l{number}")
        return own is not None and own.type != "approve"

    def _settle(self, item: ReviewItem, progress: Progress) -> None:
        self._reviewed[item.item_id] = self._entry(item.item_id, item.section_id, progress)

    def _open_lessons(self, section_id: str, numbers: Sequence[int]) -> None:
        """Lessons whose section was changed as a whole: they are checked, and come back if they fail."""
        for number in numbers:
            item_id = f"lesson:{section_id}-l{number}"
            if item_id not in self._decided:
                self._reviewed[item_id] = self._entry(item_id, section_id, "edited")

    def _entry(self, item_id: str, section_id: str | None, progress: Progress | None) -> Json:
        earlier = self._state.get("reviewed", {}).get(item_id, {})
        return {
            "progress": progress,
            "checked": progress == "settled",
            "section_id": section_id,
            "regenerations": earlier.get("regenerations", 0),
            "removed": [],
            "accepted": list(earlier.get("accepted", [])),
        }

    def _regenerations(self, item: ReviewItem) -> int:
        count: int = self._state.get("reviewed", {}).get(item.item_id, {}).get("regenerations", 0)
        return count

    def _outcome(self, section_id: str) -> Json:
        return self._sections.get(section_id, self._state["sections"][section_id])

    async def _body(self, section_id: str) -> Json:
        ref = self._outcome(section_id)["ref"]
        return await self._drafts.get(ref) if ref else {"lessons": []}

    async def _exists(self, item: ReviewItem) -> bool:
        if item.kind == "section":
            return True
        body = await self._body(item.section_id or "")
        lessons = [lesson for lesson in body["lessons"] if lesson["number"] == item.lesson_number]
        if item.kind == "lesson" or not lessons:
            return bool(lessons)
        return any(exercise.get("exercise_id") == item.subject for exercise in lessons[0]["exercises"])

    def _lesson_count(self) -> int:
        return sum(len(self._outcome(section_id)["lesson_numbers"]) for section_id in self._state["sections"])

    async def _store(
        self, item: ReviewItem, body: Json, numbers: Sequence[int], decision: ReviewDecision
    ) -> None:
        """Put a section's changed body in its place, with a record of the change."""
        section_id = item.section_id or ""
        outcome = self._outcome(section_id)
        left = [lesson["number"] for lesson in body["lessons"]]
        ref = await self._drafts.put(self._state["run_id"], body) if left else None
        record = _record(decision, f"reviewer_{decision.type}") | {
            "lessons": list(numbers),
            "before": outcome["ref"],
            "after": ref,
        }
        self._sections[section_id] = outcome | {
            "ref": ref,
            "lesson_numbers": left,
            "rewrites": [*outcome.get("rewrites", []), record],
            "exercises": _without_gone(outcome.get("exercises", {}), body),
        }


def _record(decision: ReviewDecision, reason: str) -> Json:
    return {
        "reason": reason,
        "item_id": decision.item.item_id,
        "tier": None,
        "message": decision.message,
        "by": decision.by,
    }


def _lesson(body: Json, item: ReviewItem) -> Json:
    found: Json = next(lesson for lesson in body["lessons"] if lesson["number"] == item.lesson_number)
    return found


def _edited_lesson(item: ReviewItem, lesson: Json, edited: Json) -> Json:
    """The lesson as it was edited, or with its edited exercise."""
    if item.kind == "lesson":
        return edited
    exercises = [
        edited | {"exercise_id": item.subject} if each.get("exercise_id") == item.subject else each
        for each in lesson["exercises"]
    ]
    return lesson | {"exercises": exercises}


def _with_lesson(body: Json, lesson: Json) -> Json:
    lessons = [lesson if each["number"] == lesson["number"] else each for each in body["lessons"]]
    return body | {"lessons": lessons}


def _without_gone(exercises: Mapping[str, Any], body: Json) -> Json:
    """The record of blocked exercises without those that are no longer there."""
    there = {exercise.get("exercise_id") for lesson in body["lessons"] for exercise in lesson["exercises"]}
    blocked = {key: why for key, why in exercises.get("blocked", {}).items() if key in there}
    return {**exercises, "blocked": blocked}


def _cannot_remove(item: ReviewItem) -> str:
    if item.kind == "metadata":
        return "a course cannot be without metadata"
    if item.kind == "exercise":
        return f"its lesson would have fewer than {FEWEST} exercises"
    return "the course would have too few lessons"
