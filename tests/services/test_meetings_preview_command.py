"""`samverkan meetings preview` of stored series: it shows what the house has told and will tell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.operators.held_queue import NotPossible
from shared.operators.meetings_command import previewed, series_in
from shared.operators.meetings_lines import lines_of
from shared.recurrence.standings import HORIZON
from tests.house import House, sample
from tests.services import meetings_samples as meetings
from tests.services.observations_story import send

SERIES = meetings.plan()["data"]["series_id"]


async def _shown(house: House, series: str | None = None, weeks: int = 8) -> list[str]:
    """Return the lines that the command would print of the stored series."""
    found = await series_in(house.rooms["meetings"].db, series)
    shown = lines_of([previewed(facts, house.clock.now(), timedelta(weeks=weeks)) for facts in found])
    return [line.text for line in shown]


async def test_the_preview_shows_the_meetings_that_the_house_has_called(house: House) -> None:
    """Of eight weeks, each called meeting once and nothing else, the moved and the cancelled as such."""
    await send(house, meetings.COORDINATOR, meetings.plan())
    await send(house, meetings.COORDINATOR, sample("in", "meeting-move.requested.v1"))
    await send(house, meetings.COORDINATOR, sample("in", "meeting-cancellation.requested.v1"))
    rows = await house.rooms["meetings"].db.find("meetings", {})
    (facts,) = await series_in(house.rooms["meetings"].db)
    shown = previewed(facts, house.clock.now(), HORIZON).standings
    assert {row["occurrence"] for row in rows if row["state"] == "called"} == {
        each.occurrence.isoformat()
        for each in shown
        if each.slot and each.original.starts_at - HORIZON <= house.clock.now()
    }
    text = "\n".join(await _shown(house))
    moved = (
        "måndag 21 december kl. 13.00–14.00  veckomöte socialtjänst–polis  Kommunhuset, rum 201  flyttat från tisdag"
    )
    assert f"{moved} 22 december kl. 09.00, av sammankallande" in text
    assert "tisdag 29 december kl. 09.00–10.00  veckomöte socialtjänst–polis  inställt av sammankallande" in text


async def test_one_series_is_shown_by_its_id(house: House) -> None:
    """Two are planned; with an id only that one's lines come, and an id stands on no line."""
    await send(house, meetings.COORDINATOR, meetings.plan())
    await send(house, meetings.COORDINATOR, meetings.plan(series_id="other", place="Rum 9"))
    both, one = await _shown(house, weeks=2), await _shown(house, SERIES, weeks=2)
    assert 2 * len(one) == len(both)
    assert {True} == {line.endswith((SERIES, "other")) for line in both}
    assert {(False, False)} == {(SERIES in line, "Rum 9" in line) for line in one}


async def test_a_series_that_is_not_there_or_not_planned_is_a_clear_no(house: House) -> None:
    """An unknown id, and one of which only minutes have come; unasked for, neither stands in the way of the others."""
    await send(house, meetings.COORDINATOR, meetings.minutes())
    db = house.rooms["meetings"].db
    assert [] == await series_in(db)
    with pytest.raises(NotPossible, match="ingen serie"):
        await series_in(db, "nobody")
    with pytest.raises(NotPossible, match="inte planerad"):
        await series_in(db, SERIES)
