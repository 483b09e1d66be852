"""How checkpoints are serialized: LangGraph's strict serializer, under the seal of the store."""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from courseai.course.errors import SettingsError
from courseai.store.seal import Seal

_SEALED = "+sealed"


class SealedSerializer(SerializerProtocol):
    """Loads plain JSON and LangGraph's own types and nothing else, so a planted checkpoint runs no code.

    LangGraph's EncryptedSerializer reads unencrypted rows too (its issue 8938), so that whoever can write to
    the database can plant them. With a key this one refuses them.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._plain = JsonPlusSerializer(allowed_msgpack_modules=None, allowed_json_modules=None)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The type's name and the sealed bytes.

        Raises `SettingsError` for an answer or an input that cannot be stored: text with lone surrogates,
        nesting without end, numbers above 64 bits.
        """
        try:
            kind, content = self._plain.dumps_typed(obj)
        except TypeError as error:
            raise SettingsError(f"What the run was given cannot be stored: {error}.") from error
        return kind + _SEALED, self._seal.close(content)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The object. Raises `SettingsError` for what the seal refuses."""
        kind, content = data
        # Without a key, rows of before everything was sealed are read as they are.
        if kind.endswith(_SEALED) or self._seal.encrypts:
            kind, content = kind.removesuffix(_SEALED), self._seal.open(content)
        return self._plain.loads_typed((kind, content))
