"""The calendar part of every letter: what RFC 5546 asks of its method, the zone, and what Outlook is known to need."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event, Timezone

from services.notifier.documents import Delivery
from services.notifier.facts.shapes import LetterKind
from services.notifier.letters.imip import VTIMEZONE
from services.notifier.letters.words import CALENDAR_KINDS
from services.notifier.rules import has_zone_of_ours
from tests.services.itip import breaches
from tests.services.notifier_samples import (
    EVERY_KIND,
    ORGANISER,
    POLICE,
    SERIES_ID,
    a_cancellation,
    a_change,
    a_farewell,
    a_move,
    an_invitation,
    arrived,
    parts_of,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CALENDAR_LETTERS: dict[str, Callable[[], Delivery]] = {
    **{kind: EVERY_KIND[kind] for kind in sorted(CALENDAR_KINDS)},
    "to the organiser": lambda: an_invitation(ORGANISER),
    "nothing left": lambda: a_change(change="ended", until=date(2026, 11, 20), next_at=None, exceptions=()),
    "odd place": lambda: an_invitation(place="END:VEVENT, ;\\n rum"),
}


def message_in(delivery: Delivery) -> Calendar:
    """Return the calendar part of a delivery's letter, parsed as its recipient's calendar does."""
    return Calendar.from_ical(parts_of(arrived(delivery))["text/calendar"].get_content())


def events_in(delivery: Delivery) -> list[Any]:
    """Return the events of a delivery's calendar part."""
    return list(message_in(delivery).walk("VEVENT"))


@pytest.mark.parametrize("name", CALENDAR_LETTERS)
def test_each_calendar_part_is_what_its_method_asks(name: str) -> None:
    """No property is missing, too many or in the wrong place, by RFC 5546's table for the method."""
    assert [] == list(breaches(message_in(CALENDAR_LETTERS[name]())))


def test_the_tables_find_what_is_wrong() -> None:
    """A message with a property too many, one too few and a wrong STATUS is found out."""
    message = message_in(a_cancellation())
    event = cast(Event, message.walk("VEVENT")[0])
    del event["UID"], event["STATUS"]
    event.add("uid", "x")
    event.add("uid", "y")
    event.add("status", "CONFIRMED")
    event.add("x-odd", "1")
    message.subcomponents.remove(message.walk("VTIMEZONE")[0])

    found = list(breaches(message))

    assert {
        "CANCEL: 2 UID", "STATUS of a CANCEL (3.2.5)", "X-ODD has no row of its own for CANCEL",
        "every zone that a time names has its VTIMEZONE (3.2.2, 3.2.5)",
    } <= set(found)  # fmt: skip


@pytest.mark.parametrize("name", CALENDAR_LETTERS)
def test_every_calendar_part_is_safe_and_stable(name: str) -> None:
    """One UID for ever, METHOD in both places and last in the mail, private, no alarm, nobody else's address."""
    letter = arrived(CALENDAR_LETTERS[name]())
    part = parts_of(letter)["text/calendar"]
    message = Calendar.from_ical(part.get_content())

    assert ["text/plain", "text/html", "text/calendar"] == list(parts_of(letter))
    assert part.get_param("method") == message["METHOD"]
    assert [] == message.walk("VALARM")
    for event in message.walk("VEVENT"):
        assert f"{SERIES_ID}@samverkan" == event["UID"]
        assert ("PRIVATE", "Veckomöte") == (event["CLASS"], event["SUMMARY"])
        assert "mailto:samordnare@soderhamn.example" == event["ORGANIZER"]
        assert f"mailto:{letter['To']}" == event["ATTENDEE"]
        assert "Europe/Stockholm" == event["DTSTART"].params["TZID"]


@pytest.mark.parametrize("kind", get_args(LetterKind))
def test_only_what_changes_calendars_carries_a_calendar_part(kind: LetterKind) -> None:
    """Reminders, questions and letters about actions or lost letters have none: they make no entry."""
    assert (kind in CALENDAR_KINDS) == ("text/calendar" in parts_of(arrived(EVERY_KIND[kind]())))


def test_a_series_is_one_event_that_recurs() -> None:
    """The invitation has the rule on the local start, and a change says the exceptions again with its own sequence."""
    (invited,) = events_in(an_invitation())
    changed, moved = events_in(a_change())

    assert datetime(2026, 11, 24, 9, tzinfo=STOCKHOLM) == invited.start
    assert (timedelta(hours=1), "FREQ=WEEKLY;BYDAY=TU") == (invited.duration, invited["RRULE"].to_ical().decode())
    assert [0, 5, 5] == [event["SEQUENCE"] for event in (invited, changed, moved)]
    assert [datetime(2026, 12, 29, 9, tzinfo=STOCKHOLM)] == [each.dt for each in changed["EXDATE"].dts]
    assert "Europe/Stockholm" == changed["EXDATE"].params["TZID"]
    assert datetime(2026, 12, 22, 9, tzinfo=STOCKHOLM) == moved["RECURRENCE-ID"].dt
    assert (datetime(2026, 12, 21, 13, tzinfo=STOCKHOLM), "Kommunhuset") == (moved.start, moved["LOCATION"])


@pytest.mark.parametrize(
    ("rule", "until", "written"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", date(2027, 6, 15), "FREQ=WEEKLY;UNTIL=20270615T215959Z;BYDAY=TU"),
        ("FREQ=WEEKLY;BYDAY=TU", date(2027, 1, 12), "FREQ=WEEKLY;UNTIL=20270112T225959Z;BYDAY=TU"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU", None, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=TU", None, "FREQ=WEEKLY;COUNT=3;BYDAY=TU"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=TU", date(2026, 12, 31), "FREQ=WEEKLY;COUNT=3;BYDAY=TU"),
        ("FREQ=WEEKLY;COUNT=9;BYDAY=TU", date(2026, 12, 31), "FREQ=WEEKLY;UNTIL=20261231T225959Z;BYDAY=TU"),
        ("FREQ=MONTHLY;BYDAY=-1TU", None, "FREQ=MONTHLY;BYDAY=-1TU"),
    ],
)
def test_a_rule_ends_once_and_in_utc(rule: str, until: date | None, written: str) -> None:
    """UNTIL is the local day's last second in UTC, summer and winter; COUNT stands where it comes first, never both."""
    (event,) = events_in(an_invitation(rrule=rule, until=until))

    # The library writes the parts in an order of its own.
    assert set(written.split(";")) == set(event["RRULE"].to_ical().decode().split(";"))


def test_one_meeting_is_named_by_its_original_start() -> None:
    """A move asks for the new time under the old name, a cancellation takes that one away."""
    (moved,), (cancelled,) = events_in(a_move()), events_in(a_cancellation())

    for event in (moved, cancelled):
        assert datetime(2026, 11, 24, 9, tzinfo=STOCKHOLM) == event["RECURRENCE-ID"].dt
        assert "Europe/Stockholm" == event["RECURRENCE-ID"].params["TZID"]
        assert 2 == event["SEQUENCE"]
    assert ("CONFIRMED", "CANCELLED") == (moved["STATUS"], cancelled["STATUS"])
    assert datetime(2026, 11, 25, 9, tzinfo=STOCKHOLM) == moved.start


def test_who_is_called_no_more_is_uninvited_and_the_meetings_stand() -> None:
    """A farewell cancels the whole UID for its recipient, without the STATUS that would say that nobody meets."""
    (event,) = events_in(a_farewell())
    (ended,) = events_in(CALENDAR_LETTERS["nothing left"]())

    assert "CANCEL" == message_in(a_farewell())["METHOD"]
    assert not {"STATUS", "RECURRENCE-ID", "RRULE"} & set(event)
    assert "CANCELLED" == ended["STATUS"]


def test_the_organiser_leads_and_the_others_are_asked() -> None:
    """The organiser's copy has it as chair who has accepted; the others are to answer; a cancellation asks nobody."""

    def asked(delivery: Delivery) -> tuple[str, str, str]:
        parameters = events_in(delivery)[0]["ATTENDEE"].params
        return parameters["ROLE"], parameters["PARTSTAT"], parameters["RSVP"]

    assert ("CHAIR", "ACCEPTED", "FALSE") == asked(an_invitation(ORGANISER))
    assert ("REQ-PARTICIPANT", "NEEDS-ACTION", "TRUE") == asked(an_invitation(POLICE))
    assert ("REQ-PARTICIPANT", "NEEDS-ACTION", "FALSE") == asked(a_cancellation(POLICE))


def test_the_zone_in_the_calendar_part_is_the_zone_database() -> None:
    """The shipped rules give Sweden's offset every 12 hours from 2000 to 2038; a changed law fails here."""
    zone = Timezone.from_ical(VTIMEZONE)
    assert isinstance(zone, Timezone)
    shipped = zone.to_tz(lookup_tzid=False)  # from the rules; looked up by its name it would be compared with itself
    moments = (datetime(2000, 1, 1) + timedelta(hours=12 * step) for step in range(27_759))

    assert [] == [
        at for at in moments if at.replace(tzinfo=shipped).utcoffset() != at.replace(tzinfo=STOCKHOLM).utcoffset()
    ]


@pytest.mark.parametrize(
    ("timezone", "is_ours"),
    [("Europe/Stockholm", True), ("Europe/Oslo", True), ("Europe/Berlin", True), ("Europe/Helsinki", False),
     ("UTC", False), ("Etc/GMT-1", False), ("no/zone", False), ("../../etc/passwd", False)],
)  # fmt: skip
def test_a_series_by_another_clock_has_no_calendar_part(timezone: str, is_ours: bool) -> None:
    """Only where clocks show Sweden's time does the rule stand on it; elsewhere the letter lists the meetings."""
    assert is_ours == has_zone_of_ours(timezone)
    if timezone in ("Europe/Oslo", "Europe/Helsinki"):
        parts = parts_of(arrived(an_invitation(timezone=timezone)))
        assert is_ours == ("text/calendar" in parts)
        assert is_ours == ("Närmaste möten" not in str(parts["text/plain"].get_content()))
