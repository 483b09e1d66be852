"""How content lies in a store: compressed, and encrypted where there is a key; one byte in front says which.

AES-256-GCM with a random nonce for each value (NIST SP 800-38D): a value that was changed, or that was never
encrypted, is refused and not read. The hashes by which drafts and requests are found are not encrypted, nor
are ids, times, models and costs.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import zlib
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from courseai.course.errors import SettingsError

_PLAIN, _COMPRESSED, _ENCRYPTED = b"\x00", b"\x01", b"\x02"
_LEVEL = 6
"""Of zlib: prose shrinks to about 40 % in 0.3 ms per 10 KB; higher levels gain under 1 %."""
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY, _KEY_FILE = "COURSEAI_ENCRYPTION_KEY", "COURSEAI_ENCRYPTION_KEY_FILE"


class Seal:
    """Turns content into what is stored, and back."""

    def __init__(self, key: bytes | None = None) -> None:
        self._cipher = AESGCM(key) if key else None

    @property
    def encrypts(self) -> bool:
        """Whether there is a key."""
        return self._cipher is not None

    def close(self, content: bytes) -> bytes:
        """What is stored for this content."""
        packed = zlib.compress(content, _LEVEL)
        closed = _COMPRESSED + packed if len(packed) < len(content) else _PLAIN + content
        if self._cipher is None:
            return closed
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _ENCRYPTED + nonce + self._cipher.encrypt(nonce, closed, None)

    def open(self, stored: bytes) -> bytes:
        """The content again.

        Raises `SettingsError` for what this key has not encrypted; with a key, plain content is refused too.
        """
        if self._cipher is not None or stored[:1] == _ENCRYPTED:
            stored = self._decrypted(stored)
        kind, rest = stored[:1], stored[1:]
        return zlib.decompress(rest) if kind == _COMPRESSED else rest

    def close_text(self, text: str) -> bytes:
        """`close` for text."""
        return self.close(text.encode())

    def open_text(self, stored: bytes) -> str:
        """`open` for text."""
        return self.open(stored).decode()

    def _decrypted(self, stored: bytes) -> bytes:
        if self._cipher is None:
            raise SettingsError(f"The stored content is encrypted: set {_KEY} or {_KEY_FILE}.")
        if stored[:1] != _ENCRYPTED:
            raise SettingsError("The store is encrypted, and this content in it is not: it is refused.")
        nonce, content = stored[1 : 1 + _NONCE_BYTES], stored[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, content, None)
        except InvalidTag:
            raise SettingsError("Stored content was changed, or was encrypted with another key.") from None


def seal_from_environment(env: Mapping[str, str]) -> Seal:
    """A seal with the key that the environment gives, 32 bytes in base64, or with none.

    Raises `SettingsError`, which never repeats the key.
    """
    text, path = env.get(_KEY, "").strip(), env.get(_KEY_FILE, "").strip()
    if text and path:
        raise SettingsError(f"Set {_KEY} or {_KEY_FILE}, not both.")
    if path:
        text = _read(Path(path).expanduser())
    return Seal(_key(text)) if text else Seal()


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{_KEY_FILE} names {path}, which cannot be read as a key.") from error


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, altchars=b"-_" if {"-", "_"} & set(text) else None, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsError(f"{_KEY} has to be 32 bytes in base64, as from: openssl rand -base64 32")
    return key
