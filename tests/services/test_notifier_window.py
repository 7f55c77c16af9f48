"""When letters go out: working hours, red days, and never so late that the meeting is missed."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.smtp import Connection
from services.notifier.rules import LEAST_NOTICE, SendWindow, day_words, may_go_at
from shared.clock import LOCAL_ZONE
from shared.room import Room
from shared.working_days import is_working_day
from tests.house import House
from tests.services.mail_sink import MailSink
from tests.services.notifier_room import ALONE, hear, letters, send_all, states
from tests.services.notifier_samples import a_move, a_reminder, arrived, parts_of, reminder_time_reached, text_in

OFFICE = SendWindow.of("07-18")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2036, 12, 30)).map(lambda at: at.replace(tzinfo=LOCAL_ZONE))


def local(text: str) -> datetime:
    """Return the instant of a local wall-clock time."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


@pytest.mark.parametrize(
    ("now", "starts_at", "goes_at"),
    [
        ("2026-11-16T07:00", "2026-11-24T09:00", "2026-11-16T07:00"),
        ("2026-11-16T06:59", "2026-11-24T09:00", "2026-11-16T07:00"),
        ("2026-11-16T18:00", "2026-11-24T09:00", "2026-11-17T07:00"),
        ("2026-11-20T19:00", "2026-11-24T09:00", "2026-11-23T07:00"),  # a Friday evening
        ("2026-12-23T18:30", "2027-01-12T09:00", "2026-12-28T07:00"),  # Christmas Eve and Day, Boxing Day, Sunday
        ("2027-01-05T20:00", "2027-01-12T09:00", "2027-01-07T07:00"),  # Trettondagen
        ("2026-11-15T09:00", "2026-11-16T09:00", "2026-11-16T07:00"),  # a reminder on a Sunday
        ("2026-11-15T20:00", "2026-11-16T08:00", "2026-11-16T07:00"),  # just enough notice
        ("2026-11-15T20:00", "2026-11-16T07:59", "2026-11-15T20:00"),  # waiting would make it late
        ("2026-11-14T12:00", "2026-11-14T14:00", "2026-11-14T12:00"),  # a meeting on a Saturday
        ("2026-10-24T12:00", "2026-10-27T09:00", "2026-10-26T07:00"),  # over the change to winter time
    ],
)
def test_letters_wait_for_working_hours_unless_that_makes_them_late(now: str, starts_at: str, goes_at: str) -> None:
    """Weekdays 07–18, not on red days; a letter about a meeting too close to wait goes at once."""
    assert local(goes_at) == may_go_at(local(now), local(starts_at), OFFICE)


@given(MOMENTS, st.timedeltas(timedelta(minutes=1), timedelta(days=30)))
def test_no_letter_is_late_and_none_goes_at_night_without_need(now: datetime, before: timedelta) -> None:
    """Whatever the hour: never earlier than asked; what waits goes in working hours with an hour's notice."""
    starts_at = (now.astimezone(tz=None) + before).astimezone(LOCAL_ZONE)
    goes_at = may_go_at(now, starts_at, OFFICE).astimezone(LOCAL_ZONE)

    assert goes_at.timestamp() >= now.timestamp()
    if goes_at.timestamp() > now.timestamp():
        assert is_working_day(goes_at.date())
        assert time(7) == goes_at.time()
        assert goes_at.timestamp() <= starts_at.timestamp() - LEAST_NOTICE.total_seconds()


def test_the_window_can_be_changed_or_taken_away() -> None:
    """Other hours hold for another house, and `alltid` holds nothing back."""
    night = local("2026-11-15T03:00")

    assert local("2026-11-16T08:30") == may_go_at(night, local("2026-11-24T09:00"), SendWindow.of("08:30-16:00"))
    assert night == may_go_at(night, local("2026-11-24T09:00"), SendWindow.of("alltid"))


@pytest.mark.parametrize("text", ["", "7-18", "18-07", "07-07", "07-25", "07:61-18", "vardagar"])
def test_a_window_that_is_none_is_one_clear_line(text: str) -> None:
    """Whatever cannot be read names the setting and how it is written."""
    with pytest.raises(ValueError, match=r"^SAMVERKAN_MAIL_WINDOW: [^\n]+$"):
        SendWindow.of(text)


async def test_a_letter_written_at_night_goes_out_in_the_morning(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """Nothing is tried before the window opens, and the waiting is no attempt."""
    house.clock.moment = local("2026-11-20T19:00")
    await hear(room, reminder_time_reached(**ALONE))
    await send_all(room, connection, window=OFFICE)
    assert ([], ["created"]) == (sink.taken, await states(room))

    house.clock.moment = local("2026-11-23T07:00")
    await send_all(room, connection, window=OFFICE)
    assert (1, ["sent"]) == (len(sink.taken), await states(room))
    assert ["taken"] == [attempt.reason for letter in await letters(room) for attempt in letter.attempts]


@pytest.mark.parametrize(
    ("sent_at", "said"),
    [
        ("2026-11-23T09:00", "veckomötet i morgon, tisdag 24 november kl. 09.00–10.00."),
        ("2026-11-24T07:00", "veckomötet i dag, tisdag 24 november kl. 09.00–10.00."),
        ("2026-11-23T23:59", "veckomötet i morgon, tisdag 24 november"),
        ("2026-11-24T00:01", "veckomötet i dag, tisdag 24 november"),
        ("2026-11-20T17:00", "veckomötet tisdag 24 november kl. 09.00–10.00."),
    ],
)
def test_a_reminder_names_the_day_as_its_reader_does(sent_at: str, said: str) -> None:
    """Tomorrow and today are reckoned from the day of sending, not from the day the reminder was written."""
    letter = arrived(a_reminder(), local(sent_at))

    assert said in text_in(parts_of(letter)["text/plain"])


def test_days_are_swedish_days_also_when_the_clocks_change() -> None:
    """The 25-hour Sunday and a meeting just after midnight are one day apart like any others."""
    assert "i morgon" == day_words(local("2026-10-24T23:30"), local("2026-10-25T23:30"))
    assert "i dag" == day_words(local("2026-10-25T00:30"), local("2026-10-25T23:30"))
    assert "" == day_words(local("2026-10-24T12:00"), local("2026-10-26T00:10"))


def test_a_move_is_told_before_either_time() -> None:
    """Told on a Sunday evening of a meeting early on Monday it goes at once; when that has passed it waits for work."""
    evening, early = local("2026-11-22T20:00"), local("2026-11-23T07:30")
    delivery = a_move(was_at=early, starts_at=local("2026-11-25T09:00"), ends_at=local("2026-11-25T10:00"))

    assert evening == may_go_at(evening, delivery.needed_by(evening), OFFICE)
    at_night = local("2026-11-23T22:00")
    assert local("2026-11-24T07:00") == may_go_at(at_night, delivery.needed_by(at_night), OFFICE)
