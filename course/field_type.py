"""Field types of JSON Schema that Pydantic does not have under one name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclass(frozen=True)
class _Omittable:
    """Marks `X | None = None` as a field that may be absent, but not null.

    Python code reads an absent field as None; a document that says `null` is refused.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_refuse_null, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        json_schema = handler(schema)
        members = [member for member in json_schema.pop("anyOf") if member != {"type": "null"}]
        return {**json_schema, **members[0]}


def _refuse_null(value: object) -> object:
    if value is None:
        raise PydanticCustomError("null_forbidden", "null is not allowed here")
    return value


def _as_whole_number(value: object) -> object:
    """18.0 is an integer in JSON Schema; strict Pydantic would refuse it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class _Distinct:
    """JSON Schema's `uniqueItems` for an array of texts."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_refuse_repeated, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "uniqueItems": True}


def _refuse_repeated(items: list[str] | None) -> list[str] | None:
    texts = items or []
    repeated = [index + 1 for index, text in enumerate(texts) if text in texts[:index]]
    if repeated:
        raise PydanticCustomError("repeated_item", "items are repeated", {"numbers": repeated})
    return items


OMITTABLE = _Omittable()
DISTINCT = _Distinct()
WHOLE_NUMBER = BeforeValidator(_as_whole_number)
