"""Personal identity numbers, ages on a day, and the house's secret reference to a person.

No text that leaves this file holds an identity number: errors name the rule that is broken, never the number.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from datetime import date
from typing import Final, Literal

from pydantic import BaseModel

# Why not the library `personnummer` (3.2.1, last released 2024-02): it takes 10 digits and guesses the century from
# today's date, its `\d` and `$` let other scripts' digits and a trailing newline through, it has no types, and its
# error texts quote the number. The contract wants 12 digits and nothing else, which is less than this file needs.
_TWELVE_DIGITS: Final = re.compile(r"(?P<year>(?:18|19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})[0-9]{4}")
_WRITTEN: Final = re.compile(
    r"(?<![0-9])(?P<century>18|19|20)?(?P<day>[0-9]{6})[-+\u2010-\u2015 ]?(?P<last>[0-9]{4})(?![0-9])"
)
_COORDINATION_DAYS: Final = 60

NumberFlaw = Literal["form", "date", "check_digit"]


def flaw_of(number: str) -> NumberFlaw | None:
    """Say what is wrong with a personal identity number, or None.

    Valid is a personnummer or a coordination number (samordningsnummer, day + 60) of 12 ASCII digits with a real date
    and a valid check digit (Luhn over the last ten). Interim numbers (with a letter, such as T) are not valid.
    """
    if _TWELVE_DIGITS.fullmatch(number) is None or number[8:11] == "000":
        return "form"
    try:
        birth_date(number)
    except ValueError:
        return "date"
    return None if _luhn_sum(number[2:]) % 10 == 0 else "check_digit"


def holds_number(text: str) -> bool:
    """Say whether a text holds a valid personal identity number, with or without century and hyphen."""
    plain = unicodedata.normalize("NFKC", text)
    return any(
        flaw_of(f"{century}{match['day']}{match['last']}") is None
        for match in _WRITTEN.finditer(plain)
        for century in ([match["century"]] if match["century"] else ["19", "20"])
    )


def birth_date(number: str) -> date:
    """Return the date of birth in a 12-digit number; ValueError where there is no such day."""
    match = _TWELVE_DIGITS.fullmatch(number)
    if match is None:
        raise ValueError("a personal identity number has 12 digits")
    day = int(match["day"])
    try:
        return date(
            int(match["year"]), int(match["month"]), day - _COORDINATION_DAYS if day > _COORDINATION_DAYS else day
        )
    except ValueError:
        raise ValueError("a personal identity number begins with a real date") from None


def birthday_in(year: int, born: date) -> date:
    """Return the day of a year on which somebody gets a year older.

    Born on 29 February: 28 February in a year without that day. Swedish law has no rule of its own for birthdays;
    lag (1930:173) § 1 gives the last day of the month where the month lacks the day, and it is also the careful side:
    the guardians' consent and the under-21 provision end a day early rather than a day late.
    """
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def age_on(born: date, day: date) -> int:
    """Return the age in whole years on a day; the birthday itself counts."""
    return day.year - born.year - (day < birthday_in(day.year, born))


class HouseSecret:
    """The key with which the house names people and compares contents without storing either.

    The same secret gives the same reference in every service. Whoever has it can try all identity numbers, so it is
    read from the secrets folder, kept out of `repr`, and never logged.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Take at least 32 random bytes."""
        if len(key) < 32:
            raise ValueError("the house secret needs at least 32 bytes")
        self._key = key

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "HouseSecret(…)"

    def person_ref(self, municipality: str, number: str) -> str:
        """Return the reference (64 hex digits) of a person in a municipality."""
        return self._mac("person-ref", [municipality, number])

    def fingerprint(self, model: BaseModel) -> str:
        """Return a keyed digest of a model's content: equal content gives equal digests, whatever the key order."""
        return self._mac("fingerprint", [type(model).__name__, model.model_dump(mode="json", by_alias=True)])

    def code(self, purpose: str, content: object) -> str:
        """Return a code (64 hex digits) that vouches for a JSON content: nobody without the secret can make it."""
        return self._mac(purpose, [content])

    def _mac(self, purpose: str, content: list[object]) -> str:
        # The purpose keeps the uses apart: a fingerprint can never equal a person_ref.
        text = json.dumps([f"samverkan {purpose}", *content], sort_keys=True, separators=(",", ":"))
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def _luhn_sum(digits: str) -> int:
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return sum(value - 9 if value > 9 else value for value in doubled)
