"""How often a series meets: RFC 5545's rule as a closed shape of numbers and weekdays, and in Swedish words.

A rule is written anew from its parts, never passed on as the text it came as. What is said in words is only what the
words say exactly; any other rule has none, and its first dates are listed instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import Annotated, Literal

from dateutil.rrule import rrule, rrulestr
from pydantic import BaseModel, ConfigDict, Field

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
_DAYS: dict[str, str] = {
    "MO": "måndag", "TU": "tisdag", "WE": "onsdag", "TH": "torsdag", "FR": "fredag", "SA": "lördag", "SU": "söndag",
}  # fmt: skip
_WORKING_WEEK = frozenset({"MO", "TU", "WE", "TH", "FR"})
_ORDINALS = {1: "första", 2: "andra", 3: "tredje", 4: "fjärde", -1: "sista"}
_EVERY = {1: "varje", 2: "varannan", 3: "var tredje", 4: "var fjärde", 5: "var femte", 6: "var sjätte"}
_NUMBERED = ("BYMONTHDAY", "BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
_DAY = re.compile(r"([+-]?[0-9]{1,3})?(MO|TU|WE|TH|FR|SA|SU)")
LARGEST = 366
"""No day of a year, and so nothing that a rule counts, has a higher number. A rule may name one: it never comes."""
Number = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]


class DayOf(BaseModel):
    """A weekday, or with a place the so-manieth of its month or year."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Number | None
    weekday: Weekday

    def __str__(self) -> str:
        return f"{self.place or ''}{self.weekday}"


class Rule(BaseModel):
    """A recurrence rule without its last day (RFC 5545, 3.3.10)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    frequency: Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
    interval: Annotated[int, Field(ge=1, le=9999)] = 1
    count: Annotated[int, Field(ge=1, le=9999)] | None = None
    week_starts: Weekday | None = None
    days: tuple[DayOf, ...] = ()
    month_days: tuple[Number, ...] = ()
    months: tuple[Number, ...] = ()
    year_days: tuple[Number, ...] = ()
    weeks: tuple[Number, ...] = ()
    places: tuple[Number, ...] = ()

    @classmethod
    def of(cls, text: str) -> Rule:
        """Read a rule as `meetings` sends it; `ValueError` for what is no rule of this shape."""
        parts = dict(part.split("=", 1) for part in text.split(";"))
        numbered = {name: _possible(parts.pop(name)) for name in _NUMBERED if name in parts}
        found = [_DAY.fullmatch(each) for each in parts.pop("BYDAY", "").split(",") if each]
        if not all(found) or not parts.keys() <= {"FREQ", "INTERVAL", "COUNT", "WKST"}:
            raise ValueError("not a rule of this shape")
        return cls.model_validate(
            {
                "frequency": parts["FREQ"],
                "interval": int(parts.get("INTERVAL", 1)),
                "count": int(parts["COUNT"]) if "COUNT" in parts else None,
                "week_starts": parts.get("WKST"),
                "days": [{"place": int(each[1]) if each[1] else None, "weekday": each[2]} for each in found if each],
                "month_days": numbered.get("BYMONTHDAY", ()),
                "months": numbered.get("BYMONTH", ()),
                "year_days": numbered.get("BYYEARDAY", ()),
                "weeks": numbered.get("BYWEEKNO", ()),
                "places": numbered.get("BYSETPOS", ()),
            }
        )

    def text(self, until: datetime | None = None) -> str:
        """Return the rule as RFC 5545 writes it, ended at an instant if one is given: UNTIL in UTC, and no COUNT."""
        parts: dict[str, object] = {"FREQ": self.frequency, "INTERVAL": self.interval if self.interval > 1 else None}
        parts["UNTIL"] = until and f"{until.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        parts["COUNT"] = self.count if until is None else None
        listed = {"BYDAY": self.days, "BYMONTHDAY": self.month_days, "BYMONTH": self.months}
        listed |= {"BYYEARDAY": self.year_days, "BYWEEKNO": self.weeks, "BYSETPOS": self.places}
        parts |= {name: ",".join(map(str, each)) for name, each in listed.items()}
        parts["WKST"] = self.week_starts
        return ";".join(f"{name}={value}" for name, value in parts.items() if value)

    def starts(self, first: datetime) -> rrule:
        """Return the local starts that the rule gives from its first one on, by number where it has one."""
        rule = rrulestr(self.text(), dtstart=first)
        assert isinstance(rule, rrule)  # noqa: S101 - one rule alone is never a set of them
        return rule

    def starts_until(self, first: datetime, last_on: date | None, after: datetime | None = None) -> Iterator[datetime]:
        """Yield the local starts up to a last day, those after a local time if one is given."""
        starts: Iterable[datetime] = self.starts(first)
        if after is not None:
            starts = self.starts(first).xafter(after)
        return takewhile(lambda start: last_on is None or start.date() <= last_on, starts)


def _possible(numbers: str) -> tuple[int, ...]:
    """Return the numbers of a list that any day, week or place could have; ValueError when there is none."""
    found = tuple(number for number in map(int, filter(None, numbers.split(","))) if abs(number) <= LARGEST)
    if not found:
        raise ValueError("not a rule of this shape")
    return found


def in_words(rule: Rule, first: datetime) -> str | None:
    """Return how often a series meets, such as `varje tisdag`; None where it cannot be said shortly and exactly."""
    every = _EVERY.get(rule.interval)
    if every is None or rule.months or rule.year_days or rule.weeks or rule.frequency == "YEARLY":
        return None
    if rule.frequency == "MONTHLY":
        return _monthly(rule, first, every)
    if rule.month_days or rule.places or any(day.place for day in rule.days):
        return None
    named: list[str] = [day for day in _DAYS if day in {each.weekday for each in rule.days}]
    if rule.frequency == "DAILY":
        return _daily(rule, named, every)
    days = _listed([_DAYS[day] for day in named or [list(_DAYS)[first.weekday()]]])
    return f"varje {days}" if rule.interval == 1 else f"{days} {every} vecka"


def _daily(rule: Rule, named: list[str], every: str) -> str | None:
    if not named:
        return f"{every} dag"
    if rule.interval > 1:
        return None
    return "måndag till fredag varje vecka" if set(named) == _WORKING_WEEK else f"varje {_listed_days(named)}"


def _monthly(rule: Rule, first: datetime, every: str) -> str | None:
    if len(rule.days) > 1 or len(rule.month_days) > 1 or len(rule.places) > 1:
        return None
    if rule.days:
        day = rule.days[0]
        places = [each for each in (day.place, *rule.places) if each is not None]
        if rule.month_days or len(places) != 1 or places[0] not in _ORDINALS:
            return None
        which = f"den {_ORDINALS[places[0]]} {_DAYS[day.weekday]}en"
    elif rule.places:
        return None
    else:
        number = rule.month_days[0] if rule.month_days else first.day
        if number == -1:
            which = "den sista dagen"
        elif 1 <= number <= 28:  # a later day is not in every month, and what the rule then does is not said shortly
            which = f"den {number}:{'a' if number in (1, 2, 21, 22) else 'e'}"
        else:
            return None
    return f"{which} {every} månad"


def _listed_days(named: list[str]) -> str:
    return _listed([_DAYS[day] for day in named])


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} och {words[-1]}"
