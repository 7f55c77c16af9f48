"""What the tests of the place track say, how they read what is kept of it, and what an EST meeting begins with."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.meetings.places.follow_up import PlacesOnAgenda, places_for
from tests.house import House, changed

COORDINATOR, HOUSING, POLICE = "2080-coordinator", "2080-housing-kopparstaden", "2080-police"
FALUN, WEEK = "2080", "2026-W47"
PRIORITIES, ANALYSIS = "priority-areas.decided.v1", "cause-analysis.made.v1"
MEASURE, EVALUATION = "measure.decided.v1", "measure.evaluated.v1"
OPERATION = "joint-operation.carried-out.v1"
COLLECTIONS = ("place_tracks", "priority_weeks", "priorities", "measures", "joint_operations")


def area(priority_id: str, name: str = "Bojsenburg", **changes: Any) -> dict[str, Any]:
    """Return an area that is put first."""
    return {
        "priority_id": priority_id,
        "area": name,
        "problem": "Samlingar i trapphus",
        "owner": HOUSING,
        "follow_up_on": "2026-11-24",
        **changes,
    }


def priorities(*areas: dict[str, Any], iso_week: str = WEEK) -> dict[str, Any]:
    """Return a week's decision, followed up on its own Sunday unless the week is the usual one."""
    sunday = date.fromisocalendar(int(iso_week[:4]), int(iso_week[6:]), 7).isoformat()
    own = areas if iso_week == WEEK else tuple(each | {"follow_up_on": sunday} for each in areas)
    return changed(PRIORITIES, {"iso_week": iso_week, "areas": list(own)})


def hypothesis(statement: str, judged: str = "plausible") -> dict[str, Any]:
    """Return a hypothesis with evidence for it."""
    return {"statement": statement, "evidence_for": ["två vittnen"], "evidence_against": [], "judged": judged}


def analysis(priority_id: str, *statements: str | dict[str, Any]) -> dict[str, Any]:
    """Return a cause analysis with these hypotheses."""
    hypotheses = [hypothesis(each) if isinstance(each, str) else each for each in statements]
    return changed(ANALYSIS, {"priority_id": priority_id, "hypotheses": hypotheses})


def measure(measure_id: str, priority_id: str, **changes: Any) -> dict[str, Any]:
    """Return a measure against a priority's problem, to be evaluated on 16 December."""
    return changed(MEASURE, {"measure_id": measure_id, "priority_id": priority_id, **changes})


def evaluation(measure_id: str, evaluated_on: str = "2026-11-20", **changes: Any) -> dict[str, Any]:
    """Return what a measure came to, evaluated two days after its beginning."""
    return changed(EVALUATION, {"measure_id": measure_id, "evaluated_on": evaluated_on, **changes})


async def places(
    house: House, iso_week: str = WEEK, on: str = "2026-11-17", municipality: str = FALUN
) -> PlacesOnAgenda:
    """Return what an EST meeting on that day begins with."""
    tx = house.rooms["meetings"].begin()
    return await places_for(tx, municipality, iso_week, date.fromisoformat(on))


async def kept(house: House) -> dict[str, list[dict[str, Any]]]:
    """Return all that is kept of the place track, without how often it was written."""
    rows = {name: await house.rows("meetings", name) for name in COLLECTIONS}
    return {name: [{k: v for k, v in row.items() if k != "version"} for row in found] for name, found in rows.items()}
