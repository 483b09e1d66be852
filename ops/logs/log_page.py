"""The tables of docs/logs.md, made from the one in code: `python -m courseai.ops.logs.log_page`."""

from __future__ import annotations

from pathlib import Path

from courseai.ops.logs.decision_table import ALWAYS, DECISIONS, FIELDS, DecisionKind
from courseai.ops.monitoring_page import with_table

PAGE = Path(__file__).parents[2] / "docs" / "logs.md"


def with_tables(page: str) -> str:
    """The page with its tables as they are now."""
    return with_table(with_table(page, "events", _event_rows()), "fields", _field_rows())


def _event_rows() -> list[str]:
    return ["| event | level | when | fields |", "|---|---|---|---|", *map(_event_row, DECISIONS)]


def _event_row(kind: DecisionKind) -> str:
    fields = ", ".join(f"`{name}`" for name in kind.fields)
    return f"| `{kind.name}` | {kind.level_name} | {kind.about} | {fields} |"


def _field_rows() -> list[str]:
    used = {*ALWAYS, *(name for kind in DECISIONS for name in kind.fields)}
    rows = [f"| `{name}` | {about} |" for name, about in FIELDS.items() if name in used]
    return ["| field | what |", "|---|---|", *rows]


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), encoding="utf-8")
