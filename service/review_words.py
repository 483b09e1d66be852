"""The reasons, steps and decisions of a review as people say them; the report keeps their codes."""

from __future__ import annotations

from courseai.course.state import Json

RISKS = ("At risk", "Failed a check", "Course description", "Needs a second look", "Passed narrowly")
"""By risk (course/review.py): what a queue is divided into, most urgent first."""
VERBS = {
    "approve": "Approved",
    "edit": "Edited",
    "regenerate": "To be written anew",
    "reject": "Rejected",
    "respond": "To be written anew as you asked",
}
_HEADS = {
    "pass": "Passed",
    "pass with flag": "Passed with a flag",
    "review required": "Needs a person's judgement",
    "fail": "Failed",
    "accept": "Kept",
    "accept with flag": "Kept with a flag",
    "accepted with flag": "Kept with a flag",
    "retry": "Tried again",
    "escalate": "A stronger model wrote it next",
    "flag": "Left to a person",
    "flagged": "Left to a person",
}
"""Statuses and actions (course/verdict.py, models/routing.py)."""
_CODES = {
    "aligned": "it teaches its objectives",
    "borderline alignment": "it may not teach all of its objectives",
    "unverified alignment": "how well it teaches its objectives could not be measured",
    "low alignment": "it hardly teaches its objectives",
    "schema failure": "the answer was not complete",
    "inconsistent answers": "several answers did not agree",
    "terminology drift": "it does not keep to the glossary",
    "contradicted fact": "it leaves out or contradicts a fact",
    "defective text": "its text has defects",
    "unavailable": "no model could be reached",
}
"""Reason codes (models/routing.py)."""
_STEPS = {
    "rewrite": "rewritten after it had failed",
    "reviewer request": "written anew on request",
    "reviewer edit": "edited",
    "reviewer reject": "a part was taken out",
}


def in_words(reason: str) -> str:
    """A reason or a note as a sentence, its codes spelt out."""
    head, colon, rest = reason.partition(":")
    if head and not set(" .,") & set(head):
        head = _HEADS.get(_spaced(head).lower(), _spaced(head))
    else:
        head = _HEADS.get(head, head)
    code = _CODES.get(_spaced(rest.strip()))
    text = f"{head}{colon}{f' {code}' if code else rest}"
    return text[:1].upper() + text[1:]


def step_in_words(step: Json) -> str:
    """How a version came about and how well it did."""
    name = _spaced(step["step"])
    score = step.get("score")
    return _STEPS.get(name, name) + ("" if score is None else f", alignment {score:.2f}")


def _spaced(name: str) -> str:
    return name.replace("_", " ")
