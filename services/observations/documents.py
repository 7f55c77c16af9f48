"""What is stored of the person track. Personal content lies sealed; reading it takes a permit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.document import Document, Index
from shared.gate import Permit
from shared.transaction import Transaction


class Observation(Document):
    """Something an agency has seen about a youth. `sealed` holds summary and payload as sent."""

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
    told_to: tuple[str, ...] = ()

    def is_seen_by(self, agency_id: str) -> bool:
        """Say whether the agency has released or lawfully received it."""
        return agency_id == self.submitted_by or agency_id in self.told_to


class Disclosure(Document):
    """One row of the disclosure register: what was told of whom, by whom, to whom, when, on which basis."""

    collection: ClassVar[str] = "disclosures"
    indexes: ClassVar[tuple[Index, ...]] = (Index("what_has_been_told_of_this_person", (("person_ref", 1),)),)

    observation_id: str
    person_ref: str
    category: str
    released_by: str
    received_by: str
    disclosed_at: datetime
    basis_kind: Literal["consent"]
    form_id: str
    provision: str
    valid_until: date


class Notice(BaseModel):
    """One telling of a concern to one agency: whose observations it could see then."""

    model_config = ConfigDict(frozen=True)

    agency: str
    seen_by: tuple[str, ...]


class Concern(Document):
    """A youth whom several agencies have seen; one a person and municipality."""

    collection: ClassVar[str] = "concerns"

    person_ref: str
    notices: tuple[Notice, ...] = ()


async def observations_of(tx: Transaction, person_ref: str) -> list[Observation]:
    """Return all that is stored about a person, oldest first."""
    return await tx.find(Observation, {"person_ref": person_ref}, sort=[("observed_on", 1), ("_id", 1)])


async def content_of(tx: Transaction, observation: Observation, permit: Permit) -> dict[str, Any]:
    """Return summary and payload, to be told to the one agency the permit names."""
    asked = (observation.person_ref, observation.submitted_by, observation.category)
    if asked != (permit.person_ref, permit.cell.released_by, permit.cell.category):
        raise ValueError(f"the permit is not for observation {observation.id}")
    content: dict[str, Any] = await tx.vault.open(observation.person_ref, observation.sealed)
    return content
