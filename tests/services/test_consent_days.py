"""When consents begin, end and are looked at again, by Swedish days and by other people's clocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from shared.clock import start_of
from shared.events.consent import ConsentDayReached
from tests.house import House
from tests.services.consent_story import (
    ACTIVATED,
    ENDED,
    FORM_ID,
    LEISURE,
    SCHOOL,
    hear,
    issued,
    said,
    say,
    signed,
    withdrawn,
)


async def test_a_consent_begins_at_local_midnight_of_its_first_day(house: House) -> None:
    """Signed ahead, it waits for its day and needs no further message."""
    first = date(2026, 11, 20)
    await say(house, issued(valid_from=str(first)), signed("g1"), signed("g2"))

    await house.turn_clock(start_of(first) - timedelta(seconds=1))
    assert house.told(SCHOOL) == []
    await house.turn_clock(start_of(first))

    [activated] = house.told(SCHOOL, ACTIVATED)
    assert activated["valid_from"] == "2026-11-20"


async def test_a_day_that_is_said_to_have_come_has_come(house: House) -> None:
    """A replica whose clock runs behind the one that sent the day does not lose the beginning."""
    first = date(2026, 11, 20)
    await say(house, issued(valid_from=str(first)), signed("g1"), signed("g2"))
    house.clock.moment = start_of(first) - timedelta(seconds=1)

    await hear(house, ConsentDayReached(form_id=FORM_ID, day=first))

    assert len(said(house, ACTIVATED)) == 1


async def test_a_consent_expires_after_its_last_day(house: House) -> None:
    """At local midnight after `valid_to` everybody is told, and what is left of it is no longer watched."""
    await say(house, issued(), signed("g1"), signed("g2"))

    await house.turn_clock(start_of(date(2027, 5, 16)))

    [ended] = house.told(LEISURE, ENDED)
    assert (ended["reason"], ended["ended_at"]) == ("expired", "2027-05-16T00:00:00+02:00")
    assert await house.rows("consent", "outbox") == []


async def test_an_end_takes_back_the_days_that_were_to_come(house: House) -> None:
    """A consent that has ended is not looked at again."""
    await say(house, issued(), signed("g1"), signed("g2"))
    days = {row["due_at"] for row in await house.rows("consent", "outbox")}
    assert {start_of(date(2027, 4, 15)), start_of(date(2027, 5, 8)), start_of(date(2027, 5, 16))} <= days

    await say(house, withdrawn("g1"))

    assert await house.rows("consent", "outbox") == []


async def test_a_withdrawal_dated_tomorrow_stops_the_telling_today(house: House) -> None:
    """The moment it is heard of is the latest it can take effect."""
    await say(house, issued(), signed("g1"), signed("g2"))
    now = house.clock.moment

    await say(house, withdrawn("g1", received_at=(now + timedelta(days=1)).isoformat()))

    [ended] = house.told(SCHOOL, ENDED)
    assert datetime.fromisoformat(ended["ended_at"]) == now


async def test_a_signature_dated_tomorrow_counts_tomorrow(house: House) -> None:
    """It is taken in, waits, and needs no further message."""
    tomorrow = house.clock.moment + timedelta(days=1)
    await say(house, issued(), signed("g1"), signed("g2", signed_at=tomorrow.isoformat()))
    assert said(house, ACTIVATED) == []

    await house.turn_clock(tomorrow)

    assert len(said(house, ACTIVATED)) == 1
