"""Imperfection on request: which fault, if any, a request meets."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from statistics import NormalDist

from courseai.models.offline.chance import share
from courseai.models.offline.settings import ModelSettings, StatusFault

_WINDOW_S = 60.0


@dataclass(frozen=True)
class Draw:
    """The draws of one request: the same seed, body and occurrence of that body give the same faults."""

    seed: int
    body_hash: str
    occurrence: int

    def below(self, fault: str, limit: float) -> bool:
        """Whether a fault of that share happens."""
        return limit > 0 and share(self.seed, self.body_hash, self.occurrence, fault) < limit

    def place(self, fault: str, count: int) -> int:
        """Which of so many parts the fault falls on."""
        return int(share(self.seed, self.body_hash, self.occurrence, f"{fault} place") * count)

    def latency_s(self, model: ModelSettings) -> float:
        """Seconds to wait, log-normal."""
        latency = model.latency
        if latency.median_s == 0:
            return 0.0
        uniform = share(self.seed, self.body_hash, self.occurrence, "latency")
        normal = NormalDist().inv_cdf(min(max(uniform, 1e-9), 1 - 1e-9))
        return latency.median_s * math.exp(latency.sigma * normal)

    def status_fault(self, model: ModelSettings) -> StatusFault | None:
        """The first status fault that applies."""
        for place, fault in enumerate(model.status_faults):
            if self.below(f"status {place} {fault.status}", fault.share):
                return fault
        return None

    def is_off_topic(self, model: ModelSettings, variant: int) -> bool:
        """Whether the answer is to be about something else."""
        if self.below("off_topic", model.off_topic_share):
            return True
        return variant % 2 == 1 and self.below("disagree", model.disagree_share)


@dataclass
class Traffic:
    """What the app remembers between requests: how often a body came, and when each model was asked."""

    occurrences: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    asked_at_s: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def draw(self, seed: int, body_hash: str) -> Draw:
        """The draws of the next request with that body."""
        occurrence = self.occurrences[body_hash]
        self.occurrences[body_hash] += 1
        return Draw(seed, body_hash, occurrence)

    def wait_for_rate_limit_s(self, model_id: str, requests_per_minute: int | None) -> float:
        """Seconds until the model takes a request again; 0 if it takes this one, which is then counted."""
        if requests_per_minute is None:
            return 0.0
        now, asked = time.monotonic(), self.asked_at_s[model_id]
        while asked and now - asked[0] >= _WINDOW_S:
            asked.popleft()
        if len(asked) >= requests_per_minute:
            return _WINDOW_S - (now - asked[0])
        asked.append(now)
        return 0.0
