"""Where one copy of the house keeps its state on this machine: its folder, its ports, its secrets.

Ports are chosen at the first start and remembered, so a restarted node is found where it was and two copies stay apart.
A secret that exists is never written over: what is sealed under it would be lost.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shlex
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
# Below the range that outgoing connections take their ports from: a node that restarts must find its port free.
_LOWEST_PORT, _HIGHEST_PORT = 20_000, 31_999
_MASTER_KEY_BYTES = 96


@dataclass(frozen=True)
class Place:
    """A folder that holds everything of one copy."""

    var: Path

    @classmethod
    def of_environment(cls) -> Place:
        """Return the folder `SAMVERKAN_VAR` names, or `var/` in the project."""
        return cls(Path(os.environ.get("SAMVERKAN_VAR") or ROOT / "var").resolve())

    @property
    def secrets(self) -> Path:
        """The folder of secrets, one file each."""
        return self.var / "secrets"

    def folder(self, name: str) -> Path:
        """Return a folder of that name, made if it is not there."""
        path = self.var / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, name: str) -> Path:
        """Return the log file of that name."""
        return self.folder("log") / f"{name}.log"

    def port(self, name: str) -> int:
        """Return the port remembered under a name; a new one the first time."""
        return self._ports().get(name) or self._choose(name)

    def free_port(self, name: str) -> int:
        """Return a port to start a server on: the remembered one unless somebody has taken it meanwhile."""
        port = self.port(name)
        return port if _is_free(port) else self._choose(name)

    def keep_secrets(self) -> None:
        """Make the secrets that are missing, readable by their owner only."""
        self.folder("secrets").chmod(0o700)
        self.secret("house_secret", secrets.token_hex(32).encode())
        self.secret("vault_master_key", secrets.token_bytes(_MASTER_KEY_BYTES))

    def secret(self, name: str, otherwise: bytes) -> bytes:
        """Return a secret; `otherwise` is kept as that secret when there is none."""
        path = self.secrets / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = path.with_suffix(".part")
            partial.touch(mode=0o600)
            partial.write_bytes(otherwise)
            partial.rename(path)  # A secret is there whole or not at all.
        return path.read_bytes()

    def write_env(self, variables: Mapping[str, str]) -> Path:
        """Write `export NAME=value` lines for a shell to read and return the file."""
        path = self.folder(".") / "env"
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items())]
        path.touch(mode=0o600)  # The broker's address holds a password.
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def _ports(self) -> dict[str, int]:
        path = self.var / "ports.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def _choose(self, name: str) -> int:
        ports = self._ports()
        taken = {port for other, port in ports.items() if other != name}
        ports[name] = next(port for port in _any_order() if port not in taken and _is_free(port))
        (self.folder(".") / "ports.json").write_text(json.dumps(ports, indent=1), encoding="utf-8")
        return ports[name]


def _any_order() -> list[int]:
    ports = range(_LOWEST_PORT, _HIGHEST_PORT + 1)
    return random.sample(ports, len(ports))


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Say whether somebody accepts connections on a loopback port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
