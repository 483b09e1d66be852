"""Serves the offline author on this machine: `python -m courseai.models.offline --port 0 --settings FILE`."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

import uvicorn

from courseai.course.errors import SettingsError
from courseai.models.offline.answer import NOTICE
from courseai.models.offline.app import create_app
from courseai.models.offline.settings import OfflineSettings, load_settings

_LOOPBACK = "127.0.0.1"


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m courseai.models.offline", description=NOTICE)
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes a free one")
    parser.add_argument("--settings", type=Path, help="settings file (JSON)")
    arguments = parser.parse_args()
    try:
        serve(arguments.port, arguments.settings)
    except SettingsError as failure:
        parser.exit(failure.exit_code, f"{failure}\n")


def serve(port: int, settings_file: Path | None) -> None:
    """Print the base URL and serve until interrupted, on the loopback interface only.

    Raises `SettingsError` for a settings file that cannot be used and a port that is taken.
    """
    settings = load_settings(settings_file) if settings_file else OfflineSettings()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_LOOPBACK, port))
        except OSError as failure:
            raise SettingsError(
                f"Port {port} cannot be used: {failure.strerror}. Give another one, or 0."
            ) from failure
        # From here on a client that read the URL waits instead of being refused.
        listener.listen()
        print(f"http://{_LOOPBACK}:{listener.getsockname()[1]}/v1", flush=True)
        server = uvicorn.Server(uvicorn.Config(create_app(settings, served=True), log_level="warning"))
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
