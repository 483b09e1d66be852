"""How a person's answer is read: LangChain's shape, Agent Inbox's, and one by item id for partial answers.

    {"decisions": [{"type": "approve"}, ...]}                    one for each item, in order
    {"decisions": {"lesson:s1-l2": {"type": "approve"}}}         by item; the rest stays pending
    [{"type": "accept", "args": {"action": ..., "args": ...}}]   Agent Inbox, which shows the first item only

Everything is checked before anything is applied; docs/review.md has the whole of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from courseai.course.hidden_text import hidden_text
from courseai.course.review import ReviewItem
from courseai.course.review_content import edited_content
from courseai.course.state import Json

DecisionType = Literal["approve", "edit", "regenerate", "reject", "respond"]
_TYPES: dict[str, DecisionType] = {
    "approve": "approve",
    "edit": "edit",
    "regenerate": "regenerate",
    "reject": "reject",
    "respond": "respond",
    "accept": "approve",
    "ignore": "reject",
    "response": "respond",
}
"""What is written, and what it means; the last three are Agent Inbox's words."""
LANGCHAIN_DECISIONS: list[DecisionType] = ["approve", "edit", "reject", "respond"]
_LONGEST_MESSAGE = 4000
_LONGEST_NAME = 200


@dataclass(frozen=True)
class ReviewDecision:
    """What a person decided about one item."""

    item: ReviewItem
    type: DecisionType
    message: str = ""
    """Why, or what to do, in the reviewer's words."""
    by: str = ""
    """Who; empty where the answer does not say."""
    edited: Json | None = None
    """The new content, checked against its schema."""


@dataclass(frozen=True)
class Question:
    """What was asked about one item, as far as the answer is checked against it."""

    item: ReviewItem
    content: Json
    allowed: Sequence[DecisionType]


def read_answer(answer: object, questions: Sequence[Question]) -> list[ReviewDecision]:
    """The decisions of an answer. Raises ValueError that says where it is wrong and how to mend it."""
    given, by = _unwrapped(answer)
    by_id = {question.item.item_id: question for question in questions}
    if isinstance(given, Mapping):
        pairs = [(_known(item_id, by_id), entry) for item_id, entry in given.items()]
    else:
        pairs = _paired(given, questions, by_id)
    if not pairs:
        raise ValueError(f"The answer decides nothing. {_expected(questions)}")
    return [_decision(question, entry, by) for question, entry in pairs]


def signed_by(answer: object, name: str) -> Json:
    """The answer in the name of whom the caller has authenticated, whomever it names itself.

    Raises ValueError as `read_answer` does.
    """
    given, _ = _unwrapped(answer)
    if isinstance(given, Mapping):
        return {"by": name, "decisions": {item_id: _unsigned(entry) for item_id, entry in given.items()}}
    return {"by": name, "decisions": [_unsigned(entry) for entry in given]}


def checked_name(name: object) -> str:
    """The name of a reviewer, stripped. Raises ValueError for one that is too long or hides characters."""
    return _text(name, "The name", _LONGEST_NAME)


def _unsigned(entry: object) -> object:
    if not isinstance(entry, Mapping):
        return entry
    return {key: value for key, value in entry.items() if key != "by"}


def _unwrapped(answer: object) -> tuple[Mapping[str, Any] | list[Any], str]:
    """The decisions, and who took them."""
    if isinstance(answer, Mapping) and "decisions" in answer:
        given, by = answer["decisions"], answer.get("by", "")
    elif isinstance(answer, Mapping) and "type" in answer:
        given, by = [answer], ""
    else:
        given, by = answer, ""
    if not isinstance(given, Mapping | list) or (given is answer and isinstance(given, Mapping)):
        raise ValueError('An answer is {"decisions": [...]}, or {"decisions": {"ITEM_ID": {...}, ...}}.')
    return given, _text(by, '"by"', _LONGEST_NAME)


def _paired(
    given: list[Any], questions: Sequence[Question], by_id: Mapping[str, Question]
) -> list[tuple[Question, Any]]:
    """Each entry with what it answers: by its item id, else by its place."""
    named = [_named_item(entry) for entry in given]
    if given and all(named):
        if twice := next((item_id for item_id in named if named.count(item_id) > 1), None):
            raise ValueError(f"{twice} is decided on twice. Give one decision for each item.")
        return [(_known(item_id, by_id), entry) for item_id, entry in zip(named, given, strict=True)]
    if len(given) == 1 and questions and _is_from_inbox(given[0]):
        return [(questions[0], given[0])]
    if len(given) != len(questions):
        raise ValueError(f"The answer has {len(given)} decisions. {_expected(questions)}")
    for place, (item_id, question) in enumerate(zip(named, questions, strict=True), 1):
        if item_id and item_id != question.item.item_id:
            raise ValueError(
                f"Decision {place} is about {_short(item_id)}, and item {place} is {question.item.item_id}: "
                "keep the order, or name the item in every decision."
            )
    return list(zip(questions, given, strict=True))


def _named_item(entry: object) -> str:
    """The item that an entry names itself, or by the arguments that it brings back; else nothing."""
    if not isinstance(entry, Mapping):
        return ""
    for holder in (entry, *_arguments(entry)):
        if isinstance(holder.get("item_id"), str):
            return str(holder["item_id"])
    return ""


def _arguments(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """LangChain brings them in edited_action.args, Agent Inbox in args.args."""
    outer = [entry.get(name) for name in ("edited_action", "args")]
    inner = [each.get("args") for each in outer if isinstance(each, Mapping)]
    return [each for each in inner if isinstance(each, Mapping)]


def _is_from_inbox(entry: object) -> bool:
    """Agent Inbox shows one item at a time and always sends `args`."""
    return isinstance(entry, Mapping) and "args" in entry


def _decision(question: Question, entry: object, by: str) -> ReviewDecision:
    item_id = question.item.item_id
    if not isinstance(entry, Mapping) or not isinstance(entry.get("type"), str):
        raise ValueError(f'The decision on {item_id} needs a "type": {", ".join(question.allowed)}.')
    words = entry.get("message")
    if words is None and isinstance(entry.get("args"), str):
        words = entry["args"]
    message = _text(words, f"The message on {item_id}", _LONGEST_MESSAGE)
    kind = _type(entry, message)
    if kind is None or kind not in question.allowed:
        raise ValueError(
            f"{_short(entry['type'])!r} cannot be decided on {item_id}: take {', '.join(question.allowed)}."
        )
    if kind == "respond" and not message:
        raise ValueError(f'The response to {item_id} says nothing: put your words into "message".')
    name = _text(entry.get("by"), f'"by" of {item_id}', _LONGEST_NAME) or by
    edited = _edited(question, entry) if kind == "edit" else None
    return ReviewDecision(question.item, kind, message, name, edited)


def _type(entry: Mapping[str, Any], message: str) -> DecisionType | None:
    """Agent Inbox sends what is typed into its "Respond" box as a reject with `args`: that is no removal."""
    if entry["type"] == "reject" and isinstance(entry.get("args"), str) and message:
        return "respond"
    return _TYPES.get(entry["type"])


def _edited(question: Question, entry: Mapping[str, Any]) -> Json:
    item = question.item
    holders = [holder for holder in (entry, *_arguments(entry)) if "content_json" in holder]
    if not holders:
        raise ValueError(
            f"The edit of {item.item_id} brings no content: put it into edited_action.args.content_json."
        )
    try:
        return edited_content(item.kind, question.content, holders[0]["content_json"])
    except ValueError as error:
        raise ValueError(f"The edit of {item.item_id} is not valid: {error}.") from error


def _known(item_id: str, by_id: Mapping[str, Question]) -> Question:
    if item_id not in by_id:
        waiting = ", ".join(by_id)
        raise ValueError(f"{_short(item_id)!r} does not wait for a decision. These do: {waiting}.")
    return by_id[item_id]


def _short(name: object) -> str:
    """What somebody wrote, as far as a message has room for it."""
    text = str(name)
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}..."


def _text(value: object, place: str, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{place} has to be text.")
    if len(value) > longest:
        raise ValueError(f"{place} has {len(value)} characters; {longest} are allowed.")
    if hidden := hidden_text(value, single_line=False):
        raise ValueError(f"{place} has {', '.join(hidden)}: take them out.")
    return value.strip()


def _expected(questions: Sequence[Question]) -> str:
    return (
        f"Give one decision for each of the {len(questions)} items, in their order, "
        'or name the items: {"decisions": {"ITEM_ID": {"type": "approve"}}}.'
    )
