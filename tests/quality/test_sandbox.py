"""Code from a model runs, and can do nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from courseai.quality.sandbox import OUTPUT_CHARACTERS, is_available, run_python

pytestmark = pytest.mark.skipif(
    not is_available(), reason="this machine allows no namespaces (unshare), so no code is run on it"
)


def test_a_program_is_run_and_its_output_kept() -> None:
    run = run_python("import statistics\nprint(statistics.mean([1, 2, 6]))")
    assert (run.outcome, run.output) == ("finished", "3\n")


def test_an_error_is_kept_by_its_last_line() -> None:
    run = run_python("print('before')\n1 / 0")
    assert (run.outcome, run.output) == ("failed", "before\n")
    assert run.error == "ZeroDivisionError: division by zero"


def test_the_network_cannot_be_reached() -> None:
    run = run_python("import socket\nsocket.create_connection(('127.0.0.1', 80), timeout=1)")
    assert run.outcome == "failed"
    assert "Errno" in run.error
    assert (
        run_python("import socket; print([name for _, name in socket.if_nameindex()])").output == "['lo']\n"
    )


def test_files_outside_are_not_there(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("key")
    for path in (secret, Path("/etc/passwd"), Path("/proc/1/environ"), Path(__file__)):
        assert run_python(f"import os\nprint(os.path.exists({str(path)!r}))").output == "False\n"


def test_the_interpreter_cannot_be_written_to() -> None:
    run = run_python(f"open({str(Path(os.__file__).parent / 'planted.py')!r}, 'w')")
    assert run.outcome == "failed"
    assert not (Path(os.__file__).parent / "planted.py").exists()


def test_our_environment_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-of-ours")
    run = run_python("import os\nprint(dict(os.environ), 'seen')")
    assert "sk-of-ours" not in run.output
    assert "seen" in run.output


def test_a_fork_bomb_runs_into_its_limit() -> None:
    run = run_python("import os\nwhile True:\n    os.fork()")
    assert run.outcome in ("failed", "stopped")


def test_memory_is_limited() -> None:
    assert run_python("x = ' ' * 10**9").error == "MemoryError"


def test_an_endless_loop_is_stopped() -> None:
    assert run_python("while True:\n    pass").outcome == "stopped"


def test_a_sleeper_in_a_session_of_its_own_is_stopped() -> None:
    assert run_python("import os, time\nos.setsid()\ntime.sleep(60)").outcome == "stopped"


def test_huge_output_is_cut() -> None:
    run = run_python("while True:\n    print('x' * 1000)")
    assert run.outcome != "finished"
    assert len(run.output) <= OUTPUT_CHARACTERS


def test_a_huge_file_cannot_be_written() -> None:
    assert "File too large" in run_python("open('big', 'w').write('x' * 10**8)").error


def test_process_1_cannot_be_killed() -> None:
    assert run_python("import os\nos.kill(1, 9)").outcome == "failed"


@pytest.mark.parametrize(
    "attempt",
    ["os.chroot('/work')", "os.setuid(0)", "open('/dev/mem')", "os.mkdir('/usr/planted')"],
)
def test_no_privilege_can_be_had(attempt: str) -> None:
    assert run_python(f"import os\n{attempt}\nprint('escaped')").output == (
        "escaped\n" if attempt == "os.setuid(0)" and os.geteuid() else ""
    )


def test_text_that_is_no_program_is_an_error_and_no_crash() -> None:
    assert run_python("\ud800 \x00").outcome == "failed"
