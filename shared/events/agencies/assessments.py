"""What agencies say about other legal bases than consent: assessments they have made, and questions before telling."""

from __future__ import annotations

from pydantic import Field, field_validator

from shared.events.agencies.consents import tells_itself
from shared.events.agencies.submission import (
    AuthorityAgency,
    Code,
    Day,
    Id,
    Instant,
    KnownAgency,
    Line,
    PersonCategory,
    Submission,
    Youth,
)


class SecrecyAssessmentMade(Submission):
    """An agency has found that a provision lets it tell others about a youth; the provision's questions are answered.

    Which provisions there are, whom they let tell whom, and what they ask stands in `shared/policy`.
    """

    assessment_id: Id
    youth: Youth
    provision: Code
    released_by: AuthorityAgency = Field(alias="from")
    received_by: tuple[AuthorityAgency, ...] = Field(alias="to", min_length=1)
    categories: tuple[PersonCategory, ...] = Field(min_length=1)
    answers: dict[Code, bool | str]
    decided_by_function: Line
    decided_at: Instant
    valid_until: Day

    _others = field_validator("received_by")(tells_itself)

    @property
    def entity_id(self) -> str:
        """The assessment."""
        return self.assessment_id


class SecrecyBasisAsked(Submission):
    """An agency asks whether it may tell another one category about a youth today. No observation is sent."""

    question_id: Id
    youth: Youth
    received_by: KnownAgency = Field(alias="to")
    category: PersonCategory

    @property
    def entity_id(self) -> str:
        """The question."""
        return self.question_id
