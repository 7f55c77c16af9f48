"""What the tests of `observations` say to it, and how they read what it has told and stored."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from shared.events.consent import ConsentActivated, ConsentEnded, ConsentNarrowed
from shared.events.event import Cell, Event
from shared.outgoing import Outgoing, event_message
from shared.register import Entry, still_told
from shared.relay import Relay
from tests.house import House, changed, sample

SOCIAL, SCHOOL, POLICE, LEISURE = "2182-social-services", "2182-school", "2182-police", "2182-leisure"
COORDINATOR, HOUSING, CHURCH = "2182-coordinator", "2182-housing-faxeholmen", "2182-church"
NUMBER, OTHER_NUMBER = "201306152388", "200803032390"
DISCLOSED, NOTICED = "observation.disclosed.v1", "concern.noticed.v1"
DENIED, WAITING = "disclosure.denied.v1", "submission.waiting.v1"
FORM = "form-1"


def cells(*pairs: tuple[str, str], category: str = "behaviour") -> tuple[Cell, ...]:
    """Return a scope in which each of these may tell the other."""
    return tuple(Cell(released_by=one, received_by=other, category=category) for one, other in pairs)


TO_SOCIAL = cells((SCHOOL, SOCIAL), (POLICE, SOCIAL), (LEISURE, SOCIAL))


def observation(observation_id: str, **changes: Any) -> dict[str, Any]:
    """Return an observation of a behaviour, as a submission of its own."""
    return changed("observation.submitted.leisure.v1", {"observation_id": observation_id, **changes})


def about(number: str) -> dict[str, Any]:
    """Return the field that says whom an observation is about."""
    return {"youth": {"personal_identity_number": number}}


def place_event(place_event_id: str, **changes: Any) -> dict[str, Any]:
    """Return the sample's place event, changed, as a submission of its own."""
    return changed("place-event.submitted.v1", {"place_event_id": place_event_id, **changes})


def reported(place_event_id: str, **changes: Any) -> dict[str, Any]:
    """Return a place event as it stands in a weekly report."""
    (event,) = sample("in", "weekly-report.submitted.v1")["data"]["place_events"]
    return {**event, "place_event_id": place_event_id, **changes}


def weekly_report(*events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a weekly report with these events; without any it is a nil report."""
    return changed("weekly-report.submitted.v1", {"place_events": list(events), "nil_report": not events, **changes})


def ref(house: House, number: str = NUMBER, municipality: str = "2182") -> str:
    """Return the reference of a youth."""
    return house.rooms["observations"].secret.person_ref(municipality, number)


def activated(
    house: House,
    scope: tuple[Cell, ...] = TO_SOCIAL,
    form: str = FORM,
    number: str = NUMBER,
    municipality: str = "2182",
) -> ConsentActivated:
    """Return a consent's beginning."""
    return ConsentActivated(
        form_id=form,
        person_ref=ref(house, number, municipality),
        revision=1,
        valid_from=date(2026, 11, 16),
        valid_to=date(2027, 5, 15),
        cells=scope,
    )


def narrowed(house: House, *left: Cell, form: str = FORM, number: str = NUMBER) -> ConsentNarrowed:
    """Return the withdrawal of part of a consent, by what is left of it."""
    return ConsentNarrowed(**{**activated(house, left, form, number).model_dump(), "revision": 2})


def ended(house: House, form: str = FORM, number: str = NUMBER) -> ConsentEnded:
    """Return a consent's end."""
    return ConsentEnded(
        form_id=form, person_ref=ref(house, number), revision=3, reason="withdrawn", ended_at=house.clock.now()
    )


async def hear(house: House, *events: Event) -> None:
    """Have `observations` alone hear each internal event, and let everything that follows happen."""
    for event in events:
        await house.post(event_message(event, "somebody", house.clock.now()))
        house.waiting = [arrival for arrival in house.waiting if arrival.queue.startswith("observations.")]
        await house.settle()


async def send(house: House, agency: str, *events: dict[str, Any]) -> None:
    """Send each as the agency, and let everything happen."""
    for event in events:
        house.say(agency, event | {"source": f"/agency/{agency}"})
        await house.settle()


async def say(house: House, agency: str, *events: dict[str, Any]) -> list[tuple[str, str]]:
    """Send each as the agency, let everything happen, and return pointer and code of the last answer's faults."""
    await send(house, agency, *events)
    (answer,) = house.answers_to(agency, events[-1]["id"])
    return [(fault["pointer"], fault["code"]) for fault in answer.get("errors", [])]


def disclosed(house: House, agency: str) -> list[str]:
    """Return the ids of the observations an agency has been told, each message id once, sorted."""
    return sorted(told["observation"]["observation_id"] for told in house.told(agency, DISCLOSED))


def noticed(house: House, agency: str) -> list[tuple[list[str], list[str]]]:
    """Return the notices of concern an agency has been given: whose observations, and which."""
    return [(told["seen_by"], told["observation_ids"]) for told in house.told(agency, NOTICED)]


async def _away(outgoing: Outgoing) -> None:
    raise ConnectionError


def broker_away(house: House, service: str = "observations") -> None:
    """Let nothing that a service says go out: it stays in the outbox."""
    room = house.rooms[service]
    room.relay = Relay(room.db, _away, house.clock, room.vault)


async def broker_back(house: House) -> None:
    """Let everything that still waits in the outbox go out."""
    room = house.rooms["observations"]
    room.relay = Relay(room.db, house.post, house.clock, room.vault)
    await room.db.change("outbox", {}, {"$set": {"leased_until": datetime(2000, 1, 1, tzinfo=UTC)}})
    await house.settle()


async def waiting(house: House, type_: str) -> list[dict[str, Any]]:
    """Return what waits in the outbox to be told to agencies, of one type."""
    return [row for row in await house.rows("observations", "outbox") if row["routing_key"].endswith(f".{type_}")]


def said(house: House, type_: str) -> list[dict[str, Any]]:
    """Return the internal events of one type that have gone out, each message once."""
    bodies = {each.message_id: each.body for each in house.travelled if each.routing_key == type_}
    return [json.loads(body) for body in bodies.values()]


async def registered(house: House, act: str, what: str | None = "observation") -> list[Entry]:
    """Return the register's rows of an act, oldest first; of tellings, those that tell that."""
    rows = [Entry.of(row) for row in await house.rows("observations", Entry.collection)]
    return sorted((row for row in rows if (row.act, row.what) == (act, what)), key=lambda row: (row.at, row.id))


async def standing_tellings(house: House) -> list[Entry]:
    """Return what the register says has been told of observations, and not been taken back."""
    rows = [Entry.of(row) for row in await house.rows("observations", Entry.collection)]
    return [row for row in still_told(sorted(rows, key=lambda row: row.at)) if row.what == "observation"]


async def everything_stored(house: House) -> str:
    """Return every row of every collection of every service and of the vault, as one text."""
    rows = []
    for room in house.rooms.values():
        names = await room.db._db.list_collection_names()
        rows += [await room.db.find(name, {}) for name in names]
    vault = house.rooms["observations"].vault._db
    rows += [await vault.find(name, {}) for name in await vault._db.list_collection_names()]
    return repr(rows)
