"""The agencies file made real on the broker: users, their rights, one queue each. Applying it twice changes nothing.

The order of the rows must not be broken: a user gets its topic rights before it gets into the vhost, because a user
without a row of topic rights may publish under any agency's name (tried on RabbitMQ 3.10.8).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import httpx

from shared.operators.held_queue import NotPossible
from shared.outgoing import AGENCY_OUT
from shared.topology import AGENCY_IN, UNROUTED

RETURNED = f"{AGENCY_OUT}.dead"
"""Where a message goes that an agency's system rejects or fails on too often: kept for the operator to replay."""
# Limits of our own: without one, RabbitMQ 4 stops at 20 deliveries, and -1 makes 3.10 drop the message at once.
OUT_QUEUE = {"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-delivery-limit": 1000} | {
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": RETURNED,
    "x-dead-letter-strategy": "at-least-once",
}
RETURNED_QUEUE = {"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-delivery-limit": 1_000_000}
AGENCY_USER = re.compile(r"[0-9]{2}([0-9]{2})?-[a-z0-9-]{2,40}")
_RIGHTS = ("users/", "permissions/", "topic-permissions/")

Fields = dict[str, Any]


class Row(NamedTuple):
    """One thing the broker is to hold or lose; `name` is what people read."""

    name: str
    path: str
    body: Fields
    method: str = "PUT"


class Broker:
    """RabbitMQ's management API for one vhost."""

    def __init__(self, management_url: str, rabbitmq_url: str) -> None:
        self.vhost = quote(unquote(urlsplit(rabbitmq_url).path[1:]) or "/", safe="")
        self._http = httpx.Client(base_url=management_url.rstrip("/") + "/api/", timeout=15, trust_env=False)

    def read(self, path: str) -> list[Fields]:
        """Return a list of what the broker holds."""
        rows: list[Fields] = self._ask("GET", path).json()
        return rows

    def write(self, row: Row) -> None:
        """Make one row real. What is gone already counts as removed."""
        self._ask(row.method, row.path, row.body)

    def close_connections(self, user: str) -> None:
        """Close a user's connections: an open channel goes on with the rights it had."""
        self._ask("DELETE", f"connections/username/{user}")

    def _ask(self, method: str, path: str, body: Fields | None = None) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            where = f"{self._http.base_url.host}:{self._http.base_url.port}"
            raise NotPossible(
                f"Når inte RabbitMQ:s hanteringsgränssnitt på {where} ({type(error).__name__})."
            ) from None
        if answer.is_success or (method == "DELETE" and answer.status_code == 404):
            return answer
        if answer.status_code == 401:
            raise NotPossible("RabbitMQ släpper inte in oss: RABBITMQ_MANAGEMENT_URL ska ange en administratör.")
        reason = answer.json().get("reason") if "json" in answer.headers.get("content-type", "") else ""
        raise NotPossible(f"RabbitMQ sade nej till {method} {unquote(path)}: {answer.status_code} {reason}".rstrip())


def passwords(agency_ids: Iterable[str], secrets_dir: Path, embedded: bool) -> dict[str, str]:
    """Return each agency's password, from the secrets folder; in the embedded default the id serves where none is."""
    folder = secrets_dir / "agencies"
    kept = {id_: (folder / id_).read_text("utf-8").strip() if (folder / id_).is_file() else "" for id_ in agency_ids}
    if not embedded and (missing := sorted(id_ for id_, password in kept.items() if not password)):
        raise NotPossible(f"Lösenord saknas i {folder} för: {', '.join(missing)}.")
    return {id_: password or id_ for id_, password in kept.items()}


def password_hash(password: str, salt: bytes) -> str:
    """Return what RabbitMQ keeps of a password: base64 of a 4-byte salt and the salted SHA-256."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def wanted(vhost: str, keys: Mapping[str, str], held: Mapping[str, Fields]) -> list[Row]:
    """Return every row the broker is to hold, in the order to write them. `keys` are passwords by agency."""
    exchanges: tuple[tuple[str, str, Fields], ...] = (
        (UNROUTED, "fanout", {}),
        (AGENCY_IN, "topic", {"alternate-exchange": UNROUTED}),
        (AGENCY_OUT, "topic", {}),
    )
    lasting = {"durable": True, "auto_delete": False}
    rows = [
        Row(f"exchange {name}", f"exchanges/{vhost}/{name}", lasting | {"type": kind, "arguments": arguments})
        for name, kind, arguments in exchanges
    ]
    queues = {RETURNED: RETURNED_QUEUE} | {f"{AGENCY_OUT}.{id_}": OUT_QUEUE for id_ in keys}
    rows += [Row(f"kö {name}", f"queues/{vhost}/{name}", lasting | {"arguments": q}) for name, q in queues.items()]
    for id_, password in keys.items():
        queue, key = f"{AGENCY_OUT}.{id_}", f"{id_}.#"
        at = f"bindings/{vhost}/e/{AGENCY_OUT}/q/{queue}"
        rows += [Row(_bound(AGENCY_OUT, key, queue), at, {"routing_key": key}, "POST")]
        rows += _rights(vhost, id_, password, held.get(f"användare {id_}", {}).get("password_hash", ""))
    return rows


def _rights(vhost: str, id_: str, password: str, held_hash: str) -> list[Row]:
    literal, topics = re.escape(id_), f"topic-permissions/{vhost}/{id_}"
    if password_hash(password, base64.b64decode(held_hash)[:4]) != held_hash:
        held_hash = password_hash(password, os.urandom(4))
    user = {"password_hash": held_hash, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ""}
    may = {"configure": "^$", "write": rf"^{re.escape(AGENCY_IN)}$", "read": rf"^{re.escape(AGENCY_OUT)}\.{literal}$"}
    return [
        Row(f"användare {id_}", f"users/{id_}", user),
        Row(f"nycklar {id_} {AGENCY_IN}", topics, {"exchange": AGENCY_IN, "write": rf"^{literal}\..+$", "read": "^$"}),
        Row(f"nycklar {id_} {AGENCY_OUT}", topics, {"exchange": AGENCY_OUT, "write": "^$", "read": "^$"}),
        Row(f"rättigheter {id_}", f"permissions/{vhost}/{id_}", may),
    ]


def _bound(exchange: str, routing_key: str, queue: str) -> str:
    return f"bindning {exchange} {routing_key} till {queue}"


def held_by(broker: Broker) -> dict[str, Fields]:
    """Return what the broker holds, by the names and in the shape of `wanted`."""
    sources = (
        (f"exchanges/{broker.vhost}", "exchange {name}", "durable auto_delete type arguments"),
        (f"queues/{broker.vhost}", "kö {name}", "durable auto_delete arguments"),
        (f"bindings/{broker.vhost}", _bound("{source}", "{routing_key}", "{destination}"), "routing_key"),
        ("users", "användare {name}", "password_hash hashing_algorithm tags"),
        (f"vhosts/{broker.vhost}/topic-permissions", "nycklar {user} {exchange}", "exchange write read"),
        (f"vhosts/{broker.vhost}/permissions", "rättigheter {user}", "configure write read"),
    )
    rows = [(label.format(**row), row, fields) for path, label, fields in sources for row in broker.read(path)]
    held = {name: {field: row[field] for field in fields.split()} for name, row, fields in rows}
    for user in held.values():
        if isinstance(user.get("tags"), list):  # RabbitMQ before 3.9 has them as text
            user["tags"] = ",".join(user["tags"])
    return held


def _stray_bindings(broker: Broker, rows: Iterable[Row]) -> list[Row]:
    """Return the removal of every other way into an agency's queue: by it the agency would read what is another's."""
    bound = {row.name: row.path.split("/")[-1] for row in rows if row.method == "POST"}
    bindings = [
        (_bound(b["source"], b["routing_key"], b["destination"]), b) for b in broker.read(f"bindings/{broker.vhost}")
    ]
    path = f"bindings/{broker.vhost}/e/{{}}/q/{{}}/{{}}"
    return [
        Row(name, path.format(quote(b["source"], safe=""), b["destination"], b["properties_key"]), {}, "DELETE")
        for name, b in bindings
        if b["source"] and b["destination"] in bound.values() and name not in bound
    ]


def _gone(broker: Broker, keys: Mapping[str, str]) -> dict[str, list[Row]]:
    """Return the agencies with rights in this vhost that the file no longer names, and how each is removed."""
    permissions = [(row["user"], quote(row["vhost"], safe="")) for row in broker.read("permissions")]
    elsewhere = {user for user, vhost in permissions if vhost != broker.vhost}
    here = {user for user, vhost in permissions if vhost == broker.vhost and AGENCY_USER.fullmatch(user)} - set(keys)
    rights = {id_: Row(f"rättigheter {id_}", f"permissions/{broker.vhost}/{id_}", {}, "DELETE") for id_ in here}
    users = {id_: Row(f"användare {id_}", f"users/{id_}", {}, "DELETE") for id_ in here - elsewhere}
    return {id_: [row for row in (rights[id_], users.get(id_)) if row] for id_ in sorted(here)}


def apply(
    broker: Broker, keys: Mapping[str, str], prune: bool = False, dry_run: bool = False
) -> Iterator[tuple[str, str]]:
    """Put right what differs from the file; yield each change as it is made: created, changed, removed or left."""
    held, gone = held_by(broker), _gone(broker, keys)
    all_rows = wanted(broker.vhost, keys, held)
    rows = [row for row in all_rows if held.get(row.name) != row.body] + _stray_bindings(broker, all_rows)
    rows += [row for removal in gone.values() for row in removal if prune]
    for row in rows:
        if not dry_run:
            broker.write(row)
        yield "removed" if row.method == "DELETE" else "changed" if row.name in held else "created", row.name
    for user in {row.path.split("/")[-1] for row in rows if row.path.startswith(_RIGHTS) and not dry_run}:
        broker.close_connections(user)
    for id_ in gone:
        yield "left", f"kö {AGENCY_OUT}.{id_}" if prune else f"användare {id_}"
