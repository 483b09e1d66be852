"""Routing as a table: every combination of findings, and the laws that hold for all of them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.policy import Policy, default_policy
from courseai.models.routing import (
    Decision,
    Findings,
    Reason,
    Start,
    decide,
    most_requests,
    next_tier,
    starting_tier,
    wants_samples,
)

POLICY = default_policy()
LADDER = POLICY.ladder
TIERS = LADDER.tiers
BANDS = {"accept": 0.9, "flag": 0.77, "low": 0.4, "unverified": None}


def changed(**blocks: object) -> Policy:
    """The default policy with other values in some of its blocks."""
    content = POLICY.model_dump(mode="json")
    for name, value in blocks.items():
        content[name] = content[name] | value if isinstance(value, dict) else value
    return Policy.model_validate(content)


def expected(f: Findings, band: str) -> Decision:
    """The strategy's rules, written a second time as plain prose would say them."""
    above = next_tier(f.tier, LADDER)

    def climb(reason: Reason) -> Decision:
        return Decision("escalate", reason, above) if above else Decision("flag", reason)

    if not f.available:
        return Decision("flag", Reason.UNAVAILABLE)
    if not f.schema_ok:
        return climb(Reason.SCHEMA_FAILURE)
    if not f.facts_ok:
        return climb(Reason.CONTRADICTED_FACT)
    if not f.text_ok:
        return climb(Reason.DEFECTIVE_TEXT)
    if f.agreement is not None and f.agreement < 0.85:
        return climb(Reason.INCONSISTENT_ANSWERS)
    if not f.terms_ok:
        return climb(Reason.TERMINOLOGY_DRIFT)
    if band == "unverified":
        return Decision("accept_with_flag", Reason.UNVERIFIED_ALIGNMENT)
    if band == "accept":
        return Decision("accept", Reason.ALIGNED)
    if band == "flag":
        return Decision("accept_with_flag", Reason.BORDERLINE_ALIGNMENT)
    if f.retries < 2:
        return Decision("retry", Reason.LOW_ALIGNMENT, f.tier)
    return climb(Reason.LOW_ALIGNMENT)


# A section at risk has no other tier to stand on than the one where it starts.
PLACES = [(None, tier) for tier in TIERS] + [
    (risk, starting_tier(1, True, risk, LADDER).tier) for risk in ("safety_critical", "legal", "compliance")
]
TABLE = [
    (risk, band, Findings(tier, retries, available, schema, BANDS[band], None, agreement, terms, facts, text))
    for (risk, tier), retries, available, schema, band, agreement, terms, facts, text in product(
        PLACES,
        (0, 1, 2),
        (True, False),
        (True, False),
        BANDS,
        (None, 0.84, 0.85),
        (True, False),
        (True, False),
        (True, False),
    )
]


def test_every_combination_of_findings_gets_the_decision_of_the_strategy() -> None:
    assert len(TABLE) == (3 + 3) * 3 * 2 * 2 * 4 * 3 * 2 * 2 * 2
    for _, band, findings in TABLE:
        assert decide(findings, POLICY) == expected(findings, band), findings


def test_nothing_brings_a_section_at_risk_below_the_strongest_tier() -> None:
    for risk, _, findings in TABLE:
        if risk:
            assert decide(findings, POLICY).tier in (LADDER.risk_tier, None)


def test_only_what_goes_on_has_a_tier_so_that_nothing_is_paid_for_after_acceptance() -> None:
    for _, _, findings in TABLE:
        decision = decide(findings, POLICY)
        assert (decision.tier is not None) == (decision.action in ("retry", "escalate"))


@pytest.mark.parametrize(
    ("complexity", "has_template", "tier"),
    [
        (1, True, "oss_20b"),
        (3, True, "oss_20b"),
        (3, False, "oss_120b"),
        (4, True, "oss_120b"),
        (6, False, "oss_120b"),
        (7, True, "qwen3_max"),
        (10, False, "qwen3_max"),
    ],
)
def test_complexity_and_template_choose_the_first_tier(
    complexity: int, has_template: bool, tier: str
) -> None:
    assert starting_tier(complexity, has_template, None, LADDER).tier == tier


@given(
    st.integers(1, 10), st.booleans(), st.sampled_from(["safety_critical", "legal", "medical", "compliance"])
)
def test_risk_goes_to_the_strongest_tier_at_once(complexity: int, has_template: bool, risk: str) -> None:
    start = starting_tier(complexity, has_template, risk, LADDER)
    assert start.tier == LADDER.risk_tier
    assert risk in start.reason


@given(st.integers(1, 10), st.booleans())
def test_what_a_reviewer_wants_in_the_highest_quality_does_too_with_a_reason_of_its_own(
    complexity: int, has_template: bool
) -> None:
    start = starting_tier(complexity, has_template, None, LADDER, highest_quality=True)
    assert start == Start(LADDER.risk_tier, "reviewer_request: highest quality")


@given(st.integers(1, 9), st.booleans())
def test_a_more_complex_section_never_starts_lower(complexity: int, has_template: bool) -> None:
    here = TIERS.index(starting_tier(complexity, has_template, None, LADDER).tier)
    assert TIERS.index(starting_tier(complexity + 1, has_template, None, LADDER).tier) >= here


def test_a_retry_that_did_not_help_is_the_last_one_on_its_tier() -> None:
    stuck = Findings("oss_20b", retries=1, alignment=0.50, previous_alignment=0.50)
    better = Findings("oss_20b", retries=1, alignment=0.60, previous_alignment=0.50)
    assert decide(stuck, POLICY).action == "escalate"
    assert decide(better, POLICY).action == "retry"


@pytest.mark.parametrize(
    ("alignment", "action"),
    [(0.80, "accept"), (0.7999, "accept_with_flag"), (0.75, "accept_with_flag"), (0.7499, "retry")],
)
def test_the_cut_offs_belong_to_the_better_side(alignment: float, action: str) -> None:
    assert decide(Findings("oss_20b", alignment=alignment), POLICY).action == action


def test_a_trigger_that_is_switched_off_escalates_nothing() -> None:
    policy = changed(triggers=["low_alignment"])
    broken = Findings("oss_20b", alignment=0.9, terms_ok=False, facts_ok=False, text_ok=False)
    assert decide(broken, policy).action == "accept"


def test_a_schema_failure_cannot_be_switched_off() -> None:
    assert decide(Findings("oss_20b", schema_ok=False), changed(triggers=[])).action == "escalate"


def test_samples_are_drawn_only_where_the_policy_says() -> None:
    policy = changed(consistency={"mode": "on"})
    assert wants_samples("oss_20b", 3, policy)
    assert not wants_samples("oss_20b", 2, policy)
    assert not wants_samples("oss_120b", 3, policy)
    assert not wants_samples("oss_20b", 3, POLICY)


drafts = st.fixed_dictionaries(
    {
        "available": st.sampled_from([True] * 9 + [False]),
        "schema_ok": st.booleans(),
        "alignment": st.none() | st.floats(0, 1),
        "agreement": st.none() | st.floats(0, 1),
        "terms_ok": st.booleans(),
        "facts_ok": st.booleans(),
        "text_ok": st.booleans(),
    }
)
policies = st.builds(
    lambda per_tier, min_gain, mode, samples, triggers: changed(
        retry={"per_tier": per_tier, "min_gain": min_gain},
        consistency={"mode": mode, "samples": samples, "tiers": TIERS, "min_complexity": 1},
        triggers=triggers,
    ),
    st.integers(0, 3),
    st.floats(0, 0.2),
    st.sampled_from(["off", "on"]),
    st.integers(2, 7),
    st.lists(st.sampled_from(POLICY.triggers), unique=True),
)


@given(st.sampled_from(TIERS), st.lists(drafts, min_size=20, max_size=20), policies)
def test_every_path_climbs_only_and_ends_within_its_bound(
    start: str, answers: list[dict[str, object]], policy: Policy
) -> None:
    tier, retries, requests, previous = start, 0, 0, None
    for number, answer in enumerate(answers):
        sampled = number == 0 and wants_samples(tier, 5, policy)
        requests += policy.consistency.samples if sampled else 1
        findings = Findings(tier=tier, retries=retries, previous_alignment=previous, **answer)  # type: ignore[arg-type]
        decision = decide(findings, policy)
        if decision.tier is None:
            break
        assert TIERS.index(decision.tier) >= TIERS.index(tier)
        retries, previous = (retries + 1, findings.alignment) if decision.tier == tier else (0, None)
        tier = decision.tier
    assert decision.action in ("accept", "accept_with_flag", "flag")
    assert requests <= most_requests(policy)
