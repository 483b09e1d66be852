"""The wire format: OpenAI's chat completion object, its stream of chunks and its error object."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FINGERPRINT = "offline-author"
_CHARACTERS_PER_TOKEN = 4
_EPOCH_S = 1_700_000_000
"""A fixed `created`, so that equal requests get equal answers byte for byte."""


def estimated_tokens(text: str) -> int:
    """Tokens of a text, estimated as a quarter of its characters: no tokeniser comes with us."""
    return math.ceil(len(text) / _CHARACTERS_PER_TOKEN)


@dataclass(frozen=True)
class Completion:
    """One finished answer."""

    identifier: str
    model: str
    text: str
    finish_reason: str
    prompt_tokens: int

    def usage(self) -> dict[str, int]:
        """Tokens in and out, both estimated."""
        completion_tokens = estimated_tokens(self.text)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": self.prompt_tokens + completion_tokens,
        }

    def as_object(self) -> dict[str, Any]:
        """The `chat.completion` object."""
        message = {"role": "assistant", "content": self.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish_reason}
        return self._head("chat.completion") | {"choices": [choice], "usage": self.usage()}

    def as_events(self, *, with_usage: bool) -> Iterator[str]:
        """The same answer as server-sent events."""
        chunk = self._head("chat.completion.chunk")
        delta = {"role": "assistant", "content": self.text}
        yield _event(chunk | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        yield _event(chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": self.finish_reason}]})
        if with_usage:
            yield _event(chunk | {"choices": [], "usage": self.usage()})
        yield "data: [DONE]\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.identifier,
            "object": kind,
            "created": _EPOCH_S,
            "model": self.model,
            "system_fingerprint": FINGERPRINT,
        }


def cut(text: str, max_tokens: int | None) -> tuple[str, str]:
    """The text within the limit, and the finish reason: "length" if something was cut off, else "stop"."""
    if max_tokens is None or estimated_tokens(text) <= max_tokens:
        return text, "stop"
    return text[: max_tokens * _CHARACTERS_PER_TOKEN], "length"


def error_object(status: int, message: str) -> dict[str, Any]:
    """OpenAI's error object."""
    kinds = {401: "authentication_error", 402: "insufficient_quota", 429: "rate_limit_exceeded"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": str(status)}}


def _event(chunk: dict[str, Any]) -> str:
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"
