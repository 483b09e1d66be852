"""The fitted parameters behind the calibrated scores, read from calibration.json."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class Calibration(BaseModel):
    """A logistic model on named features of cosines; holds for one embedding model and language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    """Changes whenever a coefficient does; goes into reports beside the score."""
    model: str
    weights_sha256: str
    language: str
    """ISO 639-1 code of the texts it was fitted on."""
    fitted_on: str
    """ISO 8601 date."""
    method: str
    coefficients: dict[str, float]
    intercept: float
    error_rates: dict[str, float]
    """Measured on chapters or books the coefficients had not seen."""
    data: str
    attribution: str
    command: str

    def probability(self, features: Mapping[str, float]) -> float:
        """Sigmoid of the logit, in [0, 1]; raises KeyError if a feature is missing."""
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, self.logit(features)))))

    def logit(self, features: Mapping[str, float]) -> float:
        """The weighted features, as log odds; raises KeyError if one is missing."""
        return sum(weight * features[name] for name, weight in self.coefficients.items()) + self.intercept


class Calibrations(BaseModel):
    """Everything in calibration.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alignment: Calibration
    """A lesson's score: does it teach its objectives, taken together?"""
    objective: Calibration
    """One objective: does the lesson teach it, whatever it does for the others?"""
    contrast: Calibration
    """A lesson's score where the objectives of the course's other lessons are known."""
    agreement: Calibration


@cache
def shipped_calibrations() -> Calibrations:
    """The calibrations that come with this package."""
    text = files("courseai.quality").joinpath("calibration.json").read_text(encoding="utf-8")
    return Calibrations.model_validate_json(text)
