"""What a house has come to: its end state without what only says when or in which order things happened."""

from __future__ import annotations

import json
from typing import Any

from tests.house import House

_WHEN = frozenset({"at", "accepted_at", "disclosed_at", "registered_at", "recorded_at", "confirmed_at", "enforced_at"})


async def tellings(house: House) -> dict[str, list[str]]:
    """Return for each agency what it was told, each message id once, without moments, sorted."""
    return {agency: sorted(_text(each) for each in house.told(agency)) for agency in sorted(house.received)}


async def disclosures(house: House) -> set[tuple[str, str, str, str]]:
    """Return the disclosure register as (observation, from, to, consent)."""
    rows = await house.rows("observations", "disclosures")
    return {(row["observation_id"], row["released_by"], row["received_by"], row["form_id"]) for row in rows}


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
