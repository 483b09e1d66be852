"""What the tests of Studio's view share; the server itself is in tests/dev_server.py."""

from __future__ import annotations

from tests.dev_server import CONFIG, DevServer

__all__ = ["CONFIG", "DevServer"]
