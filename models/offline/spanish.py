"""Objectives in Spanish: the infinitive serves as verb and as noun, so little has to be inflected."""

from __future__ import annotations

import re
from functools import lru_cache

from courseai.models.offline.forms import Forms, lowered_first, reworded

_LEAD_IN = re.compile(
    r"^(?:el |la |los |las )?(?:estudiantes?|alumn\w+)\s+(?:será capaz de|podrá|sabrá)\s+", re.IGNORECASE
)
_INFINITIVE = re.compile(r"^\w+(?:[aei]r|ír)(?:se|l[aeo]s?)?$", re.IGNORECASE)
_REWORDINGS = (
    (r" y (?=\w)", " y también "),
    (r" según ", " de acuerdo con "),
    (r" como ", " en calidad de "),
    (r" en ", " dentro de "),
)

_CUT = re.compile(
    r" (?:en|según|con|como|para|por|a partir de|sobre|de acuerdo con|dentro de|en calidad de)\b.*"
)
_SHORTEST_HEAD = 3


@lru_cache(maxsize=4096)
def spanish_forms(objective: str) -> Forms:
    """The forms of one objective; one that opens with no infinitive is something to work on."""
    text = _LEAD_IN.sub("", objective.strip()).rstrip(" .;") or objective
    words = text.split(maxsplit=1)
    phrase = lowered_first(text)
    if not words or not _INFINITIVE.match(words[0].strip(",")):
        phrase = f"trabajar el tema «{text}»"
    own_words = phrase if "«" in phrase else reworded(phrase, objective, "es", _REWORDINGS)
    head = _CUT.sub("", own_words)
    return Forms(objective, own_words, own_words, head if len(head.split()) >= _SHORTEST_HEAD else own_words)
