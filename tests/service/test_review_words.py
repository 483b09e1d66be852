"""What a reviewer reads in place of codes."""

from __future__ import annotations

from typing import get_args

import pytest

from courseai.course.verdict import Status
from courseai.models.routing import Action, Reason
from courseai.service.review_words import in_words, step_in_words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("accepted with flag: low alignment", "Kept with a flag: it hardly teaches its objectives"),
        ("retry: contradicted_fact", "Tried again: it leaves out or contradicts a fact"),
        ("PASS_WITH_FLAG: oss_120b judged 0.71", "Passed with a flag: oss_120b judged 0.71"),
        ("safety_critical: a person has to sign this off", "Safety critical: a person has to sign this off"),
        ("written anew by qwen3_max on request", "Written anew by qwen3_max on request"),
        ("FAIL: Hardly teaches: Use the __main__ guard", "Failed: Hardly teaches: Use the __main__ guard"),
        ("", ""),
    ],
)
def test_codes_are_spelt_out_and_the_rest_stays(reason: str, words: str) -> None:
    assert in_words(reason) == words


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.REVIEWER_REQUEST}))
@pytest.mark.parametrize("action", get_args(Action))
def test_every_decision_on_a_draft_has_words(action: str, reason: str) -> None:
    said = in_words(f"{action}: {reason}")

    assert "_" not in said
    assert reason.replace("_", " ") not in said.partition(": ")[2]


@pytest.mark.parametrize("status", Status)
def test_every_status_has_words(status: str) -> None:
    assert in_words(f"{status}: why").partition(":")[0].upper() != status.replace("_", " ")


def test_a_step_says_how_well_it_did_where_that_is_known() -> None:
    assert step_in_words({"step": "draft", "score": 0.4}) == "draft, alignment 0.40"
    assert step_in_words({"step": "reviewer_request", "score": None}) == "written anew on request"
