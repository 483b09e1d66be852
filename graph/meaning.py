"""What each node and each way out of it means, for whoever opens the graph: Studio shows it as metadata."""

from __future__ import annotations

from typing import Any

_NODES = {
    "validation": "Checks the document against its contract and plans every lesson. No model is asked.",
    "metadata": "The strongest tier writes title, outcomes and strategy; outcomes are checked by embeddings.",
    "briefing": "Scores each section's complexity and risk and picks the tier where it starts.",
    "section_generation": "One branch for every section, side by side: draft, check, then accept or climb.",
    "judge": "Compares every lesson with its own objectives; a model judges only what is in doubt.",
    "lesson_rewrite": "Writes the failed lessons of one section again, each alone, with the judge's words.",
    "lesson_count": "Compares the lessons written with those planned, section by section.",
    "exercise_check": "Repairs what code can repair and finds exercises that cannot be marked.",
    "exercise_rewrite": "A model writes the flawed exercises of one section again, each alone.",
    "coverage": "Checks that every learning outcome is taught and assessed.",
    "insufficient_lessons": "Ends the run with InsufficientLessonsError: too few lessons make no course; "
    "or with ModelUnavailableError after an outage, to be resumed.",
    "human_review": "One interrupt lists everything that is flagged; the review mode says whether it waits.",
    "regeneration": "The strongest tier writes anew what a reviewer asked for, that item alone, with their "
    "words.",
    "metadata_revision": "Metadata that a reviewer changed: written anew if asked for, then checked.",
    "assembly": "Puts the course together, and the report of every decision, verdict, call and cost.",
    "draft": "One call on the current tier, with the feedback on the last draft.",
    "sample": "Where a cheap tier starts on a complex section: several drafts under varied prompts have to "
    "agree, and the most central one goes on.",
    "check": "Complete, aligned with the objectives, in the right words, true to the facts, free of defects?",
    "retry_with_feedback": "The same tier once more, told what was missing.",
    "escalate_schema_failure": "Next tier: the answer broke its schema.",
    "escalate_low_alignment": "Next tier: the draft does not teach its objectives well enough.",
    "escalate_inconsistent_answers": "Next tier: the samples do not agree with each other.",
    "escalate_terminology_drift": "Next tier: the glossary's words were not kept.",
    "escalate_contradicted_fact": "Next tier: a verifiable fact is missing or contradicted.",
    "escalate_defective_text": "Next tier: the text has defects, such as placeholders or repetition.",
    "accept": "The draft is kept.",
    "accept_with_flag": "The draft is kept and marked: alignment is between the cut-offs, or unknown.",
    "flag_for_review": "The top of the ladder was not good enough, or no model could be reached: "
    "the best draft is kept, for a person.",
}
_WAYS_OUT = {
    "validation": {
        "accepted": "The document has no errors.",
        "rejected": "It has errors, which are listed in problems; nothing was paid for.",
    },
    "metadata": {
        "retry_with_feedback": "There are problems, and an attempt is left.",
        "accepted_or_flagged": "No problems, or no attempts left: then it is flagged.",
    },
    "judge": {
        "failed": "Failed lessons go back once, section by section.",
        "judged": "Every lesson passed, or was rewritten already.",
    },
    "lesson_count": {
        "missing_lessons": "Lessons are missing: the strongest tier is asked once more.",
        "too_few_lessons": "Fewer than the minimum, or an outage cut some off, after asking once more.",
        "enough_lessons": "There are enough; those that are missing are named in the report.",
    },
    "exercise_check": {
        "flawed": "Some exercises cannot be marked, and a rewrite is left.",
        "sound": "All can be marked, or what cannot was set aside.",
    },
    "human_review": {
        "regenerate": "A reviewer asked for items to be written anew: one branch for each section.",
        "metadata_changed": "The metadata was edited, or is to be written anew.",
        "content_changed": "Lessons or exercises were edited: they are checked like any other.",
        "pending": "Something still waits for a person.",
        "decided": "Everything is decided, or the review mode does not wait.",
    },
    "coverage": {
        "flagged": "Something is flagged for a person.",
        "passed": "Nothing is flagged.",
    },
}


def meaning(node: str) -> dict[str, Any]:
    """Metadata of a node: its `description`, and under `ways_out` when each conditional edge is taken.

    Raises KeyError for a node that nobody has described.
    """
    ways_out = _WAYS_OUT.get(node)
    return {"description": _NODES[node]} | ({"ways_out": ways_out} if ways_out else {})
