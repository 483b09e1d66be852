"""What the offline author is told about itself: its seed, and how imperfect each model is to be.

A settings file is JSON, for example:

    {"seed": 7, "models": {"openai/gpt-oss-20b": {"off_topic_share": 0.2}, "*": {"broken_json_share": 0.01}}}

A model without an entry of its own takes the one named "*", and a perfect one if there is none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from courseai.course.errors import SettingsError

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Latency(_Strict):
    """How long an answer takes: log-normal, so most are near the median and a few are far slower."""

    median_s: Seconds = 0.0
    """Median in seconds."""
    sigma: Annotated[float, Field(ge=0, le=3)] = 0.0
    """Standard deviation of ln(seconds); 0.5 puts the 95th percentile at 2.3 medians."""


class StatusFault(_Strict):
    """An HTTP error in place of an answer."""

    status: Literal[400, 401, 402, 403, 408, 429, 500, 503]
    share: Share
    """Share of requests that get this status, in [0, 1]."""
    retry_after_s: Seconds | None = None
    """Seconds in the Retry-After header; no header if null."""


class ModelSettings(_Strict):
    """One model's imperfections. Shares are fractions of its requests, drawn for each request."""

    off_topic_share: Share = 0.0
    """Section and lesson answers in valid schema about a quite different subject."""
    stray_lesson_share: Share = 0.0
    """Section answers in which one lesson of several is about a quite different subject."""
    broken_json_share: Share = 0.0
    """Answers that are no JSON: a comma is missing and prose follows."""
    missing_field_share: Share = 0.0
    """Answers in which one required field of the outermost object (or of its first lesson) is left out."""
    truncated_share: Share = 0.0
    """Answers cut at half their length, with finish_reason "length"."""
    disagree_share: Share = 0.0
    """Answers to odd `variant`s that are off-topic, so that samples of one section disagree."""
    latency: Latency = Latency()
    status_faults: tuple[StatusFault, ...] = ()
    """Drawn in order; the first that applies is sent."""
    hang_share: Share = 0.0
    """Requests that get no answer for `hang_s` seconds, and then a 504."""
    hang_s: Seconds = 3600.0
    disconnect_share: Share = 0.0
    """Requests whose connection is closed in the middle of the answer."""
    requests_per_minute: Annotated[int, Field(ge=1)] | None = None
    """Requests in any 60 seconds; more get a 429 with Retry-After. Only this looks at the clock."""


class OfflineSettings(_Strict):
    """The settings file of the offline author."""

    seed: int = 0
    """Used where a request brings no seed of its own."""
    models: dict[str, ModelSettings] = {}
    """By model id; "*" stands for every model that is not named."""

    def of_model(self, model: str) -> ModelSettings:
        """The imperfections of one model."""
        return self.models.get(model) or self.models.get("*") or ModelSettings()


def load_settings(path: Path) -> OfflineSettings:
    """Read a settings file. Raises SettingsError if it cannot be read or breaks the rules above."""
    try:
        return OfflineSettings.model_validate_json(path.read_bytes())
    except OSError as failure:
        raise SettingsError(
            f"The offline author's settings {path} cannot be read: {failure.strerror}."
        ) from failure
    except ValidationError as failure:
        first = failure.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"The offline author's settings {path}: {place}: {first['msg']}.") from failure
