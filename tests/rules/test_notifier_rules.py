"""The notifier's pure decisions: who gets a letter, how long to wait, what an agency's words may say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier import rules
from shared.events.meetings import Invited

NOW = datetime(2026, 11, 17, 7, 0, tzinfo=UTC)


def invited(email: str, agency: str = "2182-police", function: str = "kommunpolis") -> Invited:
    """Return a mailbox that is invited."""
    return Invited(agency=agency, function=function, email=email)


def test_the_organiser_and_each_mailbox_get_one_letter() -> None:
    """A mailbox that stands twice, in other capitals or as the organiser's own, is written to once."""
    organiser = invited("samordnare@soderhamn.example", "2182-coordinator", "samordnare")
    first, again = invited("polis@polisen.example"), invited("Polis@polisen.example")

    recipients = rules.recipients_of(organiser, first, organiser, again)

    assert (organiser, first) == recipients


def test_a_meeting_has_begun_at_its_first_instant() -> None:
    """From the start itself nothing is written about a meeting."""
    assert rules.is_too_late(NOW, NOW)
    assert not rules.is_too_late(NOW + timedelta(milliseconds=1), NOW)


@pytest.mark.parametrize(
    ("code", "for_good"),
    [(252, False), (421, False), (451, False), (550, True), (554, True), (535, False)],
)
def test_the_servers_code_decides(code: int, for_good: bool) -> None:
    """4xx is for now, 5xx for good, save where the house itself lacks credentials or encryption."""
    assert for_good == rules.is_refused_for_good(code)


def test_waiting_doubles_up_to_half_an_hour() -> None:
    """Without luck the waits are 5, 10, 20 … seconds and never more than 30 minutes."""
    waits = [rules.wait_after(attempts, 0).total_seconds() for attempts in range(1, 12)]

    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800]


@given(attempts=st.integers(1, 100_000), luck=st.floats(0, 1), left=st.integers(0, 10_000))
def test_the_next_attempt_is_never_after_the_start(attempts: int, luck: float, left: int) -> None:
    """Whatever the number of attempts and the luck, the next one is later than now or at the meeting's start."""
    starts_at = NOW + timedelta(seconds=left)

    at = rules.next_attempt_at(NOW, attempts, luck, starts_at)

    assert at <= starts_at
    assert at == starts_at or NOW + timedelta(seconds=2.5) <= at <= NOW + timedelta(minutes=30)


@pytest.mark.parametrize(
    "place",
    [
        "Polisstationen, rum 3",
        "Teams",
        "Köpmangatan 12 A, 826 30 Söderhamn, 0270-750 00",
        "Köpmangatan 12, 826 30, 0270-750 00",
    ],
)
def test_an_ordinary_place_is_shown(place: str) -> None:
    """Addresses, rooms, postal codes and telephone numbers are places."""
    assert place == rules.shown_place(f" {place} ")


@pytest.mark.parametrize(
    "place",
    [
        "",
        "rum 3\r\nBcc: annan@polisen.example",
        "rum\u20283",
        "x" * 121,
        "hemma hos 201306152388",
        "hemma hos 20130615-2388",
        "130615-2388",
        "1306152388",
        "2013 06 15 23 88",
        "2013-06-15–2388",
        "201306752388",
        "٢٠١٣٠٦١٥٢٣٨٨",
        "20130615 2380 med fel kontrollsiffra",
        "20130615-T388",
        "rum 3 2013 06 15 2388 8",
        "2013_06_15_2388",
        "2013/06/15/2388",
    ],
)
def test_a_place_that_could_point_at_somebody_is_not_shown(place: str) -> None:
    """Line breaks, long texts and what reads as an identity number, however written, give the fixed text instead."""
    assert rules.shown_place(place) == rules.PLACE_UNSHOWN


@pytest.mark.parametrize(
    ("function", "shown"),
    [
        ("områdespolis", "områdespolis"),
        ("SSPF-samordnare", "SSPF-samordnare"),
        ("chef, barn och unga", "chef, barn och unga"),
        ("handläggare 201306152388", rules.FUNCTION_UNSHOWN),
        ("<b>polis</b>", rules.FUNCTION_UNSHOWN),
        ("polis\nBcc: x@y.example", rules.FUNCTION_UNSHOWN),
        ("x" * 61, rules.FUNCTION_UNSHOWN),
        ("", rules.FUNCTION_UNSHOWN),
    ],
)
def test_a_function_is_letters_and_nothing_else(function: str, shown: str) -> None:
    """A function is shown when it is words; digits, marks and line breaks give the fixed word instead."""
    assert shown == rules.shown_function(function)


@given(st.text())
def test_what_is_shown_once_is_shown_again(text: str) -> None:
    """The guards change nothing in what they have let through."""
    assert rules.shown_place(text) == rules.shown_place(rules.shown_place(text))
    assert rules.shown_function(text) == rules.shown_function(rules.shown_function(text))
    assert rules.shown_sender(text) == rules.shown_sender(rules.shown_sender(text))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Söderhamns kommun", "Söderhamns kommun"),
        ("Samverkan 2182", "Samverkan 2182"),
        ("", rules.SENDER_UNSHOWN),
        ("x" * 61, rules.SENDER_UNSHOWN),
        ("Kim 201306152388", rules.SENDER_UNSHOWN),
        ("Samverkan\nBcc: x@y.example", rules.SENDER_UNSHOWN),
    ],
)
def test_the_houses_own_name_is_a_name(name: str, shown: str) -> None:
    """A municipality's name is shown; a long one, one with a line break or with a number is not."""
    assert shown == rules.shown_sender(name)
