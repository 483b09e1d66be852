"""Does a lesson fit its own objectives better than those of the course's other lessons?

How near a good lesson comes to its objectives depends on its author's prose; that it comes nearer to its
own than to its neighbours' does not. So where the rest of the course is known, the lesson's evidence is
read against its strongest rival's (docs/alignment.md has what this gains and what it costs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from courseai.quality.calibration import Calibration
from courseai.quality.embeddings import Vectors

FEWEST_RIVALS = 2
"""With fewer, the best of them says little: the lesson is scored by its own evidence alone."""
MOST_RIVALS = 8
"""The nearest by their objectives, so that the strongest does not grow with the length of the course."""
FLOOR = 0.3
"""Own probability in [0, 1] below which no contrast helps: nearest of all is not near."""
_STRONGEST = 12.0
"""Limit of a logit either way; a text without evidence has the lowest."""
_WIDEST = 6.0
"""Limit of the difference either way: rivals on other subjects all say the same."""

Objectives = tuple[str, ...]


def rivals(own: Objectives, others: Sequence[Objectives]) -> list[Objectives]:
    """Each different set of the others' objectives once, in order; none that shares one with our own."""
    return [other for other in dict.fromkeys(others) if other and not set(own) & set(other)]


def nearest(own: Vectors, others: Sequence[Vectors]) -> list[int]:
    """Numbers of at most `MOST_RIVALS` others, nearest first, by the cosine of mean objectives."""
    center = _center(own)
    cosines = [float(center @ _center(other)) for other in others]
    return sorted(range(len(others)), key=lambda index: (-round(cosines[index], 5), index))[:MOST_RIVALS]


def mean_logit(calibration: Calibration, features: Sequence[Mapping[str, float]]) -> float:
    """Mean evidence for a set of objectives, as log odds within ±12; the lowest where there is none."""
    logits = [calibration.logit(each) for each in features]
    return limited(sum(logits) / len(logits)) if logits else -_STRONGEST


def limited(logit: float) -> float:
    """Within ±12."""
    return max(-_STRONGEST, min(_STRONGEST, logit))


def contrast_features(own_logit: float, other_logits: Sequence[float]) -> dict[str, float]:
    """What the calibration "contrast" reads; needs at least one other."""
    lead = own_logit - max(other_logits)
    return {"own_logit": own_logit, "own_minus_best_other": max(-_WIDEST, min(_WIDEST, lead))}


def _center(objectives: Vectors) -> Vectors:
    mean = objectives.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)
