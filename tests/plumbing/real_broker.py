"""A vhost of its own on the real broker, with three agencies that exist nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from shared.operators.provision import Broker
from shared.settings import Settings


@dataclass(frozen=True)
class Vhost:
    """Where it is, and the agencies with their passwords."""

    rabbitmq_url: str
    management_url: str
    keys: dict[str, str]

    @property
    def broker(self) -> Broker:
        """The management API for this vhost."""
        return Broker(self.management_url, self.rabbitmq_url)

    def url_as(self, agency_id: str) -> str:
        """Return the address with the agency as the user."""
        return str(httpx.URL(self.rabbitmq_url).copy_with(username=agency_id, password=self.keys[agency_id]))

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask the management API as the administrator."""
        return httpx.request(method, f"{self.management_url}/api/{path}", json=body, trust_env=False, timeout=15)


@pytest.fixture
def vhost(settings: Settings) -> Iterator[Vhost]:
    """Make the vhost, and take it and its users away again."""
    rabbitmq_url, management_url = settings.rabbitmq_url, settings.rabbitmq_management_url or ""
    name = f"try-{uuid4().hex[:8]}"
    keys = {f"9901-{name}-{kind}": f"secret-{kind}" for kind in ("school", "police")} | {f"99-{name}-board": "secret"}
    tried = Vhost(f"{rabbitmq_url.split('?')[0].rpartition('/')[0]}/{name}?heartbeat=10", management_url, keys)
    admin = {"configure": ".*", "write": ".*", "read": ".*"}
    tried.ask("PUT", f"vhosts/{name}").raise_for_status()
    tried.ask("PUT", f"permissions/{name}/{urlsplit(rabbitmq_url).username}", admin).raise_for_status()
    yield tried
    for agency_id in keys:
        tried.ask("DELETE", f"users/{agency_id}")
    tried.ask("DELETE", f"vhosts/{name}")
