"""A house for the demo alone: its own folder, node, databases and clock, made anew and stopped again.

What must not break: a house that `make up` runs, on this machine or on a broker and database it shares with the demo,
never notices. So everything here stands under `demo-house`, and on somebody else's broker in a vhost of its own.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from deploy.demo.guest import Guest
from deploy.local import NotPossible
from deploy.local.infrastructure import Infrastructure
from deploy.local.place import Place
from deploy.local.processes import SERVICES, ServiceProcesses
from deploy.local.progress import say
from shared.settings import Settings, read_settings


class House:
    """The embedded infrastructure (or what the environment names) and the five services."""

    def __init__(self, home: Place) -> None:
        _forget(home.var / "env")
        self.home = home
        self.place = Place(home.var / "demo-house")
        self.infrastructure = Infrastructure(self.place)
        self._guest = Guest(home, self.infrastructure)
        self._services = ServiceProcesses(self.place, {})
        self._clock = self.place.var / "clock"

    def start(self, moment: datetime) -> Settings:
        """Start everything from nothing, the clock at a moment; return the settings that lead to it."""
        self._stop_processes()
        shutil.rmtree(self.place.var, ignore_errors=True)
        self.turn_clock(moment)
        os.environ["SAMVERKAN_CLOCK"] = str(self._clock)
        say("Startar RabbitMQ, databas och e-post …")
        self.infrastructure.start()
        self._guest.move_in()
        say(f"Startar {', '.join(SERVICES)} …")
        os.environ |= self.infrastructure.environment
        self._services = ServiceProcesses(self.place, self.infrastructure.environment)
        self._services.start()
        self._services.wait_ready()
        say("Lägger in verksamheterna …")
        self.infrastructure.apply_agencies()
        return read_settings()

    def turn_clock(self, moment: datetime) -> None:
        """Make it that moment for every service; from then on their time goes on at its usual pace."""
        offset = (moment - datetime.now(UTC)).total_seconds()
        partial = self.place.folder(".") / "clock.part"
        partial.write_text(f"{offset:.3f}", encoding="utf-8")
        partial.replace(self._clock)

    def stop_services(self) -> None:
        """Let the services finish what they hold, and stop them."""
        self._services.stop()

    def stop(self) -> None:
        """Stop and clear away everything that was started; the folder with its logs stays until the next time."""
        self._stop_processes()

    def ended(self) -> list[str]:
        """Return a line for each service that has ended by itself."""
        gone = [name for name in SERVICES if self._services.process(name).pid is None]
        return [f"tjänsten {name} har avslutats, loggen är {self.place.log(name)}" for name in gone]

    @property
    def mail_folder(self) -> Path | None:
        """Where e-mails can be read, or None when another mail server takes them."""
        return self.infrastructure.mail_folder if self.infrastructure.embeds_mail else None

    @property
    def parts(self) -> str:
        """What the house stands on, for people."""
        database = "SecantusDB över MongoDB:s protokoll" if self.infrastructure.embeds_mongodb else "MongoDB"
        return f"RabbitMQ, {database}, e-post över SMTP"

    def _stop_processes(self) -> None:
        try:
            self._services.stop()
            self._guest.move_out()
        finally:
            self.infrastructure.kill_broker()  # nothing in it is to be kept, and it takes its time to stop
            self.infrastructure.kill_database()
            self.infrastructure.stop()


@contextmanager
def only_one(home: Place) -> Iterator[None]:
    """Let only one demo at a time run in a place."""
    with (home.folder(".") / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotPossible(f"En demo pågår redan i {home.var}.") from None
        yield


def _forget(env: Path) -> None:
    """Forget what a shell has read in from the `env` that `make up` wrote: that house is not the demo's to use."""
    lines = env.read_text(encoding="utf-8").splitlines() if env.exists() else []
    for name, _, value in (line.removeprefix("export ").partition("=") for line in lines):
        if name != "SAMVERKAN_AGENCIES" and [os.environ.get(name)] == shlex.split(value):
            del os.environ[name]
