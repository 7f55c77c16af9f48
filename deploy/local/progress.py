"""Lines that tell a waiting person what goes on. They go to standard error, so output stays usable in a pipe."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local import NotPossible

SAY_EVERY_SECONDS = 5.0
LINES_SHOWN = 15


def say(line: str) -> None:
    """Print one line for the person who waits."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def run_quietly(command: Sequence[str], log: Path, title: str, detail: Callable[[str], str] = lambda _: "") -> None:
    """Run a command with its output in a file; tell every few seconds that it goes on.

    `detail` may turn the output so far into a few words. NotPossible, with the output's end shown, when it fails.
    """
    begun = said = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        while running.poll() is None:
            time.sleep(0.1)
            if time.monotonic() - said > SAY_EVERY_SECONDS:
                said = time.monotonic()
                say(f"  {title}: {said - begun:.0f} s {detail(log.read_text('utf-8', 'replace'))}".rstrip())
    if running.returncode != 0:
        show_end(log)
        raise NotPossible(f"{title}: misslyckades (kod {running.returncode}). Allt den skrev finns i {log}.")


def show_end(log: Path) -> None:
    """Show the last lines of a log."""
    for line in log.read_text("utf-8", "replace").splitlines()[-LINES_SHOWN:] if log.exists() else ():
        say(f"  | {line}")
