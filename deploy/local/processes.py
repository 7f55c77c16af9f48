"""Processes that outlive the command that started them, and stop when told.

A process is known by its id *and* the moment it was born: an id that the system has given to somebody else since is
never signalled. Each leads a process group of its own, so its children go with it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local import NotPossible
from deploy.local.place import LOOPBACK, ROOT, Place
from deploy.local.progress import SAY_EVERY_SECONDS, say, show_end

SERVICES = ("consent", "observations", "meetings", "reporting", "notifier")
STOP_SECONDS = 40.0
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}
"""What this very process started: a child that has ended stays a zombie until it is asked about."""
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Process:
    """One process of a place, by its name. Any command may ask about it; the facts are in `run/<name>.json`."""

    place: Place
    name: str

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it with its output in its log; nothing happens when it runs already."""
        if self.pid is not None:
            return
        with self.place.log(self.name).open("ab") as log:
            child = subprocess.Popen(
                command, cwd=ROOT, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        _CHILDREN[child.pid] = child
        record = {"pid": child.pid, "born": _born(child.pid), "command": list(command)}
        self._record.write_text(json.dumps(record), encoding="utf-8")

    @property
    def pid(self) -> int | None:
        """Its process id, or None when it does not run."""
        if not self._record.exists():
            return None
        record = json.loads(self._record.read_text(encoding="utf-8"))
        alive = record["born"] is not None and _born(record["pid"]) == record["born"]
        return int(record["pid"]) if alive else None

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """Ask it to finish and wait; kill it if it takes longer than `patience` seconds."""
        stop_together([self], patience)

    def wait_ended(self, patience: float) -> None:
        """Return when it has ended; kill it if that takes longer than `patience` seconds."""
        deadline = time.monotonic() + patience
        while self.pid is not None and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill()

    def kill(self) -> None:
        """End it without a chance to finish (SIGKILL)."""
        while self.pid is not None:
            self.signal(signal.SIGKILL)
            time.sleep(0.02)
        self._record.unlink(missing_ok=True)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and its children, if it runs."""
        pid = self.pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(pid, number)

    @property
    def _record(self) -> Path:
        return self.place.folder("run") / f"{self.name}.json"


class ServiceProcesses:
    """The five services as processes. A further replica is named with a number: `meetings-2`."""

    def __init__(self, place: Place, environment: Mapping[str, str]) -> None:
        self.place = place
        self.environment = environment

    def start(self, *names: str, **variables: str) -> None:
        """Start the named services, or all five, with further environment variables if given."""
        for name in names or SERVICES:
            process = self.process(name)
            if process.pid is None:
                port = {"SAMVERKAN_HEALTH_PORT": str(self.place.free_port(name))}
                command = [sys.executable, "-m", "shared.operators.cli", "run", name.partition("-")[0]]
                process.start(command, {**os.environ, **self.environment, **port, **variables})

    def stop(self, *names: str) -> None:
        """Ask the named services, or all that run, to drain and stop; return when they have."""
        stop_together([self.process(name) for name in names or self.running])

    @property
    def running(self) -> list[str]:
        """The services that run here, further replicas too."""
        names = sorted(path.stem for path in self.place.folder("run").glob("*.json"))
        return [name for name in names if name.partition("-")[0] in SERVICES and self.process(name).pid is not None]

    def kill(self, *names: str) -> None:
        """End the named services, or all that run, at once (SIGKILL)."""
        for name in names or self.running:
            self.process(name).kill()

    def restart(self, *names: str, **variables: str) -> None:
        """Kill and start the named services, or all five, without waiting for them to be ready."""
        self.kill(*names)
        self.start(*names, **variables)

    def process(self, name: str) -> Process:
        """Return one service's process."""
        return Process(self.place, name)

    def is_ready(self, name: str) -> bool:
        """Say whether the service answers that every subscriber has a consumer and the database is there."""
        return self.process(name).pid is not None and is_ok(f"http://{LOOPBACK}:{self.place.port(name)}/ready")

    def wait_ready(self, *names: str, patience: float = 90.0) -> None:
        """Return when the named services, or all five, are ready. NotPossible when one ends or it takes too long."""
        begun = said = time.monotonic()
        while waiting := [name for name in names or SERVICES if not self.is_ready(name)]:
            ended = [name for name in waiting if self.process(name).pid is None]
            if ended or time.monotonic() - begun > patience:
                name = (ended or waiting)[0]
                show_end(self.place.log(name))
                why = "avslutades" if ended else f"blev inte redo på {patience:.0f} s"
                raise NotPossible(f"Tjänsten {name} {why}. Loggen: {self.place.log(name)}")
            if time.monotonic() - said > SAY_EVERY_SECONDS:
                said = time.monotonic()
                say(f"  väntar på {', '.join(waiting)} ({said - begun:.0f} s)")
            time.sleep(0.2)


def stop_together(processes: Sequence[Process], patience: float = STOP_SECONDS) -> None:
    """Ask all of them to finish, then wait for each; kill what takes longer than `patience` seconds."""
    for process in processes:
        process.signal(signal.SIGTERM)
    for process in processes:
        process.wait_ended(patience)


def is_ok(request: str | urllib.request.Request) -> bool:
    """Say whether a loopback address answers 200."""
    try:
        with _NO_PROXY.open(request, timeout=4) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _born(pid: int) -> str | None:
    """Return a text that differs between two processes that were ever given the same id; None when it has ended."""
    if pid in _CHILDREN and _CHILDREN[pid].poll() is not None:
        del _CHILDREN[pid]
        return None
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        return None if fields[0] in "ZX" else f"{boot} {fields[19]}"
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None
