"""Answers to a review: which shapes are read, and what is refused with which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from courseai.course.review import ReviewItem
from courseai.course.review_answer import Question, read_answer, signed_by

Json = dict[str, Any]
EXERCISE = {"type": "true_false", "question": "Plots show data.", "answer": ["true"]}
LESSON = {
    "number": 2,
    "title": "Reading a plot",
    "key_topics": ["axis", "scale"],
    "content": "A plot has two axes. " * 12,
    "exercises": [EXERCISE] * 3,
}
ALL = ["approve", "edit", "reject", "regenerate", "respond"]


def question(item_id: str, content: Json, *allowed: Any) -> Question:
    kind, _, subject = item_id.partition(":")
    item = ReviewItem(item_id, kind, subject, "s1", ("why",), 1)  # type: ignore[arg-type]
    return Question(item, content, allowed or ALL)  # type: ignore[arg-type]


QUESTIONS = [
    question("section:s1", {"lessons": [LESSON]}),
    question("lesson:s1-l2", LESSON),
    question("exercise:s1-l2-e1", EXERCISE, "approve", "edit", "reject"),
]
APPROVE = {"type": "approve"}


def read(answer: object) -> list[tuple[str, str, str]]:
    return [(d.item.item_id, d.type, d.message) for d in read_answer(answer, QUESTIONS)]


def refusal(answer: object) -> str:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is what the tests look at
        read_answer(answer, QUESTIONS)
    return str(refused.value)


class TestAgentChatUI:
    """What https://github.com/langchain-ai/agent-chat-ui submits: a decision for every item, in order."""

    def test_approve_all(self) -> None:
        assert [kind for _, kind, _ in read({"decisions": [APPROVE, APPROVE, APPROVE]})] == ["approve"] * 3

    def test_submit_all_with_an_edit_and_a_reject(self) -> None:
        shown = {"item_id": "lesson:s1-l2", "kind": "lesson", "score": 0.7}
        args = shown | {"content_json": _text(LESSON | {"title": "Another title"})}
        decisions = [
            {"type": "reject", "message": "Wrong audience."},
            {"type": "edit", "edited_action": {"name": "review_lesson", "args": args}},
            APPROVE,
        ]

        first, second, third = read_answer({"decisions": decisions}, QUESTIONS)

        assert (first.type, first.message) == ("reject", "Wrong audience.")
        assert second.edited is not None
        assert second.edited["title"] == "Another title"
        assert third.type == "approve"


class TestAgentInbox:
    """What https://github.com/langchain-ai/agent-inbox submits: one response, to the first item."""

    ARGS: Json = {"item_id": "section:s1", "content_json": {"lessons": [LESSON]}}  # noqa: RUF012

    def test_accept_of_a_converted_request(self) -> None:
        args = {"action": "review_section", "args": self.ARGS}
        assert read({"decisions": [{"type": "approve", "args": args}]}) == [("section:s1", "approve", "")]

    def test_edit_of_a_converted_request_brings_text(self) -> None:
        changed = _text({"lessons": [LESSON | {"title": "Another title"}]})
        args = {"action": "review_section", "args": self.ARGS | {"content_json": changed}}

        (decision,) = read_answer({"decisions": [{"type": "edit", "args": args}]}, QUESTIONS)

        assert decision.edited is not None
        assert decision.edited["lessons"][0]["title"] == "Another title"

    def test_response_box_of_a_converted_request_asks_for_a_rewrite_and_removes_nothing(self) -> None:
        answer = {"decisions": [{"type": "reject", "args": "Shorten the example."}]}
        assert read(answer) == [("section:s1", "respond", "Shorten the example.")]

    def test_ignore(self) -> None:
        answer = {"decisions": [{"type": "ignore", "args": None}]}
        assert read(answer) == [("section:s1", "reject", "")]

    @pytest.mark.parametrize(
        ("response", "meaning"),
        [
            ({"type": "accept", "args": None}, ("section:s1", "approve", "")),
            ({"type": "ignore", "args": None}, ("section:s1", "reject", "")),
            ({"type": "response", "args": "Shorter."}, ("section:s1", "respond", "Shorter.")),
        ],
    )
    def test_its_own_list_answers_the_first_item(self, response: Json, meaning: tuple[str, str, str]) -> None:
        assert read([response]) == [meaning]

    def test_the_item_that_it_brings_back_goes_before_the_place(self) -> None:
        args = {"action": "review_lesson", "args": {"item_id": "lesson:s1-l2"}}
        assert read([{"type": "accept", "args": args}]) == [("lesson:s1-l2", "approve", "")]


class TestById:
    def test_object_answers_some_and_leaves_the_rest(self) -> None:
        answer = {"decisions": {"lesson:s1-l2": {"type": "regenerate", "message": "Use a chart."}}}
        assert read(answer) == [("lesson:s1-l2", "regenerate", "Use a chart.")]

    def test_list_may_name_its_items_in_any_order(self) -> None:
        answer = {"decisions": [APPROVE | {"item_id": "lesson:s1-l2"}, APPROVE | {"item_id": "section:s1"}]}
        assert [item for item, _, _ in read(answer)] == ["lesson:s1-l2", "section:s1"]

    def test_content_may_stand_beside_the_type(self) -> None:
        edit = {"type": "edit", "content_json": LESSON | {"number": 99}}

        (decision,) = read_answer({"decisions": {"lesson:s1-l2": edit}}, QUESTIONS)

        assert decision.edited is not None
        assert decision.edited["number"] == 2

    def test_who_decided_is_read_for_one_or_for_all(self) -> None:
        answer = {"by": "Ada", "decisions": {"section:s1": APPROVE, "lesson:s1-l2": APPROVE | {"by": "Bo"}}}
        assert [decision.by for decision in read_answer(answer, QUESTIONS)] == ["Ada", "Bo"]


class TestRefusal:
    """Each names the place and what to do."""

    def test_missing_decision_is_counted(self) -> None:
        assert "has 2 decisions. Give one decision for each of the 3 items" in refusal(
            {"decisions": [APPROVE, APPROVE]}
        )

    def test_unknown_item_is_named_with_those_that_wait(self) -> None:
        message = refusal({"decisions": {"lesson:s9-l9": APPROVE}})
        assert "'lesson:s9-l9' does not wait" in message
        assert "section:s1, lesson:s1-l2" in message

    def test_item_at_the_wrong_place_is_noticed(self) -> None:
        args = {"item_id": "section:s1", "content_json": LESSON}
        edit = {"type": "edit", "edited_action": {"args": args}}
        assert "Decision 2 is about section:s1, and item 2 is lesson:s1-l2" in refusal(
            {"decisions": [APPROVE, edit, APPROVE]}
        )

    def test_item_that_is_decided_on_twice_is_named(self) -> None:
        twice = [APPROVE | {"item_id": "section:s1"}] * 2
        assert "section:s1 is decided on twice" in refusal({"decisions": twice})

    def test_edit_that_breaks_the_schema_names_the_field(self) -> None:
        edit = {"type": "edit", "content_json": LESSON | {"exercises": []}}
        message = refusal({"decisions": {"lesson:s1-l2": edit}})
        assert message.startswith("The edit of lesson:s1-l2 is not valid: exercises:")

    def test_edited_section_keeps_its_lessons(self) -> None:
        edit = {"type": "edit", "content_json": {"lessons": [LESSON | {"number": 3}]}}
        assert "the section has the lessons [2] and the edit [3]" in refusal(
            {"decisions": {"section:s1": edit}}
        )

    def test_rewrite_beyond_the_limit_names_what_is_left(self) -> None:
        again = {"decisions": {"exercise:s1-l2-e1": {"type": "regenerate"}}}
        assert "'regenerate' cannot be decided on exercise:s1-l2-e1: take approve, edit, reject." in refusal(
            again
        )

    def test_response_without_words_is_refused(self) -> None:
        assert "says nothing" in refusal({"decisions": {"lesson:s1-l2": {"type": "respond"}}})

    def test_long_nonsense_is_quoted_in_part(self) -> None:
        assert len(refusal({"decisions": {"x" * 100_000: APPROVE}})) < 1000
        assert len(refusal({"decisions": {"section:s1": {"type": "x" * 100_000}}})) < 1000

    @pytest.mark.parametrize("hidden", ["\ud800", "\x00"], ids=["lone surrogate", "control character"])
    @pytest.mark.parametrize("field", ["message", "by", "title"])
    def test_text_that_no_store_takes_is_refused(self, field: str, hidden: str) -> None:
        text = f"a{hidden}b"
        edit = {"type": "edit", "content_json": LESSON | {"title": text}}
        decision = edit if field == "title" else APPROVE | {field: text}

        message = refusal({"decisions": {"lesson:s1-l2": decision}})

        assert "lesson:s1-l2" in message

    def test_content_that_is_nested_too_deeply_is_refused(self) -> None:
        edit = {"type": "edit", "content_json": '{"title":' * 50_000}
        assert "nested too deeply" in refusal({"decisions": {"lesson:s1-l2": edit}})

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            "approve",
            7,
            [],
            {},
            {"decisions": None},
            {"decisions": "approve"},
            {"decisions": []},
            {"decisions": {}},
            {"decisions": ["approve"] * 3},
            {"decisions": [{"type": None}] * 3},
            {"decisions": [{"type": "perhaps"}] * 3},
            {"decisions": [APPROVE | {"message": 7}] * 3},
            {"decisions": [APPROVE | {"by": ["Ada"]}] * 3},
            {"by": {}, "decisions": [APPROVE] * 3},
            {"decisions": {"lesson:s1-l2": None}},
            {"decisions": {"lesson:s1-l2": {"type": "edit"}}},
            {"decisions": {"lesson:s1-l2": {"type": "edit", "content_json": "{"}}},
            {"decisions": {"lesson:s1-l2": {"type": "edit", "content_json": [LESSON]}}},
            {"decisions": {"lesson:s1-l2": {"type": "edit", "args": "words"}}},
            {"decisions": {"lesson:s1-l2": APPROVE | {"message": "x" * 5000}}},
            {"lesson:s1-l2": APPROVE},
        ],
    )
    def test_wrong_type_is_a_value_error_with_words(self, answer: object) -> None:
        assert refusal(answer).endswith((".", "}."))


def _text(content: Json) -> str:
    return json.dumps(content)


class TestSigned:
    """Whoever the caller has authenticated decides, whomever an answer names."""

    @pytest.mark.parametrize(
        "answer",
        [
            {"decisions": [APPROVE] * 3, "by": "Grace"},
            {"decisions": [APPROVE | {"by": "Grace"}] * 3},
            {"decisions": {each.item.item_id: APPROVE | {"by": "Grace"} for each in QUESTIONS}},
            [{"type": "accept", "args": None, "by": "Grace"}] * 3,
        ],
    )
    def test_no_name_in_it_is_kept(self, answer: object) -> None:
        decisions = read_answer(signed_by(answer, "Ada"), QUESTIONS)

        assert [(decision.type, decision.by) for decision in decisions] == [("approve", "Ada")] * 3

    @pytest.mark.parametrize("answer", [None, 3, {}, {"decisions": 3}, {"decisions": ["approve"]}])
    def test_what_cannot_be_read_is_refused_with_the_same_words(self, answer: object) -> None:
        with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is what the test looks at
            read_answer(signed_by(answer, "Ada"), QUESTIONS)

        assert str(refused.value) == refusal(answer)
