"""Prompts: what is data stays data, and what calls have in common comes first."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.intake import validate_value
from courseai.course.plan import plan_course
from courseai.models.call import Prompt
from courseai.models.token_bound import token_bound
from courseai.nodes.briefing import section_brief
from courseai.prompts.template import VARIANTS, fill, quote

SAMPLES = Path(__file__).parents[2] / "studio" / "samples"

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(["feedback", "course", "section", "lessons", "hints"]) | st.text(max_size=8)


@given(st.dictionaries(keys, values, max_size=6))
def test_a_quoted_brief_reads_back_as_it_was_and_holds_nothing_that_closes_its_delimiter(
    brief: dict[str, Any],
) -> None:
    text = quote(brief)
    assert json.loads(text) == brief
    assert not set("<>&") & set(text)


@pytest.fixture(params=sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def briefs(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """The briefs of a sample's sections."""
    intake = validate_value(json.loads(request.param.read_text("utf-8")), language=None)
    assert intake.analysis
    assert intake.language
    plan = plan_course(intake.analysis, intake.language)
    course = {
        "title": "A title",
        "audience": "beginners",
        "difficulty": "beginner",
        "tone": "",
        "strategy": "",
    }
    return [section_brief(intake.analysis, plan, section, course) for section in plan.sections]


def common(first: Prompt, second: Prompt) -> str:
    """What two prompts begin with alike."""
    assert first.system == second.system
    alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first.user, second.user, strict=False))
    return "".join(character for character, _ in alike)


def test_what_belongs_to_the_whole_course_comes_before_what_belongs_to_a_section(
    briefs: list[dict[str, Any]],
) -> None:
    shared = common(*(fill("section", brief) for brief in briefs[:2]))
    whole_course = set(briefs[0]) - {"section", "facts", "lessons", "variant", "feedback"}
    assert all(f'"{key}":' in shared for key in whole_course)


def test_a_second_attempt_differs_only_at_its_end(briefs: list[dict[str, Any]]) -> None:
    first, second = fill("section", briefs[0]), fill("section", briefs[0] | {"feedback": ["Mend this."]})
    assert common(first, second).endswith('"feedback":[')


def test_indenting_the_brief_would_cost_a_quarter_more(briefs: list[dict[str, Any]]) -> None:
    for brief in briefs:
        indented = json.dumps(brief, ensure_ascii=False, indent=1)
        assert token_bound(indented, "o200k_harmony") > 1.25 * token_bound(quote(brief), "o200k_harmony")


def test_every_variant_is_another_wording_of_the_same_request(briefs: list[dict[str, Any]]) -> None:
    prompts = [fill("section", briefs[0] | {"variant": number}) for number in range(len(VARIANTS))]
    assert len({prompt.user for prompt in prompts}) == len(VARIANTS) == 3
    assert {prompt.version for prompt in prompts} == {prompts[0].version}
    assert common(*prompts[:2]).endswith('"variant":')
