"""The JSON Schemas of what goes in, what comes out and what is told on the way, generated from the models.

`python -m courseai.course.schema` writes them to `course/analysis_result.schema.json`,
`course/course.schema.json` and `course/event.schema.json`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from .analysis import AnalysisResult
from .event import ProgressEvent
from .output import Course

SCHEMA_FILE = Path(__file__).parent / "analysis_result.schema.json"
COURSE_SCHEMA_FILE = Path(__file__).parent / "course.schema.json"
EVENT_SCHEMA_FILE = Path(__file__).parent / "event.schema.json"
SCHEMA_FILES = {"analysis": SCHEMA_FILE, "course": COURSE_SCHEMA_FILE, "event": EVENT_SCHEMA_FILE}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"

CROSS_FIELD_RULES = (
    "X1 sections' estimated_lessons add up to total_lessons (warning; error from a difference of more than "
    "20 %, or with fewer than 10 lessons)",
    "X2 as many sections as total_sections says (error)",
    "X3 section_id is unique; area is unique after NFKC, case folding and white space (error)",
    "X4 prerequisites name earlier sections: known, not itself, no cycle (error)",
    "X5 lessons times minutes agree with estimated_content_hours within 25 % (warning)",
    "X6 the texts are written in the script of the language (warning)",
    "X7 no control characters, bidirectional overrides, hidden characters or lone surrogates (error); "
    "text aimed at a model (warning injection_suspected)",
    "X8 under compliance, a section at risk goes to the strongest model and needs a person's signature",
    "X9 no placeholder text in area, objectives and topics (error)",
    "X10 at most 1 MiB and 20 levels, UTF-8 without byte order mark, no repeated names, no NaN or "
    "Infinity (error)",
)


class _Generator(GenerateJsonSchema):
    """Leaves out what JSON Schema does not need: defaults, which the contract has none of, and titles."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the base class names it
        return False


class _OutputGenerator(GenerateJsonSchema):
    """What is written always has every field, those with a default as well."""

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ARG002 - the base class names them
        return True


@cache
def analysis_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the input document."""
    schema = AnalysisResult.model_json_schema(schema_generator=_Generator)
    return {
        "$schema": _DIALECT,
        **schema,
        "x-cross-field-rules": list(CROSS_FIELD_RULES),
    }


@cache
def course_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of `course.json`."""
    schema = Course.model_json_schema(mode="serialization", schema_generator=_OutputGenerator)
    return {"$schema": _DIALECT, **schema}


@cache
def event_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a progress event."""
    return {"$schema": _DIALECT, **TypeAdapter(ProgressEvent).json_schema(schema_generator=_Generator)}


def schema_text(schema: dict[str, Any]) -> str:
    """A schema as it is written to its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(analysis_schema()), encoding="utf-8")
    COURSE_SCHEMA_FILE.write_text(schema_text(course_schema()), encoding="utf-8")
    EVENT_SCHEMA_FILE.write_text(schema_text(event_schema()), encoding="utf-8")
