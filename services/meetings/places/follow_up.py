"""What an EST meeting begins with: the areas put first last time, what is done there, and what is to be evaluated.

Nothing decided is forgotten: a measure whose evaluation is due stands here until it is evaluated, however old its area.
"""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from services.meetings.places import rules
from services.meetings.places.documents import (
    Effect,
    Measure,
    PlaceTrack,
    PriorityWeek,
    measure_of,
    own_id,
    place_track_of,
    priority_of,
)
from shared.clock import local_day
from shared.transaction import Transaction


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class PlaceMeasure(_Part):
    """A measure that counts, and what it came to; `evaluation_due` when its day has come and nobody has said."""

    measure_id: str
    what: str
    owner: str
    evaluate_on: date
    effect: Effect | None
    evaluation_due: bool


class PlaceArea(_Part):
    """An area put first: `weeks_in_a_row` it has been so, this week counted, and what is done about it."""

    priority_id: str
    area: str
    problem: str
    owner: str
    follow_up_on: date
    weeks_in_a_row: int
    measures: tuple[PlaceMeasure, ...]


class OlderMeasure(PlaceMeasure):
    """A measure of an area that was put first before, whose evaluation is due."""

    priority_id: str
    area: str


class PlacesOnAgenda(_Part):
    """What an EST meeting follows up first.

    `iso_week` is the week whose areas these are: the one asked for if that is decided, else the latest before it; None
    when no week is.
    """

    iso_week: str | None
    areas: tuple[PlaceArea, ...]
    older_due: tuple[OlderMeasure, ...]


async def places_for(tx: Transaction, municipality: str, iso_week: str, on: date | None = None) -> PlacesOnAgenda:
    """Return what a municipality's EST meeting in an ISO week begins with, and hold its place track.

    `on` is the meeting's day, today unless given: an evaluation is due from its day on.
    """
    on = on or local_day(tx.now)
    track = await place_track_of(tx, municipality)
    latest = max((week for week in track.weeks if week <= iso_week), default=None)
    run = [] if latest is None else await _run_of_weeks(tx, track, latest)
    decided = {week.iso_week: [each.area for each in week.areas] for week in run}
    areas = [
        PlaceArea(
            **kept.model_dump(),
            weeks_in_a_row=rules.weeks_in_a_row(kept.area, run[0].iso_week, decided),
            measures=tuple([_shown(each, on) for each in await _measures_of(tx, municipality, kept.priority_id)]),
        )
        for kept in (run[0].areas if run else ())
    ]
    return PlacesOnAgenda(
        iso_week=run[0].iso_week if run else None,
        areas=tuple(areas),
        older_due=tuple(await _older_due(tx, track, {each.priority_id for each in areas}, on)),
    )


async def _run_of_weeks(tx: Transaction, track: PlaceTrack, latest: str) -> list[PriorityWeek]:
    """Return a decided week and those before it, newest first, as long as one of its areas was put first in each."""
    run: list[PriorityWeek] = []
    iso_week, going_on = latest, None
    while iso_week in track.weeks:
        week = await tx.get(PriorityWeek, own_id(track.id, iso_week))
        areas = {rules.folded(each.area) for each in week.areas} if week else set()
        going_on = areas if going_on is None else going_on & areas
        if week is None or not going_on:
            break
        run.append(week)
        iso_week = rules.week_before(iso_week)
    return run


async def _measures_of(tx: Transaction, municipality: str, priority_id: str) -> list[Measure]:
    """Return a priority's measures that count, by the day they are to be evaluated."""
    priority = await priority_of(tx, municipality, priority_id)
    found = [await measure_of(tx, municipality, id_) for id_ in priority.measure_ids]
    return sorted((each for each in found if each.counts), key=_due_first)


async def _older_due(tx: Transaction, track: PlaceTrack, shown: set[str], on: date) -> list[OlderMeasure]:
    """Return the measures whose evaluation is due and that belong to none of the areas shown."""
    older = []
    for measure in sorted([await measure_of(tx, track.id, id_) for id_ in track.to_evaluate], key=_due_first):
        if measure.decided is None or measure.decided.priority_id in shown or not _shown(measure, on).evaluation_due:
            continue
        priority = await priority_of(tx, track.id, measure.decided.priority_id)
        area = priority.area or measure.decided.counted_area
        of = {"priority_id": measure.decided.priority_id, "area": area}
        older.append(OlderMeasure(**_shown(measure, on).model_dump(), **of))
    return older


def _shown(measure: Measure, on: date) -> PlaceMeasure:
    if measure.decided is None:
        raise LookupError(measure.id)
    return PlaceMeasure(
        measure_id=measure.measure_id,
        what=measure.decided.what,
        owner=measure.decided.owner,
        evaluate_on=measure.decided.evaluate_on,
        effect=measure.evaluation.effect if measure.evaluation else None,
        evaluation_due=measure.evaluation is None and measure.decided.evaluate_on <= on,
    )


def _due_first(measure: Measure) -> tuple[date, str]:
    return (measure.decided.evaluate_on if measure.decided else date.max, measure.measure_id)
