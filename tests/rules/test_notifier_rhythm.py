"""How often a series meets, in Swedish and in RFC 5545: said only where it is exact, and never said wrongly."""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.facts.rule import Rule, in_words

TUESDAY = datetime(2026, 11, 24, 9)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY", "varje tisdag"),
        ("FREQ=WEEKLY;BYDAY=TU", "varje tisdag"),
        ("FREQ=WEEKLY;BYDAY=TH,TU", "varje tisdag och torsdag"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,FR", "varje måndag, tisdag och fredag"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "tisdag varannan vecka"),
        ("FREQ=WEEKLY;INTERVAL=4", "tisdag var fjärde vecka"),
        ("FREQ=WEEKLY;COUNT=8;BYDAY=TU", "varje tisdag"),
        ("FREQ=DAILY", "varje dag"),
        ("FREQ=DAILY;INTERVAL=2", "varannan dag"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "måndag till fredag varje vecka"),
        ("FREQ=DAILY;BYDAY=TU,TH", "varje tisdag och torsdag"),
        ("FREQ=MONTHLY;BYDAY=4TU", "den fjärde tisdagen varje månad"),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1", "den sista tisdagen varje månad"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=+1TU", "den första tisdagen varannan månad"),
        ("FREQ=MONTHLY", "den 24:e varje månad"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "den 1:a varje månad"),
        ("FREQ=MONTHLY;BYMONTHDAY=22", "den 22:a varje månad"),
        ("FREQ=MONTHLY;BYMONTHDAY=11", "den 11:e varje månad"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "den sista dagen varje månad"),
    ],
)
def test_common_rules_are_said_in_words(rule: str, words: str) -> None:
    """Weekly, every second week, daily and monthly by weekday or by day are said as one says them."""
    assert words == in_words(Rule.of(rule), TUESDAY)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY", "FREQ=WEEKLY;INTERVAL=7", "FREQ=WEEKLY;BYMONTH=1,2,3", "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=TU", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1,3", "FREQ=MONTHLY;BYDAY=1TU,3TU",
        "FREQ=MONTHLY;BYDAY=5TU", "FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=24", "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=DAILY;INTERVAL=2;BYDAY=TU", "FREQ=WEEKLY;BYDAY=TU;BYSETPOS=1", "FREQ=DAILY;BYMONTHDAY=1",
    ],
)  # fmt: skip
def test_other_rules_have_no_words(rule: str) -> None:
    """What would take a long sentence, or would not be quite true, is left to the list of days."""
    assert in_words(Rule.of(rule), TUESDAY) is None


@pytest.mark.parametrize(
    "rule",
    ["FREQ=HOURLY", "INTERVAL=2", "FREQ=WEEKLY;INTERVAL=0", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;UNTIL=20270101",
     "FREQ=WEEKLY;X-NOTE=hos Kim", "FREQ=MONTHLY;BYMONTHDAY=201306152388", "FREQ=WEEKLY;COUNT=99999", "hos Kim"],
)  # fmt: skip
def test_what_is_no_rule_of_this_shape_is_refused(rule: str) -> None:
    """Nothing but a rule's own numbers and weekdays can pass, so no words can travel in one."""
    with pytest.raises((ValueError, KeyError)):
        Rule.of(rule)


def test_days_that_never_come_are_left_out() -> None:
    """A rule may name a day that no month has; what is left of it says the same."""
    assert "FREQ=MONTHLY;BYMONTHDAY=1" == Rule.of("FREQ=MONTHLY;BYMONTHDAY=1,4000").text()


NUMBERS = st.lists(st.integers(-5, 28).filter(bool), min_size=1, max_size=3, unique=True)
PARTS = st.fixed_dictionaries(
    {"FREQ": st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))},
    optional={
        "INTERVAL": st.integers(1, 6).map(str),
        "COUNT": st.integers(1, 40).map(str),
        "WKST": st.sampled_from(("MO", "SU")),
        "BYDAY": st.lists(st.sampled_from(("MO", "TU", "WE", "FR")), min_size=1, max_size=3, unique=True).map(",".join),
        "BYMONTH": st.lists(st.integers(1, 12), min_size=1, max_size=6, unique=True).map(
            lambda n: ",".join(map(str, n))
        ),
        "BYMONTHDAY": NUMBERS.map(lambda numbers: ",".join(map(str, numbers))),
    },
)


@given(PARTS)
def test_a_rule_written_anew_gives_the_same_days(parts: dict[str, str]) -> None:
    """Read into numbers and written again, a rule starts on the same days; the last day cuts, and nothing else."""
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    rule, by_hand = Rule.of(text), rrulestr(text, dtstart=TUESDAY)
    year = [start for start in islice(by_hand, 60) if start.date() <= date(2028, 1, 1)]

    assert year == list(islice(rule.starts_until(TUESDAY, date(2028, 1, 1)), 60))
    assert rule == Rule.of(rule.text())


def test_starts_after_a_moment_are_counted_from_the_first() -> None:
    """COUNT ends the series where it does for everybody, from wherever it is looked at."""
    rule = Rule.of("FREQ=WEEKLY;COUNT=3")

    assert [datetime(2026, 12, 8, 9)] == list(rule.starts_until(TUESDAY, None, after=datetime(2026, 12, 1, 9)))
