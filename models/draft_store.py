"""Where bodies lie: briefs and lessons by content hash, outside the graph's state.

The same content has the same ref, so writing twice is harmless and a resumed run finds what it wrote.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Protocol

from courseai.course.errors import RunNotFoundError


class DraftStore(Protocol):
    """Content-addressed JSON."""

    async def put(self, run_id: str, body: dict[str, Any]) -> str:
        """Store a body for a run and return its ref (32 hex digits); it goes when its last run is deleted.

        One that several processes share raises `FenceLostError` where another one has taken the run.
        """
        ...

    async def get(self, ref: str) -> dict[str, Any]:
        """The body of a ref; raises RunNotFoundError when it is not here."""
        ...


class MemoryDraftStore:
    """For one process: embedding without files, and tests."""

    def __init__(self) -> None:
        self._bodies: dict[str, str] = {}

    async def put(self, run_id: str, body: dict[str, Any]) -> str:  # noqa: ARG002 - nothing is deleted here
        """See `DraftStore.put`."""
        text = canonical_text(body)
        ref = ref_of(text)
        self._bodies[ref] = text
        return ref

    async def get(self, ref: str) -> dict[str, Any]:
        """See `DraftStore.get`."""
        return loaded_body(self._bodies.get(ref), ref)


def canonical_text(body: dict[str, Any]) -> str:
    """The one text of a body: JSON with sorted keys and no blanks."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def ref_of(text: str) -> str:
    """32 hex digits of the text's sha256."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def loaded_body(text: str | None, ref: str) -> dict[str, Any]:
    """The body of a stored text; raises RunNotFoundError for None."""
    if text is None:
        raise RunNotFoundError(f"The stored text {ref} is missing: the run's files were moved or deleted.")
    body: dict[str, Any] = json.loads(text)
    return body
