"""Whatever makes another model judge, it is the one that wrote only where no other is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from courseai.course.errors import ModelUnavailableError
from courseai.models.provider import compatible
from tests.models.conftest import fails

if TYPE_CHECKING:
    from tests.models.conftest import Rig, RigMaker

QWEN, OSS_120B, OSS_20B = "qwen/qwen3-max", "openai/gpt-oss-120b", "openai/gpt-oss-20b"
GEMINI = "google/gemini-2.5-flash"
JUDGE: dict[str, Any] = {"phase": "judge", "purpose": "judge"}
CHEAPER_JUDGES = ["metadata", "sections", "judge"]


async def test_a_fallback_that_wrote_is_passed_over(make_rig: RigMaker) -> None:
    rig = make_rig(attempts=1)
    rig.server.will(QWEN, fails(503))
    answer = await rig.ask("qwen3_max", avoid=("oss_120b",), **JUDGE)
    assert rig.server.asked() == [QWEN, GEMINI]
    assert answer.call.answering_tier == "gemini_flash"


async def test_a_fallback_that_did_not_write_stands_in_as_ever(make_rig: RigMaker) -> None:
    rig = make_rig(attempts=1)
    rig.server.will(QWEN, fails(503))
    assert (await rig.ask("qwen3_max", avoid=("oss_20b",), **JUDGE)).call.answering_tier == "oss_120b"


async def test_the_writer_judges_when_no_other_model_can_be_reached(make_rig: RigMaker) -> None:
    rig = make_rig(attempts=1)
    rig.server.will(QWEN, fails(503))
    rig.server.will(GEMINI, fails(503))
    answer = await rig.ask("qwen3_max", avoid=("oss_120b",), **JUDGE)
    assert rig.server.asked() == [QWEN, GEMINI, OSS_120B]
    assert answer.call.answering_tier == "oss_120b"


async def test_a_judge_that_has_spoken_is_more_welcome_than_the_writer(make_rig: RigMaker) -> None:
    rig = make_rig(attempts=1)
    for model in (QWEN, OSS_120B, GEMINI):
        rig.server.will(model, fails(503))
    with pytest.raises(ModelUnavailableError):
        await rig.ask("qwen3_max", avoid=("gemini_flash", "oss_120b"), **JUDGE)
    assert rig.server.asked() == [QWEN, GEMINI, OSS_120B]


async def test_one_model_that_stands_for_all_tiers_judges_what_it_wrote(make_rig: RigMaker, rig: Rig) -> None:
    local = make_rig(compatible(rig.server.url, model="llama"))
    assert (await local.ask("qwen3_max", avoid=("oss_120b",), **JUDGE)).value is not None


class TestBudget:
    async def test_a_cheaper_tier_that_wrote_is_passed_over_when_the_ceiling_is_near(
        self, make_rig: RigMaker
    ) -> None:
        rig = make_rig(ceiling_usd=0.0005, budget={"cheaper_tier": CHEAPER_JUDGES})
        answer = await rig.ask("qwen3_max", avoid=("oss_120b",), **JUDGE)
        assert (answer.call.answering_tier, answer.moved_by) == ("oss_20b", "budget")

    async def test_a_spent_share_moves_no_judgement_to_the_writer(self, make_rig: RigMaker) -> None:
        shares = {"metadata": 0.0, "sections": 0.0, "judge": 0.0}
        rig = make_rig(budget={"cheaper_tier": CHEAPER_JUDGES, "shares": shares})
        moved = await rig.ask("oss_120b", avoid=("qwen3_max",), subject="s1", **JUDGE)
        stayed = await rig.ask("oss_120b", avoid=("oss_20b",), subject="s2", **JUDGE)
        assert (moved.call.answering_tier, moved.moved_by) == ("oss_20b", "budget")
        assert (stayed.call.answering_tier, stayed.moved_by) == ("oss_120b", None)

    async def test_the_writer_judges_when_only_it_fits_under_the_ceiling(self, make_rig: RigMaker) -> None:
        rig = make_rig(ceiling_usd=0.0005)
        answer = await rig.ask("oss_120b", avoid=("oss_120b",), **JUDGE)
        assert rig.server.asked() == [OSS_120B]
        assert answer.value is not None
