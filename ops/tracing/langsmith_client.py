"""LangSmith's client, by its own variables: it blacks out secrets, and keeps no process from ending."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from langsmith import Client

from courseai.ops.redaction import Redaction


def langsmith_client(redaction: Redaction, timeout_ms: tuple[int, int], **given: Any) -> Client:
    """One that takes `timeout_ms` milliseconds to connect and to be answered, at most."""
    # Its threads would otherwise keep the process from ending for as long as LangSmith does not answer.
    os.environ.setdefault("LANGSMITH_USE_DAEMON", "true")
    os.environ.setdefault("LANGSMITH_DISABLE_RUN_COMPRESSION", "true")
    return Client(timeout_ms=timeout_ms, disable_prompt_cache=True, **{"anonymizer": redaction.value} | given)


def hidden(env: Mapping[str, str], part: str) -> bool:
    """Whether LangSmith's variables hide the `INPUTS`, the `OUTPUTS` or the `METADATA` of runs."""
    return any(env.get(f"{prefix}_HIDE_{part}") == "true" for prefix in ("LANGSMITH", "LANGCHAIN"))


def hiding(env: Mapping[str, str], redaction: Redaction) -> dict[str, Any]:
    """The client's arguments that do what an anonymizer does, without a copy of each run by way of JSON.

    The words of errors are left to who gives them to the client.
    """
    parts = ("inputs", "outputs", "metadata")
    hide = {f"hide_{part}": hidden(env, part.upper()) or redaction.value for part in parts}
    return {"anonymizer": None, **hide}
