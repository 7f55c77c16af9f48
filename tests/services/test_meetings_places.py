"""What is decided about places is taken in once, by the coordinator alone, about nobody; and all of it can be found."""

from __future__ import annotations

from typing import Any

import pytest

from services.meetings.places import deciding
from services.meetings.places.follow_up import places_for
from shared.agencies import Agency
from shared.events.agencies import MeasureDecided, PriorityAreasDecided
from shared.mongo import Stale
from shared.operators.retention_classes import classes_on, clock_of
from tests.conftest import EVENING
from tests.house import House, changed, sample
from tests.services.observations_story import say
from tests.services.places_story import (
    ANALYSIS,
    COORDINATOR,
    EVALUATION,
    FALUN,
    MEASURE,
    OPERATION,
    POLICE,
    PRIORITIES,
    WEEK,
    analysis,
    area,
    evaluation,
    kept,
    measure,
    priorities,
)

SODERHAMN = "2182-coordinator"
NOTHING: dict[str, list[dict[str, Any]]] = {
    "place_tracks": [],
    "priority_weeks": [],
    "priorities": [],
    "measures": [],
    "joint_operations": [],
}


def _operation(**changes: Any) -> dict[str, Any]:
    return changed(OPERATION, changes)


async def test_a_weeks_areas_are_kept_once(house: House) -> None:
    """The same decision again, in a message of its own too, changes nothing."""
    decision = sample("in", PRIORITIES)
    assert [] == await say(house, COORDINATOR, decision)
    before = await kept(house)
    assert [] == await say(house, COORDINATOR, decision, changed(PRIORITIES, {}))
    assert before == await kept(house)
    (week,) = before["priority_weeks"]
    assert decision["data"]["areas"] == week["areas"]
    assert (WEEK, COORDINATOR) == (week["iso_week"], week["decided_by"])


async def test_a_week_is_decided_once(house: House) -> None:
    """Other areas for a week that is decided are a conflict, and nothing of them is kept."""
    assert [] == await say(house, COORDINATOR, priorities(area("p1")))
    before = await kept(house)
    assert [("/iso_week", "conflict")] == await say(house, COORDINATOR, priorities(area("p2", "Centrum")))
    assert [("/iso_week", "conflict")] == await say(house, COORDINATOR, priorities(area("p1", problem="Bränder")))
    assert before == await kept(house)


async def test_a_week_never_has_more_than_three_areas(house: House) -> None:
    """Four are refused, and so are none."""
    four = [area(f"p{n}", f"Område {n}") for n in range(4)]
    assert [("/areas", "wrong_value")] == await say(house, COORDINATOR, priorities(*four))
    assert [("/areas", "wrong_value")] == await say(house, COORDINATOR, priorities())
    assert NOTHING == await kept(house)
    assert [] == await say(house, COORDINATOR, priorities(*four[:3]))


@pytest.mark.parametrize("weeks", [("2026-W47", "2026-W48"), ("2026-W48", "2026-W47")])
async def test_an_areas_id_belongs_to_one_week(house: House, weeks: tuple[str, str]) -> None:
    """Whichever of the two weeks comes first, the other one is refused, at the id."""
    first, second = (priorities(area("p1"), iso_week=week) for week in weeks)
    assert [] == await say(house, COORDINATOR, first)
    assert [("/areas/0/priority_id", "conflict")] == await say(house, COORDINATOR, second)
    assert [weeks[0]] == [each["iso_week"] for each in (await kept(house))["priority_weeks"]]


async def test_another_municipality_has_weeks_and_ids_of_its_own(house: House) -> None:
    """The same week, area and measure in Söderhamn is no conflict with Falun's."""
    owner = {"owner": "2182-police"}
    assert [] == await say(
        house, COORDINATOR, priorities(area("p1")), measure("m1", "p1"), evaluation("m0", "2026-11-16")
    )
    assert [] == await say(house, SODERHAMN, priorities(area("p1", "Centrum", **owner)), measure("m1", "p1", **owner))
    assert ["2080:p1", "2182:p1"] == [each["_id"] for each in (await kept(house))["priorities"]]


@pytest.mark.parametrize("type_", [PRIORITIES, ANALYSIS, MEASURE, EVALUATION, OPERATION])
async def test_only_the_coordinator_decides_about_places(house: House, type_: str) -> None:
    """The police's own decision is refused, and says who may send it; a housing company is no authority either."""
    house.clock.moment = EVENING.replace(month=12, day=17)
    faults = await say(house, POLICE, changed(type_, {}))
    assert ("", "not_your_agency") in faults
    (answer,) = house.told(POLICE, "submission.rejected.v1")
    assert "samordnare" in answer["errors"][0]["message"]
    assert ("", "not_an_authority") in await say(house, "2080-church", changed(type_, {}))
    assert NOTHING == await kept(house)


async def test_every_fault_is_found_and_nothing_is_quoted(house: House) -> None:
    """Who sends it, where the owner is, when it is followed up and whom it names, in one answer."""
    await say(house, COORDINATOR, priorities(area("p1")))
    wrong = area("p2", "Hos Kalle Andersson", owner="2182-police", follow_up_on="2027-11-24")
    faults = await say(house, POLICE, priorities(wrong))
    assert {
        ("", "not_your_agency"),
        ("/iso_week", "conflict"),
        ("/areas/0/owner", "wrong_value"),
        ("/areas/0/follow_up_on", "wrong_value"),
        ("/areas/0/area", "personal_data_in_place_report"),
    } == set(faults)
    assert "Kalle" not in str([house.told(POLICE), await house.rows("meetings", "inbox")])


@pytest.mark.parametrize(
    ("event", "faults"),
    [
        (analysis("p1", "Kalle Andersson tänder eld"), [("/hypotheses/0/statement", "personal_data_in_place_report")]),
        (measure("m1", "p1", what="Ring 070-123 45 67"), [("/what", "personal_data_in_place_report")]),
        (measure("m1", "p1", evaluate_on="2026-11-18"), [("/evaluate_on", "wrong_value")]),
        (measure("m1", "p1", owner="2182-police"), [("/owner", "wrong_value")]),
        (measure("m1", "p1", owner="2080-okänd"), [("/owner", "wrong_value")]),
        (measure("m1", "p1", owner="2080-circus"), [("/owner", "unknown_agency")]),
        (evaluation("m1", "2026-11-17"), [("/evaluated_on", "wrong_value")]),
        (evaluation("m1", "2026-11-16", comment="Volvon ABC123"), [("/comment", "personal_data_in_place_report")]),
        (priorities(area("p1"), area("p1", "Centrum")), [("/areas/1/priority_id", "wrong_value")]),
        (priorities(area("p1"), area("p2", " bojsenburg ")), [("/areas/1/area", "wrong_value")]),
    ],
)
async def test_what_is_wrong_is_pointed_at_and_nothing_is_kept(
    house: House, event: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    """Each fault at its field; the day is 16 November."""
    assert faults == await say(house, COORDINATOR, event)
    assert NOTHING == await kept(house)


async def test_a_measure_and_its_evaluation_are_said_once(house: House) -> None:
    """The same again is fine; other content under the same id is a conflict."""
    house.clock.moment = EVENING.replace(day=25)
    assert [] == await say(house, COORDINATOR, measure("m1", "p1"), measure("m1", "p1"))
    assert [] == await say(house, COORDINATOR, evaluation("m1"), evaluation("m1"))
    before = await kept(house)
    assert [("/measure_id", "conflict")] == await say(house, COORDINATOR, measure("m1", "p2"))
    assert [("/measure_id", "conflict")] == await say(house, COORDINATOR, measure("m1", "p1", what="Belysning"))
    assert [("/measure_id", "conflict")] == await say(house, COORDINATOR, evaluation("m1", effect="worse"))
    assert before == await kept(house)


async def test_an_evaluation_of_a_day_before_its_measure_began_is_refused(house: House) -> None:
    """The measure is there and begins on 18 November."""
    house.clock.moment = EVENING.replace(day=25)
    await say(house, COORDINATOR, measure("m1", "p1"))
    assert [("/evaluated_on", "wrong_value")] == await say(house, COORDINATOR, evaluation("m1", "2026-11-17"))


async def test_facts_that_come_at_once_cannot_miss_each_other(house: House) -> None:
    """A measure, its area and an agenda that shows them: of two in hand together, one is decided again."""
    room, sender = house.rooms["meetings"], Agency(id=COORDINATOR, kind="coordinator", name="Falun")
    first, second, agenda = room.begin(), room.begin(), room.begin()
    decided = PriorityAreasDecided.model_validate(priorities(area("p1"))["data"])
    await deciding.decide_priorities(first, decided, sender)
    await deciding.decide_measure(second, MeasureDecided.model_validate(measure("m1", "p1")["data"]), sender)
    await places_for(agenda, FALUN, WEEK)
    await first.commit()
    for late in (second, agenda):
        with pytest.raises(Stale):
            await late.commit()


async def test_a_joint_operation_is_kept_with_all_that_a_promise_may_count(house: House) -> None:
    """Hours, place, functions and commitment; the same again changes nothing and nothing is said of it."""
    house.clock.moment = EVENING
    operation = sample("in", OPERATION)
    assert [] == await say(house, SODERHAMN, operation, _operation())
    (row,) = (await kept(house))["joint_operations"]
    content = operation["data"]
    same = ("operation_id", "commitment_id", "focus", "social_services_placed_at", "present")
    assert {name: content[name] for name in same} == {name: row[name] for name in same}
    assert 9 == (row["ended_at"] - row["began_at"]).total_seconds() / 3600
    assert [("/operation_id", "conflict")] == await say(house, SODERHAMN, _operation(focus="narkotika"))
    assert [] == [each for each in house.travelled if each.exchange == "events"]


async def test_whatever_is_kept_gets_old(house: House) -> None:
    """Each row has the day from which its 36 months run; a measure's is the day on which it was to be evaluated."""
    house.clock.moment = EVENING
    await say(house, COORDINATOR, priorities(area("p1")), analysis("p2", "Ingen belysning"), measure("m1", "p1"))
    await say(house, COORDINATOR, evaluation("m2", "2026-11-16"))
    await say(house, SODERHAMN, _operation())
    rows = await kept(house)
    (places,) = [each.places for each in classes_on(EVENING.date()) if each.name == "places"]
    days = {each.collection: [clock_of(each, row) for row in rows[each.collection]] for each in places}
    today = "2026-11-16"
    assert {
        "place_tracks": [today],
        "priority_weeks": [today],
        "priorities": [today, today],
        "measures": ["2026-12-16", today],
        "joint_operations": ["2026-11-13"],
    } == days


async def test_every_fault_of_a_joint_operation_is_found(house: House) -> None:
    """It has not ended, is too long, has a function twice, one from elsewhere, and a person's name."""
    function = {"agency": "2182-police", "function": "områdespolis", "count": 6}
    wrong = _operation(
        to="2026-11-16T18:00:00+01:00",
        focus="Kalle Andersson",
        present=[function, function | {"function": "Områdespolis"}, function | {"agency": "2080-police"}],
    )
    assert [
        ("/to", "wrong_value"),
        ("/to", "wrong_value"),
        ("/present/1/function", "wrong_value"),
        ("/present/2/agency", "wrong_value"),
        ("/focus", "personal_data_in_place_report"),
    ] == await say(house, SODERHAMN, wrong)
    assert NOTHING == await kept(house)


async def test_only_authorities_take_part_in_a_joint_operation(house: House) -> None:
    """A housing company is not counted as present."""
    present = [{"agency": "2182-church", "function": "diakon", "count": 1}]
    assert [("/present/0/agency", "not_an_authority")] == await say(house, SODERHAMN, _operation(present=present))
