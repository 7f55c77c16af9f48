"""A series that is changed or ended: what becomes of its meetings, and what those called are told of all of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from services.meetings.series.rules import MOST_WAITING
from tests.house import House, sample
from tests.services.meetings_samples import (
    CALLED,
    CANCELLED,
    COORDINATOR,
    FIRST,
    LEISURE,
    MOVED,
    POLICE,
    SCHOOL,
    SERIES,
    SOCIAL,
    at,
    cancel,
    change,
    end,
    hear,
    move,
    plan,
    posted,
    rejections,
    said,
    seen_by,
)

ANNOUNCED = "meeting-series.announced.v1"
ROOM, ELSEWHERE = "Polisstationen, rum 3", "Kommunhuset, rum 201"
DECEMBER_22, DECEMBER_29 = "2026-12-22T09:00:00", "2026-12-29T09:00:00"
WEDNESDAYS = {"starts_at": "2026-12-02T09:00:00", "rrule": "FREQ=WEEKLY;BYDAY=WE", "red_day_policy": "skip"}


def announced(house: House) -> dict[str, Any]:
    """Return what was last announced about the series."""
    event: dict[str, Any] = max(map(json.loads, said(house, ANNOUNCED)), key=lambda each: each["sequence"])
    return event


def participant(agency: str, email: str) -> dict[str, Any]:
    """Return a function of an agency that is called."""
    return {"agency": agency, "function": "funktion", "email": email, "required": True}


async def test_a_planned_series_is_announced_once_with_its_red_days(house: House) -> None:
    """The rule as it was sent, and in the same words what is not held as it says; sent again, nothing more is said."""
    fridays = {"starts_at": "2026-11-27T09:00:00", "rrule": "FREQ=WEEKLY;BYDAY=FR"}
    planned = plan(red_day_policy="next_working_day", **fridays)
    await hear(house, planned, planned | {"id": "again"})
    (event,) = map(json.loads, said(house, ANNOUNCED))
    assert ("planned", 0, "2026-11-27T09:00:00") == (event["change"], event["sequence"], event["starts_at"])
    assert ("FREQ=WEEKLY;BYDAY=FR", "2027-06-30") == (event["rrule"], event["until"])
    assert "2026-11-27T08:00:00Z" == event["next_at"]
    moved = [(each["occurrence"], each["starts_at"]) for each in event["exceptions"]]
    expected = [("2026-12-25T09:00:00", "2026-12-28T08:00:00Z"), ("2027-01-01T09:00:00", "2027-01-04T08:00:00Z")]
    assert expected == moved
    assert [] == event["no_longer_invited"]


async def test_meetings_of_the_same_name_are_kept_and_moved_ones_left_alone(house: House) -> None:
    """A new room is told for each that is held as the rule says; no letter of its own is asked for any of them."""
    await hear(house, plan(), move(DECEMBER_22, "2026-12-21T13:00:00", place="Rum 7"), cancel(DECEMBER_29))
    before = len(said(house, MOVED))
    await hear(house, change(2, place=ELSEWHERE))
    seen = seen_by(house, POLICE)
    assert ("2026-11-24T09:00:00+01:00", ELSEWHERE) == seen["2026-11-24T09:00:00"]
    assert ("2026-12-21T13:00:00+01:00", "Rum 7") == seen[DECEMBER_22]
    assert "organiser" == seen[DECEMBER_29]
    assert before == len(said(house, MOVED))
    assert 7 + 5 == len(said(house, CALLED))
    event = announced(house)
    assert ("changed", "2026-11-24T09:00:00", ELSEWHERE) == (event["change"], event["starts_at"], event["place"])
    assert [(DECEMBER_22, "Rum 7"), (DECEMBER_29, None)] == [
        (each["occurrence"], each["place"]) for each in event["exceptions"]
    ]


async def test_moved_occurrences_are_planned_anew_when_the_change_says_so(house: House) -> None:
    """They go back to where the rule has them; a cancelled one stays cancelled."""
    await hear(house, plan(), move(DECEMBER_22, "2026-12-21T13:00:00"), cancel(DECEMBER_29))
    await hear(house, change(2, moved_occurrences="replanned"))
    seen = seen_by(house, POLICE)
    assert ("2026-12-22T09:00:00+01:00", ROOM) == seen[DECEMBER_22]
    assert "organiser" == seen[DECEMBER_29]
    assert [DECEMBER_29] == [each["occurrence"] for each in announced(house)["exceptions"]]


async def test_a_move_that_was_planned_anew_may_be_asked_for_again(house: House) -> None:
    """Said again after the change it counts again, though nothing in it is new; said twice it is told once."""
    await hear(house, plan(), move(DECEMBER_22, "2026-12-21T13:00:00"))
    await hear(house, change(2, moved_occurrences="replanned"))
    house.clock.moment += timedelta(hours=1)
    again = house.clock.moment.isoformat()
    moved = move(DECEMBER_22, "2026-12-21T13:00:00", again)
    await hear(house, moved, moved | {"id": "and again"})
    assert ("2026-12-21T13:00:00+01:00", ROOM) == seen_by(house, POLICE)[DECEMBER_22]
    assert 3 == len(house.told(POLICE, MOVED))


async def test_names_that_the_new_rule_does_not_give_are_cancelled_and_new_ones_called(house: House) -> None:
    """With the reason that the series has changed; what has begun stays as it was."""
    await hear(house, plan())
    await house.turn_clock(at("2026-12-01T12:00"))
    await hear(house, change(2, **WEDNESDAYS))
    seen = seen_by(house, SOCIAL)
    assert (FIRST.isoformat(), ROOM) == seen["2026-11-24T09:00:00"]
    assert ("2026-12-01T09:00:00+01:00", ROOM) == seen["2026-12-01T09:00:00"]
    gone = {name for name, stands in seen.items() if stands == "series_changed"}
    assert {f"{day}T09:00:00" for day in _tuesdays()} == gone
    assert ("2026-12-02T09:00:00+01:00", ROOM) == seen["2026-12-02T09:00:00"]
    assert "red_day" == seen["2027-01-06T09:00:00"]
    assert not any(name in key for key in await posted(house, "reminder") for name in gone)
    assert [] == [each for each in announced(house)["exceptions"] if each["occurrence"] in gone]


async def test_a_new_agency_is_called_to_what_is_ahead_and_one_that_left_is_told_so(house: House) -> None:
    """Those who stay hear nothing of it; whose mailbox left is named, whichever agency it belongs to."""
    await hear(house, plan())
    stay = [each for each in plan()["data"]["participants"] if each["function"] != "enhetschef"]
    await hear(house, change(2, participants=[*stay, participant(SCHOOL, "rektor@soderhamn.example")]))
    assert 7 == len(house.told(SCHOOL, CALLED))
    assert [] == house.told(POLICE, MOVED) + house.told(SOCIAL, MOVED)
    assert ["enhetschef@soderhamn.example"] == [each["email"] for each in announced(house)["no_longer_invited"]]
    await hear(house, change(3, participants=stay))
    assert ["series_changed"] * 7 == [each["reason"] for each in house.told(SCHOOL, CANCELLED)]
    assert [] == house.told(POLICE, CANCELLED)
    assert ["rektor@soderhamn.example"] == [each["email"] for each in announced(house)["no_longer_invited"]]


async def test_an_ended_series_has_no_meeting_after_its_last_day(house: House) -> None:
    """They are cancelled for that reason, none is called any more, and nothing is left to wake up for."""
    await hear(house, plan(), move(DECEMBER_22, "2026-12-21T13:00:00"), end("2026-12-22"))
    seen = seen_by(house, SOCIAL)
    assert {DECEMBER_29, "2027-01-05T09:00:00"} == {name for name, stands in seen.items() if stands == "series_ended"}
    event = announced(house)
    assert ("ended", "2026-12-22", "2026-11-24T08:00:00Z") == (event["change"], event["until"], event["next_at"])
    assert [DECEMBER_22] == [each["occurrence"] for each in event["exceptions"]]
    assert {} == await posted(house, "series")
    await house.turn_clock(at("2027-02-01T12:00"))
    assert seen == seen_by(house, SOCIAL)


async def test_the_sequence_of_what_is_announced_rises_over_meetings_and_series(house: House) -> None:
    """And reminders carry the last one, so that none of an earlier word is taken for news."""
    await hear(house, plan(), move(DECEMBER_22, "2026-12-21T13:00:00"))
    await hear(house, change(2, place=ELSEWHERE))
    await hear(house, end("2027-01-31"))
    events = [json.loads(each) for each in said(house, ANNOUNCED)]
    assert [0, 2] == [each["sequence"] for each in events][:2]
    last = events[2]["sequence"]
    assert last > max(json.loads(each)["meeting"]["sequence"] for each in said(house, MOVED) + said(house, CALLED)[:12])
    rows = [row for row in await house.rows("meetings", "outbox") if row["_id"].startswith("key:reminder:")]
    assert {last} == {json.loads(row["body"])["meeting"]["sequence"] for row in rows}


async def test_a_rule_that_counts_is_counted_on_from_where_a_change_begins(house: House) -> None:
    """Of four meetings one has been: three are left, however the calendar that reads it counts."""
    await hear(house, plan(rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=4") | {"data": _counting(None)})
    await house.turn_clock(at("2026-11-25T12:00"))
    await hear(house, change(2) | {"data": _counting(2)})
    event = announced(house)
    assert ("2026-12-01T09:00:00", "FREQ=WEEKLY;BYDAY=TU;COUNT=3") == (event["starts_at"], event["rrule"])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (end("2026-11-15"), {("/last_on", "wrong_value")}),
        (change(2, starts_at="2026-12-02T09:00:00"), {("/starts_at", "wrong_value")}),
        (
            change(2, duration_minutes=1, organiser=plan()["data"]["organiser"] | {"agency": SOCIAL}),
            {("/organiser/agency", "not_your_agency"), ("/duration_minutes", "wrong_value")},
        ),
        (change(2, participants=[participant(SOCIAL, "a@b.example")]), {("/participants", "wrong_value")}),
        (change(1), {("/revision", "wrong_value")}),
    ],
)
async def test_a_change_or_an_end_that_cannot_be_is_refused(
    house: House, asked: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    """Every fault is told, and the series stays as it was."""
    await hear(house, plan(), asked)
    assert expected == rejections(house, asked)
    assert "planned" == announced(house)["change"]


async def test_the_same_revision_or_end_with_other_content_is_a_conflict(house: House) -> None:
    """The same content is not, and a lower revision that comes late is accepted and changes nothing."""
    third, again = change(3, place=ELSEWHERE), change(3, place=ELSEWHERE) | {"id": "again"}
    other, late = change(3, place="Rum 9"), change(2, place="Rum 8")
    last, last_again, other_last = end("2027-01-31"), end("2027-01-31") | {"id": "end again"}, end("2027-02-28")
    await hear(house, plan(), third, again, other, late, last, last_again, other_last)
    assert {("/revision", "conflict")} == rejections(house, other)
    assert {("/last_on", "conflict")} == rejections(house, other_last)
    assert set() == rejections(house, again) | rejections(house, late) | rejections(house, last_again)
    assert {ELSEWHERE} == {stands[1] for stands in seen_by(house, SOCIAL).values() if not isinstance(stands, str)}


async def test_what_comes_before_the_plan_waits_for_it(house: House) -> None:
    """A move, a cancellation, a change and an end; then all of it is told at once, and announced as one plan."""
    early = [move(DECEMBER_22, "2026-12-21T13:00:00"), cancel("2026-12-15T09:00:00")]
    early += [change(2, place=ELSEWHERE), end("2026-12-22")]
    await hear(house, *early)
    assert [set()] * 4 == [rejections(house, each) for each in early]
    assert [] == [each for each in house.told(COORDINATOR) if "occurrence" in each]
    await hear(house, plan())
    expected = {
        "2026-11-24T09:00:00": (FIRST.isoformat(), ELSEWHERE),
        "2026-12-01T09:00:00": ("2026-12-01T09:00:00+01:00", ELSEWHERE),
        "2026-12-08T09:00:00": ("2026-12-08T09:00:00+01:00", ELSEWHERE),
        "2026-12-15T09:00:00": "organiser",
        DECEMBER_22: ("2026-12-21T13:00:00+01:00", ELSEWHERE),
    }
    assert expected == seen_by(house, SOCIAL)
    (event,) = map(json.loads, said(house, ANNOUNCED))
    assert ("planned", "2026-12-22", 2) == (event["change"], event["until"], len(event["exceptions"]))


async def test_a_strangers_early_words_neither_count_nor_stand_in_the_way(house: House) -> None:
    """Moves, a change and an end by the police of a series that turns out to be the coordinator's."""
    theirs = [move(DECEMBER_22, "2026-12-21T13:00:00", "2026-11-16T09:00:00+01:00"), end("2026-11-30")]
    theirs += [change(2, place=ELSEWHERE, organiser=plan()["data"]["organiser"] | {"agency": POLICE})]
    for each in theirs:
        house.say(POLICE, each | {"source": f"/agency/{POLICE}"})
    await house.settle()
    assert [set()] * 3 == [rejections(house, each, POLICE) for each in theirs]
    own = [change(2, place="Rum 5"), end("2026-12-31")]
    await hear(house, plan(), *own)
    assert [set()] * 2 == [rejections(house, each) for each in own]
    seen = seen_by(house, SOCIAL)
    assert ("2026-12-22T09:00:00+01:00", "Rum 5") == seen[DECEMBER_22]
    assert "series_ended" == seen["2027-01-05T09:00:00"]


async def test_no_more_than_so_much_waits_for_a_series_that_nobody_has_planned(house: House) -> None:
    """One agency's pile is full, which is said; another's is not, and the organiser's plan is taken in all the same."""
    house.clock.moment = at("2026-11-16T10:00")
    moves = [cancel(f"2027-{1 + n // 28:02}-{1 + n % 28:02}T09:00:00") for n in range(MOST_WAITING + 1)]
    for each in moves:
        house.say(LEISURE, each | {"source": f"/agency/{LEISURE}"})
    await house.settle()
    refused = [each for each in moves if rejections(house, each, LEISURE)]
    assert [moves[-1]] == refused
    assert {("/series_id", "wrong_value")} == rejections(house, refused[0], LEISURE)
    await hear(house, cancel(DECEMBER_22), plan())
    assert "organiser" == seen_by(house, SOCIAL)[DECEMBER_22]
    (series,) = await house.rows("meetings", "series")
    assert [SERIES, 1] == [series["_id"], len(series["facts"]["requests"])]


async def test_the_samples_of_a_change_and_an_end_follow_on_the_planned_series(house: House) -> None:
    """Strung together they are taken in, and the organiser is asked about the red day that the change brings."""
    both = [sample("in", "meeting-series.changed.v1"), sample("in", "meeting-series.ended.v1")]
    await hear(house, plan(), *both)
    assert [set()] * 2 == [rejections(house, each) for each in both]
    assert [sample("out", "meeting-move.proposed.v1")["data"]] == house.told(COORDINATOR, "meeting-move.proposed.v1")


def _tuesdays() -> list[str]:
    return [
        "2026-12-08",
        "2026-12-15",
        "2026-12-22",
        "2026-12-29",
        "2027-01-05",
        "2027-01-12",
        "2027-01-19",
        "2027-01-26",
    ]


def _counting(revision: int | None) -> dict[str, Any]:
    fields = plan()["data"] | {"rrule": "FREQ=WEEKLY;BYDAY=TU;COUNT=4"} | ({"revision": revision} if revision else {})
    return {name: value for name, value in fields.items() if name != "until"}


async def test_a_change_of_the_hour_leaves_what_was_moved_and_cancelled(house: House) -> None:
    """From nine to ten: the moved one keeps its time and room, the cancelled one stays so, both by their new names."""
    await hear(house, plan(), move(DECEMBER_22, "2026-12-21T13:00:00", place="Rum 7"), cancel(DECEMBER_29))
    await hear(house, change(2, starts_at="2026-11-24T10:00:00"))
    seen = seen_by(house, POLICE)
    assert ("2026-12-21T13:00:00+01:00", "Rum 7") == seen["2026-12-22T10:00:00"]
    assert "organiser" == seen["2026-12-29T10:00:00"]
    assert ("2026-12-15T10:00:00+01:00", ROOM) == seen["2026-12-15T10:00:00"]
    held = [(each["occurrence"], each["starts_at"]) for each in announced(house)["exceptions"]]
    assert [("2026-12-22T10:00:00", "2026-12-21T12:00:00Z"), ("2026-12-29T10:00:00", None)] == held
    gone = move(DECEMBER_22, "2026-12-23T09:00:00", said_at="2026-11-16T09:00:00+01:00")
    await hear(house, gone)
    assert {("/occurrence", "unknown_reference")} == rejections(house, gone)


async def test_a_series_about_persons_is_not_changed_into_one_about_places(house: House) -> None:
    """Refused when it comes after the plan; come before it, it never counts, and sent anew it is refused too."""
    early = change(2, forum="est")
    await hear(house, early, plan())
    assert ("2026-11-24T09:00:00+01:00", ROOM) == seen_by(house, POLICE)["2026-11-24T09:00:00"]
    assert {"weekly_social_police"} == {each["forum"] for each in house.told(POLICE, CALLED)}
    again = early | {"id": "again"}
    await hear(house, again)
    assert {("/forum", "wrong_value")} == rejections(house, again)
