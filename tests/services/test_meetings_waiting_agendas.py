"""Agendas that are issued but have not gone out yet: a withdrawal reaches them too. On a real database."""

from __future__ import annotations

from typing import Any

from tests.house import House
from tests.services.meetings_samples import (
    AGENDA,
    AGENDA_OUT,
    MEETING,
    NUMBER,
    SOCIAL,
    activated,
    at,
    concern,
    ended,
    hear,
    issue_with_the_broker_away,
    plan,
    ref,
)


async def test_a_withdrawal_takes_back_an_agenda_that_still_waits(house: House) -> None:
    """With the broker away an issued agenda waits, sealed; the one without the youth takes its place."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await issue_with_the_broker_away(house)
    (waiting,) = await agendas_waiting(house)
    assert ref(house) in waiting["resting_on"]
    assert NUMBER.encode() not in waiting["body"]
    await hear(house, ended(house))
    (waiting,) = await agendas_waiting(house)
    assert [f"agenda:{MEETING}:{SOCIAL}"] == waiting["resting_on"]
    assert [] == house.told(SOCIAL, AGENDA)


async def test_of_an_agenda_that_waits_only_the_newest_goes_out(house: House) -> None:
    """A second concern comes before the first agenda has gone out."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await issue_with_the_broker_away(house)
    (first,) = await agendas_waiting(house)
    await hear(house, concern(house, SOCIAL, concern_id="concern-2"))
    (second,) = await agendas_waiting(house)
    assert first["message_id"] != second["message_id"]


async def test_a_withdrawal_after_the_meeting_takes_back_its_agenda_for_good(house: House) -> None:
    """The broker was away the whole time: what named the youth never goes out, and nothing takes its place."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await issue_with_the_broker_away(house)
    house.clock.moment = at("2026-11-24T12:00")
    await hear(house, ended(house))
    assert [] == await agendas_waiting(house)


async def test_an_agenda_taken_back_is_told_anew_where_another_consent_still_opens_it(house: House) -> None:
    """Two consents open the same; one ends while the agenda waits. It goes out, under a new id."""
    forms = [activated(house), activated(house, form="form-2")]
    await hear(house, plan(), *forms, concern(house, SOCIAL))
    await issue_with_the_broker_away(house)
    (first,) = await agendas_waiting(house)
    await hear(house, ended(house))
    (second,) = await agendas_waiting(house)
    assert first["message_id"] != second["message_id"]
    assert ref(house) in second["resting_on"]


async def test_the_end_of_a_consent_that_opened_nothing_renews_no_agenda(house: House) -> None:
    """A second form is declined: the agenda rests on the first, and is told once."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await house.turn_clock(AGENDA_OUT)
    await hear(house, ended(house, form="form-2"))
    assert 1 == len(house.told(SOCIAL, AGENDA))


async def agendas_waiting(house: House) -> list[dict[str, Any]]:
    """Return the outbox rows that hold an agenda for social services."""
    return [row for row in await house.rows("meetings", "outbox") if row["routing_key"] == f"{SOCIAL}.{AGENDA}"]
