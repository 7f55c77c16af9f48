"""What becomes of actions: completed, carried over, not done, on a real database."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import pytest

from services.meetings import handlers
from services.meetings.minutes.actions import FollowedAction, open_actions
from services.meetings.series.documents import Series
from shared.events.agencies import ActionCompleted, MeetingMinutesRecorded
from shared.events.meetings import AgendaTimeReached
from shared.mongo import Stale
from shared.operators.waiting_command import waiting_in
from shared.vault import Vault
from tests.house import House, changed, sample
from tests.services.meetings_samples import (
    COORDINATOR,
    MEETING,
    NUMBER,
    OTHER_NUMBER,
    POLICE,
    SCHOOL,
    SOCIAL,
    activated,
    at,
    hear,
    last_agenda,
    minutes,
    plan,
    ref,
    rejections,
)

SERIES = plan()["data"]["series_id"]
ACTION = sample("in", "action.completed.v1")["data"]["action_id"]
AFTER = at("2026-11-24T10:30")
SECOND, THIRD, FOURTH = datetime(2026, 12, 1, 9), datetime(2026, 12, 8, 9), datetime(2026, 12, 15, 9)


def completed(outcome: str = "done", on: str = "2026-11-24", action_id: str = ACTION) -> dict[str, Any]:
    """Return what an owner says of an action, as a message of its own."""
    return changed("action.completed.v1", {"action_id": action_id, "completed_on": on, "outcome": outcome})


def action(action_id: str, due_on: str, owner: str = SOCIAL, number: str = NUMBER) -> dict[str, Any]:
    """Return an action as minutes agree it."""
    agreed: dict[str, Any] = sample("in", "meeting-minutes.recorded.v1")["data"]["actions"][0]
    youth = {"personal_identity_number": number}
    return agreed | {"action_id": action_id, "due_on": due_on, "owner": owner, "youth": youth}


async def say(house: House, agency: str, *events: dict[str, Any]) -> None:
    """Let an agency say something, and let everything that follows happen."""
    for event in events:
        house.say(agency, event | {"source": f"/agency/{agency}"})
    await hear(house)


async def decided(house: House, *said: dict[str, Any]) -> None:
    """Hold the first meeting and let its minutes be recorded, with the sample's action or others."""
    await hear(house, plan())
    await house.turn_clock(AFTER)
    await hear(house, *(said or (minutes(),)))


async def standing(house: House, occurrence: datetime = SECOND) -> list[FollowedAction]:
    """Return the actions that stand on an occurrence's agenda."""
    tx = house.rooms["meetings"].begin()
    series = await tx.get(Series, SERIES)
    assert series is not None
    return await open_actions(tx, series, occurrence)


def vault_of(house: House) -> Vault:
    """Return the vault."""
    return house.rooms["meetings"].vault


@pytest.mark.parametrize("outcome", ["done", "no_longer_needed"])
@pytest.mark.parametrize("comes_first", [False, True])
async def test_an_owners_word_closes_an_action(house: House, outcome: str, comes_first: bool) -> None:
    """It stands on no agenda any more, whether the word came after the minutes or before them."""
    word = completed(outcome, "2026-11-24")
    if comes_first:
        await hear(house, plan())
        await house.turn_clock(AFTER)
        await say(house, SOCIAL, word)
        await hear(house, minutes())
    else:
        await decided(house)
        assert [ACTION] == [each.action_id for each in await standing(house)]
        await say(house, SOCIAL, word)
    assert set() == rejections(house, word, SOCIAL)
    assert [] == await standing(house)


async def test_an_action_completed_while_its_agenda_is_out_goes_off_it(house: House) -> None:
    """The owner's agenda is issued anew without it; nobody else's is."""
    await decided(house)
    await house.turn_clock(at("2026-11-30T09:05"))
    assert [ACTION] == [each["action_id"] for each in last_agenda(house, SOCIAL)["open_actions"]]
    told = len(house.told(POLICE, "meeting-agenda.issued.v1"))
    await say(house, SOCIAL, completed())
    assert [] == last_agenda(house, SOCIAL)["open_actions"]
    assert told == len(house.told(POLICE, "meeting-agenda.issued.v1"))


async def test_another_agencys_word_never_counts_and_learns_nothing(house: House) -> None:
    """The police get the answer of an id that nobody knows, for the very same content; the owner still can complete."""
    await decided(house)
    of_owners, of_nobody = completed("done"), completed("done", action_id="nobody's")
    await say(house, POLICE, of_owners, of_nobody)
    answers = [house.answers_to(POLICE, each["id"])[0] for each in (of_owners, of_nobody)]
    assert [answers[0].keys()] * 2 == [each.keys() for each in answers]
    assert all(set() == rejections(house, each, POLICE) for each in (of_owners, of_nobody))
    assert [ACTION] == [each.action_id for each in await standing(house)]
    before = completed("done", "2026-01-01", "before")
    early = completed("not_done", "2026-01-01")
    await say(house, SCHOOL, before, early)
    assert all(set() == rejections(house, each, SCHOOL) for each in (before, early))
    await say(house, SOCIAL, completed())
    assert [] == await standing(house)


async def test_a_word_that_cannot_be_is_refused_with_every_fault(house: House) -> None:
    """A day to come, a day before the meeting's, and other content for an action that is completed."""
    await decided(house)
    ahead, before = completed(on="2026-11-25"), completed(on="2026-11-23")
    await say(house, SOCIAL, ahead, before)
    for word in (ahead, before):
        assert {("/completed_on", "wrong_value")} == rejections(house, word, SOCIAL)
    right, again = completed(on="2026-11-24"), completed(on="2026-11-24")
    other, worse = completed("not_done", "2026-11-24"), completed("not_done", "2026-11-23")
    await say(house, SOCIAL, right, again, other, worse)
    assert set() == rejections(house, right, SOCIAL) | rejections(house, again, SOCIAL)
    assert {("/action_id", "conflict")} == rejections(house, other, SOCIAL)
    assert {("/action_id", "conflict"), ("/completed_on", "wrong_value")} == rejections(house, worse, SOCIAL)
    assert [] == await standing(house)


async def test_a_word_from_before_the_meeting_is_forgotten_when_the_minutes_come(house: House) -> None:
    """It would have been refused after them, so it does not count, and does not stand in the way of a right one."""
    await hear(house, plan())
    await house.turn_clock(AFTER)
    await say(house, SOCIAL, completed(on="2026-11-20"))
    await hear(house, minutes())
    assert [ACTION] == [each.action_id for each in await standing(house)]
    right = completed(on="2026-11-24")
    await say(house, SOCIAL, right)
    assert set() == rejections(house, right, SOCIAL)
    assert [] == await standing(house)


async def test_a_word_about_an_action_that_no_minutes_gave_is_on_the_list_of_what_waits(house: House) -> None:
    """Until the minutes come; one that is not the sender's own stays there."""
    await hear(house, plan())
    await house.turn_clock(AFTER)
    await say(house, SOCIAL, completed())
    await say(house, POLICE, completed())
    databases = {name: room.db for name, room in house.rooms.items()}

    async def waiting() -> list[tuple[str, str]]:
        found = await waiting_in(databases, house.clock.now())
        return [(each.whose, each.id) for each in found if each.kind == "action"]

    assert [(POLICE, ACTION), (SOCIAL, ACTION)] == sorted(await waiting())
    await hear(house, minutes())
    assert [(POLICE, ACTION)] == await waiting()


async def test_what_nobody_completes_is_carried_over_from_meeting_to_meeting(house: House) -> None:
    """Actions of several minutes, the oldest meeting's first, marked when due before the day of the meeting."""
    await decided(house, minutes(actions=[action("a-1", "2026-12-01"), action("a-2", "2026-12-20", POLICE)]))
    await house.turn_clock(at("2026-12-01T10:30"))
    second = minutes("second", occurrence="2026-12-01T09:00:00", actions=[action("b-1", "2026-12-07")])
    await hear(house, second)
    assert [("a-1", False), ("a-2", False)] == [(each.action_id, each.overdue) for each in await standing(house)]
    third = await standing(house, THIRD)
    expected = [("a-1", True, "11-24"), ("a-2", False, "11-24"), ("b-1", True, "12-01")]
    assert expected == [(each.action_id, each.overdue, f"{each.occurrence:%m-%d}") for each in third]
    await say(house, SOCIAL, completed(on="2026-12-01", action_id="a-1"))
    assert ["a-2", "b-1"] == [each.action_id for each in await standing(house, FOURTH)]


async def test_what_was_not_done_stands_on_the_next_agenda_once_and_marked(house: House) -> None:
    """Said between the first meeting and the second: on the second's agenda, and not on the third's."""
    await decided(house)
    await say(house, SOCIAL, completed("not_done", "2026-11-24"))
    expected = [(ACTION, "not_done", False)]
    assert expected == [(each.action_id, each.outcome, each.overdue) for each in await standing(house)]
    assert [] == await standing(house, THIRD)


async def test_a_cancelled_meeting_is_not_the_next_one(house: House) -> None:
    """Nobody sees its agenda, so what was not done stands on the one after it."""
    await decided(house)
    await say(house, SOCIAL, completed("not_done", "2026-11-24"))
    cancelled = {"series_id": SERIES, "occurrence": "2026-12-01T09:00:00"}
    await hear(house, changed("meeting-cancellation.requested.v1", cancelled))
    assert [ACTION] == [each.action_id for each in await standing(house, THIRD)]
    assert [] == await standing(house, FOURTH)


async def test_an_erased_youths_action_is_nobodys(house: House) -> None:
    """It stands nowhere, though the owner may still say what became of it; others' actions stay."""
    both = [action("a-1", "2026-12-01"), action("a-2", "2026-12-01", number=OTHER_NUMBER)]
    await decided(house, minutes(actions=both))
    await vault_of(house).forget(ref(house), house.clock.now(), "dnr 17", "operator")
    assert ["a-2"] == [each.action_id for each in await standing(house)]
    word = completed(on="2026-11-24", action_id="a-1")
    await say(house, SOCIAL, word)
    assert set() == rejections(house, word, SOCIAL)


@pytest.mark.parametrize("first", range(2))
async def test_an_agenda_and_a_completion_that_do_not_know_of_each_other_are_never_both_committed(
    house: House, first: int
) -> None:
    """Whichever commits second has to be run again: the agenda told what the completion has changed."""
    room = house.rooms["meetings"]
    owner = room.agencies.get(SOCIAL)
    assert owner is not None
    await decided(house)
    house.clock.moment = at("2026-11-30T09:00")
    word = ActionCompleted.model_validate(completed()["data"])
    pair = (room.begin(), room.begin())
    await handlers.agendas.issue_agendas(AgendaTimeReached(meeting_id=MEETING.replace("11-24", "12-01")), pair[0])
    await handlers.minutes.complete_action(word, owner, pair[1])
    await pair[first].commit()
    with pytest.raises(Stale):
        await pair[1 - first].commit()


@pytest.mark.parametrize("first", range(2))
async def test_minutes_and_a_completion_that_do_not_know_of_each_other_are_never_both_committed(
    house: House, first: int
) -> None:
    """They meet in the action's own document, though neither finds anything of the other yet."""
    room = house.rooms["meetings"]
    owner, organiser = room.agencies.get(SOCIAL), room.agencies.get(COORDINATOR)
    assert owner is not None
    assert organiser is not None
    await hear(house, plan())
    house.clock.moment = AFTER
    word = ActionCompleted.model_validate(completed()["data"])
    recorded = MeetingMinutesRecorded.model_validate(minutes()["data"])
    pair = (room.begin(), room.begin())
    await handlers.minutes.record_minutes(recorded, organiser, pair[0])
    await handlers.minutes.complete_action(word, owner, pair[1])
    await pair[first].commit()
    with pytest.raises(Stale):
        await pair[1 - first].commit()


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_and_repetition_leaves_the_same_actions_open(house: House, seed: int) -> None:
    """The series, two meetings' minutes, its owners' words and a stranger's: shuffled and doubled, one end."""
    house.clock.moment = at("2026-12-01T10:30")
    own = [
        plan(),
        minutes(
            actions=[action("a-1", "2026-12-01"), action("a-2", "2026-12-20", POLICE), action("a-3", "2026-12-04")]
        ),
        minutes("second", occurrence="2026-12-01T09:00:00", actions=[action("b-1", "2026-12-07")]),
    ]
    words = [
        (SOCIAL, completed("done", "2026-11-30", "a-1")),
        (POLICE, completed("done", "2026-11-30", "a-3")),
        (SOCIAL, completed("not_done", "2026-12-01", "a-3")),
        (SOCIAL, completed("done", "2026-11-20", "a-2")),
        (SOCIAL, completed("done", "2026-11-24", "b-1")),
    ]
    order = Random(seed)
    for agency, word in order.sample(words, len(words)):
        house.say(agency, word | {"source": f"/agency/{agency}"})
    await hear(house, activated(house), *order.sample(own, len(own)), order=order, repeat=0.3)
    third = [(each.action_id, each.outcome) for each in await standing(house, THIRD)]
    assert [("a-2", None), ("a-3", "not_done"), ("b-1", None)] == third
    assert ["a-2", "b-1"] == [each.action_id for each in await standing(house, FOURTH)]
    assert not house.dead
