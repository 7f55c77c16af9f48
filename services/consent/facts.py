"""What agencies have told about a form, as it is kept: nothing is judged here, and nothing personal is readable.

A fact never changes once it is known. The date of birth is not kept, only the days on which the sign rule changes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from services.consent.scope import agencies_in, cells_of
from shared.clock import whole_milliseconds
from shared.events.agencies import ConsentFormIssued, ConsentFormSigned, ConsentWithdrawalReceived
from shared.events.agencies.consents import Programme
from shared.events.event import AgencyId, Cell
from shared.person import age_on, birth_date, birthday_in

SignRule = Literal["guardians", "guardians_and_youth", "youth"]
YOUTH_SIGNS_FROM, YOUTH_ALONE_FROM = 15, 18
"""Years. Under 15 the guardians sign; from 15, when SoL lets the youth speak for itself, both; from 18 the youth."""

F = TypeVar("F", bound="Fact")


class Fact(BaseModel):
    """Something an agency has told, kept as it was told."""

    model_config = ConfigDict(frozen=True)


class Signatory(Fact):
    """A guardian, under the label the form gives, or the youth."""

    role: Literal["guardian", "youth"]
    guardian_id: str | None = None


YOUTH = Signatory(role="youth")


class SignStep(Fact):
    """From this day on, these must have signed. A form has a second step if a birthday changes the rule meanwhile."""

    from_day: date
    rule: SignRule


class Form(Fact):
    """An issued form: what it opens, for how long, and who must sign. What people wrote in it is sealed."""

    person_ref: str
    fingerprint: str
    programme: Programme
    collected_by: AgencyId
    guardian_ids: tuple[str, ...]
    cells: tuple[Cell, ...]
    valid_from: date
    valid_to: date
    sign_steps: tuple[SignStep, ...]
    sealed: bytes

    @property
    def agencies(self) -> tuple[str, ...]:
        """Every agency in the scope, in the form's order."""
        return agencies_in(self.cells)


class Signature(Fact):
    """One signatory's yes."""

    signatory: Signatory
    signed_at: datetime
    told_by: AgencyId
    method: str
    evidence_sha256: str


class Withdrawal(Fact):
    """One signatory's no to some cells, or to the whole consent (`cells` is None)."""

    signatory: Signatory
    received_at: datetime
    stops_at: datetime
    told_by: AgencyId
    channel: str
    cells: tuple[Cell, ...] | None = None


class Facts(Fact):
    """All that is known of one form."""

    form: Form | None = None
    signatures: tuple[Signature, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()

    def having(self, fact: Form | Signature | Withdrawal) -> Facts:
        """Return the facts with one more; one that is known already changes nothing."""
        match fact:
            case Form():
                return self if self.form else self.model_copy(update={"form": fact})
            case Signature():
                return self.model_copy(update={"signatures": _with(self.signatures, fact)})
            case Withdrawal():
                return self.model_copy(update={"withdrawals": _with(self.withdrawals, fact)})


def form_of(issued: ConsentFormIssued, person_ref: str, fingerprint: str, sealed: bytes) -> Form:
    """Return what is kept of an issued form. `sealed` is the form as sent, under the youth's own key."""
    born = birth_date(issued.youth.personal_identity_number)
    return Form(
        person_ref=person_ref,
        fingerprint=fingerprint,
        programme=issued.programme,
        collected_by=issued.collected_by,
        guardian_ids=tuple(guardian.guardian_id for guardian in issued.guardians),
        cells=cells_of(issued.scope),
        valid_from=issued.valid_from,
        valid_to=issued.valid_to,
        sign_steps=sign_steps(born, issued.valid_from, issued.valid_to),
        sealed=sealed,
    )


def signature_of(signed: ConsentFormSigned, told_by: str) -> Signature:
    """Return what is kept of a signature."""
    return Signature(
        signatory=_signatory_of(signed),
        signed_at=whole_milliseconds(signed.signed_at),
        told_by=told_by,
        method=signed.method,
        evidence_sha256=signed.evidence_sha256,
    )


def withdrawal_of(received: ConsentWithdrawalReceived, told_by: str, now: datetime) -> Withdrawal:
    """Return what is kept of a withdrawal. One dated ahead of our clock stops the telling at once all the same."""
    received_at = whole_milliseconds(received.received_at)
    return Withdrawal(
        signatory=_signatory_of(received),
        received_at=received_at,
        stops_at=min(received_at, now),
        told_by=told_by,
        channel=received.channel,
        cells=None if isinstance(received.scope, str) else cells_of(received.scope),
    )


def sign_steps(born: date, valid_from: date, valid_to: date) -> tuple[SignStep, ...]:
    """Return the sign rule on the first day and on each birthday within the validity that changes it.

    Only these days are kept, never the date of birth.
    """
    birthdays = (birthday_in(born.year + age, born) for age in (YOUTH_SIGNS_FROM, YOUTH_ALONE_FROM))
    days = [valid_from, *(day for day in birthdays if valid_from < day <= valid_to)]
    return tuple(SignStep(from_day=day, rule=_rule_at(age_on(born, day))) for day in days)


def _signatory_of(said: ConsentFormSigned | ConsentWithdrawalReceived) -> Signatory:
    return Signatory(role=said.signatory.role, guardian_id=said.signatory.guardian_id)


def _rule_at(age: int) -> SignRule:
    if age >= YOUTH_ALONE_FROM:
        return "youth"
    return "guardians_and_youth" if age >= YOUTH_SIGNS_FROM else "guardians"


def _with(known: tuple[F, ...], fact: F) -> tuple[F, ...]:
    return known if fact in known else (*known, fact)
