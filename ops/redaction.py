"""Blacks out secrets in what is sent to others or logged, wherever they turn up in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson

BLACKED_OUT = "[secret]"
_SHORTEST = 8
"""Characters; what is shorter would black out ordinary words."""
_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIAL|HEADERS", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"://[^/?#\s:@]*:([^/?#\s@]+)@")
_FILES = ("OPENROUTER_API_KEY_FILE", "COURSEAI_API_KEY_FILE", "COURSEAI_ENCRYPTION_KEY_FILE")


class Redaction:
    """Knows the secrets of this process. A text without any of them stays as it is."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: one may be the beginning of another.
        self._secrets = sorted(set(secrets), key=len, reverse=True)
        # As orjson writes them: so a large value is searched ten times as fast, mostly to find nothing.
        whole = [json.dumps(secret, ensure_ascii=False)[1:-1] for secret in self._secrets]
        self._written = [secret.encode("utf-8", "surrogatepass") for secret in whole]

    def text(self, text: str) -> str:
        """The text with every secret blacked out."""
        for secret in self._secrets:
            text = text.replace(secret, BLACKED_OUT)
        return text

    def value(self, value: Any) -> Any:
        """JSON with every secret blacked out, in keys too; what is no JSON becomes its text."""
        return value if self._is_clean(value) else self._blacked_out(value)

    def _is_clean(self, value: Any) -> bool:
        try:
            written = orjson.dumps(value)
        except orjson.JSONEncodeError:  # Half a character, a number of more than 64 bits, no JSON.
            return False
        return not any(secret in written for secret in self._written)

    def _blacked_out(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self._blacked_out(key): self._blacked_out(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._blacked_out(item) for item in value]
        return value if value is None or isinstance(value, int | float) else self.text(str(value))


def redaction_from_environment(env: Mapping[str, str]) -> Redaction:
    """For the secrets that the environment holds or names files of: by what variables are called."""
    return Redaction(secret for secret in _secrets(env) if len(secret) >= _SHORTEST)


def _secrets(env: Mapping[str, str]) -> Iterable[str]:
    for name, value in env.items():
        for password in _PASSWORD_IN_URL.findall(value):
            yield from (password, unquote(password))
        if name in _FILES:
            yield from _content(value)
        elif _NAMES.search(name) and not name.endswith("_FILE"):
            yield value.strip()
            # OTEL_EXPORTER_OTLP_HEADERS: name=value, separated by commas.
            pairs = value.split(",") if "HEADERS" in name.upper() else ()
            yield from (unquote(pair.partition("=")[2]).strip() for pair in pairs)


def _content(path: str) -> Iterable[str]:
    try:
        yield Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return  # Whoever needs the file says what is wrong with it.
