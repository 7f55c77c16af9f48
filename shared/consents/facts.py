"""What agencies have told about a form, as it is kept: nothing is judged here, and nothing personal is readable.

A fact never changes once it is known. Nothing of the youth's age is kept: the date of birth stays in the vault.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from shared.clock import whole_milliseconds
from shared.consents.scope import agencies_in, cells_of
from shared.events.agencies import (
    ConsentFormDeclined,
    ConsentFormIssued,
    ConsentFormSigned,
    ConsentWithdrawalReceived,
    GuardianPreventionRecorded,
)
from shared.events.agencies.consents import Programme
from shared.events.agencies.consents import Signatory as SignatorySaid
from shared.events.event import AgencyId, Cell
from shared.policy.signing import Signatory, Signing, guardian, policy_on

CircumstanceKind = Literal["guardianship_changed", "secrecy_marking", "protected_registration", "fictitious_identity"]


class Fact(BaseModel):
    """Something an agency has told, kept as it was told."""

    model_config = ConfigDict(frozen=True)


F = TypeVar("F", bound=Fact)


class Form(Fact):
    """An issued form: what it opens, for how long, and by which sign policy. What people wrote in it is sealed."""

    person_ref: str
    fingerprint: str
    programme: Programme
    collected_by: AgencyId
    guardian_ids: tuple[str, ...]
    cells: tuple[Cell, ...]
    valid_from: date
    valid_to: date
    sign_policy: str = "sign-1"
    renewal_of: str | None = None
    sealed: bytes

    @property
    def agencies(self) -> tuple[str, ...]:
        """Every agency in the scope, in the form's order."""
        return agencies_in(self.cells)

    def signing(self, born: date) -> Signing:
        """Return who must sign, for a youth born that day."""
        return Signing(self.sign_policy, self.guardian_ids, self.valid_from, born)


class Said(Fact):
    """What an agency told of one signatory: `dated` as it was told, counting from the moment `at`."""

    told_by: AgencyId
    signatory: Signatory
    dated: datetime
    at: datetime

    @model_validator(mode="before")
    @classmethod
    def _as_kept_before(cls, row: Any) -> Any:
        """Read what was kept before a no to the form could be told: each fact had a name of its own for its date."""
        if isinstance(row, dict) and "dated" not in row:
            dated = row.get("signed_at") or row.get("received_at")
            return {**row, "dated": dated, "at": row.get("stops_at") or dated}
        return row


class Signature(Said):
    """One signatory's yes."""

    method: str
    evidence_sha256: str


class Decline(Said):
    """One signatory's no to the form."""


class Prevention(Said):
    """A guardian is prevented, the other signs alone (FB 6 kap. 13 §). What people wrote of the reasons is sealed."""

    reason: str
    sealed: bytes


class Withdrawal(Said):
    """One signatory's no to some cells, or to the whole consent (`cells` is None)."""

    channel: str
    cells: tuple[Cell, ...] | None = None


class Supersession(Fact):
    """Another form that renews this one has opened. It counts if that form is the same agency's, about the same."""

    by_form: str
    at: datetime
    person_ref: str
    programme: Programme
    collected_by: AgencyId


class Circumstance(Fact):
    """A change around the youth from that day on. `found_form`: the house had the form when it heard of the change."""

    kind: CircumstanceKind
    on: date
    heard_at: datetime
    told_as: str
    fingerprint: str
    found_form: bool = False


Told = Signature | Decline | Prevention | Withdrawal | Supersession | Circumstance
KEPT_IN: Final = {
    Signature: "signatures",
    Decline: "declines",
    Prevention: "preventions",
    Withdrawal: "withdrawals",
    Supersession: "supersessions",
    Circumstance: "circumstances",
}


class Facts(Fact):
    """All that is known of one form."""

    form: Form | None = None
    signatures: tuple[Signature, ...] = ()
    declines: tuple[Decline, ...] = ()
    preventions: tuple[Prevention, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    supersessions: tuple[Supersession, ...] = ()
    circumstances: tuple[Circumstance, ...] = ()

    def having(self, fact: Form | Told) -> Facts:
        """Return the facts with one more; one that is known already changes nothing."""
        if isinstance(fact, Form):
            return self if self.form else self.model_copy(update={"form": fact})
        name = KEPT_IN[type(fact)]
        return self.model_copy(update={name: _with(getattr(self, name), fact)})


def form_of(issued: ConsentFormIssued, person_ref: str, fingerprint: str, sealed: bytes = b"") -> Form:
    """Return what is kept of an issued form. `sealed` is the form as sent, under the youth's own key."""
    return Form(
        person_ref=person_ref,
        fingerprint=fingerprint,
        programme=issued.programme,
        collected_by=issued.collected_by,
        guardian_ids=tuple(each.guardian_id for each in issued.guardians),
        cells=cells_of(issued.scope),
        valid_from=issued.valid_from,
        valid_to=issued.valid_to,
        sign_policy=policy_on(issued.valid_from).version,
        renewal_of=issued.renewal_of,
        sealed=sealed,
    )


def signature_of(signed: ConsentFormSigned, told_by: str) -> Signature:
    """Return what is kept of a signature."""
    said = _said(told_by, signed.signatory, signed.signed_at)
    return Signature(**said, method=signed.method, evidence_sha256=signed.evidence_sha256)


def prevention_of(recorded: GuardianPreventionRecorded, told_by: str, sealed: bytes) -> Prevention:
    """Return what is kept of a guardian's being prevented; `sealed` is what people wrote of it."""
    said = _said(told_by, guardian(recorded.guardian_id), recorded.recorded_at)
    return Prevention(**said, reason=recorded.reason, sealed=sealed)


def decline_of(declined: ConsentFormDeclined, told_by: str, now: datetime) -> Decline:
    """Return what is kept of a no. One dated ahead of our clock counts at once all the same."""
    return Decline(**_said(told_by, declined.signatory, declined.declined_at, now))


def withdrawal_of(received: ConsentWithdrawalReceived, told_by: str, now: datetime) -> Withdrawal:
    """Return what is kept of a withdrawal. One dated ahead of our clock stops the telling at once all the same."""
    cells = None if isinstance(received.scope, str) else cells_of(received.scope)
    said = _said(told_by, received.signatory, received.received_at, now)
    return Withdrawal(**said, channel=received.channel, cells=cells)


def _said(
    told_by: str, who: Signatory | SignatorySaid, dated: datetime, latest: datetime | None = None
) -> dict[str, Any]:
    dated = whole_milliseconds(dated)
    signatory = Signatory(role=who.role, guardian_id=who.guardian_id)
    return {"told_by": told_by, "signatory": signatory, "dated": dated, "at": min(dated, latest or dated)}


def _with(known: tuple[F, ...], fact: F) -> tuple[F, ...]:
    """Add the fact unless it is there; what is sealed comes out anew each time, and is not compared."""
    seen = [each.model_dump(exclude={"sealed"}) for each in (*known, fact)]
    return known if seen[-1] in seen[:-1] else (*known, fact)
