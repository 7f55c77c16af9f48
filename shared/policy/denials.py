"""The answer to an agency whose own observation another may not be told, and its row in the register.

It reveals nothing but the agency's own observation and the name of a receiver that the agency itself has named or is
about to meet; why, by the table of law; what can be done. Never what is known of the youth or to whom.
"""

from __future__ import annotations

from shared.clock import local_day
from shared.events import answers
from shared.gate import Refusal
from shared.ids import name_id
from shared.person import age_on, birth_date
from shared.policy.refusals import explain
from shared.register import Entry
from shared.transaction import Transaction
from shared.vault import Erased


def deny(
    tx: Transaction, refusal: Refusal, observation_id: str, person_ref: str, secret_from_guardian: bool, age: int | None
) -> None:
    """Tell the releasing agency that its observation may not be told, and why. The same message id every time.

    `age` as `age_of` gives it: asked for once, where many observations of one youth are denied together.
    """
    cell = refusal.cell
    why = explain(refusal, tx.agencies, tx.now, age=age)
    answer = answers.DisclosureDenied(
        observation_id=observation_id, to=cell.received_by, code=why.code, message=why.message, you_can=why.you_can
    )
    tx.tell(cell.released_by, answer, message_id=name_id("disclosure-denied", observation_id, cell.received_by))
    tx.record(
        Entry(
            act="denied",
            at=tx.now,
            about=observation_id,
            what="observation",
            person_ref=person_ref,
            **cell.model_dump(),
            code=why.code,
            secret_from_guardian=secret_from_guardian,
        )
    )


async def age_of(tx: Transaction, person_ref: str) -> int | None:
    """Return a person's age in whole years today; None when the person has been erased."""
    try:
        number = await tx.vault.identity_number(person_ref)
    except Erased:
        return None
    return age_on(birth_date(number), local_day(tx.now))
