"""Telling lawful receivers, and noticing concerns from what each of them then sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.observations.documents import Concern, Disclosure, Notice, Observation, content_of
from services.observations.rules import notices_to_give, permits_for, what_each_may_see
from shared.events import answers
from shared.events.observations import ConcernNoticed, SeenObservation
from shared.gate import Bases, Permit
from shared.ids import name_id
from shared.transaction import Transaction


async def tell_lawful_receivers(tx: Transaction, bases: Bases, observations: Sequence[Observation]) -> None:
    """Disclose each observation to each agency that a basis opens it for and that has not had it; then notice concerns.

    `observations` is all that is stored about the person.
    """
    for observation in observations:
        for permit in permits_for(observation, bases, tx.now):
            if not observation.is_seen_by(permit.cell.received_by):
                await _disclose(tx, observation, permit)
    await _notice_concern(tx, bases, observations)


async def take_back(tx: Transaction, bases: Bases, observations: Sequence[Observation], names: Iterable[str]) -> None:
    """Take back what waits in the outbox on a consent or a cell of one: it counts as not told, so another may open it.

    `observations` is all that is stored about the person.
    """
    taken: set[str] = set()
    for name in names:
        taken.update(await tx.waiting_on(name))
        tx.cancel_resting_on(name)
    for observation in observations:
        had = tuple(each for each in observation.told_to if _disclosure_id(observation, each) not in taken)
        if had != observation.told_to:
            observation.told_to = had
            tx.save(observation)
    concern = await _concern_about(tx, bases.id)
    given = tuple(each for each in concern.notices if _notice_id(concern, each) not in taken)
    if given != concern.notices:
        concern.notices = given
        tx.save(concern)


async def _disclose(tx: Transaction, observation: Observation, permit: Permit) -> None:
    receiver = permit.cell.received_by
    disclosure_id = _disclosure_id(observation, receiver)
    tx.tell(
        receiver,
        await _written(tx, observation, permit),
        message_id=disclosure_id,
        sealed_for=observation.person_ref,
        resting_on=permit.rests_on,
        good_until=permit.good_until,
    )
    taken_back = await tx.get(Disclosure, disclosure_id)
    tx.save(_register_row(observation, permit, disclosure_id, version=taken_back.version if taken_back else 0))
    observation.told_to = (*observation.told_to, receiver)
    tx.save(observation)


async def _written(tx: Transaction, observation: Observation, permit: Permit) -> answers.ObservationDisclosed:
    receiver = permit.cell.received_by
    content = await content_of(tx, observation, permit)
    return answers.ObservationDisclosed(
        disclosure_id=_disclosure_id(observation, receiver),
        released_by=observation.submitted_by,
        received_by=receiver,
        disclosed_at=tx.now,
        basis=answers.Basis(
            kind=permit.kind, form_id=permit.form_id, provision=permit.provision, valid_until=permit.valid_until
        ),
        observation=answers.DisclosedObservation(
            observation_id=observation.id,
            youth=answers.Youth(personal_identity_number=await tx.vault.identity_number(observation.person_ref)),
            observed_on=observation.observed_on,
            category=observation.category,
            summary=content["summary"],
            payload=content["payload"],
        ),
    )


def _register_row(observation: Observation, permit: Permit, disclosure_id: str, version: int) -> Disclosure:
    return Disclosure(
        id=disclosure_id,
        version=version,
        observation_id=observation.id,
        person_ref=observation.person_ref,
        category=observation.category,
        released_by=observation.submitted_by,
        received_by=permit.cell.received_by,
        disclosed_at=permit.granted_at,
        basis_kind=permit.kind,
        form_id=permit.form_id,
        provision=permit.provision,
        valid_until=permit.valid_until,
    )


async def _notice_concern(tx: Transaction, bases: Bases, observations: Sequence[Observation]) -> None:
    if not observations:
        return
    rule = tx.agencies.concern_rule(observations[0].municipality)
    concern = await _concern_about(tx, bases.id)
    due = notices_to_give(what_each_may_see(bases, observations, tx.now), concern.notices, rule)
    if not due:
        return
    youth = answers.Youth(personal_identity_number=await tx.vault.identity_number(bases.id))
    for agency, window in due:
        notice = Notice(agency=agency, seen_by=tuple(dict.fromkeys(each.submitted_by for each in window)))
        told = answers.ConcernNoticed(
            concern_id=concern.id,
            youth=youth,
            rule=answers.ConcernRule(agencies=rule.agencies, days=rule.days),
            seen_by=notice.seen_by,
            observation_ids=tuple(each.id for each in window),
        )
        permits = _permits_behind(bases, agency, window, tx.now)
        tx.tell(
            agency,
            told,
            message_id=_notice_id(concern, notice),
            sealed_for=bases.id,
            resting_on=tuple(dict.fromkeys(name for permit in permits for name in permit.rests_on)),
            good_until=min((permit.good_until for permit in permits), default=None),
        )
        tx.emit(_internal(concern, agency, window, tx))
        concern.notices = (*concern.notices, notice)
    tx.save(concern)


async def _concern_about(tx: Transaction, person_ref: str) -> Concern:
    concern_id = name_id("concern", person_ref)
    return await tx.get(Concern, concern_id) or Concern(id=concern_id, person_ref=person_ref)


def _permits_behind(bases: Bases, agency: str, window: Sequence[Observation], at: datetime) -> list[Permit]:
    return [permit for each in window for permit in permits_for(each, bases, at) if permit.cell.received_by == agency]


def _disclosure_id(observation: Observation, receiver: str) -> str:
    return name_id("disclosure", observation.id, receiver)


def _notice_id(concern: Concern, notice: Notice) -> str:
    return name_id("concern-noticed", concern.id, notice.agency, *sorted(notice.seen_by))


def _internal(concern: Concern, agency: str, window: Sequence[Observation], tx: Transaction) -> ConcernNoticed:
    seen = tuple(
        SeenObservation(
            observation_id=each.id,
            submitted_by=each.submitted_by,
            category=each.category,
            observed_on=each.observed_on,
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
