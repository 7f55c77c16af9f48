"""Whose agenda names whom, and how soon a withdrawal shows, on a real database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from services.meetings import handlers
from services.meetings.agendas.points import WITHHELD
from shared.events.agencies import MeetingMinutesRecorded, MeetingSeriesPlanned
from shared.events.event import Event
from shared.events.meetings import AgendaTimeReached
from shared.mongo import Stale
from shared.transaction import Transaction
from tests.house import House, sample
from tests.services.meetings_samples import (
    AGENDA,
    AGENDA_OUT,
    COORDINATOR,
    DAY_BEFORE,
    MEETING_OVER,
    NUMBER,
    OTHER_NUMBER,
    POLICE,
    SCHOOL,
    SECOND_MEETING,
    SOCIAL,
    activated,
    at,
    cells,
    concern,
    ended,
    hear,
    last_agenda,
    minutes,
    narrowed,
    plan,
    ref,
    rejections,
    said,
)

Handling = Callable[[Transaction], Awaitable[None]]


async def test_each_agencys_agenda_holds_only_what_it_may_be_told_of(house: House) -> None:
    """A day before: social services see two others' observations, the police the school's and its own, others none."""
    concerns = [concern(house, agency) for agency in (SOCIAL, POLICE, SCHOOL, COORDINATOR)]
    await hear(house, plan(), activated(house), *concerns)
    assert [] == house.told(SOCIAL, AGENDA)
    await house.turn_clock(DAY_BEFORE)
    expected = {
        SOCIAL: [{"concern_id": "concern-1", "seen": {f"seen-by-{SCHOOL}", f"seen-by-{POLICE}"}}],
        POLICE: [{"concern_id": "concern-1", "seen": {f"seen-by-{SCHOOL}", f"seen-by-{POLICE}"}}],
        COORDINATOR: [],
    }
    for agency, its_own in expected.items():
        (agenda,) = house.told(agency, AGENDA)
        shown = [
            {"concern_id": each["concern_id"], "seen": set(each["observation_ids"])} for each in agenda["concerns"]
        ]
        assert its_own == shown
        assert all({"personal_identity_number": NUMBER} == each["youth"] for each in agenda["concerns"])
    assert [] == house.told(SCHOOL, AGENDA)


async def test_a_withdrawn_consent_takes_the_youth_off_the_issued_agendas_at_once(house: House) -> None:
    """Each agency that saw the youth gets a new agenda without, others none; and the end is confirmed."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL), concern(house, POLICE))
    await house.turn_clock(AGENDA_OUT)
    assert last_agenda(house, POLICE)["concerns"]
    await hear(house, ended(house))
    for agency, told in ((SOCIAL, 2), (POLICE, 2), (COORDINATOR, 1)):
        assert told == len(house.told(agency, AGENDA))
        assert [] == last_agenda(house, agency)["concerns"]
    (confirmed,) = said(house, "consent.enforced.v1")
    assert '"by":"meetings"' in confirmed
    await hear(house, activated(house))
    assert 2 == len(house.told(SOCIAL, AGENDA))


async def test_a_house_away_over_a_whole_meeting_issues_no_agenda_for_it(house: House) -> None:
    """An agenda after the meeting would only tell, and help nobody."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await house.turn_clock(at("2026-11-24T10:00"))
    assert [] == house.told(SOCIAL, AGENDA)


async def test_a_concern_stands_for_as_long_as_the_municipalitys_rule_looks_back(house: House) -> None:
    """Noticed on 16 November with a rule of 28 days: on the agenda of 8 December, not on that of 15 December."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await house.turn_clock(at("2026-12-07T09:00"))
    assert last_agenda(house, SOCIAL)["concerns"]
    await house.turn_clock(at("2026-12-14T09:00"))
    assert "2026-12-15T09:00:00" == last_agenda(house, SOCIAL)["occurrence"]
    assert [] == last_agenda(house, SOCIAL)["concerns"]


async def test_part_of_a_consent_withdrawn_leaves_what_is_still_open(house: House) -> None:
    """The police may no longer tell social services; the school still may."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL), concern(house, POLICE))
    await house.turn_clock(AGENDA_OUT)
    await hear(house, narrowed(house, cells((SCHOOL, SOCIAL))))
    assert [[f"seen-by-{SCHOOL}"]] == [each["observation_ids"] for each in last_agenda(house, SOCIAL)["concerns"]]
    assert [] == last_agenda(house, POLICE)["concerns"]


async def test_what_comes_after_the_agenda_renews_it_and_what_changes_nothing_does_not(house: House) -> None:
    """A concern without basis, then its basis, then the same again: one new agenda, for the agency it concerns."""
    await hear(house, plan())
    await house.turn_clock(AGENDA_OUT)
    await hear(house, concern(house, SOCIAL))
    assert 1 == len(house.told(SOCIAL, AGENDA))
    await hear(house, activated(house))
    await hear(house, activated(house), concern(house, SOCIAL), concern(house, SOCIAL, concern_id="concern-1"))
    assert [1, 2, 1] == [len(house.told(agency, AGENDA)) for agency in (COORDINATOR, SOCIAL, POLICE)]


async def test_a_meeting_that_has_ended_has_no_new_agenda(house: House) -> None:
    """A consent that ends after the meeting changes the next one's agenda, not the one that is over."""
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    await house.turn_clock(AGENDA_OUT)
    await house.turn_clock(at("2026-11-24T10:01"))
    await hear(house, ended(house))
    assert 1 == len(house.told(SOCIAL, AGENDA))


async def test_two_youths_on_one_agenda_and_one_of_them_erased(house: House) -> None:
    """Both stand there until one's key is gone; then that one is nowhere."""
    both = [concern(house, SOCIAL), concern(house, SOCIAL, OTHER_NUMBER, "concern-2")]
    await hear(house, plan(), activated(house), activated(house, number=OTHER_NUMBER, form="form-2"), *both)
    await house.turn_clock(AGENDA_OUT)
    named = {each["youth"]["personal_identity_number"] for each in last_agenda(house, SOCIAL)["concerns"]}
    assert {NUMBER, OTHER_NUMBER} == named
    vault = house.rooms["meetings"].vault
    await vault._db.delete("keys", {"keyAltNames": ref(house)})
    await vault._db.delete("persons", {"_id": ref(house)})
    await house.turn_clock(at("2026-11-30T09:05"))
    named = {each["youth"]["personal_identity_number"] for each in last_agenda(house, SOCIAL)["concerns"]}
    assert {OTHER_NUMBER} == named


async def test_a_concern_from_before_an_erasure_stands_on_no_agenda_after_it(house: House) -> None:
    """The youth is met again, and a new consent opens the same: what had been seen before stays forgotten."""
    house.clock.moment = at("2026-11-17T09:00")
    await hear(house, plan(), concern(house, SOCIAL))
    vault = house.rooms["meetings"].vault
    await vault.forget(ref(house), house.clock.now(), "dnr 17", "operator")
    house.clock.moment += timedelta(minutes=1)
    await hear(house, activated(house))
    await house.turn_clock(AGENDA_OUT)
    assert [] == last_agenda(house, SOCIAL)["concerns"]

    met_again = concern(house, SOCIAL).model_copy(update={"noticed_at": house.clock.now()})
    new = met_again.observations[0].model_copy(update={"observation_id": "new-1"})
    await hear(house, met_again.model_copy(update={"observations": (new,)}))
    assert [["new-1"]] == [each["observation_ids"] for each in last_agenda(house, SOCIAL)["concerns"]]


async def test_last_weeks_actions_stand_on_their_owners_next_agenda_alone(house: House) -> None:
    """With the youth and the text while somebody may tell the owner about the youth, without them afterwards."""
    await hear(house, plan(), activated(house))
    await house.turn_clock(at("2026-11-24T10:30"))
    await hear(house, minutes())
    await house.turn_clock(at("2026-11-30T09:05"))
    (action,) = last_agenda(house, SOCIAL)["open_actions"]
    assert sample("in", "meeting-minutes.recorded.v1")["data"]["actions"][0] == action
    assert [] == last_agenda(house, POLICE)["open_actions"]
    assert [] == last_agenda(house, COORDINATOR)["open_actions"]
    await hear(house, ended(house))
    (action,) = last_agenda(house, SOCIAL)["open_actions"]
    assert WITHHELD == action["what"]
    assert "youth" not in action
    kept = str([await house.rows("meetings", name) for name in ("minutes", "meetings", "series", "dockets")])
    assert NUMBER not in kept
    assert "vårdnadshavare" not in kept


async def test_an_est_meeting_speaks_of_places_and_never_of_persons(house: House) -> None:
    """Its agendas hold no concern, and minutes that name a youth are refused."""
    await hear(house, plan(forum="est"), activated(house), concern(house, SOCIAL))
    await house.turn_clock(AGENDA_OUT)
    assert [] == last_agenda(house, SOCIAL)["concerns"]
    event = minutes()
    await house.turn_clock(MEETING_OVER)
    await hear(house, event)
    expected = {(f"/{field}/0/youth", "personal_data_in_place_report") for field in ("prioritised", "actions")}
    assert expected == rejections(house, event)


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_and_repetition_ends_in_the_same_agendas(house: House, seed: int) -> None:
    """A consent ended, another in its place, concerns, series and minutes: shuffled and doubled, one end state."""
    everything: tuple[Event | dict[str, Any], ...] = (
        plan(),
        minutes("minutes-1", occurrence="2026-11-24T09:00:00"),
        activated(house),
        ended(house),
        activated(house, cells((SCHOOL, SOCIAL)), form="form-2"),
        activated(house, number=OTHER_NUMBER, form="form-3"),
        concern(house, SOCIAL),
        concern(house, SOCIAL, OTHER_NUMBER, "concern-2"),
        concern(house, POLICE),
    )
    order = Random(seed)
    house.clock.moment = MEETING_OVER
    await hear(house, *order.sample(everything, len(everything)), order=order, repeat=0.3)
    await house.turn_clock(at("2026-11-30T09:05"))
    youths = {each["concern_id"]: set(each["observation_ids"]) for each in last_agenda(house, SOCIAL)["concerns"]}
    assert {"concern-1": {f"seen-by-{SCHOOL}"}, "concern-2": {f"seen-by-{SCHOOL}", f"seen-by-{POLICE}"}} == youths
    assert ["2026-12-01"] == [each["due_on"] for each in last_agenda(house, SOCIAL)["open_actions"]]
    assert [] == last_agenda(house, POLICE)["concerns"]
    assert 1 == len(said(house, "meeting.held.v1"))
    assert not house.dead


@pytest.mark.parametrize("first", range(2))
async def test_decisions_that_do_not_know_of_each_other_are_never_both_committed(house: House, first: int) -> None:
    """Whichever of two handlers commits second has to be run again: it read what the other has changed."""
    room = house.rooms["meetings"]
    coordinator = room.agencies.get(COORDINATOR)
    assert coordinator is not None
    await hear(house, plan(), activated(house), concern(house, SOCIAL))
    house.clock.moment = at("2026-11-30T09:05")
    early = MeetingMinutesRecorded.model_validate(minutes(series_id="unknown", actions=[])["data"])
    series = MeetingSeriesPlanned.model_validate(plan(series_id="unknown")["data"])
    earlier = early.model_copy(update={"series_id": sample("in", "meeting-series.planned.v1")["data"]["series_id"]})

    async def issue(tx: Transaction) -> None:
        await handlers.agendas.issue_agendas(AgendaTimeReached(meeting_id=SECOND_MEETING), tx)

    pairs: tuple[tuple[Handling, Handling], ...] = (
        (issue, lambda tx: handlers.agendas.take_off_agendas(ended(house), tx)),
        (issue, lambda tx: handlers.agendas.put_on_docket(concern(house, SOCIAL, concern_id="concern-2"), tx)),
        (issue, lambda tx: handlers.minutes.record_minutes(earlier, coordinator, tx)),
        (
            lambda tx: handlers.minutes.record_minutes(early, coordinator, tx),
            lambda tx: handlers.series.plan_series(series, coordinator, tx),
        ),
    )
    for pair in pairs:
        one, other = room.begin(), room.begin()
        await pair[first](one)
        await pair[1 - first](other)
        await one.commit()
        with pytest.raises(Stale):
            await other.commit()
