"""Keeps persons out of the place track: finds what looks like personal data in a report's free text and payload.

In doubt it finds something: a report that is sent back can be sent again, a published identity number cannot be unsaid.
Sources: dataskyddslagen (2018:218) 3 kap. 8 and 10 §§; only authorities may handle such data at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal

Kind = Literal["personal_identity_number", "phone", "e_mail", "registration_plate"]

_PATTERNS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("personal_identity_number", re.compile(r"(?<![0-9])(?:18|19|20)?[0-9]{6}[-+ ]?[0-9T][0-9]{3}(?![0-9])")),
    ("e_mail", re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")),
    ("phone", re.compile(r"(?<![0-9])(?:\+46|0046|0)[ -]?7?[0-9](?:[ -]?[0-9]){6,9}(?![0-9])")),
    ("registration_plate", re.compile(r"\b[A-HJ-PR-UW-Z]{3} ?[0-9]{2}[0-9A-HJ-NPR-UW-Z]\b")),
)


def personal_data_in(value: Any, pointer: str = "") -> Iterator[tuple[str, Kind]]:
    """Yield JSON pointer and kind of everything in a JSON value that looks like personal data, keys included."""
    match value:
        case dict():
            for key, inner in value.items():
                step = key.replace("~", "~0").replace("/", "~1")
                yield from ((pointer, kind) for kind in kinds_in(key))
                yield from personal_data_in(inner, f"{pointer}/{step}")
        case list() | tuple():
            for place, inner in enumerate(value):
                yield from personal_data_in(inner, f"{pointer}/{place}")
        case str():
            yield from ((pointer, kind) for kind in kinds_in(value))
        case bool() | None:
            return
        case _:
            yield from ((pointer, kind) for kind in kinds_in(str(value)))


def kinds_in(text: str) -> list[Kind]:
    """Return the kinds of personal data a text seems to hold."""
    return [kind for kind, pattern in _PATTERNS if pattern.search(text)]
