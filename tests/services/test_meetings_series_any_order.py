"""A series' facts in any order, and any of them twice: what agencies know in the end is the same."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from shared.events.meetings import SeriesTimeReached
from tests.house import House
from tests.services.meetings_samples import (
    CALLED,
    CANCELLED,
    COORDINATOR,
    FIRST,
    MOVED,
    POLICE,
    PROPOSED,
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

DECEMBER_15, DECEMBER_22, DECEMBER_29 = "2026-12-15T09:00:00", "2026-12-22T09:00:00", "2026-12-29T09:00:00"


def everything() -> list[dict[str, Any]]:
    """Return what an organiser says of a series in its first weeks: each occurrence has one last word."""
    return [
        plan(),
        change(2, place="Rum 8"),
        change(3, place="Rum 9", red_day_policy="next_working_day"),
        end("2027-01-31"),
        move(DECEMBER_15, "2026-12-16T10:00:00", "2026-11-16T08:01:00+01:00"),
        move(DECEMBER_15, "2026-12-17T10:00:00", "2026-11-16T08:02:00+01:00", "Rum 1"),
        move(DECEMBER_22, "2026-12-21T13:00:00", "2026-11-16T08:01:00+01:00"),
        cancel(DECEMBER_22, "2026-11-16T08:02:00+01:00"),
        cancel(DECEMBER_29, "2026-11-16T08:01:00+01:00"),
        move(DECEMBER_29, "2026-12-28T09:00:00", "2026-11-16T08:02:00+01:00"),
    ]


EXPECTED = {
    "2026-11-24T09:00:00": ("2026-11-24T09:00:00+01:00", "Rum 9"),
    "2026-12-01T09:00:00": ("2026-12-01T09:00:00+01:00", "Rum 9"),
    "2026-12-08T09:00:00": ("2026-12-08T09:00:00+01:00", "Rum 9"),
    DECEMBER_15: ("2026-12-17T10:00:00+01:00", "Rum 1"),
    DECEMBER_22: "organiser",
    DECEMBER_29: ("2026-12-28T09:00:00+01:00", "Rum 9"),
    "2027-01-05T09:00:00": ("2027-01-05T09:00:00+01:00", "Rum 9"),
}


@pytest.mark.parametrize("seed", range(6))
async def test_shuffled_and_repeated_facts_end_in_the_same_told_meetings(house: House, seed: int) -> None:
    """Every agency knows the same in the end, each message is accepted, and the reminders are those of that end."""
    order, facts = Random(seed), everything()
    order.shuffle(facts)
    await hear(house, *facts, order=order, repeat=0.3)
    assert [set()] * len(facts) == [rejections(house, each) for each in facts]
    for agency in (COORDINATOR, SOCIAL, POLICE):
        assert EXPECTED == seen_by(house, agency)
    due = await posted(house, "reminder")
    held = {name for name, stands in EXPECTED.items() if stands != "organiser"}
    assert {f"{SERIES}:{name}:{before}" for name in held for before in ("P1D", "PT2H")} == due.keys()
    assert at("2026-12-17T08:00") == due[f"{SERIES}:{DECEMBER_15}:PT2H"]
    last = max(map(json.loads, said(house, "meeting-series.announced.v1")), key=lambda each: each["sequence"])
    assert ("2027-01-31", "Rum 9") == (last["until"], last["place"])


async def test_looking_at_a_series_again_tells_nothing_again(house: House) -> None:
    """However often its time is said to have come, and on whichever day."""
    await hear(house, *everything())
    for moment in (house.clock.moment, FIRST - timedelta(days=3), FIRST + timedelta(minutes=30)):
        await house.turn_clock(moment)
        before = _words(house)
        await hear(house, SeriesTimeReached(series_id=SERIES), SeriesTimeReached(series_id=SERIES))
        assert before == _words(house)


async def test_a_series_with_more_to_give_is_never_without_its_next_look(house: House) -> None:
    """After each fact and each look there is one row, and it lies ahead; a yearly meeting is woken in time too."""
    yearly = {"rrule": "FREQ=YEARLY", "starts_at": "2026-11-17T09:00:00", "until": "2029-12-31"}
    await hear(house, plan(**yearly))
    assert {"2026-11-17T09:00:00"} == seen_by(house, SOCIAL).keys()
    (due,) = (await posted(house, "series")).values()
    assert at("2027-09-22T10:00") == due, "eight weeks of real hours before, over the change of the clocks"
    await house.turn_clock(due)
    assert "2027-11-17T09:00:00" in seen_by(house, SOCIAL)
    (due,) = (await posted(house, "series")).values()
    assert due > house.clock.moment


async def test_a_look_at_a_series_that_nobody_has_planned_does_nothing(house: House) -> None:
    """Nor does one at a series that is not known at all."""
    await hear(house, cancel(DECEMBER_22), SeriesTimeReached(series_id=SERIES), SeriesTimeReached(series_id="another"))
    assert [] == _words(house)


def _words(house: House) -> list[int]:
    types = (CALLED, MOVED, CANCELLED, PROPOSED)
    told = [len(house.told(agency, type_)) for agency in (COORDINATOR, SOCIAL, POLICE) for type_ in types]
    counts = told + [len(said(house, type_)) for type_ in (*types, "meeting-series.announced.v1")]
    return counts if any(counts) else []
