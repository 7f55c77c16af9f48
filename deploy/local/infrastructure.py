"""Broker, database and mail for the services: embedded ones, or those that the environment names.

`RABBITMQ_URL` (with `RABBITMQ_MANAGEMENT_URL`), `MONGODB_URI` and `SMTP_URL` each replace one embedded part. Nothing
that the environment names is ever started, stopped or restarted from here.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import NotPossible
from deploy.local.place import LOOPBACK, ROOT, Place, answers
from deploy.local.processes import Process, ServiceProcesses, stop_together
from deploy.local.progress import SAY_EVERY_SECONDS, say, show_end
from deploy.local.rabbitmq import RabbitMQ
from shared.agencies import AgencyRegistry

START_SECONDS = 90.0


class Infrastructure:
    """What the services stand on. `environment` is what they, and any client, are to be told."""

    def __init__(self, place: Place | None = None) -> None:
        self.place = place or Place.of_environment()
        self.rabbitmq = RabbitMQ(self.place)
        self.mongodb = Process(self.place, "mongodb")
        self.mail = Process(self.place, "mail")
        # An address that this place wrote into `env` itself, read back by a shell, still means the embedded part.
        self.embeds_rabbitmq = os.environ.get("RABBITMQ_URL") in (None, "", self.rabbitmq.url)
        self.embeds_mongodb = os.environ.get("MONGODB_URI") in (None, "", self._mongodb_uri)
        self.embeds_mail = os.environ.get("SMTP_URL") in (None, "", self._smtp_url)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead to this infrastructure."""
        variables = {
            "MONGODB_URI": self._mongodb_uri if self.embeds_mongodb else os.environ["MONGODB_URI"],
            "SMTP_URL": self._smtp_url if self.embeds_mail else os.environ["SMTP_URL"],
            "SAMVERKAN_VAR": str(self.place.var),
            "SAMVERKAN_SECRETS": str(self.secrets),
            "SAMVERKAN_AGENCIES": str(self.agencies_file),
        }
        if self.embeds_rabbitmq:
            here = {"RABBITMQ_URL": self.rabbitmq.url, "RABBITMQ_MANAGEMENT_URL": self.rabbitmq.management_url}
            return variables | here | {"SAMVERKAN_EMBEDDED": "true"}
        url = os.environ["RABBITMQ_URL"]
        return variables | {
            "RABBITMQ_URL": url,
            "RABBITMQ_MANAGEMENT_URL": os.environ.get("RABBITMQ_MANAGEMENT_URL") or _management_beside(url),
            "SAMVERKAN_EMBEDDED": "false",
        }

    @property
    def agencies_file(self) -> Path:
        """The file of agencies in use."""
        return Path(os.environ.get("SAMVERKAN_AGENCIES") or ROOT / "deploy/local/agencies.yaml").resolve()

    @property
    def secrets(self) -> Path:
        """The folder of secrets in use."""
        return Path(os.environ.get("SAMVERKAN_SECRETS") or self.place.secrets).resolve()

    @property
    def mail_folder(self) -> Path:
        """Where the embedded mail sink keeps messages, one `.eml` file each, named by arrival."""
        return self.place.folder("mail")

    def start(self) -> None:
        """Start what is embedded and does not run; return when all of it answers."""
        if self.secrets == self.place.secrets:
            self.place.keep_secrets()
        if self.embeds_rabbitmq:
            self.rabbitmq.install()
            self.rabbitmq.start()
        if self.embeds_mongodb:
            self._start_mongodb()
        if self.embeds_mail and self.mail.pid is None:
            port = str(self.place.free_port("smtp"))
            self.mail.start([sys.executable, "-m", "deploy.local.mailsink", port, str(self.mail_folder)], os.environ)
        self._wait()

    def start_from_nothing(self) -> None:
        """End whatever an earlier run left here, forget all its state, and start. For tests and the demo only."""
        ServiceProcesses(self.place, {}).kill()
        self.stop()
        shutil.rmtree(self.place.var, ignore_errors=True)
        self.start()

    def stop(self) -> None:
        """Stop what `start` started, in this or an earlier command."""
        stop_together([self.mail, self.mongodb, self.rabbitmq.process])
        self.rabbitmq.stop()

    def apply_agencies(self) -> None:
        """Give the broker the users, permissions and queues of the agencies file."""
        if not self.embeds_rabbitmq and self.secrets == self.place.secrets:
            self._keep_agency_passwords()
        command = [sys.executable, "-m", "shared.operators.cli", "agencies", "apply", str(self.agencies_file)]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        self.place.log("agencies").write_text(done.stdout, encoding="utf-8")
        if done.returncode != 0:
            show_end(self.place.log("agencies"))
            raise NotPossible("Myndigheterna kunde inte läggas in i RabbitMQ: samverkan agencies apply misslyckades.")

    def restart_broker(self) -> None:
        """Stop the embedded broker in good order, start it again and wait for it."""
        self.rabbitmq.process.stop()
        self.start()

    def kill_broker(self) -> None:
        """End the embedded broker as a power cut would; `start` brings it back."""
        self.rabbitmq.process.kill()

    def stop_broker(self) -> None:
        """Take the embedded broker away in good order; `start` brings it back."""
        self.rabbitmq.process.stop()

    def kill_database(self) -> None:
        """End the embedded database as a power cut would; `start` brings it back."""
        self.mongodb.kill()

    @property
    def _mongodb_uri(self) -> str:
        # Retryable writes make SecantusDB slow: its table of them grows (see platform notes in docs/decisions).
        return f"mongodb://{LOOPBACK}:{self.place.port('mongodb')}/?directConnection=true&retryWrites=false"

    @property
    def _smtp_url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.place.port('smtp')}"

    def _start_mongodb(self) -> None:
        if self.mongodb.pid is None:
            # Without --sync-on-commit the last acknowledged commit is gone after a kill.
            command = [
                str(Path(sys.executable).with_name("secantusd-py")), "--host", LOOPBACK,
                "--port", str(self.place.free_port("mongodb")), "--storage-path", str(self.place.folder("mongodb")),
                "--cache-size", "256M", "--sync-on-commit", "--log-level", "WARNING",
            ]  # fmt: skip
            self.mongodb.start(command, os.environ)

    def parts(self) -> list[tuple[str, Process, Callable[[], bool]]]:
        """Return each embedded part: what people call it, its process, and how to tell that it is ready."""
        parts: list[tuple[bool, str, Process, Callable[[], bool]]] = [
            (self.embeds_rabbitmq, "RabbitMQ", self.rabbitmq.process, self.rabbitmq.is_ready),
            (self.embeds_mongodb, "SecantusDB", self.mongodb, lambda: answers(self.place.port("mongodb"))),
            (self.embeds_mail, "e-post", self.mail, lambda: answers(self.place.port("smtp"))),
        ]
        return [(title, process, is_ready) for embedded, title, process, is_ready in parts if embedded]

    def _wait(self) -> None:
        begun = said = time.monotonic()
        while waiting := [(title, process) for title, process, is_ready in self.parts() if not is_ready()]:
            title, process = next(((t, p) for t, p in waiting if p.pid is None), waiting[0])
            if process.pid is None or time.monotonic() - begun > START_SECONDS:
                show_end(self.place.log(process.name))
                raise NotPossible(f"{title} kom inte i gång. Loggarna finns i {self.place.folder('log')}.")
            if time.monotonic() - said > SAY_EVERY_SECONDS:
                said = time.monotonic()
                say(f"  väntar på {', '.join(title for title, _ in waiting)} ({said - begun:.0f} s)")
            time.sleep(0.1)

    def _keep_agency_passwords(self) -> None:
        for agency in AgencyRegistry.load(self.agencies_file).all:
            self.place.secret(f"agencies/{agency.id}", secrets.token_urlsafe(24).encode())


def _management_beside(rabbitmq_url: str) -> str:
    """Return the management address on its usual port, with the same host and user."""
    parts = urlsplit(rabbitmq_url)
    return f"http://{parts.netloc.rpartition(':')[0] if parts.port else parts.netloc}:15672"
