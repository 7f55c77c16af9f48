"""Announcing: all of a series as it is now, said once when it is planned, changed or ended.

Those called have the series in their calendars by its rule. An announcement takes the place of the one before, so it
holds every meeting that is not held as the rule says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from itertools import islice
from typing import Final, Literal
from zoneinfo import ZoneInfo

from services.meetings.series.documents import Announced, Meeting, Series, meetings_since
from services.meetings.series.telling import as_invited
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.meetings import Invited, MeetingSeriesAnnounced, SeriesException
from shared.recurrence import calendar
from shared.recurrence.standings import HORIZON
from shared.transaction import Transaction

Change = Literal["planned", "changed", "ended"]
_COUNT: Final = re.compile(r"COUNT=([0-9]+)")


def change_of(series: Series) -> Change | None:
    """Return what those called to a planned series do not know of it yet, None where they know all."""
    known = series.announced
    if known is None:
        return "planned"
    if known.revision != series.facts.in_force[-1].number:
        return "changed"
    return None if known.last_on == series.facts.last_on else "ended"


async def announce(
    tx: Transaction, series: Series, change: Change, sequence: int, ahead: Mapping[datetime, Meeting]
) -> None:
    """Say what a planned series is now. `ahead` holds, by name, every meeting that has not begun, as it now stands."""
    facts, known, plan = series.facts, series.announced, series.facts.in_force[-1].plan
    until = min((day for day in (plan.until, facts.last_on) if day is not None), default=None)
    first = plan.starts_at if known is None else _first_that_counts(plan, until, tx.now, ahead)
    starts_at = first or (known.starts_at if known and change == "ended" else plan.starts_at)
    rule, last_day = _rule_from(plan, starts_at, until)
    tx.emit(
        MeetingSeriesAnnounced(
            series_id=series.id,
            sequence=sequence,
            change=change,
            forum=plan.forum,
            starts_at=starts_at,
            duration_minutes=plan.duration_minutes,
            timezone=plan.timezone,
            rrule=rule,
            until=last_day,
            place=plan.place,
            organiser=as_invited(plan.organiser),
            invited=tuple(map(as_invited, plan.participants)),
            no_longer_invited=_no_longer_invited(series, plan),
            exceptions=_exceptions(plan, until, {**await meetings_since(tx, series.id, starts_at), **ahead}, starts_at),
            next_at=_next_at(plan, until, tx.now, ahead.values()),
        )
    )
    series.announced = Announced(revision=facts.in_force[-1].number, last_on=facts.last_on, starts_at=starts_at)


def _first_that_counts(
    plan: MeetingSeriesPlanned, until: date | None, moment: datetime, ahead: Mapping[datetime, Meeting]
) -> datetime | None:
    """Return the first local start that the rule gives and whose meeting has not begun, None when there is none."""
    now = moment.astimezone(ZoneInfo(plan.timezone)).replace(tzinfo=None)
    moved_on = [name for name in ahead if name <= now and calendar.is_occurrence(plan, name)]
    first = min([*moved_on, *islice(calendar.starts_after(plan, now), 1)], default=None)
    return None if first is None or (until is not None and first.date() > until) else first


def _rule_from(plan: MeetingSeriesPlanned, starts_at: datetime, until: date | None) -> tuple[str, date | None]:
    """Return the rule counted from a later start, and its last day: a rule that counts has only one of the two."""
    count = _COUNT.search(plan.rrule)
    if count is None:
        return plan.rrule, until
    if until is None:
        left = int(count[1]) - sum(1 for _ in calendar.original_starts(plan, starts_at)) + 1
        return plan.rrule.replace(count[0], f"COUNT={left}"), None
    last_moment = datetime.combine(until, time.max)
    last = max(calendar.original_starts(plan, last_moment), default=last_moment)
    parts = [part for part in plan.rrule.split(";") if part != count[0]]
    return ";".join(parts), min(until, last.date())


def _no_longer_invited(series: Series, plan: MeetingSeriesPlanned) -> tuple[Invited, ...]:
    """Return whom the last announcement invited and this one does not, each mailbox once."""
    known, facts = series.announced, series.facts
    own = [each for each in facts.revisions if each.plan.organiser.agency == facts.organiser]
    before = [each.plan for each in own if known is not None and each.number == known.revision]
    invited = {each.email.casefold() for each in plan.called}
    gone = {each.email.casefold(): as_invited(each) for old in before for each in old.called}
    return tuple(each for email, each in gone.items() if email not in invited)


def _exceptions(
    plan: MeetingSeriesPlanned, until: date | None, told: Mapping[datetime, Meeting], starts_at: datetime
) -> tuple[SeriesException, ...]:
    """Return the meetings that the rule gives and that are not held as it says, by name."""
    found = []
    expanded = calendar.expansion(plan, max(told, default=starts_at))
    for name, meeting in sorted(told.items()):
        is_given = starts_at <= name and (until is None or name.date() <= until) and expanded.gives(name)
        if is_given and meeting.state == "cancelled":
            found.append(_exception(meeting, held=False))
        elif is_given and meeting.is_called and _differs(plan, meeting):
            found.append(_exception(meeting, held=True))
    return tuple(found)


def _differs(plan: MeetingSeriesPlanned, meeting: Meeting) -> bool:
    by_rule = calendar.slot_at(plan, meeting.occurrence, meeting.occurrence)
    return (meeting.starts_at, meeting.ends_at, meeting.place) != (by_rule.starts_at, by_rule.ends_at, plan.place)


def _exception(meeting: Meeting, *, held: bool) -> SeriesException:
    return SeriesException(
        occurrence=meeting.occurrence,
        starts_at=meeting.starts_at if held else None,
        ends_at=meeting.ends_at if held else None,
        place=meeting.place if held else None,
        sequence=meeting.sequence,
    )


def _next_at(
    plan: MeetingSeriesPlanned, until: date | None, now: datetime, ahead: Iterable[Meeting]
) -> datetime | None:
    """Return when the next meeting begins: of those called, else the first that the rule gives further ahead."""
    called = min((each.starts_at for each in ahead if each.is_called), default=None)
    if called is not None:
        return called
    slot = calendar.next_slot(plan, now + HORIZON)
    return slot.starts_at if slot and (until is None or slot.occurrence.date() <= until) else None
