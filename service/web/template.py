"""The templates of the pages. Texts may be hostile: all is escaped; markdown.py cleans Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from courseai.service.dashboard.course_page import run_usd
from courseai.service.markdown import render_block, render_inline
from courseai.service.measure import count, duration, score
from courseai.service.money import usd
from courseai.service.page import answer_letters, direction, labels_for, ordering_steps, readable
from courseai.service.review_words import VERBS, in_words, step_in_words
from courseai.service.web.content_form import Field

_FOLDERS = ("courseai.service.web", "courseai.service.dashboard")


def render(name: str, shown: Mapping[str, Any]) -> str:
    """A page."""
    return _environment().get_template(name).render(shown)


@cache
def static_file(name: str) -> bytes:
    """A file that is served as it is."""
    (file,) = [one for one in _files() if one.name == name]
    return file.read_bytes()


def load_templates() -> None:
    """Read them all, so that no request has to: a server forbids reading files in its event loop."""
    _environment()


@cache
def _environment() -> Environment:
    files = [file for file in _files() if file.name.endswith(".j2")]
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=readable,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=DictLoader({file.name: file.read_text("utf-8") for file in files}),
    )
    environment.filters |= {
        "block": render_block,
        "inline": render_inline,
        "letters": answer_letters,
        "steps": ordering_steps,
        "usd": usd,
        "moment": _moment,
        "words": lambda text: str(text).replace("_", " "),
        "in_words": in_words,
        "score": score,
        "count": count,
        "duration": duration,
        "run_usd": run_usd,
        "step_in_words": step_in_words,
    }
    environment.tests["field"] = lambda value: isinstance(value, Field)
    environment.globals |= {
        "label": labels_for("en"),
        "direction": direction,
        "verbs": VERBS,
    }
    return environment


def _files() -> list[Traversable]:
    return [file for folder in _FOLDERS for file in resources.files(folder).iterdir()]


def _moment(iso: str) -> str:
    return f"{datetime.fromisoformat(iso).astimezone():%d %b %Y, %H:%M}"
