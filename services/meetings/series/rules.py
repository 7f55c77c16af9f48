"""What may be changed, moved and ended: pure verdicts, beside what the fields of a message can tell by themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.events.agencies import MeetingSeriesPlanned
from shared.intake.faults import Fault, fault
from shared.policy.forums import forum_rule
from shared.recurrence import calendar
from shared.recurrence.facts import Request, SeriesFacts
from shared.recurrence.plans import YEARS, faults_in_shown

LONGEST_MOVE = timedelta(days=60)
"""How far from its original start a meeting may be moved: further away it is another meeting."""
MOST_WAITING = 50
"""How much one agency may say about a series that is not planned: anybody may, and all of it lies in one document."""
MOST_CHANGES, MOST_REQUESTS = 50, 2000
"""How many changes of one series are kept, and requests about its meetings: a document has room for no more."""


def faults_in_change(facts: SeriesFacts, sender: str) -> list[Fault]:
    """Return what the series itself has against a change of it, or of an end of it; it may not be planned yet."""
    if facts.organiser is not None and facts.organiser != sender:
        return [fault("not_your_agency", "/series_id", why="organiser")]
    return _too_much_waiting(facts, sender)


def faults_in_revision(facts: SeriesFacts, plan: MeetingSeriesPlanned, sender: str, now: datetime) -> list[Fault]:
    """Return what the series has against one more revision of it, whose rule has a start ahead."""
    found = []
    if sum(each.plan.organiser.agency == sender for each in facts.revisions) > MOST_CHANGES:
        found.append(fault("wrong_value", "/revision", why="too_many_changes"))
    if facts.plan is not None and not speaks_of_the_same(facts.plan, plan):
        found.append(fault("wrong_value", "/forum", why="other_track"))
    if facts.last_on is not None and plan.starts_at.year in YEARS and calendar.starts_by_its_rule(plan):
        local = now.astimezone(ZoneInfo(plan.timezone)).replace(tzinfo=None)
        following = next(calendar.starts_after(plan, local), None)
        if following is not None and following.date() > facts.last_on:
            found.append(fault("wrong_value", "/starts_at", why="after_the_end"))
    return found


def speaks_of_the_same(one: MeetingSeriesPlanned, other: MeetingSeriesPlanned) -> bool:
    """Say whether two plans both speak about persons, or both about places.

    A series never goes from one to the other: what its minutes count about persons would stand before a landlord.
    """
    return forum_rule(one.forum).persons == forum_rule(other.forum).persons


def faults_in_end(last_on: date, known: date | None, today: date) -> list[Fault]:
    """Return what is wrong with the last day of a series: one that has passed, or another than what was said before."""
    found = [] if known in (None, last_on) else [fault("conflict", "/last_on")]
    if last_on < today:
        found.append(fault("wrong_value", "/last_on", why="day_has_passed"))
    return found


def faults_in_request(
    facts: SeriesFacts, request: Request, begins_at: datetime | None, taken: Collection[datetime], now: datetime
) -> list[Fault]:
    """Return what is wrong with a request about one occurrence.

    `begins_at` is when it begins as it stands, None where there is no such; `taken` is when other meetings of the
    series begin. What only the plan can tell is left until it is there.
    """
    if facts.plan is None:
        return _too_much_waiting(facts, request.by) + _faults_by_itself(request)
    if facts.organiser != request.by:
        # Nothing else: what meetings there are is no business of a stranger's.
        return [fault("not_your_agency", "/series_id", why="organiser"), *_faults_by_itself(request)]
    found = []
    if len(facts.requests) >= MOST_REQUESTS:
        found.append(fault("wrong_value", "/series_id", why="too_many_changes"))
    if begins_at is None:
        found.append(fault("unknown_reference", "/occurrence", why="occurrence"))
    elif begins_at <= now:
        found.append(fault("wrong_value", "/occurrence", why="has_begun"))
    return found + _faults_by_itself(request) + _faults_in_target(facts.plan, request, taken, now)


def _faults_by_itself(request: Request) -> list[Fault]:
    found = []
    if request.starts_at is not None and request.starts_at.microsecond:
        # MongoDB keeps no more than milliseconds: what was told would never equal what the facts say.
        found.append(fault("wrong_value", "/starts_at", why="whole_seconds"))
    if request.place is not None:
        found += faults_in_shown("/place", request.place)
    if _is_too_far(request):
        found.append(fault("wrong_value", "/starts_at", why="moved_too_far", days=LONGEST_MOVE.days))
    return found


def _faults_in_target(
    plan: MeetingSeriesPlanned, request: Request, taken: Collection[datetime], now: datetime
) -> list[Fault]:
    target = request.starts_at
    if target is None or target.year not in YEARS:
        return []
    at, found = calendar.slot_at(plan, request.occurrence, target).starts_at, []
    if at <= now:
        found.append(fault("wrong_value", "/starts_at", why="time_has_passed"))
    is_another = target != request.occurrence and not _is_too_far(request) and calendar.is_occurrence(plan, target)
    if at in taken or is_another:
        found.append(fault("wrong_value", "/starts_at", why="meets_then"))
    return found


def _is_too_far(request: Request) -> bool:
    return request.starts_at is not None and abs(request.starts_at - request.occurrence) > LONGEST_MOVE


def _too_much_waiting(facts: SeriesFacts, sender: str) -> list[Fault]:
    if facts.plan is not None:
        return []
    waiting = sum(each.by == sender for each in facts.requests)
    waiting += sum(each.plan.organiser.agency == sender for each in facts.revisions)
    return [fault("wrong_value", "/series_id", why="too_many_waiting")] if waiting >= MOST_WAITING else []
