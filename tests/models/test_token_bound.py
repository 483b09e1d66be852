"""Prompts are counted with the model's own vocabulary, and never for less than they are."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.models.call import Prompt
from courseai.models.tiers import Tokenizer, load_tiers
from courseai.models.token_bound import FRAME_TOKENS, byte_bound, prompt_bound, token_bound
from tests.models.conftest import note_request

TOKENIZERS: list[Tokenizer] = ["o200k_harmony", "qwen3"]
LOREM = "Tides rise and fall because the Moon pulls on the oceans, twice on most coasts every lunar day. "


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@given(text=st.text())
def test_no_text_has_more_tokens_than_bytes(tokenizer: Tokenizer, text: str) -> None:
    assert token_bound(text, tokenizer) <= byte_bound(text)


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@given(text=st.text(alphabet="<|>imstarendofx_ \n"))
def test_text_that_looks_like_a_special_token_is_counted_as_text(tokenizer: Tokenizer, text: str) -> None:
    assert token_bound(f"<|im_start|>{text}<|endoftext|>", tokenizer) > token_bound(text, tokenizer)


@given(text=st.text())
def test_a_text_that_grows_when_it_is_normalized_is_counted_as_grown(text: str) -> None:
    assert byte_bound(text) > len(text.encode("utf-8", "replace"))
    assert byte_bound("\ufdfa") > 30


@pytest.mark.parametrize("text", ["\u0958" * 50, "\u0344" * 50, "\ufb2c" * 50])
def test_a_text_that_the_models_tokenizer_composes_first_is_counted_as_composed(text: str) -> None:
    """Each of these grows under NFC, to up to five times the tokens; Qwen's tokenizer applies it."""
    composed = unicodedata.normalize("NFC", text)
    assert len(composed) > len(text)
    assert token_bound(text, "qwen3") >= token_bound(composed, "qwen3") > len(text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("antidisestablishmentarianism", 6), ("2 + 2 = 4", 7), ("お誕生日おめでとう", 8)],
)
def test_text_is_counted_as_openai_counts_it(text: str, tokens: int) -> None:
    """Source: the table of https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken"""
    assert token_bound(text, "o200k_harmony") == tokens


@pytest.mark.parametrize("tokenizer", [*TOKENIZERS, None])
def test_a_prompt_is_its_messages_its_schema_and_the_frame_of_the_chat(tokenizer: Tokenizer | None) -> None:
    request = note_request(prompt=Prompt("section", "v1", LOREM, LOREM * 3))
    messages = token_bound(LOREM, tokenizer) + token_bound(LOREM * 3, tokenizer)
    schema = prompt_bound(request, tokenizer) - messages - FRAME_TOKENS
    assert schema > token_bound('{"text": "string", "number": "integer"}', tokenizer)


def test_the_tiers_name_the_vocabularies_that_are_published() -> None:
    assert {tier.name: tier.tokenizer for tier in load_tiers().tiers} == {
        "oss_20b": "o200k_harmony",
        "oss_120b": "o200k_harmony",
        "qwen3_max": "qwen3",
        "gemini_flash": None,
    }
