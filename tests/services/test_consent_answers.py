"""What signatories answer besides yes: a no, a guardian who is prevented, a child's view, a new form for an old one."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations
from uuid import uuid4

import pytest

from tests.house import House
from tests.services.consent_story import (
    ACTIVATED,
    ENDED,
    FORM_ID,
    POLICE,
    SCOPE,
    SOCIAL,
    declined,
    issued,
    kept,
    prevented,
    said,
    say,
    signed,
    withdrawn,
)

NOW = "2026-11-16T10:00:00+01:00"


async def test_a_no_before_the_consent_is_active_is_told_to_the_collecting_agency_alone(house: House) -> None:
    """The others never learn that the family was asked."""
    await say(house, issued(), signed("g1"))

    assert await say(house, declined("g2", declined_at=NOW)) == []

    [told] = house.told(SOCIAL, ENDED)
    assert (told["reason"], told["ended_at"]) == ("declined", NOW)
    assert [house.told(agency, ENDED) for agency in SCOPE if agency != SOCIAL] == [[], [], []]
    assert [event["reason"] for event in said(house, ENDED)] == ["declined"]


async def test_a_no_after_the_consent_became_active_ends_it_for_all(house: House) -> None:
    """A signatory who changes their mind is heard, whichever word the agency chose for it."""
    await say(house, issued(), signed("g1"), signed("g2"))

    assert await say(house, declined("g2", declined_at=NOW)) == []

    assert [house.told(agency, ENDED)[0]["reason"] for agency in SCOPE] == ["declined"] * 4


async def test_form_signatures_and_a_no_end_the_same_in_any_order(house: House) -> None:
    """In each of the 24 orders the form is declined, and nobody outside the collecting agency hears of it."""
    events = [
        issued(),
        signed("g1"),
        declined("g2", declined_at="2026-11-16T08:20:00+01:00"),
        signed("g2", signed_at=NOW),
    ]
    for place, order in enumerate(permutations(events)):
        form_id = f"form-{place}"
        for event in order:
            await say(house, {**event, "id": str(uuid4()), "data": {**event["data"], "form_id": form_id}})

        ends = [event for event in said(house, ENDED) if event["form_id"] == form_id]
        assert [event["reason"] for event in ends] == ["declined"]
        assert [told["reason"] for told in house.told(SOCIAL, ENDED) if told["form_id"] == form_id] == ["declined"]
    assert house.dead == []


async def test_a_childs_no_is_recorded_and_ends_nothing(house: House) -> None:
    """Under 15 the child is heard; the guardians decide."""
    await say(house, issued(), signed("g1"), signed("g2"))

    assert await say(house, declined(None)) == []

    assert said(house, ENDED) == []
    [decline] = (await kept(house)).facts.declines
    assert decline.signatory.role == "youth"


@pytest.mark.parametrize("first", ["form", "prevention"])
async def test_with_one_guardian_prevented_the_other_opens_the_consent(house: House, first: str) -> None:
    """Before its form or after it: the reasons lie sealed under the youth's own key, and only the code is readable."""
    early, late = (prevented("g2", recorded_at=NOW), issued())
    if first == "form":
        early, late = late, early
    await say(house, early, signed("g1"))
    assert said(house, ACTIVATED) == []

    assert await say(house, late) == []

    assert len(said(house, ACTIVATED)) == 1
    consent = await kept(house)
    assert consent.facts.form is not None
    [kept_as] = consent.facts.preventions
    assert kept_as.reason == "illness"
    async with house.rooms["consent"].transaction() as tx:
        assert await tx.vault.readable(consent.facts.form.person_ref, [kept_as.sealed])
        content = await tx.vault.open(consent.facts.form.person_ref, kept_as.sealed)
    assert content == {key: prevented()["data"][key] for key in ("cannot_wait", "decided_by_function")}
    assert "terminen" not in repr(await house.rows("consent", "consents"))


async def test_the_prevented_guardian_may_withdraw(house: House) -> None:
    """To be prevented takes a duty away, not a right."""
    await say(house, issued(), signed("g1"), prevented("g2", recorded_at=NOW))
    assert len(said(house, ACTIVATED)) == 1

    assert await say(house, withdrawn("g2", received_at=NOW)) == []

    assert [event["reason"] for event in said(house, ENDED)] == ["withdrawn"]


async def test_a_renewal_takes_the_old_forms_place_when_it_opens(house: House) -> None:
    """Not when it is issued: until all have signed the new form the old one holds. Both are told in one commit."""
    await say(house, issued(), signed("g1"), signed("g2"))
    await say(house, issued(form_id="new", renewal_of=FORM_ID), signed("g1", form_id="new"))
    assert said(house, ENDED) == []

    await say(house, signed("g2", form_id="new"))

    assert [(event["form_id"], event["reason"]) for event in said(house, ENDED)] == [(FORM_ID, "superseded")]
    assert [len(house.told(agency, ACTIVATED)) for agency in SCOPE] == [2, 2, 2, 2]
    assert [len(house.told(agency, ENDED)) for agency in SCOPE] == [1, 1, 1, 1]


async def test_a_renewal_supersedes_in_any_order_of_arrival(house: House) -> None:
    """Two forms and a signature on each in all 24 orders: the old one has ended, the new one is open."""
    events = [
        issued(guardians=[{"guardian_id": "g1"}]),
        signed("g1"),
        issued(guardians=[{"guardian_id": "g1"}], form_id="new", renewal_of=FORM_ID),
        signed("g1", form_id="new"),
    ]
    for place, order in enumerate(permutations(events)):
        for event in order:
            ids = {"form_id": f"{event['data']['form_id']}-{place}"}
            if event["data"].get("renewal_of"):
                ids["renewal_of"] = f"{FORM_ID}-{place}"
            await say(house, {**event, "id": str(uuid4()), "data": {**event["data"], **ids}})

        rows = {row["_id"]: row["announced"] for row in await house.rows("consent", "consents")}
        assert rows[f"{FORM_ID}-{place}"]["reason"] == "superseded"
        assert rows[f"new-{place}"]["cells"]
        assert rows[f"new-{place}"]["reason"] is None


async def test_a_renewal_of_another_agencys_form_leaves_it_alone(house: House) -> None:
    """Where the old form comes later it is not refused for what somebody else wrote, and it does not end."""
    await say(house, issued(form_id="new", renewal_of=FORM_ID, collected_by=POLICE), agency=POLICE)
    await say(house, signed("g1", form_id="new"), signed("g2", form_id="new"), agency=POLICE)
    assert len(said(house, ACTIVATED)) == 1

    assert await say(house, issued(), signed("g1"), signed("g2")) == []

    assert said(house, ENDED) == []
    assert len(said(house, ACTIVATED)) == 2


async def test_a_sender_whose_clock_is_ten_minutes_off_is_taken_at_its_word(house: House) -> None:
    """Ahead or behind: signatures and noes of the last minutes count at once, and none of them is lost."""
    await say(house, issued(), signed("g1", signed_at="2026-11-16T10:25:00+01:00"))
    await say(house, signed("g2", signed_at="2026-11-16T10:05:00+01:00"))
    assert len(said(house, ACTIVATED)) == 1

    await say(house, withdrawn("g1", received_at="2026-11-16T10:25:00+01:00"))

    [event] = said(house, ENDED)
    assert datetime.fromisoformat(event["ended_at"]) == house.clock.now()
