"""What an EST meeting begins with, what waits until it counts, and that the order of messages makes no difference."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from shared.operators.waiting_command import waiting_in
from tests.conftest import OPENING
from tests.house import House
from tests.services.observations_story import WAITING, say, send
from tests.services.places_story import (
    ANALYSIS,
    COORDINATOR,
    EVALUATION,
    MEASURE,
    analysis,
    area,
    evaluation,
    hypothesis,
    kept,
    measure,
    places,
    priorities,
)

YOUTHS = {"indicator": {"category": "youth_gathering_place", "area": "Bojsenburg"}}
DAY = timedelta(hours=24)


async def _waiting(house: House) -> list[tuple[str, str, str, str]]:
    """Return what `samverkan waiting` shows: whose, for what, type and id."""
    databases = {name: room.db for name, room in house.rooms.items()}
    found = await waiting_in(databases, house.clock.now())
    return [(each.whose, each.waits_for, each.type, each.id) for each in found if each.kind == "follow_up"]


def _told(house: House) -> list[tuple[str, str, str]]:
    return [(each["type"], each["entity_id"], each["waits_for"]) for each in house.told(COORDINATOR, WAITING)]


async def _carried(house: House, iso_week: str) -> dict[str, int]:
    return {each.area: each.weeks_in_a_row for each in (await places(house, iso_week)).areas}


async def test_before_anything_is_decided_a_meeting_begins_with_nothing(house: House) -> None:
    """An empty start is an answer."""
    start = await places(house)
    assert (None, (), ()) == (start.iso_week, start.areas, start.older_due)


async def test_last_weeks_areas_come_first_with_their_measures(house: House) -> None:
    """The latest week decided, as it was decided, and what is done."""
    house.clock.moment = OPENING.replace(day=23)
    decided = [area("p1"), area("p2", "Centrum")]
    await send(house, COORDINATOR, priorities(*decided), measure("m2", "p1"), measure("m1", "p1"), evaluation("m1"))
    start = await places(house, "2026-W48", on="2026-11-24")
    assert "2026-W47" == start.iso_week
    shown = [each.model_dump(mode="json", exclude={"measures", "weeks_in_a_row"}) for each in start.areas]
    assert decided == shown
    measures = [(each.measure_id, each.effect, each.evaluation_due) for each in start.areas[0].measures]
    assert [("m1", "improved", False), ("m2", None, False)] == measures
    assert () == start.areas[1].measures


async def test_a_meeting_does_not_begin_with_what_is_decided_for_a_later_week(house: House) -> None:
    """Of the weeks decided only its own and those before it are a meeting's."""
    await send(house, COORDINATOR, priorities(area("p1")))
    assert "2026-W47" == (await places(house)).iso_week
    assert None is (await places(house, "2026-W46")).iso_week


async def test_an_area_is_counted_over_the_turn_of_the_year_whatever_comes_first(house: House) -> None:
    """Weeks 52, 53 and 1, in other spellings; the week that was missing comes last."""
    spelt = {"2026-W52": "Bojsenburg", "2027-W01": "bojsenburg", "2026-W53": " BOJSENBURG "}
    first, second, missing = (
        priorities(area(f"p{week}", name), area(f"q{week}", week), iso_week=week) for week, name in spelt.items()
    )
    assert [] == await say(house, COORDINATOR, second, first)
    assert {"bojsenburg": 1, "2027-W01": 1} == await _carried(house, "2027-W01")
    assert [] == await say(house, COORDINATOR, missing)
    assert {"bojsenburg": 3, "2027-W01": 1} == await _carried(house, "2027-W01")
    assert {" BOJSENBURG ": 2, "2026-W53": 1} == await _carried(house, "2026-W53")
    assert {"bojsenburg": 3, "2027-W01": 1} == await _carried(house, "2027-W04")


async def test_a_week_without_the_area_begins_anew(house: House) -> None:
    """The area comes back after a week that had another."""
    names = {"2026-W47": "Centrum", "2026-W48": "Slätta", "2026-W49": "Centrum"}
    weeks = [priorities(area(week, name), iso_week=week) for week, name in names.items()]
    assert [] == await say(house, COORDINATOR, *weeks)
    assert {"Centrum": 1} == await _carried(house, "2026-W49")


async def test_a_measure_stands_on_the_agenda_from_the_day_it_is_to_be_evaluated(house: House) -> None:
    """First with its area, then, when other areas have been put first, by itself, until it is evaluated."""
    await send(house, COORDINATOR, priorities(area("p1")), measure("m1", "p1", evaluate_on="2026-11-24"))
    ((shown,),) = [each.measures for each in (await places(house, on="2026-11-23")).areas]
    assert not shown.evaluation_due
    ((shown,),) = [each.measures for each in (await places(house, on="2026-11-24")).areas]
    assert shown.evaluation_due
    await send(house, COORDINATOR, priorities(area("p2", "Centrum"), iso_week="2026-W48"))
    assert () == (await places(house, "2026-W48", on="2026-11-23")).older_due
    (older,) = (await places(house, "2026-W48", on="2026-11-24")).older_due
    assert ("m1", "p1", "Bojsenburg") == (older.measure_id, older.priority_id, older.area)
    await house.turn_clock(OPENING.replace(day=25))
    await send(house, COORDINATOR, evaluation("m1", "2026-11-25"))
    assert () == (await places(house, "2026-W48", on="2026-11-25")).older_due


async def test_a_measure_aimed_at_youths_counts_when_there_are_two_hypotheses(house: House) -> None:
    """One is not enough, nor the same in other letters; a refuted one counts as any other."""
    await send(house, COORDINATOR, priorities(area("p1")), measure("m1", "p1", **YOUTHS))
    for said in ("Ingen belysning", "INGEN  belysning"):
        assert [] == await say(house, COORDINATOR, analysis("p1", said))
        assert [(COORDINATOR, "hypotheses", MEASURE, "m1")] == await _waiting(house)
        assert [()] == [each.measures for each in (await places(house)).areas]
    await send(house, COORDINATOR, analysis("p1", hypothesis("Fritidsgården är stängd", "refuted")))
    assert [] == await _waiting(house)
    assert ["m1"] == [each.measure_id for each in (await places(house)).areas[0].measures]
    await house.turn_clock(OPENING + 2 * DAY)
    assert [] == _told(house)


async def test_what_is_aimed_at_a_place_needs_no_hypotheses(house: House) -> None:
    """Though it is measured by where youths gather."""
    await send(house, COORDINATOR, priorities(area("p1")), measure("m1", "p1", aimed_at="place", **YOUTHS))
    assert ["m1"] == [each.measure_id for each in (await places(house)).areas[0].measures]


async def test_what_comes_early_waits_and_its_sender_is_told_after_a_day(house: House) -> None:
    """An analysis and a measure without their area, an evaluation without its measure: each is told of once."""
    early = [analysis("p1", "Ingen belysning"), measure("m1", "p1"), evaluation("m2", "2026-11-16")]
    assert [] == await say(house, COORDINATOR, *early)
    expected = [("priority", ANALYSIS, "p1"), ("priority", MEASURE, "m1"), ("measure", EVALUATION, "m2")]
    assert sorted((COORDINATOR, *each) for each in expected) == sorted(await _waiting(house))
    await house.turn_clock(OPENING + DAY - timedelta(seconds=1))
    assert [] == _told(house)
    await house.turn_clock(OPENING + DAY)
    assert sorted((type_, id_, waits_for) for waits_for, type_, id_ in expected) == sorted(_told(house))
    await say(house, COORDINATOR, analysis("p1", "Ingen belysning"), measure("m1", "p1"))
    await house.turn_clock(OPENING + 3 * DAY)
    assert 3 == len(_told(house))
    await send(house, COORDINATOR, priorities(area("p1")), measure("m2", "p1", starts_on="2026-11-16"))
    assert [] == await _waiting(house)
    shown = [(each.measure_id, each.effect) for each in (await places(house)).areas[0].measures]
    assert [("m1", None), ("m2", "improved")] == shown


async def test_what_gets_what_it_waits_for_within_the_day_is_not_told_of(house: House) -> None:
    """The reminder posted for it is taken back."""
    await send(house, COORDINATOR, evaluation("m1", "2026-11-16"), measure("m1", "p1", starts_on="2026-11-16"))
    await send(house, COORDINATOR, analysis("p1", "Ingen belysning"), priorities(area("p1")))
    await house.turn_clock(OPENING + 2 * DAY)
    assert [] == _told(house)
    assert [] == await house.rows("meetings", "outbox")


async def test_a_measure_whose_area_comes_may_still_wait_for_hypotheses(house: House) -> None:
    """It is told of what it waits for now, at once if a day has gone already."""
    await send(house, COORDINATOR, measure("m1", "p1", **YOUTHS))
    await house.turn_clock(OPENING + DAY)
    await send(house, COORDINATOR, priorities(area("p1")))
    assert [(COORDINATOR, "hypotheses", MEASURE, "m1")] == await _waiting(house)
    assert [(MEASURE, "m1", "priority"), (MEASURE, "m1", "hypotheses")] == _told(house)
    assert {"send_cause_analysis"} == set(house.told(COORDINATOR, WAITING)[1]["you_can"])


@pytest.mark.parametrize("first", ["measure", "evaluation"])
async def test_an_evaluation_of_a_day_before_its_measure_never_counts(house: House, first: str) -> None:
    """Refused where the measure is there, and fallen away where the measure comes after it: the same is kept."""
    messages = [measure("m1", "p1"), evaluation("m1", "2026-11-16")]
    await send(house, COORDINATOR, *(messages if first == "measure" else messages[::-1]))
    (row,) = (await kept(house))["measures"]
    assert (None, "priority") == (row["evaluation"], row["wait"]["waits_for"])
    house.clock.moment = OPENING.replace(day=25)
    assert [] == await say(house, COORDINATOR, evaluation("m1"))


def _month() -> list[dict[str, Any]]:
    """Return a month of the place track, every message valid whatever comes before it."""
    names = {"2026-W44": "Bojsenburg", "2026-W45": "bojsenburg", "2026-W46": "Centrum", "2026-W47": "CENTRUM"}
    weeks = [priorities(area(week, name), area(f"{week}b", "Slätta"), iso_week=week) for week, name in names.items()]
    return [
        *(each | {"time": "2026-11-16T08:00:00+01:00"} for each in weeks),
        analysis("2026-W44", "Ingen belysning", hypothesis("Fritidsgården är stängd", "weak")),
        analysis("2026-W44", hypothesis("ingen BELYSNING", "confirmed")) | {"time": "2026-11-16T07:00:00+01:00"},
        analysis("2026-W47", "Försäkringsbedrägeri"),
        measure("m1", "2026-W44", starts_on="2026-11-01", evaluate_on="2026-11-10", **YOUTHS),
        measure("m2", "2026-W45b", starts_on="2026-11-01", evaluate_on="2026-11-10"),
        measure("m3", "2026-W47", starts_on="2026-11-01", evaluate_on="2026-11-10", **YOUTHS),
        measure("m4", "2026-W50", starts_on="2026-11-01"),
        measure("m5", "2026-W47b", starts_on="2026-11-17", evaluate_on="2026-11-20"),
        evaluation("m2", "2026-11-10"),
        evaluation("m3", "2026-11-10", effect="unclear"),
        evaluation("m6", "2026-11-10"),
    ]


@pytest.mark.parametrize("seed", range(8))
async def test_a_month_in_any_order_and_again_ends_in_the_same(house: House, seed: int) -> None:
    """Shuffled, some messages delivered twice, and each sent once more: what is kept and shown does not differ."""
    expected = await _after(house, _month(), None)
    for name in expected[0]:
        await house.rooms["meetings"].db.delete(name, {})
    for name in ("inbox", "outbox"):
        await house.rooms["meetings"].db.delete(name, {})
    order = Random(seed)
    messages = [*_month(), *_month()]
    order.shuffle(messages)
    assert expected == await _after(house, messages, order)
    assert ["m1"] == [each.measure_id for each in expected[1].older_due]
    assert {"CENTRUM": 2, "Slätta": 4} == {each.area: each.weeks_in_a_row for each in expected[1].areas}


async def _after(house: House, messages: list[dict[str, Any]], order: Random | None) -> tuple[Any, Any, Any]:
    for each in messages:
        house.say(COORDINATOR, each)
    await house.settle(order, repeat=0.2 if order else 0.0)
    for each in messages:
        (answer,) = house.answers_to(COORDINATOR, each["id"])
        assert [] == answer.get("errors", [])
    return await kept(house), await places(house), sorted(await _waiting(house))
