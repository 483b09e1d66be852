"""Judges a lesson by counting shared words, and says so: it fills whatever schema the request brings."""

from __future__ import annotations

from typing import Any

from courseai.models.offline.brief import VerdictBrief
from courseai.models.offline.overlap import shared_part

_TAUGHT = 0.6
_MARK = "offline author"

Json = dict[str, Any]


def judge_lesson(brief: VerdictBrief, schema: Json) -> Json:
    """A verdict with the properties of the schema; booleans and scores follow the weakest objective."""
    found = {objective: shared_part(objective, brief.content) for objective in brief.objectives}
    return _Judge(schema, found).fill(schema)


class _Judge:
    def __init__(self, schema: Json, found: dict[str, float]) -> None:
        self._definitions: Json = schema.get("$defs") or {}
        self._found = found

    def fill(self, schema: Json) -> Json:
        """An object with every property of the schema."""
        properties: Json = schema.get("properties") or {"teaches_objective": {"type": "boolean"}}
        return {name: self._value(name, self._resolved(part)) for name, part in properties.items()}

    def _resolved(self, schema: Json) -> Json:
        if "$ref" in schema:
            return self._resolved(self._definitions.get(schema["$ref"].rpartition("/")[2], {}))
        choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
        return self._resolved(choices[0]) if choices else schema

    def _value(self, name: str, schema: Json) -> Any:
        if "enum" in schema:
            return schema["enum"][0 if self._taught else -1]
        match schema.get("type"):
            case "boolean":
                return self._taught
            case "integer":
                return self._score(schema)
            case "number":
                return round(self._weakest, 2)
            case "array":
                return self._list(name, self._resolved(schema.get("items") or {}))
            case "object":
                return self.fill(schema)
        return self._objective if "objective" in name else self._reasoning()

    def _list(self, name: str, items: Json) -> list[Any]:
        if items.get("type") == "object":
            judges = (
                (text, _Judge({"$defs": self._definitions}, {text: part}))
                for text, part in self._found.items()
            )
            return [judge.fill(items) for _, judge in judges]
        if "fact" in name:
            return []
        return [f"Too little about: {text}" for text, part in self._found.items() if part < _TAUGHT]

    def _score(self, schema: Json) -> int:
        lowest, highest = schema.get("minimum", 1), schema.get("maximum", 5)
        return int(lowest + round((highest - lowest) * min(1.0, self._weakest / 0.9)))

    def _reasoning(self) -> str:
        return f"{_MARK}: {self._weakest:.0%} of the words of the weakest objective; nothing else was judged."

    @property
    def _weakest(self) -> float:
        return min(self._found.values())

    @property
    def _objective(self) -> str:
        return min(self._found, key=self._found.__getitem__)

    @property
    def _taught(self) -> bool:
        return self._weakest >= _TAUGHT
