"""What agencies say about consents: forms, signatures, withdrawals."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Annotated, Final, Literal, get_args

from dateutil.relativedelta import relativedelta
from pydantic import Discriminator, Field, StringConstraints, Tag, ValidationInfo, field_validator

from shared.events.agencies.submission import (
    AuthorityAgency,
    Day,
    Id,
    Instant,
    Line,
    Part,
    PersonCategory,
    Prose,
    Sha256,
    Submission,
    Youth,
    refuse_repeats,
)
from shared.events.event import Cell
from shared.intake.faults import fault, refusal

Programme = Literal["sspf", "sig", "weekly_meeting"]
DEFAULT_VALIDITY: Final = relativedelta(months=6, days=-1)
"""The last day is part of the validity: from 16 November to 15 May is six months."""
LONGEST_VALIDITY: Final = relativedelta(months=12)
_EVERYTHING: Final = frozenset[str](get_args(PersonCategory))


def tells_itself(receivers: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Refuse a releasing agency (`released_by`, validated before) among its own receivers."""
    places = [place for place, each in enumerate(receivers) if each == info.data.get("released_by")]
    if places:
        raise refusal(*(fault("wrong_value", f"/{place}", why="tells_itself") for place in places))
    return receivers


class ScopeRow(Part):
    """Who may tell whom what: one releasing agency, its receivers and the categories."""

    released_by: AuthorityAgency = Field(alias="from")
    received_by: tuple[AuthorityAgency, ...] = Field(alias="to", min_length=1)
    categories: tuple[PersonCategory, ...] = Field(min_length=1)

    _others = field_validator("received_by")(tells_itself)

    def cells(self) -> tuple[Cell, ...]:
        """Return the row's cells, one for each receiver and category."""
        pairs = product(dict.fromkeys(self.received_by), dict.fromkeys(self.categories))
        return tuple(
            Cell(released_by=self.released_by, received_by=receiver, category=category) for receiver, category in pairs
        )


class ConsentRow(ScopeRow):
    """A row of a form's scope; it may not open everything."""

    @field_validator("categories")
    @classmethod
    def _not_everything(cls, categories: tuple[str, ...]) -> tuple[str, ...]:
        if _EVERYTHING <= set(categories):
            raise refusal(fault("scope_too_wide"))
        return categories


class Guardian(Part):
    """A guardian by the collecting agency's own id; never a name."""

    guardian_id: Id


class InformationGiven(Part):
    """How the consent was explained."""

    plain_language: bool
    interpreter: bool | None = None
    child_adapted: bool | None = None


class ConsentFormIssued(Submission):
    """A consent form for one youth and programme was handed out for signing."""

    form_id: Id
    programme: Programme
    youth: Youth
    guardians: tuple[Guardian, ...]
    guardians_source: Literal["population_register", "court_decision", "other"]
    purpose: Prose
    scope: tuple[ConsentRow, ...] = Field(min_length=1)
    excluded: Prose | None = None
    valid_from: Day
    valid_to: Day = Field(default_factory=lambda fields: fields["valid_from"] + DEFAULT_VALIDITY)
    form_version: Line
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\z")]
    text_sha256: Sha256
    information_given: InformationGiven | None = None
    contact_function: Line
    collected_by: AuthorityAgency
    renewal_of: Id | None = None

    @field_validator("guardians")
    @classmethod
    def _each_once(cls, guardians: tuple[Guardian, ...]) -> tuple[Guardian, ...]:
        refuse_repeats((each.guardian_id for each in guardians), "guardian_id")
        return guardians

    @field_validator("scope")
    @classmethod
    def _not_everything_in_pieces(cls, scope: tuple[ConsentRow, ...]) -> tuple[ConsentRow, ...]:
        # The same agency may stand in several rows: together they may not open everything either.
        told: dict[tuple[str, str], set[str]] = {}
        for cell in (cell for row in scope for cell in row.cells()):
            told.setdefault((cell.released_by, cell.received_by), set()).add(cell.category)
        if any(categories >= _EVERYTHING for categories in told.values()):
            raise refusal(fault("scope_too_wide"))
        return scope

    @field_validator("valid_to")
    @classmethod
    def _within_a_year(cls, last_day: date, info: ValidationInfo) -> date:
        first_day = info.data.get("valid_from")
        if isinstance(first_day, date):
            if last_day < first_day:
                raise refusal(fault("wrong_value", why="ends_before_start"))
            if last_day > first_day + LONGEST_VALIDITY:
                raise refusal(fault("too_long_validity"))
        return last_day

    @property
    def entity_id(self) -> str:
        """The form."""
        return self.form_id


class Signatory(Part):
    """Who answered: a guardian of the form, or the youth."""

    role: Literal["guardian", "youth"]
    guardian_id: Id | None = Field(default=None, validate_default=True)

    @field_validator("guardian_id")
    @classmethod
    def _guardians_only(cls, guardian_id: str | None, info: ValidationInfo) -> str | None:
        role = info.data.get("role")
        if role == "guardian" and guardian_id is None:
            raise refusal(fault("missing_field"))
        if role == "youth" and guardian_id is not None:
            raise refusal(fault("wrong_value", why="youth_has_no_guardian_id"))
        return guardian_id


class ConsentFormSigned(Submission):
    """One signatory has signed a form."""

    form_id: Id
    signatory: Signatory
    method: Literal["e_signature", "paper", "oral"]
    signed_at: Instant
    evidence_sha256: Sha256

    @property
    def entity_id(self) -> str:
        """The form."""
        return self.form_id


class ConsentFormDeclined(Submission):
    """One signatory has said no to a form. A youth under 15 is heard this way too: its no is recorded."""

    form_id: Id
    signatory: Signatory
    declined_at: Instant

    @property
    def entity_id(self) -> str:
        """The form."""
        return self.form_id


def _whole_or_cells(scope: object) -> str:
    # Both tags stand in `faults.UNION_TAGS`, which keeps them out of the pointers that agencies are told.
    return "(whole)" if isinstance(scope, str) else "(cells)"


class ConsentWithdrawalReceived(Submission):
    """One signatory withdraws a consent, wholly or for some rows of its scope, effective at `received_at`."""

    form_id: Id
    signatory: Signatory
    received_at: Instant
    channel: Literal["phone", "letter", "visit", "e_mail", "e_service", "other"]
    scope: Annotated[
        Annotated[Literal["whole"], Tag("(whole)")]
        | Annotated[tuple[ScopeRow, ...], Field(min_length=1), Tag("(cells)")],
        Discriminator(_whole_or_cells),
    ]

    @property
    def entity_id(self) -> str:
        """The form."""
        return self.form_id
