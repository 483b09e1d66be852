"""The input contract: `analysis_result`, its fields and their limits.

These models are the source of `analysis_result.schema.json` (see `courseai.course.schema`). They say
what JSON Schema can say; the rules that join fields (X1 to X10) are in `rules.py`, and `intake.py` is
the way in. Validation is strict: nothing is coerced, except that a whole number may be written `18.0`,
as in JSON Schema. Fields that the contract does not name are kept.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)
from pydantic_core import PydanticCustomError

from .field_type import DISTINCT, OMITTABLE, WHOLE_NUMBER

LESSON_MINIMUM = 10
"""Lessons a course has at least (contract, `total_lessons`)."""

SECTION_LIMIT = 30
SECTION_ID_PATTERN = r"^[A-Za-z0-9_.-]{1,40}$"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"

Short = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"\S")]
Text = Annotated[str, StringConstraints(min_length=20, max_length=4000, pattern=r"\S")]
Topic = Annotated[str, StringConstraints(min_length=3, max_length=300, pattern=r"\S")]
SectionId = Annotated[str, StringConstraints(pattern=SECTION_ID_PATTERN)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Ratio = Annotated[str, StringConstraints(pattern=r"^(100|[0-9]{1,2}):(100|[0-9]{1,2})$")]

Level = Literal["high", "medium", "low"]
Difficulty = Literal["beginner", "intermediate", "advanced"]
Audience = Literal["beginner", "intermediate", "advanced", "mixed"]
Category = Literal["professional", "personal", "creative", "hobby", "spiritual", "academic"]
Importance = Literal["core", "important", "optional"]
Progression = Literal["flat", "gradual", "steep"]
Risk = Literal["none", "safety_critical", "legal", "medical", "financial"]
TeachingStyle = Literal["hands-on", "theory-first", "project-based", "mixed"]
Strategy = Literal["problem-based learning", "lecture-based", "inquiry-based", "project-based", "mixed"]
Tone = Literal["conversational but precise", "formal academic", "casual friendly", "technical professional"]
ContentStrategy = Literal["create_from_scratch", "expand_and_enhance", "optimize_existing"]


def _require_fact_value(value: object) -> object:
    """Refuse here what the union below would refuse once for every member."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | None):
        raise PydanticCustomError("fact_value", "a number, text or null is expected")
    return value


FactValue = Annotated[int | float | str | None, BeforeValidator(_require_fact_value)]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="allow", strict=True, frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    @model_serializer(mode="wrap")
    def _without_absent(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What was absent stays absent, so that a dump can be validated again."""
        dumped: dict[str, Any] = serialize(self)
        return {
            name: value
            for name, value in dumped.items()
            if value is not None or name in self.model_fields_set
        }


class CourseCategory(_Part):
    """What kind of course it is, with the earlier stage's confidence."""

    primary: Category
    secondary: Category | None = None
    confidence: Annotated[float, Field(ge=0, le=1)]
    reasoning: Text


class ContextualLanguage(_Part):
    """Texts that speak to the learner; every further field must be text as well."""

    __pydantic_extra__: dict[str, Text] = Field(init=False)

    why_matters_context: Text
    motivators: Text
    experience_prompt: Text
    problem_statement_context: Text
    knowledge_bridge: Text
    practical_benefit_focus: Text


class TopicAnalysis(_Part):
    """What the course is about and for whom."""

    determined_topic: Topic
    information_completeness: Annotated[float | None, Field(ge=0, le=100), OMITTABLE] = None
    """Percent."""
    complexity: Annotated[Literal["narrow", "medium", "broad"] | None, OMITTABLE] = None
    reasoning: Annotated[Text | None, OMITTABLE] = None
    target_audience: Audience
    missing_elements: Annotated[list[Short], Field(max_length=30)] | None = None
    key_concepts: Annotated[list[Short], Field(min_length=3, max_length=40), DISTINCT]
    domain_keywords: Annotated[
        list[Short] | None, Field(min_length=5, max_length=60), DISTINCT, OMITTABLE
    ] = None


class Section(_Part):
    """One section of the course, in the order of teaching."""

    section_id: SectionId = ""
    """Assigned by the intake where the document has none, so never empty after it."""
    area: Short
    estimated_lessons: Annotated[int, Field(ge=1, le=60), WHOLE_NUMBER]
    importance: Annotated[Importance | None, OMITTABLE] = None
    learning_objectives: Annotated[list[Short], Field(min_length=2, max_length=10), DISTINCT]
    key_topics: Annotated[list[Short], Field(min_length=3, max_length=25), DISTINCT]
    pedagogical_approach: Annotated[Text | None, OMITTABLE] = None
    difficulty_progression: Annotated[Progression | None, OMITTABLE] = None
    difficulty: Annotated[Difficulty | None, OMITTABLE] = None
    estimated_duration_hours: Annotated[float | None, Field(gt=0, le=40), OMITTABLE] = None
    prerequisites: Annotated[list[SectionId], Field(max_length=60), DISTINCT] = []
    """Ids of earlier sections (rule X4)."""
    risk: Annotated[Risk | None, OMITTABLE] = None
    template: Annotated[str, StringConstraints(max_length=60)] | None = None


class RecommendedStructure(_Part):
    """How many lessons of which length, and in which sections."""

    estimated_content_hours: Annotated[float | None, Field(ge=0.5, le=200), OMITTABLE] = None
    scope_reasoning: Annotated[Text | None, OMITTABLE] = None
    lesson_duration_minutes: Annotated[int | None, Field(ge=3, le=90), WHOLE_NUMBER, OMITTABLE] = None
    calculation_explanation: Annotated[Text | None, OMITTABLE] = None
    total_lessons: Annotated[int, Field(ge=LESSON_MINIMUM, le=300), WHOLE_NUMBER]
    total_sections: Annotated[int | None, Field(ge=1, le=30), WHOLE_NUMBER, OMITTABLE] = None
    scope_warning: Annotated[str, StringConstraints(max_length=2000)] | None = None
    sections_breakdown: Annotated[list[Section], Field(min_length=1, max_length=SECTION_LIMIT)]


class PedagogicalStrategy(_Part):
    """How the course teaches and assesses."""

    teaching_style: TeachingStyle
    assessment_approach: Text
    practical_focus: Level
    progression_logic: Text
    interactivity_level: Level


class PedagogicalPatterns(_Part):
    """Patterns that the earlier stage found fitting."""

    primary_strategy: Annotated[Strategy | None, OMITTABLE] = None
    theory_practice_ratio: Annotated[Ratio | None, OMITTABLE] = None
    """Percent of theory, a colon, percent of practice."""
    assessment_types: Annotated[list[Short], Field(max_length=12)] = []
    key_patterns: Annotated[list[Short], Field(max_length=12)] = []


class GenerationGuidance(_Part):
    """Wishes about tone, words, examples and exercises."""

    tone: Annotated[Tone | None, OMITTABLE] = None
    use_analogies: Annotated[bool | None, OMITTABLE] = None
    specific_analogies: Annotated[list[Short], Field(max_length=20)] = []
    avoid_jargon: Annotated[list[Short], Field(max_length=40)] = []
    include_visuals: Annotated[list[Short], Field(max_length=12)] = []
    exercise_types: Annotated[list[Short], Field(max_length=20)] = []
    contextual_language_hints: Annotated[str, StringConstraints(max_length=2000)] = ""
    real_world_examples: Annotated[list[Short], Field(max_length=20)] = []
    glossary: Annotated[
        dict[str, Annotated[str, StringConstraints(max_length=600)]], Field(max_length=200)
    ] = {}
    """Term to definition."""


class ExpansionArea(_Part):
    """Something that may be added to existing material."""

    area: Short
    priority: Literal["critical", "important", "nice-to-have"]
    specific_requirements: Annotated[list[Short], Field(min_length=1, max_length=10)]
    estimated_lessons: Annotated[int, Field(ge=1, le=10), WHOLE_NUMBER]


class ResearchFlag(_Part):
    """Something that a person must look up before publication."""

    topic: Short
    reason: Short
    context: Text


class Compliance(_Part):
    """Whether mistakes can hurt people or break the law (rule X8)."""

    safety_critical: bool = False
    legal_or_regulatory: bool = False
    jurisdiction: Annotated[str, StringConstraints(max_length=80)] | None = None
    authoritative_sources: Annotated[list[Short], Field(max_length=40)] = []


class VerifiableFact(_Part):
    """A statement that the course must not contradict."""

    id: Annotated[str, StringConstraints(max_length=40)]
    statement: Annotated[str, StringConstraints(min_length=5, max_length=600)]
    value: FactValue = None
    unit: Annotated[str, StringConstraints(max_length=40)] | None = None
    must_mention_in: list[SectionId] = []
    source: Short


class AnalysisResult(_Part):
    """What the earlier stage hands over: the topic, the sections and how to teach them.

    Only what generation needs is required; what else is present is checked.
    """

    model_config = ConfigDict(title="analysis_result")

    schema_version: Annotated[Literal["1.0"] | None, OMITTABLE] = None
    target_language: Annotated[Language | None, OMITTABLE] = None
    """Language tag such as `en` or `sr-Latn-RS`; may come from the run instead."""
    course_category: Annotated[CourseCategory | None, OMITTABLE] = None
    contextual_language: Annotated[ContextualLanguage | None, OMITTABLE] = None
    topic_analysis: TopicAnalysis
    recommended_structure: RecommendedStructure
    pedagogical_strategy: Annotated[PedagogicalStrategy | None, OMITTABLE] = None
    pedagogical_patterns: Annotated[PedagogicalPatterns | None, OMITTABLE] = None
    generation_guidance: GenerationGuidance = GenerationGuidance()
    scope_instructions: Annotated[str, StringConstraints(max_length=4000)] = ""
    content_strategy: Annotated[ContentStrategy | None, OMITTABLE] = None
    expansion_areas: Annotated[list[ExpansionArea], Field(max_length=20)] | None = None
    research_flags: Annotated[list[ResearchFlag], Field(max_length=50)] = []
    required_learning_outcomes: Annotated[list[Short], Field(max_length=20)] = []
    compliance: Compliance = Compliance()
    verifiable_facts: Annotated[list[VerifiableFact], Field(max_length=300)] = []
    document_relevance_mapping: Annotated[dict[str, Any], Field(max_length=60)] = {}
    metadata: dict[str, Any] = {}

    @property
    def sections(self) -> list[Section]:
        """The sections in the order of teaching."""
        return self.recommended_structure.sections_breakdown
