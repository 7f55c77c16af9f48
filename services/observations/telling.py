"""Telling lawful receivers, taking back what has not gone out, and answering the agency whose own may not be told.

Call it with the person's `bases` held (`gate.bases_of`), and with everything that is stored about the person. What is
taken back counts as not told, and only what really does not go out may count so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.observations.concerns import concern_about, notice_concern, notice_id
from services.observations.documents import Observation, content_of, disclosure_id
from services.observations.last_days import post_end
from services.observations.rules import permits_for, refusals_for
from services.observations.waiting import stop_waiting, wait_for_basis
from shared import register
from shared.events import answers
from shared.gate import Bases, Permit
from shared.policy.answering import basis_of
from shared.policy.denials import age_of, deny
from shared.transaction import Transaction


async def tell_lawful_receivers(tx: Transaction, bases: Bases, observations: Sequence[Observation]) -> None:
    """Disclose each observation to each agency that a basis opens it for and that has not had it; then notice concerns.

    `observations` is all that is stored about the person. Where an agency has named a receiver that may not be told one
    of its observations, it gets that answer, once.
    """
    for observation in observations:
        for permit in permits_for(observation, bases, tx.now):
            if not observation.is_seen_by(permit.cell.received_by):
                await _disclose(tx, observation, permit)
    refused = [(each, refusal) for each in observations for refusal in refusals_for(each, bases, tx.now)]
    age = await age_of(tx, bases.id) if refused else None
    for observation, refusal in refused:
        deny(tx, refusal, observation.id, observation.person_ref, observation.secret_from_guardian, age)
        observation.denied_to = (*observation.denied_to, refusal.cell.received_by)
        tx.save(observation)
    await notice_concern(tx, bases, observations)


async def take_back(tx: Transaction, bases: Bases, observations: Sequence[Observation], names: Collection[str]) -> None:
    """Take back what waits in the outbox on a consent or a cell of one: it counts as not told, so another may open it.

    `observations` is all that is stored about the person.
    """
    await count_as_not_told(tx, bases, observations, await tx.take_back(names))


async def count_as_not_told(
    tx: Transaction, bases: Bases, observations: Sequence[Observation], taken: Collection[str]
) -> None:
    """Note that these messages were taken back before they went out: in the register, and wherever it says told."""
    await register.record_taken_back(tx, taken)
    for observation in observations:
        had = tuple(each for each in observation.told_to if disclosure_id(observation, each) not in taken)
        if had != observation.told_to:
            observation.told_to = had
            tx.save(observation)
            wait_for_basis(tx, observation)
    concern = await concern_about(tx, bases)
    given = tuple(each for each in concern.notices if notice_id(concern, each) not in taken)
    if given != concern.notices:
        concern.notices = given
        tx.save(concern)


async def _disclose(tx: Transaction, observation: Observation, permit: Permit) -> None:
    receiver = permit.cell.received_by
    tx.tell(
        receiver,
        await _written(tx, observation, permit),
        message_id=disclosure_id(observation, receiver),
        sealed_for=observation.person_ref,
        resting_on=permit.rests_on,
        good_until=permit.good_until,
    )
    observation.told_to = (*observation.told_to, receiver)
    tx.save(observation)
    stop_waiting(tx, observation)
    post_end(tx, permit)


async def _written(tx: Transaction, observation: Observation, permit: Permit) -> answers.ObservationDisclosed:
    receiver = permit.cell.received_by
    content = await content_of(tx, observation, permit)
    return answers.ObservationDisclosed(
        disclosure_id=disclosure_id(observation, receiver),
        released_by=observation.submitted_by,
        received_by=receiver,
        disclosed_at=tx.now,
        basis=basis_of(permit),
        observation=answers.DisclosedObservation(
            observation_id=observation.id,
            youth=await tx.vault.youth(observation.person_ref),
            observed_on=observation.observed_on,
            category=observation.category,
            summary=content["summary"],
            payload=content["payload"],
        ),
    )
