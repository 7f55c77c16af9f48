"""Noticing that several agencies have seen one youth, for each agency by what it may itself see.

The rule is never asked of all observations at once: an agency must not learn from a notice that others have seen more
than it may be told of.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from services.observations.documents import Concern, Notice, Observation
from services.observations.last_days import post_end
from services.observations.rules import notices_to_give, permits_for, what_each_may_see
from shared import register
from shared.events import answers
from shared.events.observations import ConcernNoticed, SeenObservation
from shared.gate import Bases, Permit
from shared.ids import name_id
from shared.transaction import Transaction

Window = Sequence[Observation]


async def notice_concern(tx: Transaction, bases: Bases, observations: Sequence[Observation]) -> None:
    """Tell each agency for which the rule is met by what it may see, and has not been told so. Each has its row."""
    if not observations:
        return
    rule = tx.agencies.concern_rule(observations[0].municipality)
    concern = await concern_about(tx, bases)
    due = notices_to_give(what_each_may_see(bases, observations, tx.now), concern.notices, rule)
    if not due:
        return
    youth = await tx.vault.youth(bases.id)
    for agency, window in due:
        notice = Notice(agency=agency, seen_by=tuple(dict.fromkeys(each.submitted_by for each in window)))
        told = answers.ConcernNoticed(
            concern_id=concern.id,
            youth=youth,
            rule=answers.ConcernRule(agencies=rule.agencies, days=rule.days),
            seen_by=notice.seen_by,
            observation_ids=tuple(each.id for each in window),
        )
        behind, message_id = _permits_behind(bases, agency, window, tx.now), notice_id(concern, notice)
        register.tell_on(tx, agency, told, behind, what="concern", message_id=message_id, sealed_for=bases.id)
        for permit in behind:
            post_end(tx, permit)
        tx.emit(_internal(concern, agency, window, tx))
        concern.notices = (*concern.notices, notice)
    tx.save(concern)


async def concern_about(tx: Transaction, bases: Bases) -> Concern:
    """Return the concern about a person: an empty one when nobody has been told, or not since the person was erased."""
    concern_id, erasure = name_id("concern", bases.id), bases.after_erasure
    concern = await tx.get(Concern, concern_id)
    if concern is None:
        return Concern(id=concern_id, person_ref=bases.id, begun_at=tx.now, after_erasure=erasure)
    if concern.after_erasure != erasure:
        concern.notices, concern.begun_at, concern.after_erasure = (), tx.now, erasure
    return concern


def notice_id(concern: Concern, notice: Notice) -> str:
    """Return the message id of one telling of a concern; of a concern that begins anew another.

    A document from before `begun_at` was kept goes by the ids it has given.
    """
    begun = [concern.begun_at.astimezone(UTC).isoformat()] if concern.begun_at else []
    return name_id("concern-noticed", concern.id, *begun, notice.agency, *sorted(notice.seen_by))


def _permits_behind(bases: Bases, agency: str, window: Window, at: datetime) -> dict[Permit, bool]:
    """Return what a notice rests on, and whether an observation behind is secret from the guardians."""
    behind: dict[Permit, bool] = {}
    for each in window:
        for permit in permits_for(each, bases, at):
            if permit.cell.received_by == agency:
                behind[permit] = behind.get(permit, False) or each.secret_from_guardian
    return behind


def _internal(concern: Concern, agency: str, window: Window, tx: Transaction) -> ConcernNoticed:
    seen = tuple(
        SeenObservation(
            observation_id=each.id,
            submitted_by=each.submitted_by,
            category=each.category,
            observed_on=each.observed_on,
            secret_from_guardian=each.secret_from_guardian,
        )
        for each in window
    )
    return ConcernNoticed(
        concern_id=concern.id,
        person_ref=concern.person_ref,
        noticed_by=agency,
        observations=seen,
        noticed_at=tx.now,
    )
