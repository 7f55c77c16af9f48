"""Which days Sweden works: not on Saturdays and Sundays, red days, or the eves that are free in practice.

One list for the whole house: a meeting that moves off a red day and a letter that waits for a working day must agree.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from holidays import HolidayBase, country_holidays

_SATURDAY = 5


@cache
def red_days() -> HolidayBase:
    """Return Sweden's red days and the de facto ones (the eves); plain Sundays are not among them."""
    return country_holidays("SE", categories=("public", "de_facto"), language="sv", include_sundays=False)


def is_working_day(day: date) -> bool:
    """Say whether offices are open on a day."""
    return day.weekday() < _SATURDAY and day not in red_days()
