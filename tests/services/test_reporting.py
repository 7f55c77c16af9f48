"""What `reporting` does: facts into weeks, deadlines, missing reports, pictures, on a real database."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.reporting.app import service
from services.reporting.weeks import deadline_of, week_of
from shared.agencies import Agency
from shared.events.consent import ConsentEnded
from shared.events.event import Event
from shared.events.meetings import CalledMeeting, Invited, MeetingCalled, MeetingCancelled, MeetingHeld, MeetingMoved
from shared.events.observations import ConcernNoticed, PlaceEventRegistered, WeeklyReportRegistered
from shared.events.reporting import WeekDeadlineReached
from shared.outgoing import event_message
from tests.house import House

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WEEK = "2026-W47"
"""The house opens on its Monday, just after the deadline of the week before."""
PERSON_REF = "0f" * 32


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


def owing(house: House) -> Agency:
    """Return an agency that owes a weekly report."""
    return next(agency for agency in house.rooms["reporting"].agencies.all if agency.owes_weekly_report)


def place_event(agency: str, number: int = 1, happened_at: str = "2026-11-18T21:30") -> PlaceEventRegistered:
    return PlaceEventRegistered(
        place_event_id=f"place-{number}",
        submitted_by=agency,
        area="Bojsenburg",
        category="vandalism",
        severity=2,
        happened_at=at(happened_at),
    )


def report(agency: str, registered_at: str = "2026-11-23T08:30") -> WeeklyReportRegistered:
    return WeeklyReportRegistered(
        submitted_by=agency, iso_week=WEEK, nil_report=True, place_events=0, registered_at=at(registered_at)
    )


def meeting(agency: str, starts_at: str = "2026-11-17T09:00", sequence: int = 1) -> CalledMeeting:
    organiser = Invited.model_validate(
        {"agency": agency, "function": "samordnare", "email": "samordnare@kommun.example"}
    )
    return CalledMeeting(
        meeting_id="meeting-1",
        series_id="series-1",
        occurrence=datetime.fromisoformat("2026-11-17T09:00"),
        forum="weekly_social_police",
        starts_at=at(starts_at),
        ends_at=at(starts_at) + timedelta(hours=1),
        timezone="Europe/Stockholm",
        place="Rum 3",
        organiser=organiser,
        invited=(organiser,),
        sequence=sequence,
    )


def called(agency: str) -> MeetingCalled:
    return MeetingCalled(meeting=meeting(agency))


def moved(agency: str, starts_at: str, sequence: int) -> MeetingMoved:
    was_at = at("2026-11-17T09:00")
    return MeetingMoved(meeting=meeting(agency, starts_at, sequence), was_at=was_at, reason="organiser")


def cancelled(agency: str, starts_at: str, sequence: int) -> MeetingCancelled:
    return MeetingCancelled(meeting=meeting(agency, starts_at, sequence), reason="organiser")


def held(municipality: str, *, quorate: bool = True) -> MeetingHeld:
    return MeetingHeld(
        meeting_id="meeting-1",
        series_id="series-1",
        forum="weekly_social_police",
        municipality=municipality,
        starts_at=at("2026-11-17T09:00"),
        held=True,
        quorate=quorate,
        recorded_at=at("2026-11-17T10:05"),
    )


def meeting_figures(picture: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return how many of the weekly meetings stand how in a picture; what there is none of is left out."""
    assert picture is not None
    return [{key: value for key, value in row.items() if value} for row in picture["figures"]["meetings"]]


def concern(noticed_by: str, number: int = 1) -> ConcernNoticed:
    return ConcernNoticed(
        concern_id=f"concern-{number}",
        person_ref=PERSON_REF,
        noticed_by=noticed_by,
        observations=(),
        noticed_at=at("2026-11-19T12:00"),
    )


async def hear(house: House, *events: Event, order: Random | None = None, repeat: float = 0.0) -> None:
    """Put events before `reporting` alone, as the broker would, and let everything that follows happen."""
    for event in events:
        message = event_message(event, "somebody", house.clock.now())
        await house.post(message)
    house.waiting = [arrival for arrival in house.waiting if arrival.queue.startswith("reporting.")]
    await house.settle(order, repeat)


async def picture(house: House, iso_week: str = WEEK) -> dict[str, Any] | None:
    """Return the picture of the owing agency's week, None if there is none."""
    id_ = f"{owing(house).municipality}:{iso_week}"
    return next((row for row in await house.rows("reporting", "pictures") if row["_id"] == id_), None)


async def test_an_agency_that_owes_a_report_is_told_once_that_it_is_missing(house: House) -> None:
    """At the deadline, and not again: not for a repeated deadline, not after a late report."""
    agency = owing(house)
    await house.turn_clock(at("2026-11-23T09:59"))
    assert [] == house.told(agency.id)
    await house.turn_clock(deadline_of(WEEK))
    deadline = WeekDeadlineReached(municipality=agency.municipality or "", iso_week=WEEK)
    await hear(house, deadline, report(agency.id, "2026-11-23T11:00"), deadline)
    notices = house.told(agency.id, "weekly-report.missing.v1")
    assert [{"iso_week": WEEK, "deadline": "2026-11-23T10:00:00+01:00"}] == notices


async def test_an_agency_that_has_reported_is_told_nothing(house: House) -> None:
    """A nil report is a full answer."""
    agency = owing(house)
    await hear(house, report(agency.id))
    await house.turn_clock(deadline_of(WEEK))
    assert [] == house.told(agency.id)
    made = await picture(house)
    assert made is not None
    states = {row["agency_id"]: row["state"] for row in made["figures"]["reports"]}
    assert "in_time" == states[agency.id]


async def test_no_picture_is_made_before_the_deadline_and_a_late_fact_makes_it_again(house: House) -> None:
    """Edition 1 at the deadline, the next when something late changes the figures, none when it does not."""
    agency = owing(house).id
    await hear(house, place_event(agency))
    assert await picture(house) is None
    await house.turn_clock(deadline_of(WEEK))
    first = await picture(house)
    assert first is not None
    await hear(house, place_event(agency, 2), place_event(agency, 2))
    second = await picture(house)
    assert second is not None
    assert [1, 2] == [first["edition"], second["edition"]]
    assert [[[0, 1, 0]], [[0, 2, 0]]] == [
        [row["by_severity"] for row in each["figures"]["places"]] for each in (first, second)
    ]
    assert "Utgåva 2" in second["html"]


@pytest.mark.parametrize("seed", range(4))
async def test_facts_in_any_order_and_twice_give_the_same_week(house: House, seed: int) -> None:
    """Minutes before the call, repeats, several at once: the figures are those of the facts."""
    agency = owing(house)
    assert agency.municipality is not None
    facts = (
        *(place_event(agency.id, number) for number in range(3)),
        report(agency.id),
        held(agency.municipality),
        called(agency.id),
        concern(agency.id),
    )
    await hear(house, *facts, *facts, order=Random(seed), repeat=0.3)
    await house.turn_clock(deadline_of(WEEK))
    made = await picture(house)
    assert made is not None
    assert 1 == made["edition"]
    assert [{"forum": "weekly_social_police", "called": 1, "held": 1}] == meeting_figures(made)
    assert [[0, 3, 0]] == [row["by_severity"] for row in made["figures"]["places"]]
    assert [1, 4] == made["figures"]["concerns"]


@pytest.mark.parametrize("seed", range(6))
async def test_a_meeting_moved_from_week_to_week_is_counted_where_it_was_last_said_to_be(
    house: House, seed: int
) -> None:
    """Called, moved a week on and back, cancelled: in any order and repeated, the pictures are the same."""
    agency = owing(house)
    await house.turn_clock(deadline_of("2026-W48"))
    facts = (
        called(agency.id),
        moved(agency.id, "2026-11-24T09:00", 2),
        moved(agency.id, "2026-11-26T09:00", 5),
        cancelled(agency.id, "2026-11-26T09:00", 6),
        moved(agency.id, "2026-11-16T13:00", 8),
    )
    await hear(house, *facts, order=Random(seed), repeat=0.3)
    assert [{"forum": "weekly_social_police", "called": 1}] == meeting_figures(await picture(house))
    assert [] == meeting_figures(await picture(house, "2026-W48"))
    await hear(house, cancelled(agency.id, "2026-11-16T13:00", 9), *facts, order=Random(seed), repeat=0.3)
    assert [{"forum": "weekly_social_police", "cancelled": 1}] == meeting_figures(await picture(house))
    assert [] == meeting_figures(await picture(house, "2026-W48"))


async def test_minutes_keep_a_meeting_in_the_week_of_their_slot(house: House) -> None:
    """A move that is heard of after the minutes does not take the meeting away; who was missing is shown."""
    agency = owing(house)
    assert agency.municipality is not None
    await house.turn_clock(deadline_of("2026-W48"))
    await hear(house, moved(agency.id, "2026-11-24T09:00", 3), held(agency.municipality, quorate=False))
    await hear(house, moved(agency.id, "2026-11-25T09:00", 4))
    assert [{"forum": "weekly_social_police", "called": 1, "held": 1, "not_quorate": 1}] == meeting_figures(
        await picture(house)
    )
    assert [] == meeting_figures(await picture(house, "2026-W48"))


async def test_a_concern_is_counted_once_and_nothing_that_points_to_a_person_is_kept(house: House) -> None:
    """Two agencies notice the same concern; neither its id, nor the person, nor the agencies are stored."""
    agency = owing(house)
    await house.turn_clock(deadline_of(WEEK))
    await hear(house, concern(agency.id), concern(f"{agency.municipality}-another"), concern(agency.id, number=2))
    (week,) = [row for row in await house.rows("reporting", "weeks") if row["_id"] == f"{agency.municipality}:{WEEK}"]
    assert 2 == len(week["facts"]["concerns"])
    kept = str([await house.rows("reporting", name) for name in ("weeks", "pictures", "outbox", "inbox")])
    assert PERSON_REF not in kept
    assert "concern-1" not in kept
    made = await picture(house)
    assert made is not None
    # The second concern changes nothing that is shown, so it makes no edition that would tell of it.
    assert 2 == made["edition"]


async def test_the_end_of_a_consent_is_confirmed_at_once(house: House) -> None:
    """Nothing kept here rests on a consent."""
    ended = ConsentEnded(
        form_id="form-1", person_ref=PERSON_REF, revision=3, reason="withdrawn", ended_at=at("2026-11-19T08:00")
    )
    await hear(house, ended)
    (confirmed,) = [each for each in house.travelled if each.routing_key == "consent.enforced.v1"]
    assert b'"by":"reporting"' in confirmed.body


async def test_deadlines_that_passed_unseen_are_caught_up(house: House) -> None:
    """The clock jumps three weeks: each week gets its picture and its notice, and the next deadline is posted."""
    agency = owing(house)
    await house.turn_clock(deadline_of("2026-W49") + timedelta(hours=1))
    weeks = ["2026-W47", "2026-W48", "2026-W49"]
    assert weeks == [notice["iso_week"] for notice in house.told(agency.id, "weekly-report.missing.v1")]
    assert all([await picture(house, week) for week in weeks])
    posted = [row for row in await house.rows("reporting", "outbox") if row["_id"].startswith("key:week-deadline:")]
    assert {f"key:week-deadline:{agency.municipality}:2026-W50"} == {
        row["_id"] for row in posted if f":{agency.municipality}:" in row["_id"]
    }


async def test_a_start_after_a_long_stop_posts_the_first_week_not_asked_about(house: House) -> None:
    """A restart posts the same row again, never a second one."""
    municipality = owing(house).municipality
    await house.turn_clock(deadline_of(WEEK))
    room = house.rooms["reporting"]
    assert service.on_start is not None
    for _ in range(2):
        async with room.transaction() as tx:
            await service.on_start(tx)
    keys = [row["_id"] for row in await house.rows("reporting", "outbox")]
    assert 1 == keys.count(f"key:week-deadline:{municipality}:2026-W48")
    assert f"key:week-deadline:{municipality}:{WEEK}" not in keys


async def test_an_event_belongs_to_the_week_of_its_swedish_day(house: House) -> None:
    """Half past midnight on Monday is Sunday in UTC, and belongs to the new week."""
    agency = owing(house)
    await hear(house, place_event(agency.id, happened_at="2026-11-23T00:30"))
    assert [f"{agency.municipality}:2026-W48"] == [row["_id"] for row in await house.rows("reporting", "weeks")]


async def test_a_countys_agency_is_counted_in_no_municipality(house: House) -> None:
    """The county board's week is nobody's."""
    await hear(house, place_event("21-county-board"))
    assert [] == await house.rows("reporting", "weeks")


async def test_an_event_of_a_week_long_past_gives_its_picture_but_no_notices(house: House) -> None:
    """Only a deadline asks for reports; what is told years later is shown."""
    agency = owing(house)
    happened_at = "2025-03-05T12:00"
    await hear(house, place_event(agency.id, happened_at=happened_at))
    assert await picture(house, week_of(at(happened_at))) is not None
    assert [] == house.told(agency.id)
