"""What consent says no to: each fault at its place, all of them at once, and nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.house import House
from tests.services.consent_story import LEISURE, ONE_ROW, POLICE, SOCIAL, codes, issued, say, signed, withdrawn

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
