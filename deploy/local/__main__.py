"""`python -m deploy.local install|up|down|status|logs`: the whole house on this machine, put up and taken down."""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local import NotPossible
from deploy.local.infrastructure import Infrastructure
from deploy.local.place import ROOT, Place
from deploy.local.processes import SERVICES, ServiceProcesses
from deploy.local.progress import say


def up(place: Place, infrastructure_only: bool = False) -> None:
    """Start what does not run and return when everything is ready."""
    begun = time.monotonic()
    with _alone(place):
        infrastructure = Infrastructure(place)
        titles = [title for title, _, _ in infrastructure.parts()]
        say(f"Startar {', '.join(titles) or 'ingenting: miljön anger allt'} …")
        infrastructure.start()
        variables = infrastructure.environment
        services = ServiceProcesses(place, variables)
        if not infrastructure_only:
            say(f"Startar {', '.join(SERVICES)} …")
            services.start()
            services.wait_ready()
            # The agencies come last: what they sent before a service had its queue would have nowhere to go.
            infrastructure.apply_agencies()
            variables |= {f"SAMVERKAN_HEALTH_PORT_{name.upper()}": str(place.port(name)) for name in SERVICES}
        file = place.write_env(variables)
    say(f"Klart på {time.monotonic() - begun:.1f} s. Adresserna står i {file} (läs in dem med: . {file}).")


def down(place: Place) -> None:
    """Stop exactly what `up` started here: the services first, so that they can hand over what they hold."""
    with _alone(place):
        ServiceProcesses(place, {}).stop()
        Infrastructure(place).stop()
    say("Allt som startades här är stoppat. Data ligger kvar i " + str(place.var))


def status(place: Place) -> bool:
    """Print what runs and say whether all of it is ready."""
    infrastructure, services = Infrastructure(place), ServiceProcesses(place, {})
    rows = [(title, process.pid, is_ready()) for title, process, is_ready in infrastructure.parts()]
    rows += [(name, services.process(name).pid, services.is_ready(name)) for name in SERVICES]
    for title, pid, ready in rows:
        state = "redo" if ready else "startar" if pid else "nere"
        print(f"{title:14} {state:8} {f'pid {pid}' if pid else ''}".rstrip())
    return all(ready for _, _, ready in rows)


def install(place: Place) -> None:
    """Install what the embedded parts need and the machine lacks; start nothing."""
    infrastructure = Infrastructure(place)
    if infrastructure.embeds_rabbitmq:
        infrastructure.rabbitmq.install()


def logs(place: Place, name: str | None) -> None:
    """Show the end of the logs, and go on showing where somebody watches."""
    files = sorted(str(path) for path in place.folder("log").glob(f"{name or '*'}.log"))
    if not files:
        raise NotPossible(f"Det finns ingen sådan logg i {place.folder('log')}.")
    follow = ["-F"] if sys.stdout.isatty() else []
    os.execvp("tail", ["tail", "-n", "20", *follow, *files])


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """Let only one command at a time start or stop things in a place."""
    with (place.folder("run") / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Do what the command line says; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("command", choices=("install", "up", "down", "status", "logs"))
    parser.add_argument("name", nargs="?", help="logs: the log to show")
    parser.add_argument("--infrastructure-only", action="store_true", help="up: no services")
    asked = parser.parse_args()
    os.chdir(ROOT)
    place = Place.of_environment()
    try:
        match asked.command:
            case "install":
                install(place)
            case "up":
                up(place, asked.infrastructure_only)
            case "down":
                down(place)
            case "status":
                return 0 if status(place) else 1
            case _:
                logs(place, asked.name)
    except NotPossible as error:
        say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
