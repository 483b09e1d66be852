"""Lifts the contract's limits to 500 sections and 1,500 lessons in a process that imports this first."""

from __future__ import annotations

from annotated_types import Le, MaxLen

from courseai.course import analysis, rules

SECTIONS, LESSONS = 500, 1500
_LIMITS = {
    "sections_breakdown": MaxLen(SECTIONS),
    "total_sections": Le(SECTIONS),
    "total_lessons": Le(LESSONS),
}

analysis.SECTION_LIMIT = rules.SECTION_LIMIT = SECTIONS
for _name, _limit in _LIMITS.items():
    _field = analysis.RecommendedStructure.model_fields[_name]
    _field.metadata = [_limit if isinstance(part, type(_limit)) else part for part in _field.metadata]
analysis.RecommendedStructure.model_rebuild(force=True)
analysis.AnalysisResult.model_rebuild(force=True)
