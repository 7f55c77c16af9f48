"""Personal identity numbers, ages on a day, and the house's references to people."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.clock import local_day
from shared.person import HouseSecret, age_on, birth_date, birthday_in, flaw_of, holds_number

SECRET = HouseSecret(bytes(range(32)))
A, B = "201306152388", "200803032390"


def with_check_digit(nine: str) -> str:
    """Return ten digits, with the check digit found by trying: not the way the code under test goes."""
    return next(
        f"{nine}{digit}"
        for digit in "0123456789"
        if sum(sum(map(int, str(int(each) * (2 if place % 2 == 0 else 1)))) for place, each in enumerate(nine + digit))
        % 10
        == 0
    )


@pytest.mark.parametrize("number", [A, B, "198507099805", "191212121212"])
def test_numbers_of_the_test_series_are_valid(number: str) -> None:
    """Published test numbers pass."""
    assert flaw_of(number) is None


def test_a_coordination_number_is_valid_and_tells_the_day() -> None:
    """Sixty is added to the day of birth; the date is found all the same."""
    number = "20" + with_check_digit("130675238")
    assert (None, date(2013, 6, 15)) == (flaw_of(number), birth_date(number))


@pytest.mark.parametrize(
    ("number", "flaw"),
    [
        ("201306152389", "check_digit"),
        ("201302302388", "date"),
        ("201313152388", "date"),
        ("201306002388", "date"),
        ("201306602388", "date"),
        ("201306922388", "date"),
        ("1306152388", "form"),
        ("20130615-2388", "form"),
        ("201306152388 ", "form"),
        ("201306152388\n", "form"),
        ("20130615T388", "form"),
        ("20130615238", "form"),
        ("210306152388", "form"),
        ("201306150003", "form"),
        ("\u0662\u0660\u0661\u0663\u0660\u0666\u0661\u0665\u0662\u0663\u0668\u0668", "form"),
        ("", "form"),
    ],
)
def test_a_number_that_is_no_number_is_told_why(number: str, flaw: str) -> None:
    """Length, date and check digit are told apart; interim numbers and other scripts' digits are refused."""
    assert flaw == flaw_of(number)


@given(st.sampled_from([A, B]), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, step: int) -> None:
    """The check digit catches every single slip after the century; the century is caught only where it is no year."""
    wrong = f"{number[:place]}{(int(number[place]) + step) % 10}{number[place + 1 :]}"
    assert flaw_of(wrong) is not None or place < 2


@given(st.text(max_size=14))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    """Whatever an agency writes in the field, the answer is a flaw or none."""
    assert flaw_of(text) in {None, "form", "date", "check_digit"}


@pytest.mark.parametrize(
    ("day", "age"), [(date(2031, 6, 14), 17), (date(2031, 6, 15), 18), (date(2013, 6, 15), 0), (date(2014, 6, 14), 0)]
)
def test_a_birthday_counts_from_its_first_moment(day: date, age: int) -> None:
    """One is a year older on the birthday, not the day after."""
    assert age == age_on(birth_date(A), day)


@pytest.mark.parametrize(
    ("day", "age"), [(date(2026, 2, 27), 17), (date(2026, 2, 28), 18), (date(2028, 2, 28), 19), (date(2028, 2, 29), 20)]
)
def test_born_on_29_february_is_older_on_28_february_in_other_years(day: date, age: int) -> None:
    """Lag (1930:173) § 1: where the month lacks the day, its last day counts; in a leap year the day itself does."""
    assert age == age_on(date(2008, 2, 29), day)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.dates(date(1900, 1, 1), date(2150, 1, 1)))
def test_ages_never_fall_as_days_go(born: date, day: date) -> None:
    """A day's age is that of the day before, or one more exactly on the birthday."""
    before = date.fromordinal(day.toordinal() - 1)
    assert age_on(born, day) - age_on(born, before) == (1 if day == birthday_in(day.year, born) else 0)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 12, 1, 22, 59, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 12, 1, 23, 0, tzinfo=UTC), date(2026, 12, 2)),
    ],
)
def test_a_day_begins_at_midnight_in_stockholm(moment: datetime, day: date) -> None:
    """Summer and winter time both count."""
    assert day == local_day(moment)


def test_a_moment_without_zone_has_no_day() -> None:
    """Nothing is guessed about a naive time."""
    with pytest.raises(ValueError, match="time zone"):
        local_day(datetime(2026, 1, 1))


def test_a_reference_depends_on_municipality_number_and_secret() -> None:
    """The same person in the same municipality has one reference, and nobody else has it."""
    other = HouseSecret(bytes(32))
    references = {SECRET.person_ref("2182", A), SECRET.person_ref("2080", A), SECRET.person_ref("2182", B)}
    assert 3 == len(references - {other.person_ref("2182", A)})
    assert SECRET.person_ref("2182", A) == HouseSecret(bytes(range(32))).person_ref("2182", A)
    assert 64 == len(SECRET.person_ref("2182", A))


def test_a_fingerprint_follows_content_and_not_order() -> None:
    """Equal content has equal fingerprints, in whatever order an agency wrote its payload; other content has not."""

    class Noted(BaseModel):
        payload: dict[str, int]

    ab, ba = Noted(payload={"a": 1, "b": 2}), Noted(payload={"b": 2, "a": 1})
    assert SECRET.fingerprint(ab) == SECRET.fingerprint(ba)
    assert SECRET.fingerprint(ab) != SECRET.fingerprint(Noted(payload={"a": 2, "b": 1}))


def test_the_secret_is_long_and_does_not_show() -> None:
    """A short key is refused, and neither repr nor str gives anything away."""
    with pytest.raises(ValueError, match="32 bytes"):
        HouseSecret(b"short")
    assert "HouseSecret(…)" == repr(SECRET) == str(SECRET)


@pytest.mark.parametrize(
    "text",
    [
        "201306152388",
        "hos 130615-2388",
        "(20130615-2388)",
        "130615+2388",
        "1306152388",
        "om130615 2388.",
        "２０１３０６１５２３８８",
    ],
)
def test_a_number_is_found_in_a_text_as_people_write_it(text: str) -> None:
    """With or without century and hyphen, in whatever digits, beside whatever words."""
    assert holds_number(text)


@pytest.mark.parametrize("text", ["", "rum 3", "2026-11-16 10:15", "130615-2389", "11201306152388", "070-123 45 67"])
def test_other_figures_are_no_number(text: str) -> None:
    """A wrong check digit, a longer number, a time, a telephone number with its usual spaces."""
    assert not holds_number(text)
