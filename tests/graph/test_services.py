"""The services that a run is made with."""

from __future__ import annotations

import pytest

from courseai.course.errors import SettingsError
from courseai.graph import make_services
from tests.graph.conftest import Json, changed_policy

LADDER = {"tiers": ["gpt_9"], "start_below": {}, "template_tiers": [], "risk_tier": "gpt_9"}


@pytest.mark.parametrize(
    "blocks",
    [{"ladder": LADDER}, {"metadata": {"tier": "gpt_9"}}, {"judge": {"tiers": ["oss_120b", "gpt_9"]}}],
    ids=["ladder", "metadata", "judge"],
)
def test_a_policy_that_asks_an_unknown_tier_is_refused_before_anything_is_paid(blocks: Json) -> None:
    with pytest.raises(SettingsError, match="gpt_9"):
        make_services(policy=changed_policy(**blocks))


def test_a_judge_that_only_stands_in_may_be_absent() -> None:
    assert make_services(policy=changed_policy(judge={"stand_ins": ["gpt_9"]}))
