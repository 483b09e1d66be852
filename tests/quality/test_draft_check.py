"""All checks of a draft in one place: what is wrong with it becomes feedback, lesson by lesson."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.policy import default_policy
from courseai.quality.alignment import AlignmentScorer
from courseai.quality.draft_check import DraftCheck, check_draft, section_alignment
from tests.quality.conftest import HashEmbedder

LABORATORY = Path(__file__).parents[1] / "data" / "laboratory_lesson.json"
SCORER = AlignmentScorer(HashEmbedder())
CUT_OFFS = default_policy().alignment
BRIEF: dict[str, Any] = {
    "language": "en",
    "lessons": [{"number": 1, "objectives": ["Name the parts of a flower"]}],
    "facts": [{"id": "f1", "statement": "A lily has six petals."}],
    "glossary": {},
    "avoid_jargon": ["utilise"],
}
GOOD = "Petals draw insects to the flower. A lily has six petals. Below them the sepals keep the bud safe."


def checked(*contents: str, brief: dict[str, Any] = BRIEF) -> DraftCheck:
    lessons = [{"number": number, "content": content} for number, content in enumerate(contents, 1)]
    return check_draft({"lessons": lessons}, brief, [1], SCORER, CUT_OFFS)


@pytest.mark.parametrize(("rule", "alignment"), [("mean", 0.8), ("lowest", 0.7)])
def test_a_sections_alignment_is_what_the_policy_says(rule: str, alignment: float) -> None:
    policy = CUT_OFFS.model_copy(update={"section": rule})
    assert section_alignment([0.7, 0.9], policy) == pytest.approx(alignment)


def test_a_section_with_an_unverified_lesson_is_unverified() -> None:
    assert section_alignment([0.9, None], CUT_OFFS) is None
    assert section_alignment([], CUT_OFFS) is None


def test_a_good_draft_has_no_problem() -> None:
    check = checked(GOOD)
    assert (check.schema_problems, check.term_problems, check.fact_problems, check.text_problems) == ((),) * 4


def test_each_kind_of_problem_is_kept_apart() -> None:
    bad = "[Insert a picture here]\n\nPetals utilise colour to draw insects. A lily has five petals."
    check = checked(bad)
    assert "placeholder" in check.text_problems[0]
    assert "six petals" in check.fact_problems[0]
    assert "utilise" in check.term_problems[0]
    assert len(check.feedback()) == 3


def test_a_draft_is_read_against_the_other_lessons_of_its_section(scorer: AlignmentScorer) -> None:
    course = json.loads(LABORATORY.read_text(encoding="utf-8"))
    objectives = [course["objectives"], *course["others"]]
    planned = [{"number": number, "objectives": each} for number, each in enumerate(objectives, 1)]
    draft = {"lessons": [{"number": 1, "content": course["content"]}]}
    among, alone = (
        check_draft(draft, BRIEF | {"lessons": lessons}, [1], scorer, CUT_OFFS).alignment
        for lessons in (planned, planned[:1])
    )
    assert among is not None
    assert alone is not None
    assert among >= 0.75 > alone


def test_missing_surplus_and_doubled_lessons_are_named() -> None:
    assert checked().schema_problems == ("Lesson 1 is missing.",)
    assert checked(GOOD, GOOD).schema_problems == ("Lesson 2 was not asked for.",)


@given(st.text(max_size=300), st.text(min_size=5, max_size=100), st.sampled_from(["en", "es", "xx"]))
def test_no_text_crashes_the_check(content: str, statement: str, language: str) -> None:
    brief = BRIEF | {"facts": [{"id": "f", "statement": statement}], "language": language}
    checked(content, brief=brief).to_dict()
