"""What the tests of `meetings` say to it, and how they read its answers."""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from shared.events.consent import ConsentActivated, ConsentEnded, ConsentNarrowed
from shared.events.event import Cell, Event
from shared.events.meetings import AgendaTimeReached
from shared.events.observations import ConcernNoticed, SeenObservation
from shared.outgoing import event_message
from tests.house import House, sample
from tests.services.observations_story import broker_away

STOCKHOLM = ZoneInfo("Europe/Stockholm")
COORDINATOR, SOCIAL, POLICE = "2182-coordinator", "2182-social-services", "2182-police"
SCHOOL, LEISURE = "2182-school", "2182-leisure"
CALLED, AGENDA = "meeting.called.v1", "meeting-agenda.issued.v1"
NUMBER, OTHER_NUMBER = "201306152388", "200803032390"
FORM = "form-1"
MEETING = "fe8e7572-2bfd-58d3-960b-f99b444665a5:2026-11-24T09:00:00"
SECOND_MEETING = "fe8e7572-2bfd-58d3-960b-f99b444665a5:2026-12-01T09:00:00"


def at(text: str) -> datetime:
    """Return the instant of a wall-clock time in Söderhamn."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


FIRST = at("2026-11-24T09:00")
DAY_BEFORE, AGENDA_OUT = at("2026-11-23T09:00"), at("2026-11-23T09:05")
MEETING_OVER = at("2026-11-24T10:30")


def plan(**changes: Any) -> dict[str, Any]:
    """Return the sample's series with some fields changed, as a message of its own."""
    event = sample("in", "meeting-series.planned.v1")
    event["data"] |= changes
    return event | ({"id": f"plan {sorted(changes)} {changes}"[:80]} if changes else {})


def minutes(id_: str = "minutes-1", **changes: Any) -> dict[str, Any]:
    """Return the sample's minutes with some fields changed."""
    event = sample("in", "meeting-minutes.recorded.v1")
    event["data"] |= changes
    return event | {"id": id_}


def ref(house: House, number: str = NUMBER) -> str:
    """Return the reference of a youth in Söderhamn."""
    return house.rooms["meetings"].secret.person_ref("2182", number)


def concern(house: House, by: str, number: str = NUMBER, concern_id: str = "concern-1") -> ConcernNoticed:
    """Return a concern that school, police and youth centre have seen something about, as one agency is told of it."""
    seen = tuple(
        SeenObservation(
            observation_id=f"seen-by-{agency}",
            submitted_by=agency,
            category="behaviour",
            observed_on=date(2026, 11, 10),
        )
        for agency in (SCHOOL, POLICE, LEISURE)
    )
    return ConcernNoticed(
        concern_id=concern_id,
        person_ref=ref(house, number),
        noticed_by=by,
        observations=seen,
        noticed_at=at("2026-11-16T14:00"),
    )


def cells(*pairs: tuple[str, str]) -> tuple[Cell, ...]:
    """Return a scope in which each of these may tell the other about behaviour."""
    return tuple(Cell(released_by=one, received_by=other, category="behaviour") for one, other in pairs)


OPEN = cells((SCHOOL, SOCIAL), (POLICE, SOCIAL), (SCHOOL, POLICE))


def activated(house: House, scope: tuple[Cell, ...] = OPEN, number: str = NUMBER, form: str = FORM) -> ConsentActivated:
    """Return a consent's beginning."""
    return ConsentActivated(
        form_id=form,
        person_ref=ref(house, number),
        revision=1,
        valid_from=date(2026, 11, 16),
        valid_to=date(2027, 5, 15),
        cells=scope,
    )


def narrowed(house: House, scope: tuple[Cell, ...]) -> ConsentNarrowed:
    """Return the withdrawal of part of a consent."""
    return ConsentNarrowed(**activated(house, scope).model_dump(exclude={"revision"}), revision=2)


def ended(house: House, form: str = FORM) -> ConsentEnded:
    """Return a consent's end."""
    return ConsentEnded(
        form_id=form, person_ref=ref(house), revision=3, reason="withdrawn", ended_at=at("2026-11-23T14:05")
    )


async def hear(house: House, *said: Event | dict[str, Any], order: Random | None = None, repeat: float = 0.0) -> None:
    """Put events and the coordinator's messages before `meetings` alone, and let everything that follows happen."""
    for number in (NUMBER, OTHER_NUMBER):
        await house.rooms["meetings"].vault.enroll(ref(house, number), number)
    for each in said:
        if isinstance(each, Event):
            await house.post(event_message(each, "somebody", house.clock.now()))
        else:
            house.say(COORDINATOR, each)
    house.waiting = [arrival for arrival in house.waiting if arrival.queue.startswith("meetings.")]
    await house.settle(order, repeat)


def last_agenda(house: House, agency: str) -> dict[str, Any]:
    """Return the agenda that an agency was told last."""
    return house.told(agency, AGENDA)[-1]


def said(house: House, type_: str) -> list[str]:
    """Return the bodies of the internal events of one type that have gone out, each message once."""
    bodies = {each.message_id: each.body.decode() for each in house.travelled if each.routing_key == type_}
    return list(bodies.values())


def rejections(house: House, event: dict[str, Any], agency: str = COORDINATOR) -> set[tuple[str, str]]:
    """Return pointer and code of what was wrong with a message; empty when it was accepted."""
    (answer,) = house.answers_to(agency, event["id"])
    return {(fault["pointer"], fault["code"]) for fault in answer.get("errors", [])}


async def issue_with_the_broker_away(house: House) -> None:
    """Let the first meeting's agendas fall due while nothing can be published."""
    broker_away(house, "meetings")
    house.clock.moment = AGENDA_OUT
    await hear(house, AgendaTimeReached(meeting_id=MEETING))


SERIES = "fe8e7572-2bfd-58d3-960b-f99b444665a5"
SAID_AT = "2026-11-16T08:00:00+01:00"
MOVED, CANCELLED, PROPOSED = "meeting.moved.v1", "meeting.cancelled.v1", "meeting-move.proposed.v1"


def move(occurrence: str, to: str, said_at: str = SAID_AT, place: str | None = None) -> dict[str, Any]:
    """Return a move of one of the sample's meetings, said at a time."""
    data = {"series_id": SERIES, "occurrence": occurrence, "starts_at": to} | ({"place": place} if place else {})
    id_ = f"move {occurrence} to {to} {place} at {said_at}"
    return sample("in", "meeting-move.requested.v1") | {"data": data, "id": id_, "time": said_at}


def cancel(occurrence: str, said_at: str = SAID_AT) -> dict[str, Any]:
    """Return a cancellation of one of the sample's meetings, said at a time."""
    data, id_ = {"series_id": SERIES, "occurrence": occurrence}, f"cancel {occurrence} at {said_at}"
    return sample("in", "meeting-cancellation.requested.v1") | {"data": data, "id": id_, "time": said_at}


def change(revision: int, **changes: Any) -> dict[str, Any]:
    """Return a revision of the sample's series with some fields changed."""
    event = sample("in", "meeting-series.changed.v1")
    event["data"] = plan()["data"] | {"revision": revision} | changes
    return event | {"id": f"change {revision} {changes}"[:150]}


def end(last_on: str) -> dict[str, Any]:
    """Return the end of the sample's series after a day."""
    event = sample("in", "meeting-series.ended.v1")
    return event | {"data": {"series_id": SERIES, "last_on": last_on}, "id": f"end {last_on}"}


def seen_by(house: House, agency: str) -> dict[str, tuple[str, str] | str]:
    """Return what an agency that reads its queue knows of each meeting: where and when, or why it is not held."""
    known: dict[str, tuple[str, str] | str] = {}
    for each in house.told(agency):
        if each.keys() >= {"occurrence", "reason"}:
            known[each["occurrence"]] = each["reason"]
        elif each.keys() >= {"occurrence", "ends_at"}:
            known[each["occurrence"]] = (each["starts_at"], each["place"])
    return known


async def posted(house: House, kind: str) -> dict[str, datetime]:
    """Return when each row is due that `meetings` has posted early under a kind of key, by the rest of the key."""
    rows = [row for row in await house.rows("meetings", "outbox") if row["_id"].startswith(f"key:{kind}:")]
    return {row["_id"].removeprefix(f"key:{kind}:"): row["due_at"] for row in rows}
