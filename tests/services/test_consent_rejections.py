"""What consent says no to: each fault at its place, all of them at once, and nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.house import House
from tests.services.consent_story import (
    LEISURE,
    ONE_ROW,
    POLICE,
    SOCIAL,
    about,
    codes,
    declined,
    guardianship_changed,
    identity_protected,
    issued,
    prevented,
    say,
    signed,
    withdrawn,
)

COORDINATOR, HOUSING = "2182-coordinator", "2080-housing-kopparstaden"
CONFLICT = [("/form_id", "conflict")]
NOT_YOURS = [("/form_id", "not_your_agency")]


@pytest.mark.parametrize(
    ("event", "agency", "faults"),
    [
        (issued(purpose="Något annat"), SOCIAL, CONFLICT),
        (issued(), POLICE, [("/collected_by", "not_your_agency")]),
        (issued(collected_by=POLICE), POLICE, CONFLICT),
        (issued(form_id="another", guardians=[]), SOCIAL, [("/guardians", "wrong_value")]),
        (
            issued(guardians=[]),
            POLICE,
            [("/collected_by", "not_your_agency"), ("/guardians", "wrong_value"), *CONFLICT],
        ),
        (signed("g9"), SOCIAL, [("/signatory/guardian_id", "unknown_reference")]),
        (signed("g1"), POLICE, NOT_YOURS),
        (signed("g9"), POLICE, [*NOT_YOURS, ("/signatory/guardian_id", "unknown_reference")]),
        (declined("g9"), POLICE, [*NOT_YOURS, ("/signatory/guardian_id", "unknown_reference")]),
        (prevented("g9"), POLICE, [*NOT_YOURS, ("/guardian_id", "unknown_reference")]),
        (
            issued(renewal_of="7e1a10d6-ac23-5953-8a85-0f096b00b573"),
            SOCIAL,
            [*CONFLICT, ("/renewal_of", "wrong_value")],
        ),
        (
            issued(form_id="new", renewal_of="7e1a10d6-ac23-5953-8a85-0f096b00b573", programme="sig"),
            SOCIAL,
            [("/renewal_of", "unknown_reference")],
        ),
        (
            issued(form_id="new", renewal_of="7e1a10d6-ac23-5953-8a85-0f096b00b573", **about("198507099805")),
            SOCIAL,
            [("/renewal_of", "unknown_reference")],
        ),
        (
            issued(form_id="new", renewal_of="7e1a10d6-ac23-5953-8a85-0f096b00b573", collected_by=POLICE),
            POLICE,
            [("/renewal_of", "unknown_reference")],
        ),
        (
            issued(form_id="new", valid_from="2026-12-01", valid_to="2026-11-30"),
            SOCIAL,
            [("/valid_to", "wrong_value")],
        ),
        (
            issued(form_id="new", valid_from="2026-12-01", valid_to="2027-12-02"),
            SOCIAL,
            [("/valid_to", "too_long_validity")],
        ),
        (withdrawn("g1"), COORDINATOR, NOT_YOURS),
        (withdrawn("g9"), SOCIAL, [("/signatory/guardian_id", "unknown_reference")]),
        (withdrawn(None), SOCIAL, [("/signatory/role", "wrong_value")]),
        (
            withdrawn("g9", scope=[*ONE_ROW, {"from": POLICE, "to": [LEISURE], "categories": ["behaviour"]}]),
            SOCIAL,
            [("/signatory/guardian_id", "unknown_reference"), ("/scope/1", "unknown_reference")],
        ),
    ],
)
async def test_what_does_not_fit_the_form_is_rejected_with_every_fault(
    house: House, event: dict[str, Any], agency: str, faults: list[tuple[str, str]]
) -> None:
    """Once the form is known, each no says where and why, and nothing is changed by it."""
    await say(house, issued())
    before = await house.rows("consent", "consents")

    assert codes(await say(house, event, agency=agency)) == faults

    assert await house.rows("consent", "consents") == before


async def test_a_scope_with_agencies_that_cannot_be_in_it_is_rejected_with_every_fault(house: House) -> None:
    """Unknown agencies and those that are no authorities are all pointed at."""
    row = {"from": "2182-museum", "to": [SOCIAL, HOUSING, "2182-library"], "categories": ["behaviour"]}

    faults = codes(await say(house, issued(scope=[*issued()["data"]["scope"], row])))

    assert faults == [
        ("/scope/4/from", "unknown_agency"),
        ("/scope/4/to/1", "not_an_authority"),
        ("/scope/4/to/2", "unknown_agency"),
    ]


async def test_all_guardians_cannot_be_prevented(house: House) -> None:
    """One at least must sign: the second prevention is rejected, and so is the only guardian's."""
    assert await say(house, issued(), prevented("g1")) == []

    assert codes(await say(house, prevented("g2"))) == [("/guardian_id", "wrong_value")]


async def test_a_guardian_cannot_decline_for_a_grown_youth(house: House) -> None:
    """From 18 on only the youth answers."""
    await say(house, issued(**about("198507099805")))

    assert codes(await say(house, declined("g1"))) == [("/signatory/role", "wrong_value")]
    assert await say(house, declined(None)) == []


async def test_who_signs_after_the_end_is_told_that_it_opens_nothing(house: House) -> None:
    """An acceptance would be taken for an opening; what was signed before the end is taken in, and so is a no."""
    await say(house, issued(), signed("g1"), declined("g2", declined_at="2026-11-16T09:00:00+01:00"))

    late = signed("g2", signed_at="2026-11-16T09:30:00+01:00")
    assert codes(await say(house, late)) == [("/form_id", "wrong_value")]
    assert codes(await say(house, prevented("g2", recorded_at="2026-11-16T09:30:00+01:00"))) == [
        ("/form_id", "wrong_value")
    ]
    assert await say(house, signed("g2", signed_at="2026-11-16T08:30:00+01:00")) == []
    assert await say(house, signed("g1")) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (guardianship_changed(changed_on="2026-12-08"), "/change_id"),
        (guardianship_changed(**about("198507099805")), "/change_id"),
        (identity_protected(kind="secrecy_marking"), "/protection_id"),
    ],
)
async def test_a_change_known_with_other_content_is_a_conflict(
    house: House, change: dict[str, Any], pointer: str
) -> None:
    """Whoever the other content is about; another agency's change of the same id is another change."""
    await say(house, guardianship_changed(), identity_protected())

    assert codes(await say(house, change)) == [(pointer, "conflict")]
    assert await say(house, guardianship_changed(), identity_protected()) == []
    assert await say(house, change, agency=POLICE) == []
