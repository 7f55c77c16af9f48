"""What may be planned: verdicts on a series as it is sent, beside what its fields can tell by themselves.

`meetings` takes plans in by them and `samverkan meetings preview --plan` shows them before anything is sent, so they
must not depend on what the house has stored.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Final

from shared.agencies import AgencyKind
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.agencies.meetings import duration_of
from shared.events.agencies.submission import twice
from shared.intake.faults import Fault, fault
from shared.policy.forums import forum_rule
from shared.recurrence import calendar
from shared.screening.personal_data import kinds_in

YEARS = range(2000, 2100)
"""In which a series may start and an occurrence lie: dateutil counts every occurrence from the first."""
SHORTEST_MINUTES, LONGEST_MINUTES = 5, 720
MOST_REMINDERS = 5
_POINTS_OUT: Final = frozenset({"name", "personal_identity_number", "door", "undecided"})
"""What no place of a meeting and no function holds. A telephone number or a plate may be the place's own."""


def faults_in_plan(plan: MeetingSeriesPlanned, sender: str, now: datetime, kinds: Iterable[AgencyKind]) -> list[Fault]:
    """Return what is wrong with a plan, beside what its own fields can tell. `kinds` of agency are called to it."""
    found = []
    if plan.organiser.agency != sender:
        found.append(fault("not_your_agency", "/organiser/agency"))
    if missing := forum_rule(plan.forum).not_called(kinds):
        found.append(fault("wrong_value", "/participants", why="forum", kinds=", ".join(missing)))
    if plan.red_day_policy not in calendar.POLICIES:
        found.append(fault("wrong_value", "/red_day_policy", why="allowed", allowed=", ".join(calendar.POLICIES)))
    found += _faults_by_itself(plan)
    if plan.starts_at.year not in YEARS:
        found.append(fault("wrong_value", "/starts_at", why="start_year", first=YEARS[0], last=YEARS[-1]))
    elif not calendar.starts_by_its_rule(plan):
        found.append(fault("wrong_value", "/starts_at", why="start_not_in_rule"))
    elif not calendar.has_start_after(plan, now):
        found.append(fault("wrong_value", "/until" if plan.until else "/rrule", why="no_start_ahead"))
    return found


def faults_in_shown(field: str, text: str) -> list[Fault]:
    """Return what is wrong with a place or a function: it stands in mails and calendars, so it points nobody out."""
    points_out = _POINTS_OUT.intersection(kinds_in(text))
    return [fault("wrong_value", field, why="points_somebody_out")] if points_out else []


def _faults_by_itself(plan: MeetingSeriesPlanned) -> list[Fault]:
    """Return what is wrong with how long a meeting is, whom it calls, and what stands in its letters."""
    found = []
    if not SHORTEST_MINUTES <= plan.duration_minutes <= LONGEST_MINUTES:
        allowed = {"fewest": SHORTEST_MINUTES, "most": LONGEST_MINUTES}
        found.append(fault("wrong_value", "/duration_minutes", why="meeting_length", **allowed))
    if len(plan.reminders) > MOST_REMINDERS:
        found.append(fault("wrong_value", "/reminders", why="too_many_reminders", most=MOST_REMINDERS))
    found += _repeats("/reminders", map(duration_of, plan.reminders))
    found += _repeats(
        "/participants", ((each.agency, each.function, each.email.casefold()) for each in plan.participants)
    )
    found += faults_in_shown("/place", plan.place) + faults_in_shown("/organiser/function", plan.organiser.function)
    for place, each in enumerate(plan.participants):
        found += faults_in_shown(f"/participants/{place}/function", each.function)
    return found


def _repeats(field: str, values: Iterable[Hashable]) -> list[Fault]:
    return [fault("wrong_value", f"{field}/{place}", why="twice") for place in twice(values)]
