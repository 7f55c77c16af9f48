"""Observations that nobody may be told of: after a day their agency learns that they wait, for what, what it can do.

It learns nothing of anybody else's: only its own observation, and what may be done for any receiver.
"""

from __future__ import annotations

from services.observations.documents import Observation
from shared.events import answers
from shared.events.agencies import ObservationSubmitted
from shared.events.answers.submissions import REPORTED_AFTER
from shared.events.event import Cell
from shared.events.observations import ObservationWaitReached
from shared.gate import Refusal
from shared.ids import name_id
from shared.policy.denials import age_of
from shared.policy.refusals import explain
from shared.transaction import Transaction

MESSAGE = "Iakttagelsen har väntat i 24 timmar. Ingen har fått den: det saknas samtycke eller annan rättslig grund."


def wait_for_basis(tx: Transaction, observation: Observation) -> None:
    """Look again a day after it was accepted; `stop_waiting` takes that back."""
    if not observation.told_to:
        reached = ObservationWaitReached(observation_id=observation.id)
        tx.emit(reached, due_at=max(tx.now, observation.accepted_at + REPORTED_AFTER), key=_key(observation))


def stop_waiting(tx: Transaction, observation: Observation) -> None:
    """Somebody is told of it: its agency need not be reminded."""
    tx.cancel(_key(observation))


async def report_waiting(tx: Transaction, observation: Observation) -> None:
    """Tell its agency that it waits, unless the youth has been erased since. Always the same message id."""
    if not await tx.vault.readable(observation.person_ref, [observation.sealed]):
        return
    others = [each.id for each in tx.agencies.agencies_in(observation.municipality) if each.is_authority]
    asked = [
        Refusal("no_basis", Cell(released_by=observation.submitted_by, received_by=each, category=observation.category))
        for each in others
        if each != observation.submitted_by
    ]
    age = await age_of(tx, observation.person_ref)
    possible = [way for refusal in asked for way in explain(refusal, tx.agencies, tx.now, age=age).you_can]
    waiting = answers.SubmissionWaiting(
        type=ObservationSubmitted.type,
        entity_id=observation.id,
        waiting_since=observation.accepted_at,
        waits_for="basis",
        message=MESSAGE,
        you_can=tuple(dict.fromkeys(possible)),
    )
    tx.tell(observation.submitted_by, waiting, message_id=name_id("observation-waiting", observation.id))


def _key(observation: Observation) -> str:
    return f"observation-wait:{observation.id}"
