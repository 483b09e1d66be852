"""The tier table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from courseai.course.errors import SettingsError
from courseai.course.policy import default_policy
from courseai.models.tiers import load_tiers

TIER = {
    "name": "small",
    "model": "vendor/small",
    "usd_per_mtok_in": 1,
    "usd_per_mtok_out": 2,
    "context_tokens": 8000,
    "fallbacks": [],
}


def table(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "tiers.json"
    path.write_text(json.dumps({"version": "1", "tiers": [TIER | changes]}), "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "model", "usd_in", "usd_out"),
    [
        ("oss_20b", "openai/gpt-oss-20b", 0.08, 0.08),
        ("oss_120b", "openai/gpt-oss-120b", 0.20, 0.20),
        ("qwen3_max", "qwen/qwen3-max", 0.60, 1.80),
        ("gemini_flash", "google/gemini-2.5-flash", 0.30, 2.50),
    ],
)
def test_the_shipped_models_and_prices(name: str, model: str, usd_in: float, usd_out: float) -> None:
    tier = load_tiers()[name]
    assert (tier.model, tier.usd_per_mtok_in, tier.usd_per_mtok_out) == (model, usd_in, usd_out)


@pytest.mark.parametrize(
    ("name", "chain"),
    [
        ("oss_20b", ["oss_20b", "oss_120b", "gemini_flash"]),
        ("oss_120b", ["oss_120b", "gemini_flash"]),
        ("qwen3_max", ["qwen3_max", "oss_120b", "gemini_flash"]),
        ("gemini_flash", ["gemini_flash"]),
    ],
)
def test_the_shipped_fallback_chains(name: str, chain: list[str]) -> None:
    assert [tier.name for tier in load_tiers().chain(name)] == chain


def test_every_tier_of_the_default_policy_is_in_the_table() -> None:
    policy = default_policy()
    assert {*policy.ladder.tiers, policy.metadata.tier} <= set(load_tiers().by_name)


def test_list_price_is_per_million_tokens() -> None:
    assert load_tiers()["qwen3_max"].list_price_usd(1_000_000, 500_000) == pytest.approx(0.60 + 0.90)


def test_an_unknown_token_count_has_no_price() -> None:
    assert load_tiers()["qwen3_max"].list_price_usd(1000, None) is None


def test_an_unknown_tier_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no model tier 'gpt9'.*oss_20b"):
        load_tiers()["gpt9"]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"usd_per_mtok_in": -1}, r"tiers\.0\.usd_per_mtok_in"),
        ({"usd_per_mtok_in": "cheap"}, r"tiers\.0\.usd_per_mtok_in"),
        ({"price": 1}, r"tiers\.0\.price"),
        ({"fallbacks": ["nobody"]}, "unknown tiers"),
        ({"fallbacks": ["small"]}, "falls back on itself"),
    ],
)
def test_a_wrong_table_names_what_is_wrong(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        load_tiers(table(tmp_path, **changes))


def test_a_tier_named_twice_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "tiers.json"
    path.write_text(json.dumps({"version": "1", "tiers": [TIER, TIER]}), "utf-8")
    with pytest.raises(SettingsError, match="named twice"):
        load_tiers(path)


def test_a_missing_or_garbled_file_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Cannot read"):
        load_tiers(tmp_path / "absent.json")
    (tmp_path / "latin.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_tiers(tmp_path / "latin.json")
