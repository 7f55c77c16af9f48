"""What consent keeps: one document a form, with the facts received and what has been said of them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.consent.facts import Facts
from shared.document import Document
from shared.events.consent import EndReason, EnforcingService
from shared.events.event import AgencyId, Cell
from shared.transaction import Transaction


class Announced(BaseModel):
    """What the house and the agencies have been told. It moves forward only, so nothing is announced twice."""

    model_config = ConfigDict(frozen=True)

    revision: int = 0
    cells: tuple[Cell, ...] = ()
    ended_at: datetime | None = None
    reason: EndReason | None = None
    end_told_to: tuple[AgencyId, ...] = ()


class Consent(Document):
    """All about one form; its id is the `form_id`. Signatures and withdrawals may be there before the form."""

    collection: ClassVar[str] = "consents"

    facts: Facts = Facts()
    announced: Announced = Announced()
    enforced_at: dict[EnforcingService, datetime] = Field(default_factory=dict)


async def consent_of(tx: Transaction, form_id: str) -> Consent:
    """Return what is known of a form, or an empty start for one not heard of before."""
    return await tx.get(Consent, form_id) or Consent(id=form_id)
