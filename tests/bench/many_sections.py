"""Lifts the contract's limit of 30 sections to 500 in a process that imports this first."""

from __future__ import annotations

from annotated_types import MaxLen

from courseai.course import analysis, rules

LIMIT = 500
analysis.SECTION_LIMIT = rules.SECTION_LIMIT = LIMIT
_field = analysis.RecommendedStructure.model_fields["sections_breakdown"]
_field.metadata = [MaxLen(LIMIT) if isinstance(part, MaxLen) else part for part in _field.metadata]
analysis.RecommendedStructure.model_rebuild(force=True)
analysis.AnalysisResult.model_rebuild(force=True)
