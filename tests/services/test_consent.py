"""What `consent` does with forms, signatures and withdrawals, on a real database, among the other services."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from random import Random
from uuid import uuid4

import pytest

from services.consent.handlers import record_withdrawal
from shared.events.agencies import ConsentWithdrawalReceived
from shared.events.consent import ConsentEnforced, EnforcingService
from tests.house import House, sample
from tests.services.consent_story import (
    ACTIVATED,
    CONFIRMED,
    ENDED,
    FORM_ID,
    LEISURE,
    ONE_ROW,
    POLICE,
    SCHOOL,
    SCOPE,
    SOCIAL,
    declined,
    hear,
    issued,
    kept,
    said,
    say,
    signed,
    withdrawn,
)

CHILD, YOUTH = "201306152388", "200803032390"


async def test_both_guardians_signatures_activate_the_consent_for_each_agency(house: House) -> None:
    """With the last signature every agency of the scope is told its own part, once, as in the contract's sample."""
    assert await say(house, issued(), signed("g1")) == []
    assert house.told(SCHOOL) == []

    assert await say(house, signed("g2")) == []

    assert house.told(SCHOOL) == [sample("out", ACTIVATED)["data"]]
    assert [len(house.told(agency, ACTIVATED)) for agency in SCOPE] == [1, 1, 1, 1]
    [event] = said(house, ACTIVATED)
    assert (event["form_id"], event["revision"], len(event["cells"])) == (FORM_ID, 1, 17)


async def test_a_withdrawal_ends_the_consent_for_every_agency_and_is_confirmed_once(house: House) -> None:
    """Everybody in the scope is told of the end; the collecting agency, alone, that it is enforced."""
    await say(house, issued(), signed("g1"), signed("g2"))
    house.clock.moment = datetime.fromisoformat("2026-12-01T14:05:30+01:00")

    assert await say(house, withdrawn("g2"), agency=POLICE) == []

    for agency in SCOPE:
        assert house.told(agency, ENDED) == [sample("out", ENDED)["data"]]
    [confirmed] = house.told(SOCIAL, CONFIRMED)
    assert confirmed["confirmed_by"] == ["observations", "meetings", "reporting"]
    assert [house.told(agency, CONFIRMED) for agency in (SCHOOL, POLICE, LEISURE)] == [[], [], []]
    assert [event["revision"] for event in said(house, ENDED)] == [2]


async def test_enforcement_is_confirmed_when_the_last_service_has_said_so(house: House) -> None:
    """Two of three are not enough, and the latest of their moments is the moment of confirmation."""
    await say(house, issued(), signed("g1"), signed("g2"))
    await _consent_alone_takes_back(house)
    moments = [house.clock.moment + timedelta(seconds=seconds) for seconds in (9, 1, 5)]
    services: tuple[EnforcingService, ...] = ("reporting", "meetings", "observations")

    for name, moment in zip(services, moments, strict=True):
        assert house.told(SOCIAL, CONFIRMED) == []
        await hear(house, ConsentEnforced(form_id=FORM_ID, by=name, enforced_at=moment), times=2)

    [confirmed] = house.told(SOCIAL, CONFIRMED)
    assert datetime.fromisoformat(confirmed["confirmed_at"]) == moments[0]


async def _consent_alone_takes_back(house: House) -> None:
    """Let consent act on a withdrawal while the other services hear nothing of it yet."""
    room = house.rooms["consent"]
    sender = room.agencies.get(SOCIAL)
    assert sender is not None
    async with room.transaction() as tx:
        await record_withdrawal(ConsentWithdrawalReceived.model_validate(withdrawn("g2")["data"]), sender, tx)
    house.waiting.clear()


async def test_any_order_ends_the_same(house: House) -> None:
    """Form, two signatures and a withdrawal in each of the 24 orders: the same end is told and confirmed, once."""
    house.clock.moment = datetime.fromisoformat("2026-12-01T14:06:00+01:00")
    end = sample("out", ENDED)["data"]
    for place, order in enumerate(permutations([issued(), signed("g1"), signed("g2"), withdrawn("g2")])):
        form_id = f"form-{place}"
        for event in order:
            await say(house, {**event, "id": str(uuid4()), "data": {**event["data"], "form_id": form_id}})

        for agency in SCOPE:
            assert [told for told in house.told(agency, ENDED) if told["form_id"] == form_id] == [
                end | {"form_id": form_id}
            ]
        assert len([told for told in house.told(SOCIAL, CONFIRMED) if told["form_id"] == form_id]) == 1
        assert len([event for event in said(house, ENDED) if event["form_id"] == form_id]) == 1


@pytest.mark.parametrize("seed", range(5))
async def test_shuffled_and_repeated_messages_end_in_the_same_facts(house: House, seed: int) -> None:
    """Whatever the order and however often, inner events included: the same facts, each thing told once."""
    for event in (issued(), signed("g1"), signed("g2"), signed("g1"), withdrawn("g1", scope=ONE_ROW)):
        house.say(SOCIAL, event)
    await house.settle(Random(seed), repeat=0.5)

    consent = await kept(house)
    assert len(consent.facts.signatures) == 2
    assert len(consent.announced.cells) == 15
    assert [len(house.told(agency, ACTIVATED)) for agency in SCOPE] == [1, 1, 1, 1]
    assert house.dead == []


async def test_cells_taken_back_narrow_the_consent_and_the_last_of_them_end_it(house: House) -> None:
    """Services learn what is left; agencies are told when nothing is."""
    await say(house, issued(), signed("g1"), signed("g2"))

    await say(house, withdrawn("g1", scope=ONE_ROW))
    [narrowed] = said(house, "consent.narrowed.v1")
    assert (narrowed["revision"], len(narrowed["cells"])) == (2, 15)
    assert {"released_by": SCHOOL, "received_by": POLICE, "category": "behaviour"} not in narrowed["cells"]
    await say(house, withdrawn("g2", scope=issued()["data"]["scope"]))

    assert [event["revision"] for event in said(house, ENDED)] == [3]
    assert len(house.told(SCHOOL, ENDED)) == 1


async def test_nothing_revives_a_consent_that_has_ended(house: House) -> None:
    """Earlier signatures, the form again and another no after the end: accepted, and without effect."""
    await say(house, issued(), withdrawn("g2"))

    for event in (signed("g1"), signed("g2"), issued(), declined("g1"), withdrawn("g1")):
        assert await say(house, event) == []

    assert said(house, ACTIVATED) == []
    assert len(said(house, ENDED)) == 1


async def test_one_guardian_twice_is_still_one(house: House) -> None:
    """A second signature by the same guardian is accepted and brings nobody else's."""
    later = "2026-11-16T09:30:00+01:00"

    assert await say(house, issued(), signed("g1"), signed("g1"), signed("g1", signed_at=later)) == []

    assert said(house, ACTIVATED) == []


async def test_a_grown_youth_signs_alone(house: House) -> None:
    """From 18 on the guardians' signatures open nothing, and the youth's own does."""
    await say(house, issued(youth={"personal_identity_number": YOUTH}), signed("g1"), signed("g2"))
    assert said(house, ACTIVATED) == []

    await say(house, signed(None))

    [told] = house.told(POLICE, ACTIVATED)
    assert told["youth"] == {"personal_identity_number": YOUTH}


async def test_an_early_signature_of_a_stranger_binds_nobody(house: House) -> None:
    """What came before the form and does not fit it stays without effect, whoever sent it."""
    await say(house, signed("g2"), agency=POLICE)
    await say(house, signed("g9"), issued(), signed("g1"))

    assert said(house, ACTIVATED) == []


async def test_a_withdrawal_dated_before_the_signatures_is_told_to_all_who_were_told_of_the_opening(
    house: House,
) -> None:
    """Whoever has heard that a consent is active hears that it has ended, whatever the dates say."""
    await say(house, issued(), signed("g1"), signed("g2"))

    assert await say(house, withdrawn("g1", received_at="2026-11-16T07:00:00+01:00")) == []

    assert [len(house.told(agency, ENDED)) for agency in SCOPE] == [1, 1, 1, 1]


async def test_nothing_personal_is_readable_in_the_database(house: House) -> None:
    """Number, day of birth and free text are nowhere in the clear, neither stored nor waiting to be sent."""
    await say(house, issued(contact_function="Samordnare Ek"), signed("g1"))
    async with house.rooms["consent"].transaction() as tx:
        consent = await kept(house)
        assert consent.facts.form is not None
        assert await tx.vault.open(consent.facts.form.person_ref, consent.facts.form.sealed) == {
            key: value for key, value in issued(contact_function="Samordnare Ek")["data"].items() if key != "youth"
        }

    stored = [await house.rows("consent", name) for name in ("consents", "inbox", "outbox")]

    for secret in (CHILD, "2013-06-15", "Samordnade", "elevhälsan", "Samordnare Ek"):
        assert secret not in repr(stored)
