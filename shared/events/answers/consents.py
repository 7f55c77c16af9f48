"""What agencies are told about consents: opened, ending soon, ended, to be looked at again."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from shared.events.agencies.consents import Programme
from shared.events.agencies.submission import Part, PersonCategory, Youth
from shared.events.answers.answer import Answer, LocalMoment
from shared.events.consent import EndReason, EnforcingService
from shared.events.event import AgencyId

ReviewReason = Literal[
    "child_view_missing", "turns_15", "turns_18", "guardianship_changed", "protected_identity",
]  # fmt: skip


class MayTell(Part):
    """What the receiver of the answer may tell, and whom."""

    received_by: tuple[AgencyId, ...] = Field(alias="to")
    categories: tuple[PersonCategory, ...]


class MayBeTold(Part):
    """What the receiver of the answer may be told, and by whom."""

    released_by: AgencyId = Field(alias="from")
    categories: tuple[PersonCategory, ...]


class ConsentActivated(Answer):
    """A consent is active; each agency of its scope learns its own part."""

    form_id: str
    youth: Youth
    programme: Programme
    valid_from: date
    valid_to: date
    you_may_tell: tuple[MayTell, ...]
    you_may_be_told: tuple[MayBeTold, ...]


class ConsentEnded(Answer):
    """A consent has ended: from now on nothing may be told on it."""

    form_id: str
    youth: Youth
    reason: EndReason
    ended_at: LocalMoment


class ConsentEnforcementConfirmed(Answer):
    """Every service that acts on consents has stopped."""

    form_id: str
    ended_at: LocalMoment
    confirmed_at: LocalMoment
    confirmed_by: tuple[EnforcingService, ...]


class ConsentExpiring(Answer):
    """A consent ends soon, unless it is renewed. Told to every agency in the scope, 30 and 7 days before."""

    form_id: str
    youth: Youth
    programme: Programme
    valid_to: date
    days_left: int


class ConsentReviewRequired(Answer):
    """The collecting agency must look at a consent again: why, and by which day."""

    form_id: str
    youth: Youth
    reason: ReviewReason
    due_on: date
