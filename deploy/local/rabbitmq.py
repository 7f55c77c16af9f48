"""A RabbitMQ node of our own: own name, ports, cookie, folders and port mapper; no system service is touched.

It listens on loopback only. Its administrator's password is made at the first start, because RabbitMQ's own default
user is the first thing anybody tries.
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import urllib.request
from pathlib import Path

from deploy.local import NotPossible, debian
from deploy.local.place import LOOPBACK, Place, answers
from deploy.local.processes import Process, is_ok

ADMINISTRATOR = "samverkan"
MISSING = "RabbitMQ saknas: installera rabbitmq-server (3.10 eller senare), eller kör allt med: docker compose up"
# Debian's command of the same name on the PATH changes user and starts the system's node.
_DEBIAN_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_CONFIGURATION = """\
listeners.tcp.1 = {loopback}:{amqp}
management.tcp.ip = {loopback}
management.tcp.port = {management}
default_user = {user}
default_pass = {password}
default_user_tags.administrator = true
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
disk_free_limit.absolute = 100MB
raft.wal_max_size_bytes = 64000000
log.console = false
log.file.level = info
"""


class RabbitMQ:
    """The embedded broker of a place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.process = Process(place, "rabbitmq")
        self._port_mapper = Process(place, "epmd")

    @property
    def password(self) -> str:
        """The administrator's password."""
        return self.place.secret("rabbitmq_password", secrets.token_urlsafe(24).encode()).decode()

    @property
    def url(self) -> str:
        """The address for AMQP. The heartbeat bounds how long a silent connection goes unnoticed."""
        return f"amqp://{ADMINISTRATOR}:{self.password}@{LOOPBACK}:{self.place.port('amqp')}/?heartbeat=10"

    @property
    def management_url(self) -> str:
        """The address of the management API."""
        return f"http://{ADMINISTRATOR}:{self.password}@{LOOPBACK}:{self.place.port('management')}"

    def install(self) -> None:
        """Install RabbitMQ where it is missing. NotPossible without root or apt-get."""
        if _server() is None:
            debian.install("rabbitmq-server", MISSING, self.place.log("apt"))
        if _server() is None:
            raise NotPossible(MISSING)

    def start(self) -> None:
        """Start the node if it does not run; `is_ready` tells when it answers."""
        server = _server()
        if self.process.pid is not None:
            return
        if server is None:
            raise NotPossible(MISSING)
        mapper = shutil.which("epmd")
        if self._port_mapper.pid is None and mapper is not None:
            port = self.place.free_port("epmd")
            self._port_mapper.start([mapper, "-address", LOOPBACK, "-port", str(port)], os.environ)
        self.process.start([server], self._environment())

    def is_ready(self) -> bool:
        """Say whether the node takes messages and the management API lets us in."""
        password = base64.b64encode(f"{ADMINISTRATOR}:{self.password}".encode()).decode()
        address = f"http://{LOOPBACK}:{self.place.port('management')}/api/overview"
        ask = urllib.request.Request(address, headers={"Authorization": f"Basic {password}"})
        return answers(self.place.port("amqp")) and is_ok(ask)

    def stop(self) -> None:
        """Stop the node, then its port mapper."""
        self.process.stop()
        self._port_mapper.stop()

    def _environment(self) -> dict[str, str]:
        folder = self.place.folder("rabbitmq")
        configuration = folder / "rabbitmq.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            _CONFIGURATION.format(
                loopback=LOOPBACK, user=ADMINISTRATOR, password=self.password,
                amqp=self.place.free_port("amqp"), management=self.place.free_port("management"),
            )
        )  # fmt: skip
        (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RABBITMQ_")}
        return inherited | {
            "HOME": str(folder),  # the cookie
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self.place.port("epmd")),
            # An address for a name: it needs no resolving, whatever the machine is called or its hosts file says.
            "RABBITMQ_NODENAME": f"samverkan@{LOOPBACK}",
            "RABBITMQ_USE_LONGNAME": "true",
            "ERL_CRASH_DUMP": str(folder / "erl_crash.dump"),
            "RABBITMQ_DIST_PORT": str(self.place.free_port("distribution")),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "none.config"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "kept"),
            "RABBITMQ_LOG_BASE": str(self.place.folder("log")),
            "RABBITMQ_LOGS": str(self.place.log("rabbitmq-node")),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "detached": "true",  # the script becomes the node instead of watching it: one process, ours to signal
        }


def _server() -> str | None:
    return str(_DEBIAN_SERVER) if _DEBIAN_SERVER.exists() else shutil.which("rabbitmq-server")
