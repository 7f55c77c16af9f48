"""What consent keeps: a document a form, with the facts received and what has been said of them; one a youth.

A youth's document is saved by whoever takes in a form about the youth or a change around it, so that of two that meet
the second is run again and sees the other: no form slips past a change.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.consents.facts import Circumstance, Facts, Form
from shared.document import Document, Index
from shared.events.consent import EndReason, EnforcingService
from shared.events.event import AgencyId, Cell
from shared.person import birth_date
from shared.transaction import Transaction
from shared.vault import Erased


class Announced(BaseModel):
    """What the house and the agencies have been told. It moves forward only, so nothing is announced twice."""

    model_config = ConfigDict(frozen=True)

    revision: int = 0
    cells: tuple[Cell, ...] = ()
    ended_at: datetime | None = None
    reason: EndReason | None = None
    opened_to: tuple[AgencyId, ...] = ()
    end_told_to: tuple[AgencyId, ...] = ()
    notices: tuple[str, ...] = ()


class Wait(BaseModel):
    """Something an agency has sent that can have no effect yet: its form is missing, or the form's signatures are."""

    model_config = ConfigDict(frozen=True)

    type: str
    told_by: AgencyId
    since: datetime
    waits_for: Literal["form", "signatures"]


class Consent(Document):
    """All about one form; its id is the `form_id`. Signatures and withdrawals may be there before the form."""

    collection: ClassVar[str] = "consents"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "which_forms_are_about_this_person",
            (("facts.form.person_ref", 1),),
            only_where=(("facts.form.person_ref", {"$exists": True}),),
        ),
    )

    facts: Facts = Facts()
    announced: Announced = Announced()
    waits: tuple[Wait, ...] = ()
    enforced_at: dict[EnforcingService, datetime] = Field(default_factory=dict)


class Circumstances(Document):
    """The changes around one youth; its id is the `person_ref`."""

    collection: ClassVar[str] = "circumstances"
    indexes: ClassVar[tuple[Index, ...]] = (Index("has_this_change_been_told_before", (("changes.told_as", 1),)),)

    changes: tuple[Circumstance, ...] = ()


async def circumstances_of(tx: Transaction, person_ref: str) -> Circumstances:
    """Return what is known around a youth, and hold it: a commit fails if another form or change came between."""
    circumstances = await tx.get(Circumstances, person_ref) or Circumstances(id=person_ref)
    tx.save(circumstances)
    return circumstances


async def readable_consent(tx: Transaction, form_id: str) -> Consent | None:
    """Return what is known of a form, or None where the youth has been erased since it came."""
    try:
        return await consent_of(tx, form_id)
    except Erased:
        return None


async def born_on(tx: Transaction, form: Form) -> date:
    """Return the youth's date of birth, which is kept in the vault only; `Erased` as above."""
    return birth_date(await tx.vault.identity_number(form.person_ref))


async def consent_of(tx: Transaction, form_id: str) -> Consent:
    """Return what is known of a form, or an empty start for one not heard of before.

    `Erased` when the youth has been erased since the form came: a form that nobody can read any more proves nothing.
    """
    consent = await tx.get(Consent, form_id) or Consent(id=form_id)
    form = consent.facts.form
    if form is not None and not await tx.vault.readable(form.person_ref, [form.sealed]):
        raise Erased(form_id)
    return consent


async def consents_about(tx: Transaction, person_ref: str) -> list[Consent]:
    """Return every form about a person, by id; those that nobody can read any more are among them."""
    return await tx.find(Consent, {"facts.form.person_ref": person_ref}, sort=[("_id", 1)])
