"""The policy file: what ships is valid, what is wrong is named, and its hash says what was used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from pydantic import ValidationError

from courseai.course.errors import SettingsError
from courseai.course.policy import SIGNALS, Policy, default_policy, load_policy

Json = dict[str, Any]


def content(**blocks: Any) -> Json:
    """The default policy as JSON, with other values in some of its blocks."""
    shipped = default_policy().model_dump(mode="json")
    for name, changes in blocks.items():
        old = shipped.get(name)
        shipped[name] = old | changes if isinstance(old, dict) else changes
    return shipped


def written(folder: Path, value: object) -> Path:
    """A policy file that holds `value`."""
    path = folder / "policy.json"
    path.write_text(json.dumps(value), "utf-8")
    return path


def refusal(path: Path) -> str:
    """The message with which a file is refused."""
    with pytest.raises(SettingsError) as caught:
        load_policy(path)
    return str(caught.value)


def test_the_shipped_policy_holds_the_cut_offs_of_the_strategy() -> None:
    policy = default_policy()
    assert (policy.alignment.accept, policy.alignment.accept_with_flag) == (0.80, 0.75)
    assert policy.ladder.tiers == ["oss_20b", "oss_120b", "qwen3_max"]
    assert policy.ladder.start_below == {"oss_20b": 4, "oss_120b": 7, "qwen3_max": 11}
    assert policy.retry.per_tier == 2
    assert policy.consistency.samples == 3
    assert policy.consistency.min_agreement == 0.85


def test_the_shipped_policy_treats_availability_as_the_strategy_says() -> None:
    availability = default_policy().availability
    assert availability.backoff_s == [1, 2, 4]
    assert availability.attempts == 1 + len(availability.backoff_s)
    assert (availability.breaker_failures, availability.breaker_cooldown_s) == (3, 60)


def test_every_section_of_the_largest_course_can_be_in_flight_at_once() -> None:
    assert default_policy().availability.concurrency >= 30


def test_a_policy_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = written(tmp_path, content(version="mine", retry={"per_tier": 1}))
    policy = load_policy(path)
    assert (policy.version, policy.retry.per_tier) == ("mine", 1)


def test_an_unknown_key_is_refused_by_name(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, content(retry={"per_teir": 1})))
    assert "policy.json" in message
    assert "retry.per_teir" in message


def test_a_missing_block_is_refused_by_name(tmp_path: Path) -> None:
    value = content()
    del value["alignment"]
    assert "alignment: Field required" in refusal(written(tmp_path, value))


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, content(retry={"per_tier": 9}, triggers=["bad_mood"])))
    assert "retry.per_tier" in message
    assert "triggers.0" in message


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ({"ladder": {"risk_tier": "gpt_9"}}, "gpt_9"),
        ({"ladder": {"tiers": []}}, "ladder.tiers"),
        ({"ladder": {"tiers": ["oss_20b", "oss_120b", "qwen3_max", "oss_20b"]}}, "twice"),
        ({"ladder": {"template_tiers": ["gpt_9"]}}, "gpt_9"),
        ({"alignment": {"accept": 0.7}}, "borderline <= accept_with_flag <= accept"),
        ({"alignment": {"accept": 80}}, "alignment.accept"),
        ({"complexity": {"weights": {"bloom_level": 1.0}}}, "must name exactly"),
        ({"complexity": {"weights": dict.fromkeys(SIGNALS, 0.2)}}, "add up to 1"),
        ({"complexity": {"floor": 0.8}}, "floor must be below"),
        ({"availability": {"backoff_s": []}}, "availability.backoff_s"),
        ({"availability": {"concurrency": 0}}, "availability.concurrency"),
        ({"consistency": {"samples": 1}}, "consistency.samples"),
        ({"version": ""}, "version"),
    ],
)
def test_values_that_cannot_work_are_refused_with_the_rule(tmp_path: Path, blocks: Json, words: str) -> None:
    assert words in refusal(written(tmp_path, content(**blocks)))


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text("accept: 0.8", "utf-8")
    assert "policy.json is not valid" in refusal(path)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(b'{"version": "\xff"}')
    assert "not UTF-8" in refusal(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "absent.json")


def test_the_fingerprint_is_the_same_for_the_same_content_in_any_order(tmp_path: Path) -> None:
    backwards = dict(reversed(content().items()))
    assert load_policy(written(tmp_path, backwards)).fingerprint == default_policy().fingerprint


def numbers(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Paths to every number in a JSON value."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in numbers(item, (*path, key))]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in numbers(item, (*path, index))]
    return [path] if isinstance(value, int | float) else []


@given(st.sampled_from(numbers(content())), st.sampled_from([-1, 1, -0.01, 0.01]))
def test_the_fingerprint_changes_with_any_number_of_the_policy(
    path: tuple[str | int, ...], change: float
) -> None:
    value = content()
    *above, last = path
    block: Any = value
    for key in above:
        block = block[key]
    block[last] += change
    try:
        changed = Policy.model_validate(value)
    except ValidationError:
        reject()
    assert changed.fingerprint != default_policy().fingerprint


def test_a_policy_cannot_be_changed_after_it_was_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        default_policy().retry.per_tier = 5  # type: ignore[misc]
