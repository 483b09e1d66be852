"""Off-topic answers: the same request, as if it had been about something quite different."""

from __future__ import annotations

from typing import Any

from courseai.models.offline.chance import generator
from courseai.models.offline.phrases import phrases_for


def strayed(brief: dict[str, Any], seed: int) -> dict[str, Any]:
    """The brief with each lesson's objectives and topics replaced; what is no section stays as it is."""
    lessons = brief.get("lessons")
    if not isinstance(lessons, list):
        return brief
    subjects = phrases_for(str(brief.get("language", "en"))).phrases.off_topic
    subject = generator(seed, "off topic", brief.get("variant")).choice(subjects)
    replaced = [
        lesson
        | {"objectives": [subject.objectives[place % len(subject.objectives)]], "key_topics": subject.topics}
        for place, lesson in enumerate(lessons)
        if isinstance(lesson, dict)
    ]
    head = {"section_id": (brief.get("section") or {}).get("section_id", ""), "area": subject.area}
    return {"language": brief.get("language", "en"), "section": head, "lessons": replaced}
