"""Where a leak would show: processes' logs, what they answer over HTTP, mails, the database's files and its rows.

Each search says how many places it looked into and how many bytes, for a search of nothing finds nothing.
"""

from __future__ import annotations

import email
import email.header
import email.policy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pymongo

from deploy.local.infrastructure import Infrastructure
from deploy.local.place import LOOPBACK
from deploy.local.processes import SERVICES
from shared.settings import Settings
from tests.live.conftest import samverkan
from tests.live.markers import Markers


@dataclass
class Search:
    """What has been searched, and what was found where."""

    markers: Markers
    places: int = 0
    characters: int = 0
    found: dict[str, set[str]] = field(default_factory=dict)

    def through(self, places: Iterable[tuple[str, str]]) -> Search:
        """Look through named texts."""
        for name, text in places:
            self.places += 1
            self.characters += len(text)
            if here := self.markers.found_in(text):
                self.found.setdefault(name, set()).update(here)
        return self

    def __str__(self) -> str:
        """Return a line of the table."""
        return f"{self.places} places, {self.characters} characters, {len(self.found)} with a find"


def log_files(infrastructure: Infrastructure) -> Iterator[tuple[str, str]]:
    """Yield every log of every process, the broker's and the database's own too."""
    for path in sorted(infrastructure.place.folder("log").iterdir()):
        if path.is_file():
            yield path.name, path.read_text(encoding="utf-8", errors="replace")


def answers_over_http(infrastructure: Infrastructure, settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what services say of themselves, and what the broker says of queues, exchanges, bindings and rates."""
    with httpx.Client(trust_env=False, timeout=10) as client:
        for name in SERVICES:
            for path in ("/live", "/ready", "/metrics", "/"):
                port = infrastructure.place.port(name)
                yield f"{name}{path}", client.get(f"http://{LOOPBACK}:{port}{path}").text
        for path in ("overview", "queues", "exchanges", "bindings", "channels", "connections", "consumers"):
            yield f"broker/{path}", client.get(f"{settings.rabbitmq_management_url}/api/{path}").text


def operators_see(environment: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what an operator's commands print of dead letters, with reasons and headers, and of what waits."""
    for command in (("dead", "list", "observations", "--json"), ("dead", "show", "observations"), ("waiting",)):
        yield " ".join(command), samverkan(environment, *command)


def mails(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each mail as it travelled, its headers decoded, and each of its parts decoded: text, html, calendar."""
    for path in sorted(folder.glob("*.eml")):
        raw = path.read_bytes()
        yield f"{path.name} raw", raw.decode("utf-8", "replace")
        letter = email.message_from_bytes(raw, policy=email.policy.default)
        yield f"{path.name} headers", "\n".join(f"{name}: {value}" for name, value in letter.items())
        for part in letter.walk():
            if not part.is_multipart():
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                yield f"{path.name} {part.get_content_type()}", content.decode("utf-8", "replace")


def database_files(infrastructure: Infrastructure) -> Iterator[tuple[str, str]]:
    """Yield the raw files of the embedded database, journal and all, byte by byte; stop it first, so all is there."""
    for path in sorted(infrastructure.place.folder("mongodb").rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes().decode("latin-1")


def database_rows(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield every collection of every database of the house as the driver reads it, without any key."""
    with pymongo.MongoClient[dict[str, object]](settings.mongodb_uri) as client:
        for database in sorted(client.list_database_names()):
            if database.startswith(settings.database_prefix):
                for name in client[database].list_collection_names():
                    rows = "\n".join(map(repr, client[database][name].find({})))
                    yield f"{database.removeprefix(settings.database_prefix)}.{name}", rows
