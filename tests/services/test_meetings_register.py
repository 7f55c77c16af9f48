"""What `meetings` puts on its register, and whom it tells that an observation may not be told at a meeting."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.events.consent import SecrecyAssessmentAccepted
from shared.register import Entry, still_told
from tests.house import House
from tests.services.meetings_samples import (
    AGENDA,
    AGENDA_OUT,
    COORDINATOR,
    POLICE,
    SCHOOL,
    SOCIAL,
    activated,
    cells,
    concern,
    ended,
    hear,
    issue_with_the_broker_away,
    last_agenda,
    plan,
    ref,
)

pytestmark = pytest.mark.parametrize("mongo", ["pymongo"], indirect=True)
DENIED = "disclosure.denied.v1"


async def rows(house: House) -> list[Entry]:
    """Return the register of `meetings`, oldest first."""
    return sorted(map(Entry.of, await house.rows("meetings", Entry.collection)), key=lambda row: row.at)


async def test_an_agenda_that_names_a_youth_has_a_row_for_each_cell_behind_it(house: House) -> None:
    """Who told whom of which category, on the consent; an agenda that names nobody has none."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await house.turn_clock(AGENDA_OUT)
    assert last_agenda(house, SOCIAL)["concerns"]
    told = [row for row in await rows(house) if row.act == "disclosed"]
    assert {(SCHOOL, SOCIAL, "behaviour", "agenda"), (POLICE, SOCIAL, "behaviour", "agenda")} == {
        (row.released_by, row.received_by, row.category, row.what) for row in told
    }
    assert {("consent", "form-1", ref(house))} == {(row.basis_kind, row.basis_id, row.person_ref) for row in told}


async def test_an_agenda_taken_back_is_taken_back_on_the_register(house: House) -> None:
    """With the broker away it waits, the consent ends: nothing stands as told."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await issue_with_the_broker_away(house)
    assert 2 == len(still_told(await rows(house)))
    await hear(house, ended(house))
    assert [] == still_told(await rows(house))
    assert 2 == sum(row.act == "taken_back" for row in await rows(house))


async def test_an_agency_learns_that_one_it_is_to_meet_may_not_be_told_its_observation(house: House) -> None:
    """The police may tell social services, and nobody has let them tell the coordinator: denied, once."""
    await hear(house, plan(), activated(house), concern(house, POLICE), concern(house, SOCIAL))
    await house.turn_clock(AGENDA_OUT)
    await hear(house, concern(house, POLICE), activated(house, form="form-2"))
    (told,) = house.told(POLICE, DENIED)
    assert (f"seen-by-{POLICE}", COORDINATOR, "no_basis") == (told["observation_id"], told["to"], told["code"])
    assert [] == house.told(SOCIAL, DENIED) + house.told(COORDINATOR, DENIED)
    (row,) = (row for row in await rows(house) if row.act == "denied")
    assert (f"seen-by-{POLICE}", POLICE, COORDINATOR) == (row.about, row.released_by, row.received_by)


async def test_an_agenda_rests_on_an_assessment_until_its_last_day(house: House) -> None:
    """Social services' assessment names the youth to the police; the day after its last day a new agenda does not."""
    assessed = SecrecyAssessmentAccepted(
        assessment_id="assessment-1",
        person_ref=ref(house),
        provision="osl_10_18a_under21",
        valid_from=house.clock.now(),
        valid_to=AGENDA_OUT.date(),
        cells=cells((SOCIAL, POLICE)),
    )
    seen = concern(house, POLICE)
    by_social = seen.observations[0].model_copy(update={"observation_id": "by-social", "submitted_by": SOCIAL})
    await hear(house, plan(), seen.model_copy(update={"observations": (*seen.observations, by_social)}))
    await house.turn_clock(AGENDA_OUT)
    assert [] == last_agenda(house, POLICE)["concerns"]
    await hear(house, assessed)
    (shown,) = last_agenda(house, POLICE)["concerns"]
    assert {f"seen-by-{POLICE}", "by-social"} == set(shown["observation_ids"])
    basis = {"kind": "assessment", "assessment_id": "assessment-1", "provision": "osl_10_18a_under21"}
    assert [basis | {"valid_until": "2026-11-23"}] == shown["bases"]
    await house.turn_clock(AGENDA_OUT.replace(hour=0, minute=0) + timedelta(days=1))
    assert [] == last_agenda(house, POLICE)["concerns"]
    assert 3 == len(house.told(POLICE, AGENDA))
