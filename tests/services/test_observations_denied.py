"""What an agency learns of its own observations that may not be told, or that nobody has been told of."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.clock import LOCAL_ZONE
from shared.events.consent import SecrecyAssessmentAccepted
from tests.house import House
from tests.services.observations_story import (
    DENIED,
    DISCLOSED,
    LEISURE,
    POLICE,
    SCHOOL,
    SOCIAL,
    WAITING,
    activated,
    cells,
    disclosed,
    ended,
    hear,
    narrowed,
    observation,
    ref,
    registered,
    say,
)

UNDER_21 = "osl_10_18a_under21"


def assessed(house: House, assessment_id: str = "assessment-1") -> SecrecyAssessmentAccepted:
    """Return an accepted assessment: social services may tell the police, for a fortnight."""
    return SecrecyAssessmentAccepted(
        assessment_id=assessment_id,
        person_ref=ref(house),
        provision=UNDER_21,
        valid_from=house.clock.now(),
        valid_to=(house.clock.now() + timedelta(days=14)).date(),
        cells=cells((SOCIAL, POLICE)),
    )


def denied(house: House, agency: str) -> list[tuple[str, str, str]]:
    """Return observation, receiver and code of each denial that an agency has been told."""
    return [(told["observation_id"], told["to"], told["code"]) for told in house.told(agency, DENIED)]


async def test_an_agency_is_told_that_a_receiver_it_has_named_may_not_be_told_this(house: House) -> None:
    """The school's consent opens behaviour to social services; of wellbeing nobody may be told, and it learns so."""
    await hear(house, activated(house, cells((SCHOOL, SOCIAL))))
    await say(house, SCHOOL, observation("o1", category="wellbeing"))
    assert [("o1", SOCIAL, "no_basis")] == denied(house, SCHOOL)
    (told,) = house.told(SCHOOL, DENIED)
    assert told["message"].startswith("Uppgiften kan inte delas. Det saknas samtycke eller annan rättslig grund för")
    assert "request_consent" in told["you_can"]
    (row,) = await registered(house, "denied")
    assert ("o1", SCHOOL, SOCIAL, "wellbeing", "no_basis", ref(house)) == (
        row.about,
        row.released_by,
        row.received_by,
        row.category,
        row.code,
        row.person_ref,
    )


async def test_a_denial_is_told_once_and_to_the_observations_own_agency_alone(house: House) -> None:
    """Whatever is heard afterwards; and nobody whom the school has not named is spoken of."""
    await hear(house, activated(house, cells((SCHOOL, SOCIAL), (POLICE, LEISURE))))
    await say(house, SCHOOL, observation("o1", category="wellbeing"))
    await hear(house, activated(house, cells((SCHOOL, SOCIAL)), form="form-2"), ended(house), ended(house, "form-2"))
    assert [("o1", SOCIAL, "no_basis")] == denied(house, SCHOOL)
    assert [] == denied(house, SOCIAL) + denied(house, POLICE) + denied(house, LEISURE)
    assert 1 == len(await registered(house, "denied"))


async def test_after_the_end_an_agency_learns_that_its_basis_is_gone(house: House) -> None:
    """Told before: no denial of it. Seen afterwards: denied, with another code than where there never was a basis."""
    await hear(house, activated(house, cells((SCHOOL, SOCIAL), (SCHOOL, POLICE))))
    await say(house, SCHOOL, observation("o1"))
    await hear(house, narrowed(house, *cells((SCHOOL, POLICE))))
    await say(house, SCHOOL, observation("o2"))
    await hear(house, ended(house))
    await say(house, SCHOOL, observation("o3"))
    assert ("o1", SOCIAL) not in {(id_, to) for id_, to, _ in denied(house, SCHOOL)}
    assert {("o2", SOCIAL), ("o3", SOCIAL), ("o3", POLICE)} == {(id_, to) for id_, to, _ in denied(house, SCHOOL)}
    assert ("o3", POLICE, "basis_ended") in denied(house, SCHOOL)


async def test_an_agency_without_any_basis_is_not_told_whom_it_might_have_named(house: House) -> None:
    """Nothing known of the youth: no denial, and others' consents reveal nothing."""
    await hear(house, activated(house, cells((POLICE, SOCIAL))))
    await say(house, SCHOOL, observation("o1"))
    assert [] == denied(house, SCHOOL)


async def test_an_accepted_assessment_opens_what_waited_and_says_so(house: House) -> None:
    """OSL 10:18 a: the police are told on the assessment, decided by a function; the school is told nothing."""
    await say(house, SOCIAL, observation("o1"))
    await hear(house, assessed(house))
    (told,) = house.told(POLICE, DISCLOSED)
    basis = told["basis"]
    assert ("assessment", "assessment-1", UNDER_21) == (basis["kind"], basis["assessment_id"], basis["provision"])
    assert "form_id" not in basis
    assert [] == disclosed(house, SCHOOL)
    (row,) = await registered(house, "disclosed")
    assert ("function", "assessment", "assessment-1") == (row.decided_by, row.basis_kind, row.basis_id)
    await hear(house, assessed(house))
    assert ["o1"] == disclosed(house, POLICE)


async def test_what_is_secret_from_the_guardian_is_marked_in_every_row(house: House) -> None:
    """OSL 12:3: told or denied, the row says so; the observation beside it is not marked."""
    await hear(house, activated(house, cells((SCHOOL, SOCIAL))))
    await say(house, SCHOOL, observation("o1", secret_from_guardian=True), observation("o2"))
    await say(house, SCHOOL, observation("o3", secret_from_guardian=True, category="wellbeing"))
    assert [True, False] == sorted(row.secret_from_guardian for row in await registered(house, "disclosed"))[::-1]
    assert [True] == [row.secret_from_guardian for row in await registered(house, "denied")]


async def test_a_notice_of_concern_has_a_row_for_each_cell_behind_it(house: House) -> None:
    """That a youth is spoken of is a telling too: three rows behind the one notice that social services get."""
    await hear(house, activated(house))
    for agency, id_ in ((SCHOOL, "o1"), (POLICE, "o2"), (LEISURE, "o3")):
        await say(house, agency, observation(id_))
    rows = await registered(house, "disclosed", "concern")
    assert {(SCHOOL, SOCIAL), (POLICE, SOCIAL), (LEISURE, SOCIAL)} == {(r.released_by, r.received_by) for r in rows}


async def test_an_observation_that_waits_a_day_is_reported_to_its_agency_once(house: House) -> None:
    """After 24 hours, not before: since when, for what, and what can be done; nothing about anybody else's."""
    await say(house, SCHOOL, observation("o1"))
    since = house.clock.now()
    await house.turn_clock(since + timedelta(hours=23, minutes=59))
    assert [] == house.told(SCHOOL, WAITING)
    await house.turn_clock(since + timedelta(hours=24))
    await house.turn_clock(since + timedelta(days=9))
    (told,) = house.told(SCHOOL, WAITING)
    assert ("observation.submitted.v1", "o1", "basis") == (told["type"], told["entity_id"], told["waits_for"])
    assert since == datetime.fromisoformat(told["waiting_since"]).astimezone(LOCAL_ZONE)
    assert {"request_consent", "make_concern_report"} <= set(told["you_can"])
    assert {SCHOOL} == {agency for agency in house.received if house.told(agency, WAITING)}


async def test_what_somebody_has_been_told_of_does_not_wait(house: House) -> None:
    """Told within the day, at once or later: no report."""
    await hear(house, activated(house, cells((SCHOOL, SOCIAL))))
    await say(house, SCHOOL, observation("o1"))
    await say(house, POLICE, observation("o2"))
    await hear(house, activated(house, cells((POLICE, SOCIAL)), form="form-2"))
    await house.turn_clock(house.clock.now() + timedelta(days=2))
    assert [] == house.told(SCHOOL, WAITING) + house.told(POLICE, WAITING)
