"""LangSmith's client, by its own variables: it blacks out secrets, and keeps no process from ending."""

from __future__ import annotations

import os
from typing import Any

from langsmith import Client

from courseai.ops.redaction import Redaction


def langsmith_client(redaction: Redaction, timeout_ms: tuple[int, int], **given: Any) -> Client:
    """One that takes `timeout_ms` milliseconds to connect and to be answered, at most."""
    # Its threads would otherwise keep the process from ending for as long as LangSmith does not answer.
    os.environ.setdefault("LANGSMITH_USE_DAEMON", "true")
    os.environ.setdefault("LANGSMITH_DISABLE_RUN_COMPRESSION", "true")
    return Client(timeout_ms=timeout_ms, anonymizer=redaction.value, disable_prompt_cache=True, **given)
