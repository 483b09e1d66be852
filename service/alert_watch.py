"""`courseai alerts`: look once, or again and again until a signal comes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial

from courseai.course.errors import StoreUnavailableError, WebhookError
from courseai.ops.alerts.alert_check import Finding, check_alerts
from courseai.ops.alerts.alert_notice import AlertMemory
from courseai.service.alert_webhook import Webhook
from courseai.store.run_store import RunStore, open_run_store

Show = Callable[[Sequence[Finding], datetime], None]


async def look(show: Show, webhook: Webhook | None = None) -> list[Finding]:
    """Look once; what fires is sent to the webhook. Raises `StoreUnavailableError` and `WebhookError`."""
    async with open_run_store() as store:
        now = datetime.now(UTC)
        findings = await _read(store, now)
    show(findings, now)
    notice = AlertMemory().see(findings, now)
    if webhook and notice:
        await webhook.send(notice)
    return findings


async def watch(
    show: Show, complain: Callable[[str], None], every_s: float, webhook: Webhook | None = None
) -> int:
    """Look every so many seconds until SIGINT or SIGTERM, whose number is given back.

    The webhook is told of what changed: alerts that fire now, and those that no longer do. What does not
    arrive is complained about and sent again at the next look, as is a store that is away meanwhile. A notice
    under way is finished after the signal; a second signal ends the process at once. Raises
    `StoreUnavailableError` where the store is away at the start.
    """
    memory, stop = AlertMemory(), _Stop()
    async with open_run_store() as store:
        with stop.heard():
            while not stop.signals:
                try:
                    now = datetime.now(UTC)
                    findings = await _read(store, now)
                    show(findings, now)
                    if (notice := memory.see(findings, now)) and webhook:
                        await webhook.send(notice)
                    memory.told()
                except (StoreUnavailableError, WebhookError) as error:
                    complain(str(error))
                await stop.within(every_s)
    return stop.signals[0]


async def _read(store: RunStore, now: datetime) -> list[Finding]:
    return await store.database.read(partial(check_alerts, now=now))


class _Stop:
    """The signals that came."""

    def __init__(self) -> None:
        self.signals: list[int] = []
        self._came = asyncio.Event()

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Wait for the first; a second has its usual effect."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._note, number)
        try:
            yield
        finally:
            self._forget()

    async def within(self, seconds: float) -> None:
        """Wait for one so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), seconds)

    def _note(self, number: int) -> None:
        self.signals.append(number)
        self._came.set()
        self._forget()

    @staticmethod
    def _forget() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().remove_signal_handler(number)
