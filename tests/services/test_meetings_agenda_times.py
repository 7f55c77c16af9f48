"""When an agenda goes out and when not: meetings moved and cancelled, places told late. On a real database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.meetings import handlers
from services.meetings.agendas.issuing import issue
from services.meetings.series.documents import Meeting
from shared.events.agencies import MeetingCancellationRequested, PriorityAreasDecided
from shared.events.meetings import AgendaTimeReached
from shared.mongo import Stale
from shared.register import Entry, still_told
from tests.house import House
from tests.services.agenda_samples import areas, cancelled, decide, evaluated, measure, moved, point
from tests.services.meetings_samples import (
    AGENDA,
    AGENDA_OUT,
    COORDINATOR,
    DAY_BEFORE,
    MEETING,
    POLICE,
    SOCIAL,
    activated,
    at,
    concern,
    ended,
    hear,
    issue_with_the_broker_away,
    last_agenda,
    plan,
)


async def test_a_meeting_moved_before_its_agenda_has_it_a_day_before_its_new_time(house: House) -> None:
    """Moved from Tuesday to Thursday: nothing on Monday, the agenda on Wednesday at 13."""
    await hear(house, plan())
    await decide(house, moved("2026-11-26T13:00:00"))
    await house.turn_clock(at("2026-11-25T12:59"))
    assert [] == house.told(SOCIAL, AGENDA)
    await house.turn_clock(at("2026-11-25T13:00"))
    assert "2026-11-24T09:00:00" == last_agenda(house, SOCIAL)["occurrence"]


async def test_a_meeting_moved_to_an_earlier_time_has_its_agenda_by_then(house: House) -> None:
    """Moved from Tuesday to Monday at 13: on Sunday at 13."""
    await hear(house, plan())
    await decide(house, moved("2026-11-23T13:00:00"))
    await house.turn_clock(at("2026-11-22T13:00"))
    assert 1 == len(house.told(SOCIAL, AGENDA))


async def test_an_agenda_time_that_comes_too_early_issues_nothing_and_comes_again(house: House) -> None:
    """A row that set out before the meeting was moved, or from a clock ahead of ours: the agenda comes in time."""
    await hear(house, plan(), AgendaTimeReached(meeting_id=MEETING))
    assert [] == house.told(SOCIAL, AGENDA)
    await house.turn_clock(DAY_BEFORE)
    assert 1 == len(house.told(SOCIAL, AGENDA))


async def test_a_meeting_moved_to_another_day_after_its_agenda_has_it_again_the_day_before(house: House) -> None:
    """Nothing at the move, since the agenda says nothing else; one more the day before the new; none for an hour."""
    await hear(house, plan())
    await house.turn_clock(AGENDA_OUT)
    await decide(house, moved("2026-11-24T10:00:00"))
    await decide(house, moved("2026-11-26T13:00:00") | {"time": "2026-11-16T08:01:00+01:00"})
    assert 1 == len(house.told(SOCIAL, AGENDA))
    await house.turn_clock(at("2026-11-25T13:00"))
    await house.turn_clock(at("2026-11-25T14:00"))
    assert 2 == len(house.told(SOCIAL, AGENDA))


async def test_a_withdrawal_reaches_an_agenda_whose_meeting_is_moved_far_ahead(house: House) -> None:
    """What is out names the youth, so the one without goes out at once, days before the new time."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await house.turn_clock(AGENDA_OUT)
    await decide(house, moved("2026-11-27T09:00:00"))
    await hear(house, ended(house))
    assert [2, []] == [len(house.told(SOCIAL, AGENDA)), last_agenda(house, SOCIAL)["concerns"]]


async def test_a_cancelled_meeting_has_no_agenda(house: House) -> None:
    """Cancelled before its time; and one whose agenda is out is not told anew, whatever changes."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await decide(house, cancelled())
    await house.turn_clock(at("2026-11-24T09:30"))
    assert [] == house.told(SOCIAL, AGENDA)
    await house.turn_clock(at("2026-11-30T09:05"))
    await decide(house, cancelled("2026-12-01T09:00:00"))
    await hear(house, ended(house))
    assert 1 == len(house.told(SOCIAL, AGENDA))


async def test_a_cancelled_meetings_agenda_that_waits_is_taken_back_on_the_register_too(house: House) -> None:
    """The broker was away when it was issued; it never goes out, and nothing stands as told."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await issue_with_the_broker_away(house)
    await hear(house, cancelled())
    waiting = [row["routing_key"] for row in await house.rows("meetings", "outbox")]
    assert [] == [key for key in waiting if key.endswith(AGENDA)]
    assert [] == still_told(map(Entry.of, await house.rows("meetings", Entry.collection)))


async def test_a_meeting_held_after_all_has_its_agenda_anew(house: House) -> None:
    """Cancelled when the agenda was out, then moved to Friday: the agenda comes on Thursday, under a new id."""
    await hear(house, plan())
    await house.turn_clock(AGENDA_OUT)
    await decide(house, cancelled() | {"time": "2026-11-23T08:00:00+01:00"})
    await decide(house, moved("2026-11-27T09:00:00") | {"time": "2026-11-23T08:01:00+01:00"})
    assert 1 == len(house.told(SOCIAL, AGENDA))
    await house.turn_clock(at("2026-11-26T09:00"))
    assert [2, 2] == [len(house.told(agency, AGENDA)) for agency in (SOCIAL, COORDINATOR)]


async def test_an_agency_that_is_not_called_any_more_has_no_new_agenda(house: House) -> None:
    """The series is changed while its agenda waits: the police are not called, so it is taken back and not renewed."""
    await hear(house, plan())
    await issue_with_the_broker_away(house)
    fewer = [each for each in plan()["data"]["participants"] if each["agency"] == SOCIAL]
    leisure = fewer[0] | {"agency": "2182-leisure", "function": "fritidsledare", "email": "fritid@soderhamn.example"}
    forum = {"forum": "sig", "participants": [*fewer, leisure]}
    await hear(house, plan(**forum, revision=2) | {"type": "meeting-series.changed.v1"})
    assert not house.told(COORDINATOR, "submission.rejected.v1")
    waiting = [row["routing_key"] for row in await house.rows("meetings", "outbox")]
    assert {f"{SOCIAL}.{AGENDA}", f"{COORDINATOR}.{AGENDA}", f"2182-leisure.{AGENDA}"} == {
        key for key in waiting if key.endswith(AGENDA)
    }


async def test_an_est_agenda_begins_with_last_weeks_areas_and_names_nobody(house: House) -> None:
    """Four points; week 47's areas in week 48, even once week 48's are decided; nothing about persons is told."""
    await hear(house, plan(forum="est"), activated(house), concern(house, SOCIAL))
    await decide(house, areas("Centrum", "Torget"), measure("Torget"))
    await decide(house, areas("Slottet", iso_week="2026-W48", follow_up_on="2026-12-01"))
    await house.turn_clock(AGENDA_OUT)
    agenda = last_agenda(house, SOCIAL)
    assert ["attendance", "places", "decisions", "next_meeting"] == [each["name"] for each in agenda["points"]]
    assert ["Centrum", "Torget"] == [each["area"] for each in agenda["places"]["areas"]]
    assert ["2026-11-24"] * 2 == [each["follow_up_on"] for each in agenda["places"]["areas"]]
    assert [True] == [each["evaluation_due"] for each in agenda["places"]["areas"][1]["measures"]]
    assert "aldrig om personer" in agenda["attendance"]["secrecy_reminder"]
    assert [[], []] == [agenda["open_actions"], agenda["concerns"]]
    assert not {"priorities"} & agenda.keys()


async def test_a_measure_of_an_older_week_stands_until_somebody_has_evaluated_it(house: House) -> None:
    """Its area is not among last week's any more; it is named beside them, with where it belongs."""
    await hear(house, plan(forum="est"))
    await decide(house, areas("Torget"), measure("Torget"))
    await decide(house, areas("Centrum", iso_week="2026-W48", follow_up_on="2026-12-01"))
    await house.turn_clock(at("2026-11-30T09:05"))
    (older,) = point(house, SOCIAL, "places")["older_due"]
    assert ("measure-1", "Torget", True) == (older["measure_id"], older["area"], older["evaluation_due"])
    await decide(house, evaluated())
    assert "older_due" not in point(house, SOCIAL, "places")


async def test_places_are_not_told_to_agencies_of_other_municipalities(house: House) -> None:
    """The county board is called to the meeting too: it has the points, and no places."""
    county = {"agency": "21-county-board", "function": "handläggare", "email": "lst@example.se", "required": False}
    await hear(house, plan(forum="est", participants=[*plan()["data"]["participants"], county]))
    await decide(house, areas("Torget"))
    await house.turn_clock(AGENDA_OUT)
    assert point(house, POLICE, "places")
    assert point(house, "21-county-board", "points")
    assert point(house, "21-county-board", "places") is None


@pytest.mark.parametrize("first", range(2))
async def test_an_agenda_and_a_decision_about_places_never_pass_each_other_unseen(house: House, first: int) -> None:
    """Whichever commits second has to be run again."""
    room = house.rooms["meetings"]
    coordinator = room.agencies.get(COORDINATOR)
    assert coordinator is not None
    await hear(house, plan())
    house.clock.moment = AGENDA_OUT + timedelta(minutes=1)
    sent = PriorityAreasDecided.model_validate(areas("Torget")["data"])
    one, other = room.begin(), room.begin()
    pair = (
        lambda tx: handlers.agendas.issue_agendas(AgendaTimeReached(meeting_id=MEETING), tx),
        lambda tx: handlers.places.decide_priorities(sent, coordinator, tx),
    )
    await pair[first](one)
    await pair[1 - first](other)
    await one.commit()
    with pytest.raises(Stale):
        await other.commit()


@pytest.mark.parametrize("first", range(2))
async def test_an_agenda_and_a_cancellation_of_its_meeting_never_pass_each_other_unseen(
    house: House, first: int
) -> None:
    """It is cancelled after the agenda was begun, though nothing of the series had been read by then."""
    room = house.rooms["meetings"]
    coordinator = room.agencies.get(COORDINATOR)
    assert coordinator is not None
    await hear(house, plan())
    house.clock.moment = AGENDA_OUT
    agenda, change = room.begin(), room.begin()
    meeting = await agenda.get(Meeting, MEETING)
    assert meeting is not None
    sent = MeetingCancellationRequested.model_validate(cancelled()["data"])
    await handlers.series.cancel_meeting(sent, coordinator, change)
    if first:
        await change.commit()
    await issue(agenda, meeting)
    if not first:
        await agenda.commit()
    with pytest.raises(Stale):
        await (agenda if first else change).commit()
