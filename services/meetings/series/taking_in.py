"""Taking in: what agencies say about a series becomes one of its facts, or is refused with every fault.

Anybody may speak of a series that is not planned yet. What was said waits in the series, for each agency apart, and is
judged when the plan comes: a stranger's word never counts, and cannot stand in the organiser's way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from services.meetings.series import rules
from services.meetings.series.documents import Series, begins_or_began, meetings_ahead
from shared.agencies import Agency, AgencyKind
from shared.clock import local_day
from shared.events.agencies import MeetingSeriesChanged, MeetingSeriesPlanned
from shared.intake.faults import Fault, Rejected, fault
from shared.recurrence import calendar
from shared.recurrence.facts import Request, Revision, SeriesFacts
from shared.recurrence.plans import YEARS, faults_in_plan
from shared.recurrence.standings import slot_of, standing_of
from shared.transaction import Transaction

PLAN = 1
"""The number of the revision that the plan itself is."""


def take_plan(tx: Transaction, series: Series, plan: MeetingSeriesPlanned, sender: Agency) -> bool:
    """Take in the plan of a series; False when it is there already. Raises `Rejected`."""
    fingerprint, known = tx.secret.fingerprint(plan), series.fingerprints.get(_key(sender, PLAN))
    if known == fingerprint:
        return False
    faults = faults_in_plan(plan, sender.id, tx.now, _kinds(tx, plan))
    if series.plan is not None:
        faults.append(fault("conflict", "/series_id", why="planned"))
    _refuse(faults)
    series.fingerprints = {**series.fingerprints, _key(sender, PLAN): fingerprint}
    waiting = series.facts.with_revision(Revision(number=PLAN, plan=plan, taken_in_at=tx.now))
    series.facts = _judged(waiting, series.last_days.get(sender.id), tx.now)
    counting = {_key(sender, each.number) for each in series.facts.revisions}
    # What does not count is forgotten: sent anew it is refused, and its sender learns why.
    series.fingerprints = {key: each for key, each in series.fingerprints.items() if key in counting}
    series.waiting_since = None
    return True


def take_change(tx: Transaction, series: Series, change: MeetingSeriesChanged, sender: Agency) -> bool:
    """Take in a revision of a series, planned or not; False when it is there already. Raises `Rejected`."""
    fingerprint, known = tx.secret.fingerprint(change), series.fingerprints.get(_key(sender, change.revision))
    if known == fingerprint:
        return False
    faults = faults_in_plan(change, sender.id, tx.now, _kinds(tx, change))
    faults += rules.faults_in_change(series.facts, sender.id)
    faults += rules.faults_in_revision(series.facts, change, sender.id, tx.now)
    if known is not None:
        faults.append(fault("conflict", "/revision"))
    _refuse(faults)
    series.fingerprints = {**series.fingerprints, _key(sender, change.revision): fingerprint}
    moved_kept = change.moved_occurrences == "kept"
    revision = Revision(number=change.revision, plan=change, taken_in_at=tx.now, moved_kept=moved_kept)
    series.facts = series.facts.with_revision(revision)
    return True


def take_end(tx: Transaction, series: Series, last_on: date, sender: Agency) -> bool:
    """Take in the last day of a series, planned or not; False when it is there already. Raises `Rejected`."""
    known = series.last_days.get(sender.id)
    if known == last_on:
        return False
    faults = rules.faults_in_change(series.facts, sender.id)
    _refuse(faults + rules.faults_in_end(last_on, known, local_day(tx.now)))
    series.last_days = {**series.last_days, sender.id: last_on}
    if series.plan is not None:
        series.facts = series.facts.with_end(last_on)
    return True


async def take_request(tx: Transaction, series: Series, request: Request) -> bool:
    """Take in what is asked about one occurrence; False when that stands already. Raises `Rejected`."""
    if _stands_already(series.facts, request, tx.now):
        series.facts = series.facts.with_request(request)  # said again, it is said later than what was said between
        return False
    # What a change has done away with is told as cancelled, but there is nothing left of it to move.
    is_given = request.occurrence.year in YEARS and slot_of(series.facts, request.occurrence) is not None
    begins_at = await begins_or_began(tx, series, request.occurrence) if is_given else None
    ahead = (await meetings_ahead(tx, series.id)).values()
    taken = {each.starts_at for each in ahead if each.is_called and each.occurrence != request.occurrence}
    _refuse(rules.faults_in_request(series.facts, request, begins_at, taken, tx.now))
    series.facts = series.facts.with_request(request)
    return True


def _stands_already(facts: SeriesFacts, request: Request, now: datetime) -> bool:
    """Say whether the same is asked as before, and no change of the series has made nothing of it since."""
    same = (each for each in facts.requests if (each.occurrence, each.by) == (request.occurrence, request.by))
    known = next(same, None)
    if known is None or (known.starts_at, known.place) != (request.starts_at, request.place):
        return False
    stands = standing_of(facts, request.occurrence, now)
    return facts.plan is None or (stands is not None and stands.reason == "organiser")


def _judged(waiting: SeriesFacts, last_on: date | None, now: datetime) -> SeriesFacts:
    """Return what counts of the facts that came before the plan: what would have been taken in after it, too."""
    own = [each for each in waiting.revisions if each.plan.organiser.agency == waiting.organiser]
    plan = next(each.plan for each in own if each.number == PLAN)
    facts = SeriesFacts(revisions=tuple(each for each in own if rules.speaks_of_the_same(plan, each.plan)))
    facts = facts if last_on is None else facts.with_end(last_on)
    for request in sorted(waiting.requests, key=lambda each: (each.said_at, each.occurrence)):
        slot = slot_of(facts, request.occurrence) if request.occurrence.year in YEARS else None
        taken = {at for each in facts.requests if (at := _moved_to(facts, each)) is not None}
        if not rules.faults_in_request(facts, request, slot.starts_at if slot else None, taken, now):
            facts = facts.with_request(request)
    return facts


def _moved_to(facts: SeriesFacts, request: Request) -> datetime | None:
    if facts.plan is None or request.starts_at is None:
        return None
    return calendar.slot_at(facts.plan, request.occurrence, request.starts_at).starts_at


def _kinds(tx: Transaction, plan: MeetingSeriesPlanned) -> list[AgencyKind]:
    return [agency.kind for each in plan.called if (agency := tx.agencies.get(each.agency)) is not None]


def _key(sender: Agency, number: int) -> str:
    return f"{sender.id}/{number}"


def _refuse(faults: Iterable[Fault]) -> None:
    if found := list(faults):
        raise Rejected(found)
