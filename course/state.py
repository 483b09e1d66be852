"""State of the graph: plain JSON, so that any checkpoint can be read, stored and resumed.

Lesson bodies are not in it. They lie in the draft store under a content hash (`ref`), because every
superstep writes the whole state again.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

# Before Python 3.12 Pydantic reads only this TypedDict, and servers draw schemas from Pydantic.
from typing_extensions import TypedDict

from courseai.course.analysis import LANGUAGE_PATTERN
from courseai.course.policy import LARGEST_USD

ReviewMode = Literal["ask", "flag", "auto"]
Status = Literal["running", "rejected", "finished"]
Json = dict[str, Any]


def merge(left: dict[str, Json], right: dict[str, Json]) -> dict[str, Json]:
    """Reducer of everything that is kept by id: the newer entry wins, whatever the order of branches."""
    return {**left, **right}


class CourseInput(BaseModel):
    """What a run starts from; Studio draws its form from this."""

    model_config = ConfigDict(title="Course input", extra="forbid")

    analysis_result: Annotated[
        dict[str, Any],
        Field(
            title="Analysis result",
            description="The document of the earlier stage, as a JSON object. Paste one of studio/samples; "
            "its JSON Schema is course/analysis_result.schema.json.",
        ),
    ]
    language: Annotated[
        str | None,
        Field(
            title="Language",
            description="Language of the course, such as en or es; needed where the document names none, "
            "and goes before the one that it names.",
            examples=["en", "es", "de", "pt-BR"],
            # For the form. A tag that breaks it is reported by validation, with every other problem.
            json_schema_extra={"pattern": LANGUAGE_PATTERN},
        ),
    ] = None


class ThreadInput(CourseInput):
    """What validation sees: the input, and the run that this thread was used for before."""

    run_id: str | None = None


class RunContext(BaseModel):
    """Settings of one run that are not part of the document; Studio draws its form from this."""

    model_config = ConfigDict(title="Run settings", extra="forbid")

    review: Annotated[
        ReviewMode,
        Field(
            title="Review",
            description="ask: stop and wait for a person when something is flagged. "
            "flag: go on and mark it. auto: approve what reaches the policy's review thresholds, mark the "
            "rest (or ask, where the policy says so).",
        ),
    ] = "flag"
    seed: Annotated[
        int | None,
        Field(title="Seed", description="Passed to the models; the offline author repeats itself by it."),
    ] = 0
    budget_usd: Annotated[
        float | None,
        Field(
            title="Budget",
            description="The most that the run may cost, in USD: a hard ceiling. Empty: as the run was "
            "started, or else the policy's. Give a higher one to go on with a run that its budget stopped.",
            gt=0,
            le=LARGEST_USD,
            allow_inf_nan=False,
        ),
    ] = None
    highest_quality: Annotated[
        list[str],
        Field(
            title="Highest quality",
            description="Ids of sections that the strongest model writes at once, such as s3. Sections to "
            "which the document gives no id are s1, s2, ... in its order.",
            examples=[["s3", "s5"]],
        ),
    ] = []


class CourseState(TypedDict, total=False):
    """The run as a whole. Keys appear in the order in which the nodes write them."""

    analysis_result: Json
    language: str | None
    run_id: str
    review: ReviewMode
    seed: int | None
    budget_usd: float | None
    """The ceiling that the run was started with, USD; None for the policy's."""
    status: Status
    policy: Json
    """Version and fingerprint of the policy and the prompts that this run was started with."""
    problems: list[Json]
    plan: Json
    metadata: Json
    """Last draft of the metadata, with the attempts, the tier and what is wrong with it."""
    briefs: dict[str, Json]
    """By section: ref of the brief, complexity, risk and the starting tier with its reason."""
    sections: Annotated[dict[str, Json], merge]
    """By section: outcome, tier, route, drafts and the ref of the accepted lessons."""
    verdicts: dict[str, Json]
    """By lesson."""
    judge_rounds: int
    """How often the lessons were judged; failed ones are rewritten between two rounds."""
    lesson_count: Json
    exercise_rounds: int
    """How often the exercises were checked; flawed ones are rewritten between two rounds."""
    coverage: Json
    """Outcome by lesson by exercise, with its holes."""
    reviewed: dict[str, Json]
    """By item that was decided on: where it stands (course/review.py)."""
    requested: list[Json]
    """What a person asked to be written anew in the last answer."""
    decisions: list[Json]
    """Every decision in order: on what, who, when, why, and what came of it."""
    course: Json
    report: Json


class SectionInput(TypedDict):
    """What one branch of the fan-out gets."""

    run_id: str
    seed: int | None
    section_id: str
    brief_ref: str
    lesson_numbers: list[int]
    """Lessons to write: all of the section's, or the missing ones when it is filled."""
    complexity: int
    tier: str
    reason: str
    base: Json | None
    """The section's earlier outcome when it is filled, else None."""


class SectionState(SectionInput, total=False):
    """One section on its way through the tiers."""

    retries: int
    drafts: list[Json]
    """Every draft in order: tier, attempt, ref, alignment, what was wrong and what was decided."""
    feedback: list[str]
    findings: Json
    """What the checks found in the last draft (models/routing.py, Findings)."""
    sections: Annotated[dict[str, Json], merge]


class RewriteInput(TypedDict):
    """The failed lessons of one section."""

    run_id: str
    seed: int | None
    section_id: str
    brief_ref: str
    outcome: Json
    concerns: dict[str, list[str]]
    """By lesson number (as text, JSON has no other keys): what the judge found."""


class ExerciseRewriteInput(TypedDict):
    """The flawed exercises of one section."""

    run_id: str
    seed: int | None
    section_id: str
    brief_ref: str
    outcome: Json
    """With what is wrong by exercise id under `exercises.pending`."""
    round: int


class RegenerationInput(TypedDict):
    """What a person asked to be written anew in one section."""

    run_id: str
    seed: int | None
    section_id: str
    brief_ref: str
    outcome: Json
    requests: list[Json]
    """By item: what it is, its lessons, and the feedback, the person's words first."""


class SectionOutput(TypedDict):
    """What a branch gives back to the course."""

    sections: Annotated[dict[str, Json], merge]


class CourseOutput(TypedDict, total=False):
    """What a finished run gives back to its caller."""

    __pydantic_config__ = ConfigDict(title="Course output", use_attribute_docstrings=True)  # type: ignore[misc]

    run_id: str
    """Names the run in the store, in its report and on every call; the thread's id where there is one."""
    status: Status
    """finished; or rejected, with problems and no course."""
    problems: list[Json]
    """What is wrong with the input: severity, kind, rule, pointer, message, remedy."""
    course: Json
    """The whole course; its JSON Schema is course/course.schema.json."""
    report: Json
    """Every routing decision, verdict, review decision, call and cost."""
