"""Every decision that is logged: its name, its level and its fields. The manual is made from this table.

Fields hold no content: ids, tiers, reason codes, counts, USD, seconds, probabilities.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

ALWAYS = ("time", "level", "event")
"""Of every line."""

FIELDS = {
    "time": "when it was logged: ISO 8601, UTC",
    "level": "`info`, or `warning` for what somebody may want to look at",
    "event": "its name",
    "run_id": "the run of `courseai runs`",
    "section_id": "the section of the plan",
    "lesson_id": "the lesson, or the one that the exercise stands in",
    "item_id": "what was decided on: `metadata`, `section:s1`, `lesson:s1-l2`, `exercise:s1-l2-e3`",
    "tier": "the tier that was asked; of what is kept, the tier that wrote it; null where none did",
    "answering_tier": "the tier that answered, for an outage or the budget another one; null where none did",
    "moved_by": "why it was another one: `outage`, `budget`; null where it was not",
    "next_tier": "the tier that writes next",
    "reason": "the code of why, as in the report",
    "status": "what came of it",
    "attempt": "from 1",
    "failed_checks": "what the draft failed: `available`, `schema_ok`, `terms_ok`, `facts_ok`, `text_ok`",
    "problems": "how many",
    "alignment": "calibrated probability in [0, 1] that it teaches its objectives; null where unverified",
    "agreement": "of samples among each other, in [0, 1]; null where nothing was sampled",
    "method": "what decided: `rule`, `embedding`, or the tier of the model that judged",
    "codes": "the checks that stand against the lesson",
    "judge_scores": "tier and overall score in [0, 1] of each model judge, as they were asked",
    "complexity": "1 to 10",
    "drafts": "how many",
    "escalations": "how many",
    "is_replaced": "whether a model wrote a better one; otherwise what was there is kept",
    "is_rule": "whether the policy decided in place of a person",
    "planned": "lessons of the plan",
    "written": "lessons that there are",
    "missing": "lessons that are not there, by section: how many",
    "sections": "sections of the plan; null for a rejected input",
    "lessons": "lessons of the plan, or of the finished course",
    "review": "what happens to what is flagged: `ask`, `flag`, `auto`",
    "budget_usd": "ceiling that was asked for, USD; null for the policy's",
    "policy": "fingerprint",
    "prompts": "fingerprint",
    "pass_rate": "share of lessons that pass, in [0, 1]",
    "escalation_rate": "share of sections that climbed, in [0, 1]",
    "flags": "items that somebody should look at",
    "calls": "tries at models, over all stretches of the run",
    "node": "where a failed run failed",
    "error": "the kind of its error",
    "phase": "`metadata`, `sections`, `judge`",
    "purpose": "`metadata`, `draft`, `sample`, `fill`, `judge`, `rewrite`, `regenerate`",
    "transport_attempt": "which try at a model for this request, from 1",
    "provider": "who serves the models",
    "model": "the model that was asked",
    "cost_usd": "USD of the calls that this process made for it; null where it made none or no cost is known",
    "seconds": "wall time; of a draft or a verdict, of its calls together",
}
"""What each field says, with its unit."""


@dataclass(frozen=True)
class DecisionKind:
    """A kind of decision. Each of its fields is on each of its lines, null where it is unknown."""

    name: str
    about: str
    fields: tuple[str, ...]
    level: int = logging.INFO

    @property
    def level_name(self) -> str:
        """As it stands on the line."""
        return logging.getLevelName(self.level).lower()


_WHERE = ("run_id", "section_id")
_WORK = ("cost_usd", "seconds")
_ASKED = ("tier", "answering_tier")
_MODEL = ("provider", "model")
_TRY = ("attempt", "transport_attempt")
_COURSE = ("lessons", "pass_rate", "alignment", "escalation_rate", "flags")

RUN_BEGUN = DecisionKind(
    "run_begun",
    "The input was validated and planned, or rejected.",
    ("run_id", "sections", "lessons", "review", "budget_usd", "policy", "prompts"),
)
RUN_RESUMED = DecisionKind("run_resumed", "A run goes on that another stretch began.", ("run_id",))
RUN_ENDED = DecisionKind(
    "run_ended",
    "It came to rest; `reason` is `finished`, `waiting_for_review`, `rejected`, `insufficient_lessons`, "
    "`budget_stop`, `model_unavailable` or `failed`. A run that a signal stops has no such line.",
    ("run_id", "reason", *_COURSE, "calls", "node", "error", *_WORK),
)
METADATA_WRITTEN = DecisionKind(
    "metadata_written",
    "An attempt at the metadata; told of is the better one so far. `status` is `model`, or `plan` where no "
    "model wrote valid metadata.",
    ("run_id", "tier", "moved_by", "status", "attempt", "problems", *_WORK),
)
TIER_CHOSEN = DecisionKind(
    "tier_chosen",
    "Which tier writes a section first, or the lessons that were missing from it, and why.",
    (*_WHERE, "tier", "reason", "complexity"),
)
SECTION_DRAFTED = DecisionKind(
    "section_drafted",
    "A draft was checked.",
    (*_WHERE, *_ASKED, "moved_by", "attempt", "failed_checks", "alignment", "agreement", *_WORK),
)
SECTION_RETRIED = DecisionKind(
    "section_retried",
    "The same tier writes it once more, with feedback.",
    (*_WHERE, "tier", "reason", "alignment"),
)
SECTION_ESCALATED = DecisionKind(
    "section_escalated",
    "The next tier writes it; `reason` is the trigger.",
    (*_WHERE, "tier", "next_tier", "reason", "alignment"),
)
_KEPT = (*_WHERE, "tier", "status", "reason", "alignment", "drafts", "escalations")
SECTION_ACCEPTED = DecisionKind(
    "section_accepted", "A draft is kept; `status` is `accepted` or `accepted_with_flag`.", _KEPT
)
SECTION_FLAGGED = DecisionKind(
    "section_flagged",
    "No draft is good enough; the best is kept for a person to see.",
    _KEPT,
    logging.WARNING,
)
LESSON_JUDGED = DecisionKind(
    "lesson_judged",
    "A verdict; again only where it changed. `reason` is why a model had to judge: `borderline`, "
    "`unverified`, `higher_order`.",
    (*_WHERE, "lesson_id", "status", "method", "reason", "codes", "alignment", "judge_scores", *_WORK),
)
LESSON_REWRITTEN = DecisionKind(
    "lesson_rewritten",
    "A failed lesson went to another tier.",
    (*_WHERE, "lesson_id", "tier", "is_replaced", *_WORK),
)
EXERCISE_REWRITTEN = DecisionKind(
    "exercise_rewritten",
    "A flawed exercise went back to a model.",
    (*_WHERE, "lesson_id", "item_id", "tier", "is_replaced", *_WORK),
)
LESSONS_COUNTED = DecisionKind(
    "lessons_counted",
    "Lessons were counted; missing ones are asked for once more.",
    ("run_id", "planned", "written", "missing"),
)
REVIEW_DECIDED = DecisionKind(
    "review_decided",
    "An item was decided on; `status` is `approve`, `edit`, `reject`, `regenerate` or `respond`.",
    (*_WHERE, "lesson_id", "item_id", "status", "is_rule"),
)
ITEM_REGENERATED = DecisionKind(
    "item_regenerated",
    "What a person asked for was written anew.",
    (*_WHERE, "lesson_id", "item_id", "tier", "is_replaced", *_WORK),
)
CALL_FAILED = DecisionKind(
    "call_failed",
    "A try at a model brought nothing usable; `reason` is its outcome.",
    (*_WHERE, "lesson_id", "phase", "purpose", *_ASKED, *_MODEL, "reason", *_TRY, *_WORK),
    logging.WARNING,
)
BREAKER_CHANGED = DecisionKind(
    "breaker_changed",
    "A circuit breaker is `open`, `half_open` or `closed`; it is the process's, not a run's.",
    (*_MODEL, "status", "reason"),
    logging.WARNING,
)

DECISIONS = (
    RUN_BEGUN,
    RUN_RESUMED,
    METADATA_WRITTEN,
    TIER_CHOSEN,
    SECTION_DRAFTED,
    SECTION_RETRIED,
    SECTION_ESCALATED,
    SECTION_ACCEPTED,
    SECTION_FLAGGED,
    LESSON_JUDGED,
    LESSON_REWRITTEN,
    LESSONS_COUNTED,
    EXERCISE_REWRITTEN,
    REVIEW_DECIDED,
    ITEM_REGENERATED,
    CALL_FAILED,
    BREAKER_CHANGED,
    RUN_ENDED,
)
"""All of them, in the order in which a run comes to them."""
