"""Decisions that were taken and not sent yet, kept in one sealed file a run so that no restart loses them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from courseai.course.state import Json
from courseai.service.files import write_files
from courseai.service.review_item import fingerprint
from courseai.store.run_store import runs_folder
from courseai.store.seal import Seal, seal_from_environment


class UnsentDecisions:
    """By run and item. A decision belongs to what was shown: once the item changes, it is forgotten."""

    def __init__(self, folder: Path, seal: Seal) -> None:
        self._folder = folder
        self._seal = seal
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, run_id: str, items: list[Json]) -> dict[str, Json]:
        """The decisions on these items, as answers have them (course/review_answer.py)."""
        stored = await asyncio.to_thread(self._read, run_id)
        return {
            item["item_id"]: stored[item["item_id"]]["decision"]
            for item in items
            if stored.get(item["item_id"], {}).get("on") == fingerprint(item)
        }

    async def keep(self, run_id: str, item: Json, decision: Json) -> None:
        """Note a decision in place of an earlier one. Raises `SettingsError` where it cannot be written."""
        async with self._locks[run_id]:
            stored = await asyncio.to_thread(self._read, run_id)
            stored[item["item_id"]] = {"on": fingerprint(item), "decision": decision}
            await asyncio.to_thread(self._write, run_id, stored)

    async def take_back(self, run_id: str, item_id: str) -> None:
        """Forget the decision on an item."""
        async with self._locks[run_id]:
            stored = await asyncio.to_thread(self._read, run_id)
            if stored.pop(item_id, None) is not None:
                await asyncio.to_thread(self._write, run_id, stored)

    def forget(self, run_id: str) -> None:
        """Remove all that is kept of a run; blocks for a moment."""
        self._path(run_id).unlink(missing_ok=True)

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.unsent"

    def _read(self, run_id: str) -> dict[str, Json]:
        try:
            sealed = base64.b64decode(self._path(run_id).read_bytes())
        except FileNotFoundError:
            return {}
        stored: dict[str, Json] = json.loads(self._seal.open(sealed))
        return stored

    def _write(self, run_id: str, stored: Mapping[str, Json]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sealed = self._seal.close(json.dumps(stored).encode("utf-8", "replace"))
        write_files(self._folder, {self._path(run_id).name: base64.b64encode(sealed).decode()})


def unsent_decisions(env: Mapping[str, str]) -> UnsentDecisions:
    """Those of this machine: beside its runs, encrypted with the same key if there is one.

    Raises `SettingsError` for a key that is none.
    """
    return UnsentDecisions(runs_folder(env) / "review", seal_from_environment(env))
