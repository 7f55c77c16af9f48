"""A series drawn at random and walked through its weeks: what everybody was told always adds up to how it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

import pytest
from dateutil.rrule import rrulestr

from services.meetings.series.documents import Meeting, Series
from shared.recurrence.standings import HORIZON, next_look, standings
from tests.house import House
from tests.services.meetings_samples import (
    CANCELLED,
    COORDINATOR,
    MOVED,
    POLICE,
    SCHOOL,
    SOCIAL,
    STOCKHOLM,
    cancel,
    change,
    end,
    hear,
    move,
    plan,
    posted,
    said,
    seen_by,
)

RULES = (
    ("2026-11-24T09:00:00", "FREQ=WEEKLY;BYDAY=TU"),
    ("2026-11-27T09:00:00", "FREQ=WEEKLY;BYDAY=FR"),
    ("2026-11-23T09:00:00", "FREQ=WEEKLY;BYDAY=MO,TH"),
    ("2026-11-24T09:00:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=9"),
)
POLICIES = ("skip", "previous_working_day", "next_working_day", "ask_coordinator")
RECTOR = {"agency": SCHOOL, "function": "rektor", "email": "rektor@soderhamn.example", "required": True}


def drawn_plan(draw: Random) -> dict[str, Any]:
    """Return a rule, a policy, a place and who comes."""
    starts_at, rule = draw.choice(RULES)
    called = [*plan()["data"]["participants"], *([RECTOR] if draw.random() < 0.3 else [])]
    place, policy = f"Rum {draw.randrange(5)}", draw.choice(POLICIES)
    return {"starts_at": starts_at, "rrule": rule, "red_day_policy": policy, "place": place, "participants": called}


def drawn_word(draw: Random, now: datetime, names: list[datetime]) -> dict[str, Any]:
    """Return something the organiser says within hours, often of a meeting told of; what is refused may do no harm."""
    said_at = (now - timedelta(hours=draw.randrange(9))).isoformat()
    day = now.astimezone(STOCKHOLM) + timedelta(days=draw.randrange(-3, 40))
    if names and draw.random() < 0.8:
        day = draw.choice(names).replace(tzinfo=STOCKHOLM)
    occurrence, kind = f"{day:%Y-%m-%d}T09:00:00", draw.random()
    if kind < 0.55:
        to = f"{day + timedelta(days=draw.randrange(-8, 12)):%Y-%m-%d}T{draw.choice((9, 13)):02}:00:00"
        return move(occurrence, to, said_at)
    if kind < 0.75:
        return cancel(occurrence, said_at)
    if kind < 0.97:
        moved = draw.choice(("kept", "replanned"))
        return change(draw.randrange(2, 12), moved_occurrences=moved, **drawn_plan(draw))
    return end((now + timedelta(days=40)).date().isoformat())


@pytest.mark.parametrize("seed", range(5))
async def test_what_was_told_always_adds_up_to_how_the_series_stands(house: House, seed: int) -> None:
    """After each word and each turn of the clock: in documents, queues, calendars, and in what is posted early."""
    draw = Random(seed)
    ahead: dict[datetime, Meeting] = {}
    for step in range(24):
        now = house.clock.moment
        if step == seed:  # what comes before it waits
            await hear(house, plan(**drawn_plan(draw)))
        elif draw.random() < 0.7:
            await hear(house, drawn_word(draw, now, sorted(ahead)) | {"id": f"word {step}"})
        else:
            await house.turn_clock(now + timedelta(hours=draw.randrange(1, 216)))
        if step >= seed:
            ahead = await _as_it_stands(house)
            _agencies_know(house, ahead)
            _calendars_show(house, ahead)
    for agency in (COORDINATOR, SOCIAL, POLICE, SCHOOL):
        bodies = {(each.message_id, each.body) for each in house.received[agency]}
        assert len({id_ for id_, _ in bodies}) == len(bodies), "an id never stands for two messages"


async def _as_it_stands(house: House) -> dict[datetime, Meeting]:
    """Hold what was told and posted against the pure rules, and return the meetings that have not begun."""
    now = house.clock.moment
    (series,) = [Series.of(row) for row in await house.rows("meetings", "series")]
    meetings = {each.occurrence: each for each in map(Meeting.of, await house.rows("meetings", "meetings"))}
    ahead = {name: each for name, each in meetings.items() if each.starts_at > now}
    for stands in standings(series.facts, now, now + HORIZON, names=ahead.keys()):
        if (stands.occurrence in meetings and stands.occurrence not in ahead) or stands.begins_at <= now:
            continue
        told = ahead[stands.occurrence]
        assert stands.state == told.state
        if stands.slot is not None:
            assert (stands.slot.starts_at, stands.slot.ends_at, stands.place) == (
                told.starts_at,
                told.ends_at,
                told.place,
            )
    reminders = {f"{each.id}:{before}" for each in meetings.values() if each.is_called for before in each.reminders}
    assert (await posted(house, "reminder")).keys() <= reminders
    held = {each.id: each.starts_at - timedelta(hours=24) for each in ahead.values() if each.is_called}
    assert {id_: due for id_, due in held.items() if due > now} == await posted(house, "agenda")
    look = next_look(series.facts, now)
    assert ([look] if look else []) == list((await posted(house, "series")).values())
    return ahead


def _agencies_know(house: House, ahead: dict[datetime, Meeting]) -> None:
    for agency in (COORDINATOR, SOCIAL, POLICE, SCHOOL):
        seen = seen_by(house, agency)
        for name, meeting in ahead.items():
            known = seen.get(name.isoformat())
            if agency in meeting.agencies and meeting.is_called:
                assert (meeting.starts_at.astimezone(STOCKHOLM).isoformat(), meeting.place) == known
            else:
                assert known is None or isinstance(known, str), "not held, not decided, or not called to it"


def _calendars_show(house: House, ahead: dict[datetime, Meeting]) -> None:
    """Lay the announcement and all later letters over each other as a calendar does, and compare."""
    last = max(map(json.loads, said(house, "meeting-series.announced.v1")), key=lambda each: each["sequence"])
    shown = {start: (start.replace(tzinfo=STOCKHOLM), last["place"]) for start in _by_rule(last)}
    for word in sorted(_words_after(house, last), key=lambda each: each["sequence"]):
        starts_at = word["starts_at"] and datetime.fromisoformat(word["starts_at"])
        shown[datetime.fromisoformat(word["occurrence"])] = (starts_at, word["place"])
    for name, meeting in ahead.items():
        if meeting.is_called:
            assert (meeting.starts_at, meeting.place) == shown[name]
        elif meeting.state == "cancelled":
            assert shown.get(name, (None, None))[0] is None


def _by_rule(last: dict[str, Any]) -> list[datetime]:
    starts_at, until = datetime.fromisoformat(last["starts_at"]), last["until"]
    assert not (until and "COUNT" in last["rrule"])
    last_day = datetime.combine(datetime.fromisoformat(until), time.max) if until else starts_at + timedelta(days=400)
    return rrulestr(last["rrule"], dtstart=starts_at).between(starts_at, last_day, inc=True)


def _words_after(house: House, last: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from last["exceptions"]
    for type_ in (MOVED, CANCELLED):
        for event in map(json.loads, said(house, type_)):
            is_letter = event["reason"] in ("organiser", "red_day")
            if is_letter and event["meeting"]["sequence"] >= last["sequence"]:
                nowhere = {"starts_at": None, "place": None} if type_ == CANCELLED else {}
                yield event["meeting"] | nowhere
