"""What is stored of the person track. Personal content lies sealed; reading it takes a permit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from shared import register
from shared.document import Document, Index
from shared.gate import Permit
from shared.ids import name_id
from shared.transaction import Transaction


class Observation(Document):
    """Something an agency has seen about a youth. `sealed` holds summary and payload as sent.

    `denied_to` names those about whom its agency has had the answer that they may not be told.
    """

    collection: ClassVar[str] = "observations"
    indexes: ClassVar[tuple[Index, ...]] = (Index("what_is_known_of_this_person", (("person_ref", 1),)),)

    person_ref: str
    municipality: str
    submitted_by: str
    category: str
    observed_on: date
    concern_report: str
    fingerprint: str
    sealed: bytes
    accepted_at: datetime
    secret_from_guardian: bool = False
    told_to: tuple[str, ...] = ()
    denied_to: tuple[str, ...] = ()

    def is_seen_by(self, agency_id: str) -> bool:
        """Say whether the agency has released or lawfully received it."""
        return agency_id == self.submitted_by or agency_id in self.told_to


class Notice(BaseModel):
    """One telling of a concern to one agency: whose observations it could see then."""

    model_config = ConfigDict(frozen=True)

    agency: str
    seen_by: tuple[str, ...]


class Concern(Document):
    """A youth whom several agencies have seen; one a person and municipality.

    `begun_at` is when it was begun: after a weeding or an erasure it begins anew. `after_erasure` is as in `Bases`.
    """

    collection: ClassVar[str] = "concerns"

    person_ref: str
    begun_at: datetime | None = None
    after_erasure: str | None = None
    notices: tuple[Notice, ...] = ()


async def observations_of(tx: Transaction, person_ref: str) -> list[Observation]:
    """Return all that is stored about a person, oldest first; nothing from before the person was erased."""
    found = await tx.find(Observation, {"person_ref": person_ref}, sort=[("observed_on", 1), ("_id", 1)])
    readable = await tx.vault.readable(person_ref, (each.sealed for each in found))
    return [each for each in found if each.sealed in readable]


async def content_of(tx: Transaction, observation: Observation, permit: Permit) -> dict[str, Any]:
    """Return summary and payload, to be told to the one agency the permit names, and put that on the register.

    Reading and row are one: nobody gets at the content without leaving the row.
    """
    asked = (observation.person_ref, observation.submitted_by, observation.category)
    if asked != (permit.person_ref, permit.cell.released_by, permit.cell.category):
        raise ValueError(f"the permit is not for observation {observation.id}")
    content: dict[str, Any] = await tx.vault.open(observation.person_ref, observation.sealed)
    about = disclosure_id(observation, permit.cell.received_by)
    secret = observation.secret_from_guardian
    tx.record(register.told(permit, "observation", about, secret_from_guardian=secret))
    return content


def disclosure_id(observation: Observation, receiver: str) -> str:
    """Return the id of the one disclosure of an observation to an agency, which is its message's id too."""
    return name_id("disclosure", observation.id, receiver)
