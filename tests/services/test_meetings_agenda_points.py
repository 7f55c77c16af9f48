"""What stands under each of an agenda's points, on a real database."""

from __future__ import annotations

from datetime import timedelta

from services.meetings.agendas.points import secrecy_reminder
from shared.register import Entry, still_told
from tests.house import House, changed
from tests.services.agenda_samples import ISSUED, answer, areas, decide, evaluated, measure, point
from tests.services.meetings_samples import (
    AGENDA,
    AGENDA_OUT,
    COORDINATOR,
    MEETING_OVER,
    NUMBER,
    POLICE,
    SCHOOL,
    SOCIAL,
    activated,
    at,
    cells,
    concern,
    ended,
    hear,
    last_agenda,
    minutes,
    plan,
)

SECOND_OUT = at("2026-11-30T09:05")
IN_ORDER = ["attendance", "open_actions", "concerns", "priorities", "places", "decisions", "next_meeting"]


async def test_a_meeting_about_persons_has_seven_points_in_their_fixed_order(house: House) -> None:
    """Numbered, each with the name of its field and a Swedish heading; everybody has the same headings."""
    await hear(house, plan())
    await house.turn_clock(AGENDA_OUT)
    points = point(house, SOCIAL, "points")
    assert list(enumerate(IN_ORDER, 1)) == [(each["number"], each["name"]) for each in points]
    assert "Närvaro och påminnelse om sekretess" == points[0]["heading"]
    assert points == point(house, POLICE, "points") == point(house, COORDINATOR, "points")


async def test_what_there_is_nothing_to_say_about_is_left_out(house: House) -> None:
    """Before the first meeting: who is expected and the meeting after, beside what the contract shows."""
    await hear(house, plan())
    await house.turn_clock(AGENDA_OUT)
    assert {"points", "attendance", "next_meeting"} | ISSUED == set(last_agenda(house, SOCIAL))
    assert {"secrecy_reminder", "expected"} == set(point(house, SOCIAL, "attendance"))


async def test_the_first_point_reminds_of_secrecy_and_says_who_is_expected(house: House) -> None:
    """Every function that is called, the organiser's first, with what its mailbox has answered; no mailbox itself."""
    await hear(house, plan())
    await answer(house, "tentative")
    await house.turn_clock(AGENDA_OUT)
    attendance = point(house, POLICE, "attendance")
    assert secrecy_reminder("weekly_social_police") == attendance["secrecy_reminder"]
    assert "8 kap. 1 och 2 §§ offentlighets- och sekretesslagen" in attendance["secrecy_reminder"]
    assert [
        {"agency": COORDINATOR, "function": "samordnare", "required": True},
        {"agency": SOCIAL, "function": "socialsekreterare", "required": True, "answer": "tentative"},
        {"agency": SOCIAL, "function": "enhetschef", "required": False},
        {"agency": POLICE, "function": "områdespolis", "required": True},
        {"agency": POLICE, "function": "kommunpolis", "required": False},
    ] == attendance["expected"]


async def test_an_answer_to_the_invitation_sends_nobody_a_new_agenda(house: House) -> None:
    """It stands on the next one that is told for another reason."""
    await hear(house, plan())
    await house.turn_clock(AGENDA_OUT)
    for said in ("accepted", "declined"):
        house.clock.moment += timedelta(minutes=1)
        await answer(house, said)
    assert [1, 1, 1] == [len(house.told(agency, AGENDA)) for agency in (COORDINATOR, SOCIAL, POLICE)]
    await hear(house, activated(house), concern(house, SOCIAL))
    assert 2 == len(house.told(SOCIAL, AGENDA))
    assert "declined" == point(house, SOCIAL, "attendance")["expected"][1]["answer"]


async def test_each_concern_stands_with_its_basis(house: House) -> None:
    """The consent on which social services are told of it, and until when; what opens others' sight is not theirs."""
    opened = [activated(house), activated(house, cells((SCHOOL, POLICE)), form="form-2")]
    await hear(house, plan(), *opened, concern(house, SOCIAL), concern(house, POLICE))
    await house.turn_clock(AGENDA_OUT)
    basis = {"kind": "consent", "form_id": "form-1", "provision": "osl_10_1_12_2", "valid_until": "2027-05-15"}
    assert [[basis]] == [each["bases"] for each in last_agenda(house, SOCIAL)["concerns"]]
    await hear(house, ended(house))
    assert [["form-2"]] == [[of["form_id"] for of in each["bases"]] for each in last_agenda(house, POLICE)["concerns"]]


async def test_priorities_stand_with_the_agencies_that_put_the_youth_first_while_they_may_be_told(house: House) -> None:
    """Social services learn of the police's too, since the police may tell them; the other way round nobody may."""
    await hear(house, plan(), activated(house))
    await house.turn_clock(MEETING_OVER)
    await hear(house, minutes())
    await house.turn_clock(SECOND_OUT)
    youth = {"personal_identity_number": NUMBER}
    assert [{"youth": youth, "by": [SOCIAL, POLICE]}] == point(house, SOCIAL, "priorities")
    assert [{"youth": youth, "by": [POLICE]}] == point(house, POLICE, "priorities")
    assert point(house, COORDINATOR, "priorities") is None
    told = still_told(map(Entry.of, await house.rows("meetings", Entry.collection)))
    assert {(POLICE, SOCIAL), (SCHOOL, POLICE)} == {
        (row.released_by, row.received_by) for row in told if row.what == "agenda"
    }
    await hear(house, ended(house))
    assert [None, None] == [point(house, agency, "priorities") for agency in (SOCIAL, POLICE)]
    assert NUMBER not in str(last_agenda(house, SOCIAL)) + str(last_agenda(house, POLICE))


async def test_a_priority_from_before_an_erasure_stands_on_no_agenda_after_it(house: House) -> None:
    """The youth is met again and the same is consented to anew: what the meeting decided before stays forgotten."""
    await hear(house, plan(), activated(house))
    await house.turn_clock(MEETING_OVER)
    await hear(house, minutes())
    vault = house.rooms["meetings"].vault
    await vault.forget(activated(house).person_ref, house.clock.now(), "dnr 17", "operator")
    house.clock.moment += timedelta(minutes=1)
    await hear(house, activated(house))
    await house.turn_clock(SECOND_OUT)
    assert [None, None] == [point(house, agency, "priorities") for agency in (SOCIAL, POLICE)]


async def test_the_last_meeting_is_told_of_in_numbers(house: House) -> None:
    """Whether it was held and quorate, who was absent, how many actions each got; then the meeting after this one."""
    there = [{"agency": SOCIAL, "function": "socialsekreterare", "present": True}]
    there.append({"agency": POLICE, "function": "områdespolis", "present": False})
    await hear(house, plan())
    await house.turn_clock(MEETING_OVER)
    await hear(house, minutes(attendance=there))
    await house.turn_clock(SECOND_OUT)
    last = {"occurrence": "2026-11-24T09:00:00", "held": True, "quorate": False, "absent": ["police"]}
    assert last == point(house, POLICE, "attendance")["last_meeting"]
    given = {"occurrence": "2026-11-24T09:00:00", "actions": [{"owner": SOCIAL, "actions": 1}]}
    assert given == point(house, POLICE, "decisions")
    following = {"occurrence": "2026-12-08T09:00:00", "starts_at": "2026-12-08T09:00:00+01:00"}
    assert following == point(house, POLICE, "next_meeting")


async def test_a_meeting_moved_afterwards_is_the_next_one_at_its_new_time(house: House) -> None:
    """The agenda that is out is told again, to everybody."""
    await hear(house, plan())
    await house.turn_clock(AGENDA_OUT)
    move = {"occurrence": "2026-12-01T09:00:00", "starts_at": "2026-12-02T13:00:00"}
    await hear(house, changed("meeting-move.requested.v1", move))
    following = {"occurrence": "2026-12-01T09:00:00", "starts_at": "2026-12-02T13:00:00+01:00"}
    for agency in (COORDINATOR, SOCIAL, POLICE):
        assert 2 == len(house.told(agency, AGENDA))
        assert following == point(house, agency, "next_meeting")


async def test_an_overdue_action_is_marked_and_one_not_done_stands_once_more(house: House) -> None:
    """Due on 1 December: late on the 8th, not before; said not to be done, it stands as that once, then no more."""
    await hear(house, plan(), activated(house))
    await house.turn_clock(MEETING_OVER)
    await hear(house, minutes())
    await house.turn_clock(SECOND_OUT)
    assert [False] == ["overdue" in each for each in last_agenda(house, SOCIAL)["open_actions"]]
    await house.turn_clock(at("2026-12-07T09:05"))
    assert [True] == [each["overdue"] for each in last_agenda(house, SOCIAL)["open_actions"]]
    house.say(SOCIAL, changed("action.completed.v1", {"completed_on": "2026-12-07", "outcome": "not_done"}))
    await hear(house)
    (action,) = last_agenda(house, SOCIAL)["open_actions"]
    assert ("not_done", False) == (action["outcome"], "overdue" in action)
    await house.turn_clock(at("2026-12-14T09:05"))
    assert [] == last_agenda(house, SOCIAL)["open_actions"]


async def test_places_stand_on_agendas_about_persons_too(house: House) -> None:
    """The week's areas with owner, follow-up, how many weeks in a row, and the measures with their evaluation day."""
    await hear(house, plan())
    await decide(house, areas("Centrum", iso_week="2026-W46", follow_up_on="2026-11-17"), areas("Centrum", "Torget"))
    await decide(house, measure("Centrum"), measure("Torget", "measure-2", "2026-12-16"))
    await house.turn_clock(AGENDA_OUT)
    places = point(house, SOCIAL, "places")
    assert places == point(house, POLICE, "places")
    first, second = places["areas"]
    assert ("Centrum", "Otrygghet i Centrum", POLICE, "2026-11-24", 2) == tuple(
        first[name] for name in ("area", "problem", "owner", "follow_up_on", "weeks_in_a_row")
    )
    assert [("measure-1", SOCIAL, "2026-11-24", True)] == [
        (each["measure_id"], each["owner"], each["evaluate_on"], each["evaluation_due"]) for each in first["measures"]
    ]
    assert [1, False] == [second["weeks_in_a_row"], "evaluation_due" in second["measures"][0]]
    await hear(house, evaluated())
    assert "improved" == point(house, SOCIAL, "places")["areas"][0]["measures"][0]["effect"]
    assert 2 == len(house.told(POLICE, AGENDA))
