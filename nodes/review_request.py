"""The question to a person: everything that is flagged, in LangChain's human-in-the-loop shape.

What a reviewer needs in order to decide travels with each item, so that any review page can show it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from courseai.course.review import ReviewItem
from courseai.course.review_answer import LANGCHAIN_DECISIONS, DecisionType, Question
from courseai.course.review_content import content_text
from courseai.course.state import CourseState, Json
from courseai.models.call import Call
from courseai.models.draft_store import DraftStore
from courseai.nodes.review_description import described

_STANDING = "as it stood"
_PREVIOUS = 2
"""Earlier versions of an item that a reviewer is shown in any case, the newest ones."""
_PREVIOUS_SIZE = 40_000
"""Characters that all earlier versions may have together: about nine of a lesson."""


@dataclass(frozen=True)
class Asked:
    """The request for the interrupt, and what the answer is checked against."""

    request: Json
    questions: list[Question]


async def review_request(
    state: CourseState, items: Sequence[ReviewItem], drafts: DraftStore, calls: Sequence[Call], most: int
) -> Asked:
    """One action request for each item, in the same order. `most` bounds the regenerations of an item."""
    reader = _Reader(state, drafts, calls, most)
    arguments = [await reader.arguments(item) for item in items]
    kinds = sorted({item.kind for item in items})
    request = {
        "action_requests": [
            {
                "name": f"review_{item.kind}",
                "args": shown,
                "description": described(item, shown),
            }
            for item, shown in zip(items, arguments, strict=True)
        ],
        "review_configs": [
            {"action_name": f"review_{kind}", "allowed_decisions": LANGCHAIN_DECISIONS} for kind in kinds
        ],
        "review": {
            "run_id": state["run_id"],
            "title": state["metadata"]["value"]["title"],
            "pending": len(items),
            "decided": len({decision["item_id"] for decision in state.get("decisions", [])}),
            "cost_usd": _known_usd(calls),
        },
    }
    questions = [
        Question(item, shown["content_json"], shown["allowed_decisions"])
        for item, shown in zip(items, arguments, strict=True)
    ]
    return Asked(request, questions)


def refused(request: Json, problem: str) -> Json:
    """The same question after an answer that cannot be used: why not, for programs and above the first item.

    Of an interrupt, Agent Chat UI and Agent Inbox show the descriptions and nothing else.
    """
    first, *others = request["action_requests"]
    told = first | {"description": f"**The last answer was refused.** {problem}\n\n{first['description']}"}
    return request | {"action_requests": [told, *others], "error": problem}


class _Reader:
    """Looks up what there is to know about an item; each stored body is read once."""

    def __init__(self, state: CourseState, drafts: DraftStore, calls: Sequence[Call], most: int) -> None:
        self._state = state
        self._drafts = drafts
        self._calls = calls
        self._most = most
        self._bodies: dict[str, Json] = {}
        self._plans = {section["section_id"]: section for section in state["plan"]["sections"]}

    async def arguments(self, item: ReviewItem) -> Json:
        """Everything about one item, plain JSON; docs/review.md names the fields.

        What is not known is left out: Agent Inbox asks every argument for its length, and null has none.
        """
        versions = await self._versions(item)
        used = self._state.get("reviewed", {}).get(item.item_id, {}).get("regenerations", 0)
        content = versions.pop()["content_json"] if versions else {}
        verdict = self._state["verdicts"].get(item.lesson_id, {})
        previous = _newest(versions)
        shown = {
            "item_id": item.item_id,
            "kind": item.kind,
            "subject": item.subject,
            "section_id": item.section_id,
            "section_title": self._plans[item.section_id]["area"] if item.section_id else None,
            "title": self._title(item, content),
            "risk": item.risk,
            "reasons": list(item.reasons),
            "objectives": self._objectives(item),
            "content_json": content,
            "score": self._score(item),
            "judge": _opinions(verdict),
            "facts": self._contradicted(verdict),
            "findings": _findings(verdict),
            "route": list(self._route(item)),
            "previous": previous,
            "older": len(versions) - len(previous),
            "cost_usd": _known_usd([call for call in self._calls if call.subject == _call_subject(item)]),
            "regenerations": used,
            "allowed_decisions": _allowed(used < self._most),
        }
        return {name: value for name, value in shown.items() if value is not None}

    async def _versions(self, item: ReviewItem) -> list[Json]:
        """Every version of an item that differs from the one before, oldest first; the last one stands."""
        found: list[Json] = []
        for version in self._refs(item):
            content = _part(item, await self._body(version.pop("ref")))
            if content is None:
                continue
            if found and _continues(item, found[-1]["content_json"], content, version["step"]):
                found[-1]["content_json"] = content
            else:
                found.append(version | {"content_json": content})
        return found

    def _refs(self, item: ReviewItem) -> Iterator[Json]:
        """Where the versions lie: the drafts, then before and after each rewrite, then what stands now."""
        if item.section_id is None:
            metadata = self._state["metadata"]
            for rewrite in metadata.get("rewrites", []):
                yield {"ref": rewrite["before"], "tier": rewrite["tier_before"], "step": "draft"}
            yield {"ref": metadata["value"], "tier": metadata["tier"], "step": _STANDING}
            return
        outcome = self._state["sections"][item.section_id]
        for draft in outcome["drafts"]:
            score = _draft_score(item, draft)
            yield {"ref": draft["ref"], "tier": draft["tier"], "step": "draft", "score": score}
        for rewrite in outcome.get("rewrites", []):
            yield {"ref": rewrite["before"], "tier": outcome["tier"], "step": _STANDING}
            yield {"ref": rewrite["after"], "tier": rewrite["tier"], "step": rewrite.get("reason", "rewrite")}
        yield {"ref": outcome["ref"], "tier": outcome["tier"], "step": _STANDING}

    async def _body(self, ref: str | Json | None) -> Json | None:
        if ref is None or isinstance(ref, dict):
            return ref
        if ref not in self._bodies:
            self._bodies[ref] = await self._drafts.get(ref)
        return self._bodies[ref]

    def _lesson_plan(self, item: ReviewItem) -> Json:
        lessons: list[Json] = self._plans[item.section_id or ""]["lessons"]
        return next(lesson for lesson in lessons if lesson["lesson_id"] == item.lesson_id)

    def _title(self, item: ReviewItem, content: Json) -> str:
        if item.kind == "section":
            return str(self._plans[item.subject]["area"])
        return str(content.get("title") or content.get("question") or item.subject)

    def _objectives(self, item: ReviewItem) -> list[str]:
        if item.kind == "metadata":
            return list(self._state["analysis_result"].get("required_learning_outcomes") or [])
        plan = self._plans[item.subject] if item.kind == "section" else self._lesson_plan(item)
        return list(plan["objectives"])

    def _score(self, item: ReviewItem) -> float | None:
        """Calibrated alignment in [0, 1] of a section or lesson."""
        if item.kind == "section":
            score: float | None = self._state["sections"][item.subject]["alignment"]
            return score
        return self._state["verdicts"].get(item.subject, {}).get("alignment")

    def _contradicted(self, verdict: Json) -> list[Json]:
        statements = {
            fact["id"]: fact["statement"]
            for fact in self._state["analysis_result"].get("verifiable_facts", [])
        }
        return [
            {"statement": statements.get(claim["subject"], claim["subject"]), "sentence": claim["evidence"]}
            for claim in verdict.get("claims", [])
            if claim["status"] == "contradicted"
        ]

    def _route(self, item: ReviewItem) -> Iterator[Json]:
        """Who wrote it, in order, how well, and what was decided on it."""
        if item.section_id is None:
            metadata = self._state["metadata"]
            yield _step(metadata["tier"], "draft", None, f"{metadata['attempts']} attempts")
            for rewrite in metadata.get("rewrites", []):
                yield _step(rewrite["tier"], rewrite["reason"], None, rewrite["message"])
            return
        outcome = self._state["sections"][item.section_id]
        for draft in outcome["drafts"]:
            decision, score = draft["decision"], _draft_score(item, draft)
            yield _step(draft["tier"], "draft", score, f"{decision['action']}: {decision['reason']}")
        for rewrite in outcome.get("rewrites", []):
            if item.kind == "section" or item.lesson_id in _rewritten(rewrite, item.section_id):
                yield _step(
                    rewrite["tier"], rewrite.get("reason", "rewrite"), None, rewrite.get("message", "")
                )


def _newest(versions: Sequence[Json]) -> list[Json]:
    """As many of the newest versions as there is room for, oldest first."""
    kept: list[Json] = []
    size = 0
    for version in reversed(versions):
        size += len(json.dumps(version["content_json"], ensure_ascii=False))
        if size > _PREVIOUS_SIZE and len(kept) >= _PREVIOUS:
            break
        kept.insert(0, version)
    return kept


def _allowed(may_regenerate: bool) -> list[DecisionType]:
    anew: list[DecisionType] = ["regenerate", "respond"] if may_regenerate else []
    return ["approve", "edit", "reject", *anew]


def _part(item: ReviewItem, body: Json | None) -> Json | None:
    """The item's own part of a stored body."""
    if body is None or item.kind in ("metadata", "section"):
        return body
    lesson = next((each for each in body["lessons"] if each["number"] == item.lesson_number), None)
    if lesson is None or item.kind == "lesson":
        return lesson
    own = (each for each in lesson["exercises"] if each.get("exercise_id") == item.subject)
    return next(own, None)


def _continues(item: ReviewItem, one: Json, other: Json, step: str) -> bool:
    """True for the same version: the same words, but for exercises that were repaired since."""
    if content_text(item.kind, one) == content_text(item.kind, other):
        return True
    return step == _STANDING and _prose(item, one) == _prose(item, other) != []


def _prose(item: ReviewItem, content: Json) -> list[str]:
    """The texts of lessons, their exercises left out."""
    lessons = content["lessons"] if item.kind == "section" else [content]
    return [lesson["content"] for lesson in lessons if "content" in lesson]


def _rewritten(rewrite: Mapping[str, Json], section_id: str) -> list[str]:
    return [f"{section_id}-l{number}" for number in rewrite["lessons"]]


def _draft_score(item: ReviewItem, draft: Json) -> float | None:
    """How well a draft of the section taught the item's objectives: calibrated alignment in [0, 1]."""
    by_lesson = draft.get("lesson_alignment", {})
    score: float | None = (
        draft.get("alignment") if item.kind == "section" else by_lesson.get(str(item.lesson_number))
    )
    return score


def _step(tier: str | None, step: str, score: float | None, note: str) -> Json:
    return {"tier": tier, "step": step, "score": score, "note": note}


def _opinions(verdict: Json) -> list[Json]:
    return [
        {
            "tier": opinion["tier"],
            "overall": opinion["overall"],
            "words": opinion["reasoning"],
            "concerns": [*opinion["factual_concerns"], *opinion["concerns"]],
        }
        for opinion in verdict.get("opinions", [])
    ]


def _findings(verdict: Json) -> list[Json]:
    """What the checks without a model found."""
    return [
        {"severity": defect["severity"], "message": defect["message"], "evidence": defect["evidence"]}
        for defect in verdict.get("defects", [])
    ]


def _call_subject(item: ReviewItem) -> str:
    """How calls name the item (models/call.py)."""
    return "course" if item.kind == "metadata" else item.subject


def _known_usd(calls: Sequence[Call]) -> float | None:
    """USD of the calls whose cost is known; None where there are calls and none of them has a known cost."""
    known = [call.cost_usd for call in calls if call.cost_usd is not None]
    return round(sum(known), 9) if known or not calls else None
