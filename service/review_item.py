"""What the terminal and the page both say about an item of a review (nodes/review_request.py)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from courseai.course.state import Json
from courseai.service.review_words import step_in_words


@dataclass(frozen=True)
class Revision:
    """An earlier version of an item, and the one that followed it."""

    label: str
    """How the earlier one came about, and who wrote it."""
    before: Json
    after: Json


def revisions(item: Json) -> Iterator[Revision]:
    """From each earlier version to the next, oldest first."""
    versions = [*item["previous"], {"content_json": item["content_json"]}]
    for earlier, later in pairwise(versions):
        label = f"{earlier['tier'] or 'a person'}: {step_in_words(earlier)}"
        yield Revision(label, earlier["content_json"], later["content_json"])


def place_in_course(item: Json) -> str:
    """The title of the section that a lesson or exercise stands in; empty for others."""
    inside = item["kind"] in ("lesson", "exercise")
    return str(item.get("section_title", "")) if inside else ""


def fingerprint(item: Json) -> str:
    """Changes when the item comes back in another form, so that no old decision meets new content."""
    shown = json.dumps([item["content_json"], item["reasons"], item["regenerations"]], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]
