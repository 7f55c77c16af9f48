"""Owners are reminded before an action's day and the organiser told after it: once, of what is still open."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from shared.events.meetings import ActionTimeReached
from shared.outgoing import event_message
from tests.house import House, changed
from tests.services.meetings_samples import (
    COORDINATOR,
    NUMBER,
    OTHER_NUMBER,
    POLICE,
    SCHOOL,
    SOCIAL,
    at,
    hear,
    minutes,
    plan,
    ref,
    rejections,
    said,
)
from tests.services.test_meetings_actions import ACTION, AFTER, SERIES, action, completed, decided, say

ISSUED, TIME, OVERDUE = "action-reminder.issued.v1", "action-time.reached.v1", "action.overdue.v1"
SOCIALS = {"mottag@soderhamn.example", "enhetschef@soderhamn.example"}
ORGANISER = "samordnare@soderhamn.example"
LAST_WORKING_DAY, DAY_AFTER = at("2026-11-30T08:00"), at("2026-12-02T08:00")


def issued(house: House) -> list[dict[str, Any]]:
    """Return the reminders of actions that have gone out."""
    return [json.loads(each) for each in said(house, ISSUED)]


def mailboxes(reminder: dict[str, Any]) -> set[str]:
    """Return whom a reminder goes to."""
    return {each["email"] for each in reminder["recipients"]}


def counted(house: House) -> list[tuple[str, bool, int]]:
    """Return owner, kind and count of each reminder that has gone out, sorted."""
    return sorted((each["owner"], each["overdue"], each["actions"]) for each in issued(house))


async def test_an_owner_is_reminded_at_eight_on_the_last_working_day_before(house: House) -> None:
    """Once, at every mailbox of its functions, whatever the number of actions; and nothing in it is about anybody."""
    both = [action("a-1", "2026-12-01"), action("a-2", "2026-12-01", number=OTHER_NUMBER)]
    await decided(house, minutes(actions=[*both, action("a-3", "2026-12-10")]))
    await house.turn_clock(at("2026-11-30T07:59"))
    assert [] == issued(house)
    await house.turn_clock(LAST_WORKING_DAY)
    (reminder,) = issued(house)
    assert (SOCIAL, "2026-12-01", False, 2) == (
        reminder["owner"],
        reminder["due_on"],
        reminder["overdue"],
        reminder["actions"],
    )
    assert mailboxes(reminder) == SOCIALS
    assert ORGANISER == reminder["organiser"]["email"]
    for secret in ("vårdnadshavare", NUMBER, ref(house), "a-1"):
        assert secret not in str(reminder)


async def test_the_organiser_is_told_the_first_working_day_after(house: House) -> None:
    """By a reminder, and its agency's system of each action still open; again neither."""
    both = [action("a-1", "2026-12-01"), action("a-2", "2026-12-01"), action("a-3", "2026-12-01")]
    await decided(house, minutes(actions=both))
    await say(house, SOCIAL, completed(action_id="a-2"))
    for moment in (LAST_WORKING_DAY, at("2026-12-02T07:59")):
        await house.turn_clock(moment)
        assert [] == house.told(COORDINATOR, OVERDUE)
    await house.turn_clock(DAY_AFTER)
    (_, overdue) = issued(house)
    assert (True, 2, {ORGANISER}) == (overdue["overdue"], overdue["actions"], mailboxes(overdue))
    told = {"owner": SOCIAL, "due_on": "2026-12-01", "series_id": SERIES, "occurrence": "2026-11-24T09:00:00"}
    assert [{"action_id": each, **told} for each in ("a-1", "a-3")] == house.told(COORDINATOR, OVERDUE)
    assert [] == house.told(SOCIAL, OVERDUE)
    await house.turn_clock(at("2026-12-09T12:00"))
    assert 2 == len(issued(house))


@pytest.mark.parametrize("outcome", ["done", "no_longer_needed", "not_done"])
async def test_whatever_an_owner_says_ends_the_reminders(house: House, outcome: str) -> None:
    """Nothing open, nothing said."""
    await decided(house)
    await say(house, SOCIAL, completed(outcome))
    await house.turn_clock(DAY_AFTER)
    assert [] == issued(house)
    assert [] == house.told(COORDINATOR, OVERDUE)


async def test_an_erased_youths_action_reminds_nobody(house: House) -> None:
    """The count is of the others."""
    both = [action("a-1", "2026-12-01"), action("a-2", "2026-12-01", number=OTHER_NUMBER)]
    await decided(house, minutes(actions=both))
    await house.rooms["meetings"].vault.forget(ref(house), house.clock.now(), "dnr 17", "operator")
    await house.turn_clock(LAST_WORKING_DAY)
    await house.turn_clock(DAY_AFTER)
    assert [(SOCIAL, False, 1), (SOCIAL, True, 1)] == counted(house)
    assert ["a-2"] == [each["action_id"] for each in house.told(COORDINATOR, OVERDUE)]


async def test_minutes_that_come_late_remind_at_once_and_of_no_day_that_has_passed(house: House) -> None:
    """Recorded on the day: its owner at once, the organiser the day after. Recorded later: the organiser at once."""
    await hear(house, plan())
    await house.turn_clock(at("2026-12-01T12:00"))
    await hear(house, minutes())
    assert [(SOCIAL, False, 1)] == counted(house)
    await house.turn_clock(at("2026-12-10T12:00"))
    assert [(SOCIAL, False, 1), (SOCIAL, True, 1)] == counted(house)
    late = minutes("late", occurrence="2026-12-01T09:00:00", actions=[action("b-1", "2026-12-03", POLICE)])
    await hear(house, late)
    assert [(POLICE, True, 1), (SOCIAL, False, 1), (SOCIAL, True, 1)] == counted(house)


async def test_a_house_away_over_an_actions_day_does_not_remind_its_owner_late(house: House) -> None:
    """The organiser is told; that something was due yesterday helps nobody before it."""
    await decided(house)
    await house.turn_clock(at("2026-12-02T09:00"))
    assert [(SOCIAL, True, 1)] == counted(house)


async def test_reminders_go_to_the_mailboxes_of_the_plan_in_force(house: House) -> None:
    """A function's new one; and the organiser's, for an owner that is not called any more, so that somebody knows."""
    fields = plan()["data"]
    school = {"agency": SCHOOL, "function": "rektor", "email": "rektor@soderhamn.example", "required": False}
    await hear(house, plan(participants=[*fields["participants"], school]))
    await house.turn_clock(AFTER)
    agreed = [action("a-1", "2026-12-01"), action("a-2", "2026-12-01", SCHOOL)]
    await hear(house, minutes(actions=agreed))
    police = [each for each in fields["participants"] if each["agency"] == POLICE]
    new = {"agency": SOCIAL, "function": "socialsekreterare", "email": "ny@soderhamn.example", "required": True}
    change = changed("meeting-series.changed.v1", fields | {"revision": 2, "participants": [*police, new]})
    await hear(house, change)
    assert set() == rejections(house, change)
    await house.turn_clock(LAST_WORKING_DAY)
    found = {each["owner"]: mailboxes(each) for each in issued(house)}
    assert {SOCIAL: {"ny@soderhamn.example"}, SCHOOL: {ORGANISER}} == found


async def test_a_time_said_again_reminds_nobody_twice(house: House) -> None:
    """An action agreed after the reminder had gone out is reminded of, with those that are still open."""
    await decided(house)
    await house.turn_clock(LAST_WORKING_DAY)
    again = ActionTimeReached.model_validate(json.loads(said(house, TIME)[0]))
    await house.post(event_message(again, "somebody", house.clock.now()))
    await hear(house)
    assert [(SOCIAL, False, 1)] == counted(house)
    await house.turn_clock(at("2026-12-01T10:30"))
    await hear(house, minutes("second", occurrence="2026-12-01T09:00:00", actions=[action("b-1", "2026-12-01")]))
    assert [(SOCIAL, False, 1), (SOCIAL, False, 2)] == counted(house)


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_and_repetition_reminds_once(house: House, seed: int) -> None:
    """Series, minutes and words shuffled and doubled, then each moment reached: one reminder for an owner and a day."""
    house.clock.moment = AFTER
    order = Random(seed)
    agreed = [action("a-1", "2026-12-01"), action("a-2", "2026-12-01"), action("a-3", "2026-12-01", POLICE)]
    own = [
        plan(),
        minutes(actions=[*agreed, action(ACTION, "2026-12-01")]),
        minutes("again", actions=[*agreed, action(ACTION, "2026-12-01")]),
    ]
    house.say(SOCIAL, completed() | {"source": f"/agency/{SOCIAL}"})
    house.say(POLICE, completed(action_id="a-1") | {"source": f"/agency/{POLICE}"})
    await hear(house, *order.sample(own, len(own)), order=order, repeat=0.3)
    for moment in (LAST_WORKING_DAY, DAY_AFTER):
        house.clock.moment = moment
        await house.settle(order, 0.3)
    assert [(POLICE, False, 1), (POLICE, True, 1), (SOCIAL, False, 2), (SOCIAL, True, 2)] == counted(house)
    assert ["a-1", "a-2", "a-3"] == sorted(each["action_id"] for each in house.told(COORDINATOR, OVERDUE))
    assert not house.dead
