"""Facts about one form for the tests of consent's rules: a child's consent between three agencies, half a year long."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from services.consent.facts import Facts, Form, Signatory, Signature, Withdrawal, sign_steps
from services.consent.rules import start_of
from shared.events.event import Cell

SOCIAL, SCHOOL, POLICE, STRANGER = "2182-social-services", "2182-school", "2182-police", "2080-leisure"
CELLS = (
    Cell(released_by=SCHOOL, received_by=POLICE, category="behaviour"),
    Cell(released_by=SCHOOL, received_by=SOCIAL, category="behaviour"),
    Cell(released_by=POLICE, received_by=SCHOOL, category="risk_environment"),
)
FIRST, LAST = date(2026, 11, 16), date(2027, 5, 15)
CHILD = date(2013, 6, 15)
G1, G2 = Signatory(role="guardian", guardian_id="g1"), Signatory(role="guardian", guardian_id="g2")
NOBODY = Signatory(role="guardian", guardian_id="g9")


Told = Form | Signature | Withdrawal


def form(born: date = CHILD, guardians: tuple[str, ...] = ("g1", "g2")) -> Form:
    """Return a form as it is kept, for a youth born on that day."""
    return Form(
        person_ref="f" * 64,
        fingerprint="a" * 64,
        programme="sspf",
        collected_by=SOCIAL,
        guardian_ids=guardians,
        cells=CELLS,
        valid_from=FIRST,
        valid_to=LAST,
        sign_steps=sign_steps(born, FIRST, LAST),
        sealed=b"",
    )


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """Return an instant on a Swedish day, as UTC."""
    return (start_of(day) + timedelta(hours=hour, minutes=minute)).astimezone(UTC)


def signature(who: Signatory, moment: datetime, told_by: str = SOCIAL) -> Signature:
    """Return a signature."""
    return Signature(signatory=who, signed_at=moment, told_by=told_by, method="paper", evidence_sha256="b" * 64)


def withdrawal(
    who: Signatory, moment: datetime, cells: tuple[Cell, ...] | None = None, told_by: str = SOCIAL
) -> Withdrawal:
    """Return a withdrawal, of the whole consent unless cells are given."""
    return Withdrawal(signatory=who, received_at=moment, stops_at=moment, told_by=told_by, channel="phone", cells=cells)


def facts(*known: Told) -> Facts:
    """Return the facts, taken in one after the other."""
    folded = Facts()
    for fact in known:
        folded = folded.having(fact)
    return folded
