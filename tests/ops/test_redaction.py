"""What is sent to others or logged holds no secret of this process."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from courseai.ops.redaction import BLACKED_OUT, Redaction

SECRET = 'lsv2-"kéy"\n\ud800\\9'
TEXTS = st.text(st.characters(codec=None), max_size=8) | st.just(SECRET)
HOLDING = st.builds(lambda before, after: f"{before}{SECRET}{after}", TEXTS, TEXTS)
NUMBERS = st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()
VALUES = st.recursive(
    TEXTS | HOLDING | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS | HOLDING, inner, max_size=4),
    max_leaves=12,
)


def texts(value: Any) -> list[str]:
    """All texts in it, keys too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [*value, *(text for each in value.values() for text in texts(each))]
    return [text for each in value for text in texts(each)] if isinstance(value, list) else []


@given(VALUES)
@example({SECRET: 1 << 70})
@example([SECRET, "\ud800"])
def test_no_text_of_a_value_and_no_key_holds_a_secret(value: Any) -> None:
    assert not any(SECRET in text for text in texts(Redaction([SECRET]).value(value)))


@given(VALUES)
def test_a_value_without_a_secret_stays_as_it_is(value: Any) -> None:
    assert Redaction(["never-" * 20]).value(value) == value


@given(st.text(st.characters(codec=None), min_size=8), TEXTS, TEXTS)
@example("n0000000", "", "\n0000000")
def test_a_secret_is_blacked_out_alone(secret: str, before: str, after: str) -> None:
    told = Redaction([secret]).value([f"{before}{secret}{after}"])
    assert told == [f"{before}{secret}{after}".replace(secret, BLACKED_OUT)]


def test_what_is_no_json_becomes_a_text_without_secrets() -> None:
    assert Redaction([SECRET]).value({"a": (ValueError(SECRET), 1.5, None)}) == {
        "a": [BLACKED_OUT, 1.5, None]
    }
