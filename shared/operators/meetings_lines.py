"""How an occurrence reads on one line, and as a row of JSON: when, where, which forum, and what a red day does to it.

Times are those of the series' own zone. Nobody is named: a forum, a place and a series' id is all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from babel.dates import format_date

from shared.clock import LOCAL_ZONE
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.meetings import Forum
from shared.recurrence.calendar import ASK, Slot
from shared.recurrence.standings import Standing

FORUMS: Final[dict[Forum, str]] = {
    "weekly_social_police": "veckomöte socialtjänst–polis",
    "sspf": "SSPF",
    "sig": "SIG",
    "est": "EST",
}
WHY_NOT: Final = {
    "previous_working_day": ", serien möts redan arbetsdagen före",
    "next_working_day": ", serien möts redan arbetsdagen efter",
    ASK: ", ingen svarade i tid",
}
"""Why a red day's meeting is not held although its policy might have moved it."""


@dataclass(frozen=True, order=True)
class Line:
    """A line of the preview; lines sort by when it is."""

    day: date
    at: datetime
    text: str


@dataclass(frozen=True)
class Previewed:
    """A series, and how its occurrences stand."""

    plan: MeetingSeriesPlanned
    standings: list[Standing]


def lines_of(found: list[Previewed]) -> list[Line]:
    """Return the lines of all series in order of time; a series' id stands on them where there are several."""
    ids = len(found) > 1
    return sorted(
        line for each in found for standing in each.standings for line in _lines(each.plan, standing, ids=ids)
    )


def week_of(day: date) -> str:
    """Return the heading of a day's week: its ISO number, Monday and Sunday."""
    year, week, _ = day.isocalendar()
    monday, sunday = (date.fromisocalendar(year, week, each) for each in (1, 7))
    first = format_date(monday, "d" if monday.month == sunday.month else "d MMMM", "sv")
    return f"Vecka {week}, {first}–{format_date(sunday, 'd MMMM y', 'sv')}"


def as_row(plan: MeetingSeriesPlanned, standing: Standing) -> dict[str, Any]:
    """Return an occurrence as JSON has it; `starts_at` is None where it is not held, or not yet."""
    slot = standing.slot
    return {
        "series_id": plan.series_id,
        "forum": plan.forum,
        "iso_week": (slot or standing.original).iso_week,
        "occurrence": standing.occurrence.isoformat(),
        "state": standing.state,
        "starts_at": _iso(slot.starts_at, standing.original) if slot else None,
        "ends_at": _iso(slot.ends_at, standing.original) if slot else None,
        "place": standing.place,
        "reason": standing.reason,
        "red_day": standing.red_day,
        "proposals": [_iso(each, standing.original) for each in standing.proposals],
        "answer_by": _iso(standing.answer_by, standing.original) if standing.answer_by else None,
    }


def _lines(plan: MeetingSeriesPlanned, standing: Standing, *, ids: bool) -> list[Line]:
    """Return an occurrence's line; two where it is moved to another week: one stands where it would have been."""
    slot, original, id_ = standing.slot, standing.original, plan.series_id if ids else ""
    place = "" if standing.state == "cancelled" else standing.place
    lines = [_line(plan, slot or original, place, _what(plan, standing), id_)]
    if slot is not None and slot.iso_week != original.iso_week:
        went = f"flyttat till {_when(slot)}, {_week(slot)}{_because(standing)}"
        lines.append(_line(plan, original, "", went, id_))
    return lines


def _line(plan: MeetingSeriesPlanned, at: Slot, place: str, what: str, id_: str) -> Line:
    zone = "" if at.zone.key == LOCAL_ZONE.key else f" ({at.zone.key})"
    time = f"{_when(at)}–{at.ends_at.astimezone(at.zone):%H.%M}{zone}"
    parts = [time, FORUMS[plan.forum], place, what, id_]
    return Line(_day(at), at.starts_at, "  ".join(part for part in parts if part))


def _what(plan: MeetingSeriesPlanned, standing: Standing) -> str:
    """Return what there is to say beside when and where; nothing of a meeting that is held as planned."""
    if standing.state == "asked" and standing.answer_by is not None:
        zone = standing.original.zone
        free = " eller ".join(_at(each.astimezone(zone)) for each in standing.proposals) or "inga lediga dagar intill"
        until = _at(standing.answer_by.astimezone(zone))
        return f"{standing.red_day}: sammankallande ska svara senast {until} ({free}), annars hålls det inte"
    if standing.slot is None:
        is_red = standing.reason == "red_day"
        why = f"hålls inte{WHY_NOT.get(plan.red_day_policy, '')}" if is_red else "inställt av sammankallande"
        return f"{standing.red_day}: {why}" if standing.red_day else why
    if standing.reason is None:
        return ""
    if standing.slot.starts_at == standing.original.starts_at:
        return "på annan plats, av sammankallande"
    return f"flyttat från {_when(standing.original)}{_because(standing)}"


def _because(standing: Standing) -> str:
    day = f": {standing.red_day}" if standing.red_day else ""
    return f"{day}, av sammankallande" if standing.reason == "organiser" else day


def _day(slot: Slot) -> date:
    return slot.starts_at.astimezone(slot.zone).date()


def _week(slot: Slot) -> str:
    return f"vecka {int(slot.iso_week[-2:])}"


def _when(slot: Slot) -> str:
    return _at(slot.starts_at.astimezone(slot.zone))


def _at(local: datetime) -> str:
    return f"{format_date(local.date(), 'EEEE d MMMM', 'sv')} kl. {local:%H.%M}"


def _iso(moment: datetime, slot: Slot) -> str:
    return moment.astimezone(slot.zone).isoformat()
