"""The youths of drawn stories: born on a day that the test chooses, with an identity number of the test series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from shared.clock import LOCAL_ZONE

FIRST_SERIAL = 238
"""Skatteverket keeps birth numbers 238 and 239 free for tests."""


@dataclass(frozen=True)
class Youth:
    """One youth of a story; `place` tells two of the same day of birth apart."""

    born: date
    place: int = 0

    @property
    def number(self) -> str:
        """The twelve digits."""
        digits = f"{self.born:%Y%m%d}{FIRST_SERIAL + self.place}"
        total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(digits[2:]))
        return f"{digits}{-total % 10}"


def has_turned(born: date, years: int, day: date) -> bool:
    """Say whether somebody is at least so old that day. Born on 29 February: a year older on the 28th otherwise.

    Written by comparing days of the calendar, not by the product's arithmetic.
    """
    birthday_day = 28 if (born.month, born.day) == (2, 29) and not _is_leap(born.year + years) else born.day
    return (day.year, day.month, day.day) >= (born.year + years, born.month, birthday_day)


def day_of(moment: datetime) -> date:
    """Return the day on a Swedish wall calendar at an instant."""
    return moment.astimezone(LOCAL_ZONE).date()


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
