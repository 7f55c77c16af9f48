"""Why something may not be told, in plain Swedish, and what the agency can do instead: as the table of law says.

An explanation is made from codes and agencies alone. Nothing about the person may ever reach it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from shared.agencies import AgencyKind, AgencyRegistry, municipality_of
from shared.clock import local_day
from shared.events.event import Cell
from shared.gate import Permit, Refusal
from shared.policy.bases import LegalBases, LegalBasis, the_law

NOT_AN_AUTHORITY: Final = "not_an_authority"


@dataclass(frozen=True)
class Explained:
    """A refusal as an agency is told of it. `advice` says the codes of `you_can` in words, and is empty without any."""

    code: str
    message: str
    you_can: tuple[str, ...]
    advice: str = ""

    @property
    def with_advice(self) -> str:
        """The message and, in words, what can be done instead."""
        return f"{self.message} {self.advice}".rstrip()


def explain(
    refusal: Refusal, agencies: AgencyRegistry, at: datetime, *, age: int | None = None, law: LegalBases | None = None
) -> Explained:
    """Explain a refusal at an instant. `age`, in whole years that day, leaves out what the youth is too old for."""
    cell = refusal.cell
    receiver = agencies.get(cell.received_by)
    if receiver is not None and not receiver.is_authority:
        return Explained(NOT_AN_AUTHORITY, _NOT_TO_OTHERS, ())
    ways = ways_open(cell, agencies, at, age=age, law=law)
    message = _MESSAGES[refusal.code].format(
        from_=_called(agencies, cell.released_by),
        to=_called(agencies, cell.received_by),
        category=category_in_swedish(cell.category),
    )
    return Explained(refusal.code, message, tuple(way.you_can for way in ways), _advice(ways))


class Allowed(NamedTuple):
    """A yes as an agency is told of it: the paragraph it rests on, and the reason in Swedish."""

    paragraph: str
    message: str


def explain_permit(permit: Permit, agencies: AgencyRegistry, law: LegalBases | None = None) -> Allowed:
    """Explain why something may be told; LookupError for a provision that the table lacks that day."""
    row = (law or the_law()).in_force(permit.provision, local_day(permit.granted_at))
    if row is None:
        raise LookupError(permit.provision)
    cell = permit.cell
    way = f"{_called(agencies, cell.released_by)} → {_called(agencies, cell.received_by)}"
    reason = _YES.format(way=way, category=category_in_swedish(cell.category), row=row, until=permit.valid_until)
    return Allowed(row.paragraph, reason)


def ways_open(
    cell: Cell, agencies: AgencyRegistry, at: datetime, *, age: int | None = None, law: LegalBases | None = None
) -> list[LegalBasis]:
    """Return the rows in force that instant under which the releasing agency could still come to tell the receiver.

    Between municipalities only a consent opens anything, and what goes to the agency's own social services.
    """
    sender, receiver = agencies.get(cell.released_by), agencies.get(cell.received_by)
    if sender is None or receiver is None or not (sender.is_authority and receiver.is_authority):
        return []
    near = municipality_of(sender.id) == municipality_of(receiver.id)
    rows = [row for row in (law or the_law()).on(local_day(at)) if row.enabled and row.covers(cell.category)]
    fitting = [row for row in rows if age is None or row.allows_age(age)]
    return [row for row in fitting if _is_open(row, sender.kind, receiver.kind, near=near)]


def kind_in_swedish(kind: AgencyKind) -> str:
    """Return what a kind of agency is called."""
    return _words()["kinds"][kind]


def category_in_swedish(category: str) -> str:
    """Return what a category of the person track is called."""
    return _words()["categories"].get(category, category)


def _is_open(row: LegalBasis, from_: AgencyKind, to: AgencyKind, *, near: bool) -> bool:
    match row.offered:
        case "never":
            return False
        case "whoever_receives":
            return any(from_ in each.releasing for each in row.directions)
        case "in_its_direction":
            return row.allows(from_, to) and (near or row.chosen_by == "consent")


def _called(agencies: AgencyRegistry, agency_id: str) -> str:
    known = agencies.get(agency_id)
    return kind_in_swedish(known.kind) if known else agency_id


def _advice(ways: Sequence[LegalBasis]) -> str:
    return f"Du kan: {' · '.join(way.advice for way in ways)}." if ways else ""


@cache
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load(
        Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
    )
    return words


_MESSAGES: Final = {
    "no_basis": "Uppgiften kan inte delas. Det saknas samtycke eller annan rättslig grund för {from_} → {to}, "
    "kategori {category}.",
    "basis_ended": "Uppgiften kan inte delas. Det samtycke eller den bedömning som fanns för {from_} → {to}, "
    "kategori {category}, gäller inte längre.",
}
_YES: Final = (
    "Uppgiften får delas: {way}, kategori {category}. Grund: {row.name}, {row.paragraph}, till och med {until}. "
    "Undantaget: {row.excludes}."
)
_NOT_TO_OTHERS: Final = (
    "Uppgiften kan inte delas. Uppgifter om enskilda lämnas bara till myndigheter, aldrig till någon annan, och inget "
    "samtycke ändrar det här."
)
