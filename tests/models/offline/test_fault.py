"""Imperfection on request: every setting does what it says, and shares are kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.errors import SettingsError
from courseai.course.section import SectionDraft
from courseai.models.offline import load_settings
from courseai.models.offline.fault import Draw
from courseai.models.offline.overlap import shared_part
from courseai.models.offline.settings import Latency, ModelSettings

from .conftest import SECTION, Ask, answer_of, text_of

Connect = Callable[..., Ask]


def every(**settings: Any) -> dict[str, Any]:
    """Settings for all models."""
    return {"models": {"*": settings}}


async def test_broken_json_cannot_be_parsed(connect: Connect) -> None:
    text = text_of(await connect(**every(broken_json_share=1))("section_draft", SECTION))
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


async def test_a_missing_field_is_json_that_breaks_the_schema(connect: Connect) -> None:
    answer = answer_of(await connect(**every(missing_field_share=1))("section_draft", SECTION))
    assert "content" not in answer["lessons"][0]


async def test_a_truncated_answer_says_so(connect: Connect) -> None:
    response = await connect(**every(truncated_share=1))("section_draft", SECTION)
    assert response.json()["choices"][0]["finish_reason"] == "length"


async def test_an_off_topic_answer_is_valid_and_has_nothing_to_do_with_the_objectives(
    connect: Connect,
) -> None:
    answer = answer_of(await connect(**every(off_topic_share=1))("section_draft", SECTION))
    draft = SectionDraft.model_validate(answer)
    assert [lesson.number for lesson in draft.lessons] == [1, 2, 3]
    assert all(
        shared_part("Trace the value of a loop variable", lesson.content) < 0.5 for lesson in draft.lessons
    )


async def test_one_stray_lesson_leaves_the_others_as_they_were(connect: Connect) -> None:
    plain = answer_of(await connect()("section_draft", SECTION))["lessons"]
    stray = answer_of(await connect(**every(stray_lesson_share=1))("section_draft", SECTION))["lessons"]
    assert [lesson["number"] for lesson in stray] == [1, 2, 3]
    assert sum(one != other for one, other in zip(plain, stray, strict=True)) == 1


async def test_only_odd_variants_disagree(connect: Connect) -> None:
    ask = connect(**every(disagree_share=1))
    even, odd = [answer_of(await ask("section_draft", SECTION | {"variant": variant})) for variant in (2, 3)]
    assert even["lessons"][1]["key_topics"] == ["for loops", "loop variables"]
    assert odd["lessons"][1]["key_topics"] != ["for loops", "loop variables"]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 408, 429, 500, 503])
async def test_a_status_fault_is_sent_with_its_retry_after(connect: Connect, status: int) -> None:
    fault = {"status": status, "share": 1, "retry_after_s": 1.5}
    response = await connect(**every(status_faults=[fault]))("section_draft", SECTION)
    assert response.status_code == status
    assert response.headers["retry-after"] == "1.5"
    assert response.json()["error"]["code"] == str(status)


async def test_a_rate_limit_refuses_what_is_too_much(connect: Connect) -> None:
    ask = connect(**every(requests_per_minute=2))
    statuses = [(await ask("section_draft", SECTION)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_a_hanging_model_answers_nothing(connect: Connect) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(connect(**every(hang_share=1))("section_draft", SECTION), 0.05)


async def test_a_dropped_connection_raises_in_the_client(connect: Connect) -> None:
    with pytest.raises(ConnectionResetError):
        await connect(**every(disconnect_share=1))("section_draft", SECTION)


async def test_a_model_of_its_own_overrides_the_star(connect: Connect) -> None:
    fault = {"status_faults": [{"status": 503, "share": 1}]}
    ask = connect(models={"*": fault, "qwen/qwen3-max": {}})
    assert (await ask("section_draft", SECTION)).status_code == 503
    assert (await ask("section_draft", SECTION, model="qwen/qwen3-max")).status_code == 200


async def test_a_retry_of_the_same_body_is_drawn_anew_and_the_whole_run_repeats(connect: Connect) -> None:
    settings = every(status_faults=[{"status": 500, "share": 0.5}])

    async def run() -> list[int]:
        ask = connect(**settings)
        return [(await ask("section_draft", SECTION)).status_code for _ in range(12)]

    first = await run()
    assert set(first) == {200, 500}
    assert await run() == first


@given(share=st.floats(0.05, 0.95))
def test_a_share_is_kept_over_many_requests(share: float) -> None:
    draws = [Draw(0, f"body {number}", 0).below("off_topic", share) for number in range(2000)]
    assert abs(sum(draws) / len(draws) - share) < 0.06


def test_half_of_the_latencies_are_under_the_median() -> None:
    model = ModelSettings(latency=Latency(median_s=2.0, sigma=0.5))
    seconds = [Draw(0, f"body {number}", 0).latency_s(model) for number in range(2000)]
    assert 0.45 < sum(second < 2.0 for second in seconds) / len(seconds) < 0.55


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('{"models": {"*": {"off_topic_share": 2}}}', "off_topic_share"),
        ('{"sed": 1}', "sed"),
        ("{", "the file"),
    ],
)
def test_a_wrong_settings_file_is_refused_with_the_place(tmp_path: Path, content: str, place: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content)
    with pytest.raises(SettingsError, match=place):
        load_settings(path)


def test_a_missing_settings_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "none.json")
