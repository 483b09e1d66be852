"""Fill a Markdown template and fingerprint it.

A template holds the stable framework text first, as the system message, so that providers can cache it;
below the line `<!-- user -->` follows the user message with its `{brief}`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from courseai.models.call import Prompt

_USER_MARK = "<!-- user -->\n"

VARIANTS: tuple[str, ...] = (
    "",
    "\nThink of the learner's first practical problem with each objective, and build the lesson around it.",
    "\nSettle what must be explained first for each objective, and build the lesson as question and answer.",
)
"""Wordings for consistency samples: mixed prompts catch more errors than one prompt asked three times."""


_VARYING = ("section", "facts", "lessons", "lesson", "exercise", "content", "variant", "problems", "feedback")
"""Parts of a brief that change from call to call of a course, the most lasting first. They come last: what
stands before them is the same for a whole course, and providers give a discount on a prefix that they know.
"""


@dataclass(frozen=True)
class Template:
    """One template. `version` is the first 12 hex digits of the sha256 of its file."""

    name: str
    version: str
    system: str
    user: str


@cache
def load_template(name: str) -> Template:
    """The template of that name; raises FileNotFoundError for a name that does not ship."""
    text = resources.files("courseai.prompts").joinpath(f"{name}.md").read_text("utf-8")
    system, user = text.split(_USER_MARK)
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Template(name, version, system.strip(), user.strip())


def fill(name: str, brief: Mapping[str, Any]) -> Prompt:
    """The prompt for a brief; `brief["variant"]` picks the wording where the template has one.

    The wording stands after the brief, so that samples of one section share what stands before.
    """
    template = load_template(name)
    variant = VARIANTS[int(brief.get("variant", 0)) % len(VARIANTS)]
    user = template.user.replace("{variant}", variant).replace("{brief}", quote(brief))
    return Prompt(template.name, template.version, template.system, user)


def quote(brief: Mapping[str, Any]) -> str:
    """Data as JSON that cannot close its own delimiter: `<`, `>` and `&` are escaped.

    It has no spaces between its tokens, which are a third of a brief's tokens when it is indented.
    """
    ordered = sorted(brief, key=lambda key: (_VARYING.index(key) + 1 if key in _VARYING else 0, key))
    text = "{" + ",".join(f"{_compact(key)}:{_compact(brief[key])}" for key in ordered) + "}"
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fingerprint() -> str:
    """One hash over all templates that ship: what `prompts` was when a run was made."""
    names = sorted(
        entry.name.removesuffix(".md")
        for entry in resources.files("courseai.prompts").iterdir()
        if entry.name.endswith(".md")
    )
    versions = "".join(load_template(name).version for name in names)
    return hashlib.sha256((versions + "".join(VARIANTS)).encode()).hexdigest()[:12]
