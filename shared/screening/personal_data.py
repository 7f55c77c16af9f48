"""Keeps persons out of the place track: finds what looks like personal data in a report's free text and payload.

In doubt it finds something, and so it does where it cannot read or fails: a report that is sent back can be sent again,
a published identity number cannot be unsaid. A house number is a place; a door in that house is somebody's home.
Sources: dataskyddslagen (2018:218) 3 kap. 8 and 10 §§; only authorities may handle such data at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal

from shared.intake.faults import Fault, fault, pointer_to
from shared.person import flaw_of
from shared.screening.names import holds_a_name
from shared.screening.patterns import IDENTITY_NUMBER_IN_PARTS, WRITTEN

Kind = Literal[
    "personal_identity_number", "phone", "e_mail", "registration_plate", "name", "door", "undecided",
]  # fmt: skip
Finder = tuple[Kind, Callable[[str], object]]

# Ids and digests hold any digits there are.
_HEXADECIMAL: Final = re.compile(r"\b(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32,})\b")
_HYPHENS: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_UNSEEN: Final = frozenset({"Cf", "Mn", "Me"})
"""Unicode's signs that show nothing of their own: soft hyphens, zero-width spaces, strokes over letters."""
_BLANK: Final = frozenset("\u115f\u1160\u3164\u2800")
_IN_FORMULAS: Final = frozenset("μΩ")
"""Letters of another alphabet that stand for a unit."""
_LATIN: Final = ((0x0041, 0x024F), (0x1E00, 0x1EFF))
_SPACED_DIGITS: Final = re.compile(r"(?<![0-9])(?:[0-9][ ._*]){6,}[0-9](?![0-9])")
_AS_DIGITS: Final = re.compile(r"(?<![^\W\d_])[0-9oOlI][0-9oOlI ./()-]{6,}[0-9oOlI](?![^\W\d_])")
_DIGITS_MEANT: Final = str.maketrans("oOlI", "0011")
_OWN_KEYS: Final[dict[str, Kind]] = {
    "förnamn": "name", "fornamn": "name", "efternamn": "name", "personnummer": "personal_identity_number",
    "pnr": "personal_identity_number", "regnr": "registration_plate", "lägenhetsnummer": "door", "lgh": "door",
}  # fmt: skip
"""Keys that ask for nothing but personal data: a value under one is such, however it is written."""


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
                own = _OWN_KEYS.get(key.strip().casefold())
                if not found and own is not None and isinstance(inner, str | int | float) and inner not in ("", False):
                    yield pointer_to((*path, key)), own
                elif not found:
                    yield from personal_data_in(inner, (*path, key))
        case list() | tuple():
            for place, inner in enumerate(value):
                yield from personal_data_in(inner, (*path, place))
        case bool() | None:
            return
        case _:
            yield from ((pointer_to(path), kind) for kind in kinds_in(str(value)))


def faults_in(content: Any) -> list[Fault]:
    """Return a fault for every place in a JSON value where personal data seem to stand, and each kind found there.

    `content` is what is sent, without ids, days and moments: they may hold any digits there are.
    """
    found = dict.fromkeys(personal_data_in(content))
    return [fault("personal_data_in_place_report", pointer, why=kind) for pointer, kind in found]


def _has_number_in_parts(text: str) -> bool:
    """Say whether digits in several parts, 13 06 15 23 88, make a number with the right check digit."""
    written = (re.sub("[^0-9]", "", found[0]) for found in IDENTITY_NUMBER_IN_PARTS.finditer(text))
    return any(flaw_of(f"{century}{each}"[-12:]) is None for each in written for century in ("19", "20"))


def _finder(kind: Kind, pattern: str) -> Finder:
    return kind, re.compile(pattern).search


FINDERS: Final[tuple[Finder, ...]] = (
    *(_finder(kind, pattern) for kind, pattern in WRITTEN),
    ("personal_identity_number", _has_number_in_parts),
    ("name", holds_a_name),
)


def kinds_in(text: str, finders: Sequence[Finder] = FINDERS) -> list[Kind]:
    """Return the kinds of personal data a text seems to hold, however it is written; `undecided` if that is not clear.

    Undecided is a text in letters that the finders cannot read, and one on which a finder fails.
    """
    try:
        plain = _as_meant(text)
        found = dict.fromkeys(kind for kind, holds in finders if holds(plain))
    except Exception:  # noqa: BLE001 - whatever goes wrong here, the text has not been found clean
        return ["undecided"]
    return [*found] if all(map(_can_be_read, plain)) else [*found, "undecided"]


def _as_meant(text: str) -> str:
    """Return a text as a person would read it: ordinary letters, digits and hyphens, nothing unseen, no machine ids."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_HYPHENS)
        seen = (sign for sign in text if unicodedata.category(sign) not in _UNSEEN and sign not in _BLANK)
        text = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in seen)
    text = _HEXADECIMAL.sub(" ", text)
    text = _SPACED_DIGITS.sub(lambda spaced: re.sub("[^0-9]", "", spaced[0]), text)
    return _AS_DIGITS.sub(lambda found: _mostly_digits(found[0]), text)


def _mostly_digits(text: str) -> str:
    """Return O7O-l23 as 070-123 where most signs are digits already."""
    digits, letters = sum(map(str.isdigit, text)), sum(map(str.isalpha, text))
    return text.translate(_DIGITS_MEANT) if digits > letters else text


def _can_be_read(sign: str) -> bool:
    point = ord(sign)
    in_latin = point < 0x0250 or any(first <= point <= last for first, last in _LATIN)
    return in_latin or sign in _IN_FORMULAS or not sign.isalpha()
