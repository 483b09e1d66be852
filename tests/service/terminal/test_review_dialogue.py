"""The keys of the terminal are those of the page, so that nobody rejects by a habit; and how one is read."""

from __future__ import annotations

import _thread
import os
import pty
import re
import threading
from importlib import resources

import pytest

from courseai.service.terminal.review_dialogue import KEYS, read_key


def test_a_key_that_decides_means_the_same_on_the_page() -> None:
    page = resources.files("courseai.service.web").joinpath("item.html.j2").read_text("utf-8")
    on_page = {key: word for word, key in re.findall(r'value="(\w+)"[^>]* data-key="(\w)"', page)}
    assert 'data-key="e">Edit' in page
    # `m` asks for a new version with an instruction, which the terminal always asks for.
    assert on_page | {"e": "edit"} == {key: KEYS[key] for key in "aegr"} | {"m": "respond"}


def test_a_ctrl_c_that_comes_just_before_the_wait_for_a_key_ends_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typed, terminal = pty.openpty()
    # Such a signal is pending while the system knows nothing of it, and interrupts no system call.
    ctrl_c = threading.Timer(0.5, _thread.interrupt_main)
    further_key = threading.Timer(10, os.write, [typed, b"x"])
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        ctrl_c.start()
        further_key.start()
        with pytest.raises(KeyboardInterrupt):
            read_key()
        needs_no_further_key = further_key.is_alive()
        further_key.cancel()
        further_key.join()
    os.close(typed)
    assert needs_no_further_key
