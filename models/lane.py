"""What of a gateway belongs to one event loop: the connections, and the bound on calls in flight."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from courseai.course.policy import AvailabilityPolicy
from courseai.models.client import ChatClient
from courseai.models.provider import Provider


class Lane:
    """One event loop's."""

    def __init__(self, provider: Provider, policy: AvailabilityPolicy) -> None:
        self.client = ChatClient(provider, policy.timeout_s, policy.concurrency)
        self.slots = asyncio.Semaphore(policy.concurrency)


class Lanes:
    """The lanes of all event loops that use the gateway."""

    def __init__(self, provider: Provider, policy: AvailabilityPolicy) -> None:
        self._provider = provider
        self._policy = policy
        self._lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, Lane] = WeakKeyDictionary()

    async def here(self) -> Lane:
        """The running event loop's."""
        loop = asyncio.get_running_loop()
        if loop not in self._lanes:
            # Certificates are read from files, which the dev server allows no event loop to do.
            lane = await asyncio.to_thread(Lane, self._provider, self._policy)
            self._lanes.setdefault(loop, lane)
        return self._lanes[loop]

    async def aclose(self) -> None:
        """Close the running event loop's connections."""
        lane = self._lanes.pop(asyncio.get_running_loop(), None)
        if lane:
            await lane.client.aclose()
