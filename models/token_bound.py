"""How many tokens a prompt has at most: counted with the model's own vocabulary where it is published.

Vocabularies come with splintr, so nothing is fetched. Without one the bound is the text's length in UTF-8:
no token of a byte-level BPE or of a SentencePiece model with byte fallback stands for less than one byte
of the normalized text.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Hashable
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import BaseModel

from courseai.models.call import ModelRequest
from courseai.models.reply import response_format, schema_instruction
from courseai.models.tiers import Tokenizer

if TYPE_CHECKING:
    from splintr import AnyTokenizer

FRAME_TOKENS = 256
"""What a chat template adds at most: roles, delimiters, and Harmony's preamble of some 90 tokens.
Source: https://developers.openai.com/cookbook/articles/openai-harmony"""
_FORMS: tuple[Literal["NFC", "NFKC"], ...] = ("NFC", "NFKC")
"""Normalizations of the families' tokenizers; each can make a text longer."""


def prompt_bound(request: ModelRequest[Any], tokenizer: Tokenizer | None) -> int:
    """The most tokens that a request's prompt has, its schema included: servers write it into the prompt."""
    messages = token_bound(request.prompt.system, tokenizer) + token_bound(request.prompt.user, tokenizer)
    answer_type = cast(Hashable, request.answer_type)
    return messages + _schema_bound(request.schema_name, answer_type, tokenizer) + FRAME_TOKENS


def token_bound(text: str, tokenizer: Tokenizer | None) -> int:
    """The most tokens that a text has. What looks like a special token counts as the text that it is."""
    if tokenizer is None:
        return byte_bound(text)
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    # Qwen's tokenizer composes its input first, which can make some scripts several times longer.
    forms = {encodable, unicodedata.normalize("NFC", encodable)}
    return max(len(_vocabulary(tokenizer).encode_ordinary(form)) for form in forms)


def byte_bound(text: str) -> int:
    """Bytes of the longest form that a tokenizer may split, and one for the space it may put in front."""
    forms = (text, *(unicodedata.normalize(form, text) for form in _FORMS))
    return 1 + max(len(form.encode("utf-8", "replace")) for form in forms)


@cache
def _schema_bound(name: str, answer_type: Hashable, tokenizer: Tokenizer | None) -> int:
    """Tokens of the schema as the longer of an indented JSON and the words that replace it."""
    model = cast(type[BaseModel], answer_type)
    schema = response_format(name, model)["json_schema"]
    texts = json.dumps(schema, indent=2), schema_instruction(name, model)
    return max(token_bound(text, tokenizer) for text in texts)


@cache
def _vocabulary(tokenizer: Tokenizer) -> AnyTokenizer:
    # Imported where it is used: the command line's help does not wait for it.
    from splintr import Tokenizer as Vocabularies

    return Vocabularies.from_pretrained(tokenizer)
