"""What `observations` listens to, and what it does about each.

Whoever decides about a person asks `gate.bases_of` first: it holds the person, so that an end and a telling cannot pass
each other.
"""

from __future__ import annotations

from services.observations.documents import Observation, observations_of
from services.observations.last_days import is_early
from services.observations.places import refuse_personal_data, register_event, register_report
from services.observations.telling import count_as_not_told, take_back, tell_lawful_receivers
from services.observations.waiting import report_waiting, wait_for_basis
from shared import gate
from shared.ends import resting_on
from shared.events.agencies import ObservationSubmitted, PlaceEventSubmitted, Submission, WeeklyReportSubmitted
from shared.events.consent import (
    ConsentActivated,
    ConsentEnded,
    ConsentEnforced,
    ConsentNarrowed,
    SecrecyAssessmentAccepted,
)
from shared.events.observations import BasisEndReached, ObservationWaitReached
from shared.intake.faults import Rejected, fault
from shared.messaging import Sender, ServiceRouter
from shared.transaction import Tx

router = ServiceRouter("observations")


@router.receives(ObservationSubmitted)
async def take_in_observation(observation: ObservationSubmitted, sender: Sender, tx: Tx) -> None:
    """Store an agency's observation as sent, and tell it to those a basis opens it for: often nobody, yet."""
    fingerprint = tx.secret.fingerprint(observation)
    stored = await tx.get(Observation, observation.observation_id)
    if stored is not None:
        if (stored.submitted_by, stored.fingerprint) != (sender.id, fingerprint):
            raise Rejected([fault("conflict", "/observation_id")])
        return
    municipality = sender.municipality or ""
    number = observation.youth.personal_identity_number
    person_ref = tx.secret.person_ref(municipality, number)
    await tx.vault.enroll(person_ref, number)
    bases = await gate.bases_of(tx, person_ref)
    content = {"summary": observation.summary, "payload": observation.payload}
    accepted = Observation(
        id=observation.observation_id,
        person_ref=person_ref,
        municipality=municipality,
        submitted_by=sender.id,
        category=observation.category,
        observed_on=observation.observed_on,
        concern_report=observation.concern_report,
        fingerprint=fingerprint,
        sealed=await tx.vault.seal(person_ref, content),
        accepted_at=tx.now,
        secret_from_guardian=bool(observation.secret_from_guardian),
    )
    tx.save(accepted)
    wait_for_basis(tx, accepted)
    await tell_lawful_receivers(tx, bases, [*await observations_of(tx, person_ref), accepted])


@router.hears(ConsentActivated)
async def tell_what_waited(event: ConsentActivated, tx: Tx) -> None:
    """A new basis: tell what has been waiting for it."""
    bases = await gate.bases_of(tx, event.person_ref)
    gate.learn(bases, event)
    await tell_lawful_receivers(tx, bases, await observations_of(tx, event.person_ref))


@router.hears(SecrecyAssessmentAccepted)
async def tell_what_is_assessed(event: SecrecyAssessmentAccepted, tx: Tx) -> None:
    """A basis other than consent: tell what has been waiting for it."""
    bases = await gate.bases_of(tx, event.person_ref)
    gate.learn_assessment(bases, event)
    await tell_lawful_receivers(tx, bases, await observations_of(tx, event.person_ref))


@router.hears(ConsentNarrowed)
async def tell_less(event: ConsentNarrowed, tx: Tx) -> None:
    """Part of a consent was withdrawn: take back what waits in the outbox on that part, and tell on what is left."""
    bases = await gate.bases_of(tx, event.person_ref)
    lost = gate.learn(bases, event)
    observations = await observations_of(tx, event.person_ref)
    await take_back(tx, bases, observations, [resting_on(event.form_id, cell) for cell in lost])
    await tell_lawful_receivers(tx, bases, observations)


@router.hears(ConsentEnded)
async def stop_telling(event: ConsentEnded, tx: Tx) -> None:
    """Tell nothing more on the consent, take back what still waits in the outbox, and say that it is done."""
    bases = await gate.bases_of(tx, event.person_ref)
    gate.learn(bases, event)
    observations = await observations_of(tx, event.person_ref)
    await take_back(tx, bases, observations, [event.form_id])
    await tell_lawful_receivers(tx, bases, observations)
    tx.emit(ConsentEnforced(form_id=event.form_id, by="observations", enforced_at=tx.now))


@router.hears(ObservationWaitReached)
async def remind_of_waiting(event: ObservationWaitReached, tx: Tx) -> None:
    """A day has gone: tell the agency whose observation it is, if nobody has been told of it."""
    observation = await tx.get(Observation, event.observation_id)
    if observation is not None and not observation.told_to:
        tx.save(observation)  # held: somebody may be about to be told of it
        await report_waiting(tx, observation)


@router.hears(BasisEndReached)
async def let_go_of_what_waits(event: BasisEndReached, tx: Tx) -> None:
    """A basis is past its last day: what waits on it counts as not told, and goes out on another if there is one."""
    if is_early(tx, event):
        return
    bases = await gate.bases_of(tx, event.person_ref)
    # Mostly nothing waits, and nothing more is read.
    if taken := await tx.take_back([event.basis_id]):
        observations = await observations_of(tx, event.person_ref)
        await count_as_not_told(tx, bases, observations, taken)
        await tell_lawful_receivers(tx, bases, observations)


@router.receives(PlaceEventSubmitted)
async def register_place_event(event: PlaceEventSubmitted, sender: Sender, tx: Tx) -> None:
    """Register something that happened at a place, unless the report seems to be about a person."""
    refuse_personal_data(event)
    if taken := await register_event(tx, sender.id, event, "/place_event_id"):
        raise Rejected([taken])


@router.receives(WeeklyReportSubmitted)
async def register_weekly_report(report: WeeklyReportSubmitted, sender: Sender, tx: Tx) -> None:
    """Register an actor's answer for its EST week, and the events it brings."""
    refuse_personal_data(report)
    await register_report(tx, sender.id, report)


@router.receives_unrouted()
async def refuse_unknown_type(submission: Submission, sender: Sender, tx: Tx) -> None:
    """Answer what no service takes in: the type, or its version, is unknown."""
    raise NotImplementedError("refused when it is opened, before it gets here")
