"""From a field that breaks the models to a problem that says what is expected there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .analysis import LANGUAGE_PATTERN, SECTION_ID_PATTERN, AnalysisResult
from .problem import Path, Problem, enumerate_words, pointer, quote
from .schema import analysis_schema

_TEXT_PATTERNS = {
    SECTION_ID_PATTERN: "an id of 1 to 40 letters, digits, dots, dashes and underscores",
    LANGUAGE_PATTERN: "a language tag such as en, pt-BR or sr-Latn-RS",
    r"^(100|[0-9]{1,2}):(100|[0-9]{1,2})$": "two percentages such as 30:70",
}
_FLAT_SHAPE = ("topic", "audience", "structure", "lessons", "sections", "title")


def schema_problems(value: object) -> tuple[AnalysisResult | None, list[Problem]]:
    """Validate a JSON value against the models; every field that breaks them is one problem."""
    try:
        return AnalysisResult.model_validate(value), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    problems = [_field_problem(value, each) for each in details]
    return None, [*_flat_shape_problem(value), *problems]


def _field_problem(value: object, detail: ErrorDetails) -> Problem:
    path = detail["loc"]
    expected = _describe(_schema_at(path))
    found = _value_at(value, path)
    where = _section_name(value, path)
    if detail["type"] == "missing":
        return _problem(path, f"{path[-1]} is missing{where}.", f"Add {expected}.")
    if detail["type"] == "repeated_item":
        numbers = enumerate_words(detail["ctx"]["numbers"])
        return _problem(path, f"Items are repeated{where}: number {numbers}.", "Keep each item once.")
    size = _size(found) if detail["type"].startswith(("too_", "string_too_")) else ""
    return _problem(path, f"Found {_found(found)}{size}{where}.", f"Write {expected}.")


def _problem(path: Path, message: str, remedy: str) -> Problem:
    return Problem("error", "schema", "", pointer(path), message, remedy)


def _flat_shape_problem(value: object) -> list[Problem]:
    """The shape of the strategy note (topic, audience, structure), which was never the contract."""
    required = analysis_schema()["required"]
    if not isinstance(value, dict) or any(name in value for name in required):
        return []
    flat = [name for name in _FLAT_SHAPE if name in value]
    if not flat:
        return []
    message = (
        f"This is the flat shape ({', '.join(flat)}); the nested contract is expected, of which "
        f"{enumerate_words(required)} are missing."
    )
    return [_problem((), message, "Hand over the analysis_result of the earlier stage as it is.")]


def _section_name(value: object, path: Path) -> str:
    """` (section 3, s3)` for a problem inside a section; people count from 1, pointers from 0."""
    match path:
        case ("recommended_structure", "sections_breakdown", int(index), *_):
            section = _value_at(value, path[:3])
            name = section.get("section_id") if isinstance(section, dict) else None
            named = f", section_id {quote(name)}" if isinstance(name, str) else ""
            return f" (section at index {index}{named})"
    return ""


def _value_at(value: Any, path: Path) -> Any:
    try:
        for part in path:
            value = value[part]
    except (LookupError, TypeError):
        return None
    return value


def _found(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value:.15g}"
        case str():
            return f"the text {quote(value)}"
        case list():
            return "an array"
        case dict():
            return "an object"
    return "something that is not JSON"


def _size(value: object) -> str:
    match value:
        case str():
            return f" of {len(value)} characters"
        case list() | dict():
            return f" of {len(value)} items"
    return ""


def _schema_at(path: Path) -> Mapping[str, Any]:
    node: Mapping[str, Any] = _resolve(analysis_schema())
    for part in path:
        node = _resolve(_child(node, part))
    return node


def _child(node: Mapping[str, Any], part: str | int) -> Mapping[str, Any]:
    extra = node.get("additionalProperties")
    other: Mapping[str, Any] = extra if isinstance(extra, dict) else {}
    children: Mapping[str, Mapping[str, Any]] = node.get("properties", {})
    items: Mapping[str, Any] = node.get("items", {})
    return items if isinstance(part, int) else children.get(part, other)


def _resolve(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference, and see through "or null"."""
    if "$ref" in node:
        definitions: dict[str, Mapping[str, Any]] = analysis_schema()["$defs"]
        return _resolve(definitions[node["$ref"].rpartition("/")[2]])
    members = [member for member in node.get("anyOf", []) if member != {"type": "null"}]
    return {**_resolve(members[0]), "nullable": True} if len(members) == 1 else node


def _describe(node: Mapping[str, Any]) -> str:
    return _describe_value(node) + (" or null" if node.get("nullable") else "")


def _describe_value(node: Mapping[str, Any]) -> str:
    if "const" in node:
        return f'"{node["const"]}"'
    if "enum" in node:
        return "one of " + enumerate_words(node["enum"], "or")
    match node.get("type"):
        case "string":
            plain = f"text{_range(node, 'Length', ' characters')}"
            return _TEXT_PATTERNS.get(node.get("pattern", ""), plain)
        case "integer":
            return f"a whole number{_number_range(node)}"
        case "number":
            return f"a number{_number_range(node)}"
        case "boolean":
            return "true or false"
        case "array":
            items = "objects" if _resolve(node["items"]).get("type") == "object" else "texts"
            different = "different " if node.get("uniqueItems") else ""
            return f"an array{_range(node, 'Items', f' {different}{items}')}"
        case "object":
            names = node.get("required")
            return "an object" + (f" with {enumerate_words(names)}" if names else "")
    return "a number, text or null"


def _range(node: Mapping[str, Any], what: str, unit: str) -> str:
    least, most = node.get(f"min{what}"), node.get(f"max{what}")
    if least is None and most is None:
        return ""
    return f" of at most {most}{unit}" if least is None else f" of {least} to {most}{unit}"


def _number_range(node: Mapping[str, Any]) -> str:
    if "exclusiveMinimum" in node:
        return f" above {node['exclusiveMinimum']:g} and up to {node['maximum']:g}"
    return f" from {node['minimum']:g} to {node['maximum']:g}" if "minimum" in node else ""
