"""What may be planned: pure verdicts, beside what the fields of a message can tell by themselves."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import datetime

from shared.events.agencies import MeetingSeriesPlanned
from shared.events.agencies.meetings import duration_of
from shared.events.agencies.submission import twice
from shared.intake.faults import Fault, fault
from shared.recurrence import calendar

YEARS = range(2000, 2100)
"""In which a series may start and an occurrence lie: dateutil counts every occurrence from the first."""
SHORTEST_MINUTES, LONGEST_MINUTES = 5, 720
MOST_REMINDERS = 5


def faults_in_plan(plan: MeetingSeriesPlanned, sender: str, now: datetime) -> list[Fault]:
    """Return what is wrong with a plan, beside what its own fields can tell."""
    found = []
    if plan.organiser.agency != sender:
        found.append(fault("not_your_agency", "/organiser/agency"))
    if plan.red_day_policy not in calendar.POLICIES:
        found.append(fault("wrong_value", "/red_day_policy", why="allowed", allowed=", ".join(calendar.POLICIES)))
    if not SHORTEST_MINUTES <= plan.duration_minutes <= LONGEST_MINUTES:
        found.append(fault("wrong_value", "/duration_minutes", why="number_range"))
    if len(plan.reminders) > MOST_REMINDERS:
        found.append(fault("wrong_value", "/reminders", why="too_long"))
    found += _repeats("/reminders", map(duration_of, plan.reminders))
    found += _repeats(
        "/participants", ((each.agency, each.function, each.email.casefold()) for each in plan.participants)
    )
    if plan.starts_at.year not in YEARS:
        found.append(fault("wrong_value", "/starts_at", why="number_range"))
    elif not calendar.starts_by_its_rule(plan):
        found.append(fault("wrong_value", "/starts_at", why="start_not_in_rule"))
    elif not calendar.has_start_after(plan, now):
        found.append(fault("wrong_value", "/until" if plan.until else "/rrule", why="no_start_ahead"))
    return found


def _repeats(field: str, values: Iterable[Hashable]) -> list[Fault]:
    return [fault("wrong_value", f"{field}/{place}", why="twice") for place in twice(values)]
