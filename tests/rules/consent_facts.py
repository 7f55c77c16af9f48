"""Facts about one form for the tests of consent's rules: a child's consent between three agencies, half a year long."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from shared.clock import start_of
from shared.consents.facts import (
    Circumstance,
    CircumstanceKind,
    Decline,
    Facts,
    Form,
    Prevention,
    Signature,
    Supersession,
    Withdrawal,
)
from shared.consents.facts import Told as ToldOfAForm
from shared.events.event import Cell
from shared.policy.signing import Signatory, guardian, policy_on

SOCIAL, SCHOOL, POLICE, STRANGER = "2182-social-services", "2182-school", "2182-police", "2080-leisure"
CELLS = (
    Cell(released_by=SCHOOL, received_by=POLICE, category="behaviour"),
    Cell(released_by=SCHOOL, received_by=SOCIAL, category="behaviour"),
    Cell(released_by=POLICE, received_by=SCHOOL, category="risk_environment"),
)
FIRST, LAST = date(2026, 11, 16), date(2027, 5, 15)
CHILD = date(2013, 6, 15)
G1, G2, NOBODY = guardian("g1"), guardian("g2"), guardian("g9")
PERSON = "f" * 64


Told = Form | ToldOfAForm


def form(guardians: tuple[str, ...] = ("g1", "g2")) -> Form:
    """Return a form as it is kept."""
    return Form(
        person_ref=PERSON,
        fingerprint="a" * 64,
        programme="sspf",
        collected_by=SOCIAL,
        guardian_ids=guardians,
        cells=CELLS,
        valid_from=FIRST,
        valid_to=LAST,
        sign_policy=policy_on(FIRST).version,
        sealed=b"",
    )


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """Return an instant on a Swedish day, as UTC."""
    return (start_of(day) + timedelta(hours=hour, minutes=minute)).astimezone(UTC)


def signature(who: Signatory, moment: datetime, told_by: str = SOCIAL) -> Signature:
    """Return a signature."""
    return Signature(signatory=who, dated=moment, at=moment, told_by=told_by, method="paper", evidence_sha256="b" * 64)


def decline(who: Signatory, moment: datetime, told_by: str = SOCIAL) -> Decline:
    """Return a no to the form."""
    return Decline(signatory=who, dated=moment, at=moment, told_by=told_by)


def prevention(who: Signatory, moment: datetime, told_by: str = SOCIAL) -> Prevention:
    """Return that a guardian is prevented."""
    return Prevention(signatory=who, dated=moment, at=moment, told_by=told_by, reason="illness", sealed=b"")


def withdrawal(
    who: Signatory, moment: datetime, cells: tuple[Cell, ...] | None = None, told_by: str = SOCIAL
) -> Withdrawal:
    """Return a withdrawal, of the whole consent unless cells are given."""
    return Withdrawal(signatory=who, dated=moment, at=moment, told_by=told_by, channel="phone", cells=cells)


def supersession(moment: datetime, collected_by: str = SOCIAL) -> Supersession:
    """Return that another form has taken this one's place, collected by that agency."""
    return Supersession(by_form="new", at=moment, person_ref=PERSON, programme="sspf", collected_by=collected_by)


def circumstance(kind: CircumstanceKind, on: date, heard_at: datetime, *, found_form: bool = False) -> Circumstance:
    """Return a change around the youth."""
    return Circumstance(
        kind=kind, on=on, heard_at=heard_at, told_as=f"{kind} {on}", fingerprint="c" * 64, found_form=found_form
    )


def facts(*known: Told) -> Facts:
    """Return the facts, taken in one after the other."""
    folded = Facts()
    for fact in known:
        folded = folded.having(fact)
    return folded
