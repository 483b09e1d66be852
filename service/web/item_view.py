"""What the pages show of a request: items in their order, what was decided, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from courseai.course.review import BORDERLINE, ReviewItem
from courseai.course.review_answer import Question
from courseai.course.review_content import content_text
from courseai.course.state import Json
from courseai.service.review_item import place_in_course, revisions
from courseai.service.review_words import RISKS, VERBS
from courseai.service.web.difference import difference


@dataclass(frozen=True)
class Draft:
    """An earlier version of an item, and what changed until now."""

    label: str
    changes: Markup


@dataclass(frozen=True)
class ItemView:
    """One item to decide on."""

    args: Json
    """As the request has it; docs/review.md names the fields."""
    place: int
    """From 0, in the order of the queue."""
    decision: Json | None
    """Taken and not sent yet."""

    @property
    def item_id(self) -> str:
        """Its name in addresses and answers."""
        return str(self.args["item_id"])

    @property
    def risk(self) -> str:
        """Its part of the queue, in words."""
        return RISKS[self.args["risk"]]

    @property
    def name(self) -> str:
        """What it is, as the report names it."""
        kind = str(self.args["kind"])
        return "Course" if kind == "metadata" else f"{kind.capitalize()} {self.args['subject']}"

    @property
    def place_in_course(self) -> str:
        """The title of the section that it stands in; empty where that says nothing."""
        return place_in_course(self.args)

    @property
    def score(self) -> float | None:
        """Calibrated alignment in [0, 1]; None where there is none."""
        score: float | None = self.args.get("score")
        return score

    @property
    def cost_usd(self) -> float | None:
        """USD of the calls about it; None where unknown."""
        cost: float | None = self.args.get("cost_usd")
        return cost

    @property
    def older(self) -> int:
        """Earlier versions that the request has no room for."""
        count: int = self.args.get("older", 0)
        return count

    @property
    def verb(self) -> str:
        """What was decided, in words; empty where nothing was."""
        return VERBS[self.decision["type"]] if self.decision else ""

    @property
    def content(self) -> Json:
        """As it would stand in the course: edited where the reviewer has edited it."""
        edited = (self.decision or {}).get("content_json")
        content: Json = edited or self.args["content_json"]
        return content

    @property
    def is_anew(self) -> bool:
        """Whether it comes back because a reviewer asked for another version."""
        return bool(self.args["regenerations"])

    def own_changes(self) -> Markup:
        """What the reviewer's unsent edit changes."""
        if not self.decision or "content_json" not in self.decision:
            return Markup()
        return self._changes(self.args["content_json"], self.decision["content_json"])

    def earlier(self) -> list[Draft]:
        """Earlier versions, newest first, each against the one that followed it."""
        newest_first = reversed(list(revisions(self.args)))
        return [Draft(each.label, self._changes(each.before, each.after)) for each in newest_first]

    def question(self) -> Question:
        """What an answer to it is checked against."""
        args = self.args
        item = ReviewItem(
            args["item_id"],
            args["kind"],
            args["subject"],
            args.get("section_id"),
            tuple(args["reasons"]),
            args["risk"],
        )
        return Question(item, args["content_json"], args["allowed_decisions"])

    def _changes(self, before: Json, after: Json) -> Markup:
        kind = self.args["kind"]
        if not before or not after:
            return Markup()
        return difference(content_text(kind, before), content_text(kind, after))


@dataclass(frozen=True)
class Queue:
    """All items of a request."""

    items: Sequence[ItemView]
    by_id: Mapping[str, ItemView] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {item.item_id: item for item in self.items})

    @property
    def decided(self) -> int:
        """How many have an unsent decision."""
        return sum(item.decision is not None for item in self.items)

    @property
    def left(self) -> int:
        """How many have none yet."""
        return len(self.items) - self.decided

    def approvable(self, risk: str) -> list[ItemView]:
        """What may be approved together in this part of the queue: undecided items that passed narrowly."""
        if risk != RISKS[BORDERLINE]:
            return []
        return [item for item in self.items if item.risk == risk and item.decision is None]

    def after(self, item: ItemView) -> ItemView | None:
        """The next undecided item, from the start again after the last; None where none is left."""
        turn = [*self.items[item.place + 1 :], *self.items[: item.place]]
        return next((other for other in turn if other.decision is None), None)

    def beside(self, item: ItemView, step: int) -> ItemView | None:
        """The neighbour in the queue, if there is one."""
        place = item.place + step
        return self.items[place] if 0 <= place < len(self.items) else None

    def answer(self) -> Json:
        """What was decided, as the run understands it."""
        return {"decisions": {item.item_id: item.decision for item in self.items if item.decision}}


def queue_of(request: Json, unsent: Mapping[str, Json]) -> Queue:
    """The queue of a request, with what was decided so far."""
    asked = [action["args"] for action in request["action_requests"]]
    return Queue([ItemView(args, place, unsent.get(args["item_id"])) for place, args in enumerate(asked)])
