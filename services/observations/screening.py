"""Keeps persons out of the place track: finds what looks like personal data in a report's free text and payload.

In doubt it finds something: a report that is sent back can be sent again, a published identity number cannot be unsaid.
Sources: dataskyddslagen (2018:218) 3 kap. 8 and 10 §§; only authorities may handle such data at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final, Literal

from shared.intake.faults import pointer_to

Kind = Literal["personal_identity_number", "phone", "e_mail", "registration_plate"]

# A number is looked for where no longer number or decimal fraction (a map's coordinates) goes on before or after it.
_START, _END = r"(?<![0-9])(?<![0-9]\.)", r"(?![0-9])"
_MONTH, _DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"
_YEAR_AND_SIGN = r"(?:(?:18|19|20)[0-9]{2}([-./ ])|[0-9]{2}(-))"
_LAST_FOUR = r"[0-9T][0-9]{3}"
_SUBSCRIBER = r"(?:[1-9][0-9]{4,7}|[1-9][0-9]{2}(?:[ -][0-9]{2,3}){1,2}|[1-9][0-9](?:[ -][0-9]{2}){2,3})"

_WRITTEN: Final[tuple[tuple[Kind, str], ...]] = (
    # 201306152388, 130615-2388, 130615+2388, 20130615 2388; the day may be a coordination number's
    (
        "personal_identity_number",
        rf"{_START}(?:18|19|20)?[0-9]{{2}}{_MONTH}{_DAY} ?[-+]? ?{_LAST_FOUR}{_END}",
    ),
    # 2013-06-15-2388, 13-06-15-2388, 2013 06 15 2388; not 2026-11-16 2230 nor 2026-11-16-2026-11-30
    (
        "personal_identity_number",
        rf"{_START}{_YEAR_AND_SIGN}{_MONTH}(?:\1|\2){_DAY}(?:[-+]|\1){_LAST_FOUR}{_END}(?!-[0-9])",
    ),
    ("e_mail", r"[^\s@]@[^\s@]+\.[^\s@]"),
    # +46 (0)70-123 45 67, 0046 270 123 45
    ("phone", rf"{_START}(?:\+|00)[1-9][0-9]{{0,2}}(?:[ -]?\(0\))?(?:[ -]?[0-9]){{6,11}}{_END}"),
    ("phone", rf"{_START}07[02369](?:[ ./)-]{{0,3}}[0-9]){{7}}{_END}"),
    # 08-12 34 56, 0270-123 45; not 0800-1630, nor the month and day of 2026-08-11 2230
    ("phone", rf"{_START}(?<![0-9]-)0(?:8|[1-9][0-9]{{1,2}})\)?(?: ?[-/] ?| )?{_SUBSCRIBER}{_END}"),
    ("registration_plate", r"\b[A-HJ-PR-UW-Z]{3} ?[0-9]{2}[0-9A-HJ-NPR-UW-Z]\b"),
    # Small letters too, where nothing else is meant by them: hus12b
    ("registration_plate", r"\b(?i:(?!hus|lgh|rum|sal|trp)[a-hj-pr-uw-z]{3}[0-9]{2}[0-9a-hj-npr-uw-z])\b"),
)
_PATTERNS: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _WRITTEN)
# Ids and digests hold any digits there are.
_HEXADECIMAL: Final = re.compile(r"\b(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32,})\b")
_INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_AS_MEANT: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys(_INVISIBLE, ""))


def personal_data_in(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Kind]]:
    """Yield JSON pointer and kind of everything in a JSON value that looks like personal data, keys included.

    For a key it is the pointer of the object that has it, and that object is not looked into there: a pointer is told
    and stored, so it must not hold the key.
    """
    match value:
        case dict():
            for key, inner in value.items():
                found = kinds_in(key)
                yield from ((pointer_to(path), kind) for kind in found)
                if not found:
                    yield from personal_data_in(inner, (*path, key))
        case list() | tuple():
            for place, inner in enumerate(value):
                yield from personal_data_in(inner, (*path, place))
        case bool() | None:
            return
        case _:
            yield from ((pointer_to(path), kind) for kind in kinds_in(str(value)))


def kinds_in(text: str) -> list[Kind]:
    """Return the kinds of personal data a text seems to hold, whatever hyphens and spaces it is written with."""
    plain = _HEXADECIMAL.sub(" ", unicodedata.normalize("NFKC", text).translate(_AS_MEANT))
    return list(dict.fromkeys(kind for kind, pattern in _PATTERNS if pattern.search(plain)))
