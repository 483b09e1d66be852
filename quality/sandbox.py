"""Run a few lines of Python that a model wrote, where they can do no harm.

The code runs in its own network, process, mount and (for ordinary users) user namespace, as nobody or
without any capability. It sees an empty folder in memory, the interpreter and /usr, all read-only; no
home, no /proc, no /dev and none of our environment. Kernel limits bound time, memory, files and
processes. Where the namespaces cannot be made (macOS, Windows, a locked-down container) nothing is run.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import IO, Literal

CPU_S = 2
WALL_S = 5
MEMORY_BYTES = 256 * 2**20
FILE_BYTES = 2**20
PROCESSES = 8
OUTPUT_CHARACTERS = 20_000
"""What is kept of each stream."""

_NOBODY = "65534"
_TOOLS = ("unshare", "setpriv", "prlimit", "chroot", "mount")
_NAMESPACES = ["--net", "--ipc", "--uts", "--pid", "--mount", "--fork", "--kill-child"]
# The shell stays process 1 of the namespace: when it is killed, everything in there is.
_SETUP = """
set -e
root=$1 prefix=$2; shift 2
mount -t tmpfs -o size=4m,mode=755 none "$root"
for folder in /usr /lib /lib64 "$prefix"; do
  if [ ! -e "$folder" ] || [ -e "$root$folder" ]; then continue; fi
  if [ -L "$folder" ]; then cp -P "$folder" "$root$folder"; continue; fi
  mkdir -p "$root$folder"
  mount --rbind "$folder" "$root$folder"
  mount -o remount,bind,ro "$root$folder"
done
mkdir -m 1777 "$root/work"
set +e
chroot "$root" env -i -C /work PYTHONHASHSEED=0 PYTHONIOENCODING=utf-8 "$@"
exit $?
"""

Outcome = Literal["finished", "failed", "stopped", "unavailable"]


@dataclass(frozen=True)
class Run:
    """What a program did. "stopped" is one that reached a limit; "unavailable" was not run at all."""

    outcome: Outcome
    output: str = ""
    """Standard output, at most OUTPUT_CHARACTERS."""
    error: str = ""
    """Last line of standard error, such as "ZeroDivisionError: division by zero"."""


@lru_cache(maxsize=2048)
def run_python(code: str) -> Run:
    """Run a program in the sandbox; blocks for at most WALL_S seconds. The same code is run once."""
    return _run(code) if is_available() else Run("unavailable")


@cache
def is_available() -> bool:
    """Whether the sandbox works on this machine; tried once."""
    return all(shutil.which(tool) for tool in _TOOLS) and _run("print(6 * 7)").output == "42\n"


def _run(code: str) -> Run:
    with (
        tempfile.TemporaryDirectory(prefix="courseai-") as root,
        tempfile.TemporaryFile() as source,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        source.write(code.encode("utf-8", "replace"))
        source.seek(0)
        returned = _call(_command(Path(root)), source, output, errors)
        return Run(_outcome(returned), _start_of(output), _last_line(_start_of(errors)))


def _call(command: list[str], source: IO[bytes], output: IO[bytes], errors: IO[bytes]) -> int | None:
    """Exit status, or None when the time was up or there is nothing to start."""
    try:
        with subprocess.Popen(
            command, stdin=source, stdout=output, stderr=errors, env={"PATH": os.defpath + ":/usr/sbin:/sbin"}
        ) as process:
            try:
                return process.wait(WALL_S)
            except subprocess.TimeoutExpired:
                process.kill()
                return None
    except OSError:
        return None


def _command(root: Path) -> list[str]:
    is_root = os.geteuid() == 0
    # The kernel does not count the processes of the real root, so it becomes nobody.
    identity = ["--reuid", _NOBODY, "--regid", _NOBODY, "--clear-groups"] if is_root else []
    limits = [
        f"--cpu={CPU_S}",
        f"--as={MEMORY_BYTES}",
        f"--fsize={FILE_BYTES}",
        f"--nproc={PROCESSES}",
        "--nofile=32",
        "--core=0",
    ]
    interpreter = Path(sys.executable).resolve()
    return [
        *("unshare", *([] if is_root else ["--user", "--map-root-user"]), *_NAMESPACES),
        *("sh", "-c", _SETUP, "sandbox", str(root), sys.base_prefix),
        *("prlimit", *limits),
        *("setpriv", *identity, "--no-new-privs", "--bounding-set=-all"),
        *(str(interpreter), "-I", "-S", "-B", "-"),
    ]


def _outcome(returned: int | None) -> Outcome:
    if returned == 0:
        return "finished"
    killed = (128 + signal.SIGKILL, 128 + signal.SIGXCPU, 128 + signal.SIGXFSZ)
    return "stopped" if returned is None or returned < 0 or returned in killed else "failed"


def _start_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(4 * OUTPUT_CHARACTERS).decode("utf-8", "replace")[:OUTPUT_CHARACTERS]


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
