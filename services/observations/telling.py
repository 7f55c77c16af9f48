"""Telling lawful receivers, and noticing concerns from what each of them then sees."""

from __future__ import annotations

from collections.abc import Sequence

from services.observations.documents import Concern, Disclosure, Notice, Observation, content_of
from services.observations.rules import notices_to_give
from shared import gate
from shared.agencies import ConcernRule
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
        for permit in gate.receivers_of(
            bases, from_=observation.submitted_by, category=observation.category, at=tx.now
        ):
            if not observation.is_seen_by(permit.cell.received_by):
                await _disclose(tx, observation, permit)
    await _notice_concern(tx, observations)


async def _disclose(tx: Transaction, observation: Observation, permit: Permit) -> None:
    receiver = permit.cell.received_by
    disclosure_id = name_id("disclosure", observation.id, receiver)
    content = await content_of(tx, observation, permit)
    told = answers.ObservationDisclosed(
        disclosure_id=disclosure_id,
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
    tx.tell(receiver, told, message_id=disclosure_id, sealed_for=observation.person_ref, resting_on=permit.rests_on)
    tx.save(_register_row(observation, permit, disclosure_id))
    observation.told_to = (*observation.told_to, receiver)
    tx.save(observation)


def _register_row(observation: Observation, permit: Permit, disclosure_id: str) -> Disclosure:
    return Disclosure(
        id=disclosure_id,
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


async def _notice_concern(tx: Transaction, observations: Sequence[Observation]) -> None:
    if not observations:
        return
    person_ref = observations[0].person_ref
    municipality = tx.agencies.municipality(observations[0].municipality)
    rule = municipality.concern_rule if municipality else ConcernRule()
    concern_id = name_id("concern", person_ref)
    concern = await tx.get(Concern, concern_id) or Concern(id=concern_id, person_ref=person_ref)
    due = notices_to_give(observations, concern.notices, rule)
    if not due:
        return
    youth = answers.Youth(personal_identity_number=await tx.vault.identity_number(person_ref))
    for agency, window in due:
        notice = answers.ConcernNoticed(
            concern_id=concern_id,
            youth=youth,
            rule=answers.ConcernRule(agencies=rule.agencies, days=rule.days),
            seen_by=_submitters(window),
            observation_ids=tuple(each.id for each in window),
        )
        message_id = name_id("concern-noticed", concern_id, agency, *sorted(notice.seen_by))
        tx.tell(agency, notice, message_id=message_id, sealed_for=person_ref)
        tx.emit(_internal(concern, agency, window, tx))
        others = (given for given in concern.notices if given.agency != agency)
        concern.notices = (*others, Notice(agency=agency, seen_by=notice.seen_by))
    tx.save(concern)


def _submitters(window: Sequence[Observation]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.submitted_by for each in window))


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
