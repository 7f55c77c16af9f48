"""`samverkan waiting`: everything in the house that waits for something, so that nothing waits unseen.

It only looks. Ids, codes and times are shown, never whom anything is about. What a kind of wait is stands in `_KINDS`;
whoever lets something new wait adds it there.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import pkgutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Final, Literal

import typer
from aio_pika.exceptions import ChannelNotFoundEntity

from shared.clock import LOCAL_ZONE, WallClock
from shared.mongo import Database, Mongo, Row
from shared.operators.held_queue import NotPossible, opened_channel
from shared.operators.terminal import AsJson, age
from shared.outbox import OUTBOX
from shared.outgoing import AGENCY_OUT
from shared.settings import read_settings

Kind = Literal[
    "early", "half_signed", "observation", "minutes", "action", "series", "follow_up", "outbox", "dead_letters"
]  # fmt: skip
_KINDS: Final[dict[Kind, str]] = {
    "early": "Kom före sitt samtyckesformulär, som inte har kommit",
    "half_signed": "Samtycken där underskrifter saknas",
    "observation": "Iakttagelser som ingen har fått: samtycke eller annan grund saknas",
    "minutes": "Protokoll från möten vars serie inte är planerad",
    "action": "Svar om åtgärder som inga protokoll har gett avsändaren",
    "series": "Ändringar, flyttningar, inställda möten och svar som gäller en serie som inte är planerad",
    "follow_up": "Om platser: kom före sitt område eller sin åtgärd, eller saknar en andra hypotes",
    "outbox": "Skulle ha gått ut, men mäklaren har inte tagit emot det",
    "dead_letters": "Döda brev (samverkan dead list TJÄNST)",
}
OVERDUE = timedelta(minutes=1)
"""How long after its time a message may still be on its way out without being called late."""


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: since when, whose it is (an agency, or a service), for what, and its id.

    `since` is None where nobody knows: a queue does not say. `count` is more than one for a queue only.
    """

    kind: Kind
    since: datetime | None
    whose: str
    waits_for: str
    type: str
    id: str
    count: int = 1


def waiting(
    older_than: Annotated[str | None, typer.Option(help="Bara det som har väntat så länge: 30m, 24h eller 7d.")] = None,
    agency: Annotated[str | None, typer.Option(help="Bara det som är den verksamhetens.")] = None,
    as_json: AsJson = False,
) -> None:
    """Visa allt som väntar: på ett formulär, underskrifter, en grund, en mötesserie eller på att gå ut."""
    settings, least = read_settings(), age(older_than)
    now = WallClock(settings.clock_file).now()
    if agency is not None and not agency.partition("-")[0].isdigit():
        raise NotPossible(f"{agency} är inget id för en verksamhet, till exempel 2182-police.")
    found = asyncio.run(_everything(now))
    chosen = [
        each
        for each in found
        if (agency is None or each.whose == agency)
        and (least is None or each.since is None or now - each.since >= least)
    ]
    if as_json:
        for each in chosen:
            typer.echo(json.dumps(asdict(each), ensure_ascii=False, default=datetime.isoformat))
    else:
        _print(chosen, now)


async def waiting_in(databases: Mapping[str, Database], now: datetime) -> list[Waiting]:
    """Return what waits in the services' databases, by kind, the longest wait first."""
    found = [each async for rows in _stored(databases) for each in rows]
    for service, db in databases.items():
        late = await db.find(OUTBOX, {"due_at": {"$lte": now - OVERDUE}})
        found += [_unsent(service, row) for row in late]
    order = list(_KINDS)
    return sorted(found, key=lambda each: (order.index(each.kind), each.since or now, each.id))


async def _everything(now: datetime) -> list[Waiting]:
    settings = read_settings()
    mongo = Mongo(settings.mongodb_uri, settings.mongo_driver)
    try:
        databases = {name: mongo.database(settings.database_prefix + name) for name in _services()}
        return await waiting_in(databases, now) + await dead_letters_at(settings.rabbitmq_url)
    finally:
        await mongo.close()


async def _stored(databases: Mapping[str, Database]) -> AsyncIterator[list[Waiting]]:
    """Yield what services keep that waits, by their own collections: forms, observations, meetings, places."""
    for row in await databases["consent"].find("consents", {"waits.0": {"$exists": True}}):
        yield [_of_form(row["_id"], wait) for wait in row["waits"]]
    for row in await databases["observations"].find("observations", {"told_to": []}):
        since, whose = row["accepted_at"], row["submitted_by"]
        yield [Waiting("observation", since, whose, "basis", "observation.submitted.v1", row["_id"])]
    for series in await databases["meetings"].find("series", {"waiting_minutes.0": {"$exists": True}}):
        rows = await databases["meetings"].find("minutes", {"_id": {"$in": list(series["waiting_minutes"])}})
        type_ = "meeting-minutes.recorded.v1"
        yield [Waiting("minutes", row["recorded_at"], row["recorded_by"], "series", type_, row["_id"]) for row in rows]
    type_ = "action.completed.v1"
    for row in await databases["meetings"].find("completions", {"given_in": [], "outcome": {"$ne": None}}):
        yield [Waiting("action", row["heard_at"], row["owner"], "minutes", type_, row["action_id"])]
    async for found in _of_unplanned(databases["meetings"]):
        yield found
    for collection in ("priorities", "measures"):
        rows = await databases["meetings"].find(collection, {"wait": {"$ne": None}})
        yield [_of_places(row["wait"]) for row in rows]


def _of_form(form_id: str, wait: Row) -> Waiting:
    kind: Kind = "early" if wait["waits_for"] == "form" else "half_signed"
    return Waiting(kind, wait["since"], wait["told_by"], wait["waits_for"], wait["type"], form_id)


async def _of_unplanned(db: Database) -> AsyncIterator[list[Waiting]]:
    """Yield what was said about series of meetings that are not planned."""
    unplanned = {"waiting_since": {"$ne": None}}
    for series in await db.find("series", unplanned):
        yield list(_said_of(series))
    planned = [series["_id"] for series in await db.find("series", {"waiting_since": None})]
    for row in await db.find("invitation_answers", {"series_id": {"$nin": planned}}):
        type_ = "meeting-invitation.answered.v1"
        given = [each for each in row["answers"] if each["said_by"] is not None]
        yield [Waiting("series", each["said_at"], each["said_by"], "series", type_, row["_id"]) for each in given]


def _said_of(series: Row) -> Iterator[Waiting]:
    for each in series["facts"]["requests"]:
        asked = "meeting-move" if each["starts_at"] else "meeting-cancellation"
        id_ = f"{series['_id']}:{each['occurrence']}"
        yield Waiting("series", each["said_at"], each["by"], "series", f"{asked}.requested.v1", id_)
    for each in series["facts"]["revisions"]:
        by, id_ = each["plan"]["organiser"]["agency"], f"{series['_id']}/{each['number']}"
        yield Waiting("series", each["taken_in_at"], by, "series", "meeting-series.changed.v1", id_)
    for agency in series["last_days"]:
        since = series["waiting_since"]
        yield Waiting("series", since, agency, "series", "meeting-series.ended.v1", series["_id"])


def _of_places(wait: Row) -> Waiting:
    return Waiting(
        "follow_up", wait["since"], wait["told_by"], wait["waits_for"], wait["submission"], wait["entity_id"]
    )


def _unsent(service: str, row: Row) -> Waiting:
    """Return a late row of an outbox: what is told is the agency's it is for, what is said between services theirs."""
    to, _, type_ = str(row["routing_key"]).partition(".")
    is_told = row["exchange"] == AGENCY_OUT
    return Waiting(
        "outbox",
        row["due_at"],
        to if is_told else service,
        "broker",
        type_ if is_told else row["routing_key"],
        row["message_id"],
    )


async def dead_letters_at(url: str) -> list[Waiting]:
    """Return how many dead letters lie on a broker, by service; a queue that is not there yet holds none."""
    found = []
    for name in [*_services(), AGENCY_OUT]:
        async with opened_channel(url) as channel:
            with suppress(ChannelNotFoundEntity):
                queue = await channel.declare_queue(f"{name}.dead", passive=True)
                if count := queue.declaration_result.message_count:
                    found.append(Waiting("dead_letters", None, name, "an operator", "", queue.name, count))
    return found


def _services() -> list[str]:
    return sorted(each.name for each in pkgutil.iter_modules(importlib.import_module("services").__path__))


def _print(found: list[Waiting], now: datetime) -> None:
    for kind, group in groupby(found, key=lambda each: each.kind):
        rows = list(group)
        typer.echo(f"{_KINDS[kind]}: {sum(each.count for each in rows)}")
        for row in rows:
            typer.echo(_line(row, now))
    if not found:
        typer.echo("Ingenting väntar.")


def _line(row: Waiting, now: datetime) -> str:
    if row.since is None:
        return f"  {row.whose:<26}  {row.count} i {row.id}"
    hours = int((now - row.since) / timedelta(hours=1))
    waited = f"{hours // 24} dygn" if hours >= 48 else f"{hours} h"
    return (
        f"  {row.since.astimezone(LOCAL_ZONE):%Y-%m-%d %H.%M}  {waited:>8}  {row.whose:<26}  {row.type:<32}  {row.id}"
    )
