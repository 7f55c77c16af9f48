"""The cells of a consent, and how they are told: to each agency its own part, and never anybody else's."""

from __future__ import annotations

from collections.abc import Iterable

from shared.events.agencies.consents import ScopeRow
from shared.events.answers import MayBeTold, MayTell
from shared.events.event import Cell


def cells_of(rows: Iterable[ScopeRow]) -> tuple[Cell, ...]:
    """Return the cells of the rows, each once, in order."""
    return tuple(dict.fromkeys(cell for row in rows for cell in row.cells()))


def agencies_in(cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return the agencies that the cells name, each once, in order."""
    return tuple(dict.fromkeys(agency for cell in cells for agency in (cell.released_by, cell.received_by)))


def what_it_may_tell(cells: Iterable[Cell], agency_id: str) -> tuple[MayTell, ...]:
    """Return what the agency may tell; receivers of the same categories share a row."""
    categories_of: dict[str, list[str]] = {}
    for cell in cells:
        if cell.released_by == agency_id:
            categories_of.setdefault(cell.received_by, []).append(cell.category)
    receivers_of: dict[tuple[str, ...], list[str]] = {}
    for receiver, categories in categories_of.items():
        receivers_of.setdefault(tuple(categories), []).append(receiver)
    return tuple(MayTell.model_validate({"to": to, "categories": told}) for told, to in receivers_of.items())


def what_it_may_be_told(cells: Iterable[Cell], agency_id: str) -> tuple[MayBeTold, ...]:
    """Return what the agency may be told, a row for each agency that may tell it."""
    categories_of: dict[str, list[str]] = {}
    for cell in cells:
        if cell.received_by == agency_id:
            categories_of.setdefault(cell.released_by, []).append(cell.category)
    return tuple(MayBeTold.model_validate({"from": from_, "categories": told}) for from_, told in categories_of.items())
