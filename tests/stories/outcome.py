"""What a house has come to: its end state without what only says when or in which order things happened."""

from __future__ import annotations

import json
from typing import Any

from shared.register import Entry, still_told
from tests.house import House

_WHEN = frozenset({"at", "accepted_at", "disclosed_at", "registered_at", "recorded_at", "confirmed_at", "enforced_at"})


async def tellings(house: House) -> dict[str, list[str]]:
    """Return for each agency what it was told, each message id once, without moments, sorted."""
    return {agency: sorted(_text(each) for each in house.told(agency)) for agency in sorted(house.received)}


async def disclosures(house: House) -> set[tuple[str, str, str, str]]:
    """Return what stands on the register as told of observations, as (disclosure, from, to, basis)."""
    rows = [Entry.of(row) for row in await house.rows("observations", Entry.collection)]
    return {
        (row.about, str(row.released_by), str(row.received_by), str(row.basis_id))
        for row in still_told(rows)
        if row.what == "observation"
    }


def _text(answer: dict[str, Any]) -> str:
    return json.dumps(_timeless(answer), sort_keys=True)


def _timeless(value: Any) -> Any:
    match value:
        case dict():
            return {key: _timeless(inner) for key, inner in value.items() if key not in _WHEN}
        case list():
            return sorted((_timeless(inner) for inner in value), key=lambda inner: json.dumps(inner, sort_keys=True))
        case _:
            return value
