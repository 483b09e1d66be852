"""From a model's text to a checked value, and the JSON Schema that asks for it.

Nothing is repaired: JSON that does not parse is a schema failure, and the next tier's business.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

from openai import pydantic_function_tool
from pydantic import BaseModel, ValidationError

T = TypeVar("T", bound=BaseModel)

MAX_PROBLEMS = 10
MAX_PROBLEM_CHARS = 200
# Some servers cut the opening tag off, so a bare closing tag counts when no JSON has begun before it.
THINKING = re.compile(r"\A\s*(?:<think>.*?|[^{}]*?)</think>", re.DOTALL)
FENCE = re.compile(r"```(?:json)?[ \t]*\n(?=\s*\{)", re.IGNORECASE)


class _RefusedJSONError(ValueError):
    """JSON that Python would read but that means nothing certain."""


def parse_reply(text: str, answer_type: type[T]) -> tuple[T | None, tuple[str, ...]]:
    """Read the first JSON object in `text` as an `answer_type`.

    Takes plain JSON, JSON in a Markdown fence or with brace-free prose around it, and a leading `<think>`
    block.
    Returns the value and no problems, or None and up to 10 problems of up to 200 characters, each
    naming the place in the JSON, fit to be shown to a model as feedback. Never raises.
    """
    try:
        return answer_type.model_validate(_first_object(text)), ()
    except ValidationError as error:
        return None, tuple(_problem(item) for item in error.errors(include_url=False)[:MAX_PROBLEMS])
    except RecursionError:
        return None, ("the JSON is nested too deeply",)
    except ValueError as error:
        return None, (str(error)[:MAX_PROBLEM_CHARS],)


def _first_object(text: str) -> Any:
    body = THINKING.sub("", text, count=1)
    fence = FENCE.search(body)
    start = body.find("{", fence.end() if fence else 0)
    if start < 0:
        raise ValueError("the answer holds no JSON object" if body.strip() else "the answer is empty")
    try:
        value = _DECODER.raw_decode(body, start)[0]
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON at character {error.pos - start}: {error.msg}") from error
    except UnicodeEncodeError as error:
        raise ValueError("a string holds half a surrogate pair, which is no character") from error
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _RefusedJSONError("an object has the same key twice")
    return value


def _refuse_constant(name: str) -> Any:
    raise _RefusedJSONError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    if not math.isfinite(value := float(digits)):
        raise _RefusedJSONError("a number is too large")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant, parse_float=_finite
)


def _problem(item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"]) or "answer"
    return f"{place}: {item['msg']}"[:MAX_PROBLEM_CHARS]


def response_format(name: str, answer_type: type[BaseModel]) -> dict[str, Any]:
    """The `response_format` of a chat completion that asks for `answer_type` by strict JSON Schema.

    Every field is required and no other is allowed, as strict mode wants. `pattern`, `minLength` and
    `maxLength` are left out: OpenAI's strict mode knows no string lengths, and llama.cpp refuses
    patterns that are not anchored and chokes on long bounded strings. They are checked on the answer.
    Unions are written `anyOf`, the only spelling strict mode takes.
    Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
    """
    return {
        "type": "json_schema",
        "json_schema": {"name": name, "strict": True, "schema": _strict_schema(answer_type)},
    }


@cache
def _strict_schema(answer_type: Hashable) -> Any:
    strict = pydantic_function_tool(cast(type[BaseModel], answer_type))["function"]["parameters"]
    return _supported(strict)


def schema_instruction(name: str, answer_type: type[BaseModel]) -> str:
    """The same request in words, for a server that refuses `response_format`."""
    schema = response_format(name, answer_type)["json_schema"]["schema"]
    return (
        "Answer with one JSON object and nothing else. It must satisfy this JSON Schema:\n"
        f"{json.dumps(schema)}"
    )


_UNSUPPORTED = {
    "pattern",
    "minLength",
    "maxLength",
    "default",
    "discriminator",
    "title",
    "format",
    "uniqueItems",
}


def _supported(node: Any) -> Any:
    """The schema `node` without unsupported keywords. Property names are not keywords."""
    if isinstance(node, list):
        return [_supported(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if key not in _UNSUPPORTED}
    return {"anyOf" if key == "oneOf" else key: _keyword(key, value) for key, value in kept.items()}


def _keyword(key: str, value: Any) -> Any:
    if key in {"properties", "$defs"}:
        return {name: _supported(schema) for name, schema in value.items()}
    return value if key in {"enum", "const", "required"} else _supported(value)
