"""Kill a run again and again, and look after each kill whether anything was lost or is paid for twice."""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import select

from courseai.course.errors import RunNotFoundError
from courseai.graph.run import thread
from courseai.store.run_store import RunStore, open_run_store
from courseai.store.tables import CALL
from tests.service.lives import begin_life, ended_within, fingerprint, lived_s

RUN = "campaign"
LIVES_LIMIT = 200
_ROUNDING_USD = 1e-9
"""Floats do not add up to the same sum in every order."""


@dataclass(frozen=True)
class Stored:
    """What a store holds of the run."""

    answered: dict[str, int]
    """Answers in the journal by call key."""
    texts: Counter[str]
    """How often the journal holds each answer, by fingerprint."""
    in_flight: int
    """Calls that were begun and never finished."""
    begun: list[tuple[int, str]]
    """Number and key of every call, oldest first."""
    accepted: dict[str, str]
    """Ref of every section that has come out of its branch and whose lessons can be read."""
    charged_usd: float
    """What the run counts for against its ceiling, calls in flight at their worst case."""


@dataclass
class Tally:
    """What a campaign counts. Everything under `lost` and `paid again` has to stay 0."""

    courses: int = 0
    kills: int = 0
    calls: int = 0
    """Answers that the journal holds at the end."""
    served: int = 0
    """Answers that the server gave."""
    in_flight: int = 0
    """Calls that were in flight when their process was killed: the only ones that may be paid again."""
    paid_again: int = 0
    """Answers that the server gave and that the journal asked for once more: each was in flight."""
    finished_paid_again: int = 0
    """Calls begun although the journal had their answer."""
    answers_unaccounted: int = 0
    """Answers of the server that are neither in the journal nor covered by a call in flight."""
    sections_lost: int = 0
    """Accepted sections that were gone after a kill."""
    bills_above_charge: int = 0
    """Moments at which the server had billed more than the journal counts against the ceiling."""
    courses_different: int = 0
    """Final courses that differ in any byte from the unkilled run's."""
    kills_by_count: list[int] = field(default_factory=list)
    """Kills of each course."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost and nothing that was finished was paid again."""
        return not (
            self.finished_paid_again
            or self.answers_unaccounted
            or self.sections_lost
            or self.bills_above_charge
            or self.courses_different
        )


@dataclass(frozen=True)
class Course:
    """One course to be made in a home of its own."""

    home: Path
    document: Path
    url: str
    """Of the model server."""
    served: Path
    """Its log of answers."""
    environment: Mapping[str, str]

    @property
    def out(self) -> Path:
        """Where its files go."""
        return self.home / "out"

    @property
    def said(self) -> Path:
        """What its processes printed."""
        return self.home / "said.txt"

    def first(self) -> list[str]:
        """The command that begins it."""
        # The server names no price, and what is assumed instead must not change the way of a section.
        options = [
            "--base-url",
            self.url,
            "--run-id",
            RUN,
            "--out",
            str(self.out),
            "--quiet",
            "--budget",
            "1000",
        ]
        return ["generate", str(self.document), *options]

    def made(self) -> dict[str, Any] | None:
        """The finished course."""
        path = self.out / "course.json"
        return json.loads(path.read_bytes()) if path.exists() else None

    def life_s(self) -> float:
        """Make it in one life; gives the seconds."""
        process = begin_life(self.first(), self.environment, self.said)
        seconds = lived_s(process)
        if process.exitcode != 0:
            raise AssertionError(f"exit code {process.exitcode}: {self.said.read_text()[-2000:]}")
        return seconds

    def answers(self) -> Counter[str]:
        """How often the server gave each answer, by fingerprint."""
        return Counter(line.split()[0] for line in self.served.read_text().splitlines())

    def billed_usd(self) -> float:
        """What the server charges for all of them."""
        return math.fsum(float(line.split()[1]) for line in self.served.read_text().splitlines())

    def stored(self) -> Stored:
        """Read its store."""
        with patch.dict("os.environ", self.environment):
            return asyncio.run(self._stored())

    async def _stored(self) -> Stored:
        async with open_run_store() as store:
            return await _read(store)


async def _read(store: RunStore) -> Stored:
    query = select(CALL).where(CALL.c.run_id == RUN).order_by(CALL.c.number)
    rows = await store.database.read(lambda connection: connection.execute(query).all())
    answers = [row for row in rows if row.sealed_answer is not None]
    return Stored(
        answered=dict(Counter(row.call_key for row in answers)),
        texts=Counter(fingerprint(store.database.seal.open_text(row.sealed_answer)) for row in answers),
        in_flight=sum(row.record is None for row in rows),
        begun=[(row.number, row.call_key) for row in rows],
        accepted=await _accepted(store),
        charged_usd=(await store.journal.charges(RUN)).usd,
    )


async def _accepted(store: RunStore) -> dict[str, str]:
    """Sections in the state, and those whose branches ended in the step that was cut short."""
    saved = await store.saver.aget_tuple(thread(RUN))
    if saved is None:
        return {}
    sections = dict(saved.checkpoint["channel_values"].get("sections", {}))
    for _task, channel, value in saved.pending_writes or []:
        if channel == "sections":
            sections |= value
    refs = {section_id: outcome["ref"] for section_id, outcome in sections.items() if outcome["ref"]}
    return {section_id: ref for section_id, ref in refs.items() if await _is_readable(store, ref)}


async def _is_readable(store: RunStore, ref: str) -> bool:
    try:
        return bool((await store.drafts.get(ref))["lessons"])
    except RunNotFoundError:
        return False


def kill_until_done(course: Course, unkilled: bytes, longest_s: float, chance: random.Random) -> Tally:
    """Kill the course's process at random moments until one of its lives is long enough to finish it."""
    tally = Tally(courses=1)
    before = Stored({}, Counter(), 0, [], {}, 0.0)
    arguments = course.first()
    for _ in range(LIVES_LIMIT):
        process = begin_life(arguments, course.environment, course.said)
        if ended_within(process, chance.uniform(0, longest_s)):
            if process.exitcode:
                raise AssertionError(f"exit code {process.exitcode}: {course.said.read_text()[-2000:]}")
            break
        tally.kills += 1
        billed_usd = course.billed_usd()
        now = course.stored()
        _compare(tally, before, now, billed_usd)
        if len(now.begun) == len(before.begun):
            # A busy machine: give the next lives more time, or the course is never made.
            longest_s *= 1.2
        before = now
        arguments = ["resume", RUN, "--quiet"] if _is_begun(course) else course.first()
    _close(tally, course, before, unkilled)
    return tally


def _is_begun(course: Course) -> bool:
    """Whether the register knows the run: a process can be killed before it does."""
    with patch.dict("os.environ", course.environment):
        return asyncio.run(_is_registered())


async def _is_registered() -> bool:
    async with open_run_store() as store:
        return any(entry.run_id == RUN for entry in store.register.latest(1))


def _compare(tally: Tally, before: Stored, now: Stored, billed_usd: float) -> None:
    last = before.begun[-1][0] if before.begun else 0
    tally.finished_paid_again += sum(number > last and key in before.answered for number, key in now.begun)
    tally.sections_lost += len(before.accepted.keys() - now.accepted.keys())
    tally.bills_above_charge += billed_usd > now.charged_usd + _ROUNDING_USD


def _close(tally: Tally, course: Course, before: Stored, unkilled: bytes) -> None:
    end = course.stored()
    _compare(tally, before, end, course.billed_usd())
    served = course.answers()
    tally.calls, tally.served, tally.in_flight = sum(end.texts.values()), served.total(), end.in_flight
    extra = served - end.texts
    tally.paid_again = extra.total()
    tally.answers_unaccounted = max(0, extra.total() - tally.in_flight) + (end.texts - served).total()
    tally.finished_paid_again += sum(count - 1 for count in end.answered.values())
    tally.courses_different = int((course.out / "course.json").read_bytes() != unkilled)
    tally.kills_by_count = [tally.kills]


def added(tallies: list[Tally]) -> Tally:
    """All of them together."""
    total = Tally()
    for tally in tallies:
        for name, value in vars(tally).items():
            setattr(total, name, getattr(total, name) + value)
    return total
