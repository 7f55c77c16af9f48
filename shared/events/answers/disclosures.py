"""What is told about youths: what was seen and on which basis, a refusal, a concern."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, JsonValue

from shared.events.agencies.submission import Part, PersonCategory, Youth
from shared.events.answers.answer import Answer, LocalMoment
from shared.events.event import AgencyId


class Basis(Part):
    """What a disclosure rests on; `form_id` where it is a consent."""

    kind: Literal["consent", "assessment"]
    form_id: str | None = Field(default=None, exclude_if=lambda value: value is None)
    assessment_id: str | None = Field(default=None, exclude_if=lambda value: value is None)
    provision: str
    valid_until: date | None = Field(default=None, exclude_if=lambda value: value is None)


class SecrecyBasisAnswered(Answer):
    """Whether one agency may tell another one category about a youth today; the answer is remembered as given."""

    question_id: str
    answer: Literal["may", "may_not"]
    received_by: AgencyId = Field(alias="to")
    category: PersonCategory
    asked_at: LocalMoment
    basis: Basis | None = Field(default=None, exclude_if=lambda value: value is None)
    paragraph: str | None = Field(default=None, exclude_if=lambda value: value is None)
    code: str
    message: str
    you_can: tuple[str, ...]


class DisclosedObservation(Part):
    """The observation as its agency sent it, without the question about a concern report."""

    observation_id: str
    youth: Youth
    observed_on: date
    category: str
    summary: str | None = Field(default=None, exclude_if=lambda value: value is None)
    payload: dict[str, JsonValue]


class ObservationDisclosed(Answer):
    """One observation, told to one lawful receiver."""

    disclosure_id: str
    released_by: AgencyId
    received_by: AgencyId
    disclosed_at: LocalMoment
    basis: Basis
    observation: DisclosedObservation


class DisclosureDenied(Answer):
    """A receiver the releasing agency named cannot be told: why, and what can be done."""

    observation_id: str
    received_by: AgencyId = Field(alias="to")
    code: str
    message: str
    you_can: tuple[str, ...]


class ConcernRule(Part):
    """How many agencies, within how many days."""

    agencies: int
    days: int


class ConcernNoticed(Answer):
    """An agency that can see observations from enough agencies learns of it, with only those it may see."""

    concern_id: str
    youth: Youth
    rule: ConcernRule
    seen_by: tuple[AgencyId, ...]
    observation_ids: tuple[str, ...]
