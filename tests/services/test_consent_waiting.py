"""What waits is reported after a day, to the agency that sent it and once, and is never lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.house import House, sample
from tests.services.consent_story import (
    ACTIVATED,
    FORM_ID,
    POLICE,
    SOCIAL,
    WAITING,
    declined,
    issued,
    kept,
    prevented,
    said,
    say,
    signed,
    withdrawn,
)

DAY = timedelta(hours=24)
NOW = "2026-11-16T10:15:00+01:00"


@pytest.mark.parametrize("event", [signed(), declined(), prevented(), withdrawn()], ids=lambda event: event["type"])
async def test_what_came_before_its_form_is_reported_after_a_day(house: House, event: dict[str, Any]) -> None:
    """To the agency that sent it: for what it waits, since when, and what it can do."""
    await say(house, event, agency=POLICE)
    start = house.clock.now()

    await house.turn_clock(start + DAY - timedelta(hours=1))
    assert house.told(POLICE, WAITING) == []
    await house.turn_clock(start + DAY)
    await house.turn_clock(start + 3 * DAY)

    [told] = house.told(POLICE, WAITING)
    assert (told["type"], told["entity_id"], told["waits_for"]) == (event["type"], FORM_ID, "form")
    assert (told["waiting_since"], told["you_can"]) == (NOW, ["send_form", "correct_form_id"])
    assert [(wait.type, wait.waits_for) for wait in (await kept(house)).waits] == [(event["type"], "form")]


async def test_each_agency_is_told_of_its_own_and_each_kind_once(house: House) -> None:
    """Two signatures from one agency are one report; another agency's withdrawal is another."""
    await say(house, signed("g1"), signed("g2"))
    await say(house, withdrawn("g1"), agency=POLICE)

    await house.turn_clock(house.clock.now() + DAY)

    assert [told["type"] for told in house.told(SOCIAL, WAITING)] == ["consent-form.signed.v1"]
    assert [told["type"] for told in house.told(POLICE, WAITING)] == ["consent-withdrawal.received.v1"]


async def test_a_form_that_lacks_signatures_is_reported_after_a_day(house: House) -> None:
    """To the collecting agency, as in the contract's sample."""
    house.clock.moment -= timedelta(hours=2, minutes=15)
    await say(house, issued(), signed("g1"))

    await house.turn_clock(house.clock.now() + DAY)

    assert house.told(SOCIAL, WAITING) == [sample("out", WAITING)["data"]]


async def test_what_waited_for_its_form_waits_no_longer_when_it_comes(house: House) -> None:
    """Nothing is reported of what has had its effect, and nothing of it is left."""
    await say(house, signed("g1"), signed("g2"))
    await house.turn_clock(house.clock.now() + timedelta(hours=12))

    await say(house, issued())
    await house.turn_clock(house.clock.now() + 3 * DAY)

    assert len(said(house, ACTIVATED)) == 1
    assert house.told(SOCIAL, WAITING) == []
    assert (await kept(house)).waits == ()


async def test_a_form_that_has_ended_or_waits_for_its_first_day_only_is_not_reported(house: House) -> None:
    """All have signed, or somebody has said no: there is nothing to send."""
    await say(house, issued(valid_from="2026-12-01"), signed("g1"), signed("g2"))
    await say(house, issued(form_id="declined"), declined("g1", form_id="declined", declined_at=NOW))

    await house.turn_clock(house.clock.now() + 3 * DAY)

    assert house.told(SOCIAL, WAITING) == []
