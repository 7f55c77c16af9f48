"""Who comes: answers of agencies and of calendars, in any order, on a real database."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import pytest

from services.meetings.series.documents import Meeting
from services.meetings.series.invitations import answers_for
from shared.events.event import Event
from shared.events.meetings import Answered
from shared.events.notifier import InvitationReplied
from tests.house import House, changed
from tests.services.meetings_samples import MEETING, POLICE, SCHOOL, SOCIAL, at, hear, plan, rejections

SERIES = plan()["data"]["series_id"]
FIRST, SECOND = "2026-11-24T09:00:00", "2026-12-01T09:00:00"
MAILBOX, CHIEF, OFFICER = "mottag@soderhamn.example", "enhetschef@soderhamn.example", "omradespolis@polisen.example"


def answered(
    answer: str, email: str = MAILBOX, time: str = "2026-11-16T08:00:00+01:00", **changes: Any
) -> dict[str, Any]:
    """Return an agency's answer for a mailbox, said at that time."""
    event = changed("meeting-invitation.answered.v1", {"answer": answer, "email": email, **changes})
    return event | {"time": time, "source": f"/agency/{SOCIAL}"}


def replied(
    answer: Answered, email: str = MAILBOX, time: str = "2026-11-16T09:00", occurrence: str | None = FIRST
) -> InvitationReplied:
    """Return a calendar's answer."""
    return InvitationReplied(
        series_id=SERIES,
        occurrence=None if occurrence is None else datetime.fromisoformat(occurrence),
        email=email,
        answer=answer,
        replied_at=at(time),
    )


async def say(house: House, agency: str, *events: dict[str, Any]) -> None:
    """Let an agency say something, and let everything that follows happen."""
    for event in events:
        house.say(agency, event | {"source": f"/agency/{agency}"})
    await hear(house)


async def coming(house: House, occurrence: str = FIRST) -> dict[str, Answered]:
    """Return who has answered what about a meeting."""
    tx = house.rooms["meetings"].begin()
    meeting = await tx.get(Meeting, MEETING.replace(FIRST, occurrence))
    assert meeting is not None
    return await answers_for(tx, meeting)


async def test_an_answer_is_kept_for_its_meeting_and_mailbox(house: House) -> None:
    """Capital letters make no difference; the other meetings and mailboxes know nothing of it."""
    await hear(house, plan())
    await say(house, SOCIAL, answered("accepted", "Mottag@Soderhamn.example"))
    await say(house, POLICE, answered("declined", OFFICER))
    assert {MAILBOX: "accepted", OFFICER: "declined"} == await coming(house)
    assert {} == await coming(house, SECOND)


async def test_of_several_answers_the_one_said_latest_holds(house: House) -> None:
    """Heard in the other order it is the same, and a calendar's answer and a message's count alike."""
    await hear(house, plan())
    later = answered("tentative", time="2026-11-16T10:00:00+01:00")
    await say(house, SOCIAL, later, answered("accepted", time="2026-11-16T09:59:59+01:00"))
    assert {MAILBOX: "tentative"} == await coming(house)
    house.clock.moment = at("2026-11-16T12:00")
    await hear(house, replied("declined", "MOTTAG@soderhamn.example", "2026-11-16T11:00"))
    await hear(house, replied("accepted", time="2026-11-16T09:30"))
    assert {MAILBOX: "declined"} == await coming(house)
    await say(house, SOCIAL, answered("accepted", time="2026-11-16T12:00:00+01:00"))
    assert {MAILBOX: "accepted"} == await coming(house)


async def test_a_calendar_with_a_wrong_clock_does_not_have_the_last_word_for_ever(house: House) -> None:
    """A reply from next year counts as said when it was heard."""
    await hear(house, plan(), replied("declined", time="2027-11-16T09:00"))
    assert {MAILBOX: "declined"} == await coming(house)
    house.clock.moment = at("2026-11-17T08:00")
    await say(house, SOCIAL, answered("accepted", time="2026-11-17T08:00:00+01:00"))
    assert {MAILBOX: "accepted"} == await coming(house)


async def test_an_answer_to_the_series_counts_for_each_meeting_until_a_later_one_about_it(house: House) -> None:
    """Accepted as a whole, the second meeting declined; then the whole declined."""
    house.clock.moment = at("2026-11-16T14:00")
    await hear(house, plan(), replied("accepted", occurrence=None))
    await hear(house, replied("declined", time="2026-11-16T10:00", occurrence=SECOND))
    assert [{MAILBOX: "accepted"}, {MAILBOX: "declined"}] == [await coming(house), await coming(house, SECOND)]
    await hear(house, replied("tentative", time="2026-11-16T11:00", occurrence=None))
    assert [{MAILBOX: "tentative"}] * 2 == [await coming(house), await coming(house, SECOND)]


async def test_an_answer_from_before_a_move_is_none_to_the_new_time(house: House) -> None:
    """Whoever accepted Tuesday has said nothing of Wednesday; another place at the same time changes nothing."""
    house.clock.moment = at("2026-11-16T12:00")
    await hear(house, plan(), replied("accepted", occurrence=None), replied("accepted", OFFICER))
    move = {"series_id": SERIES, "occurrence": FIRST}
    place = changed("meeting-move.requested.v1", move | {"starts_at": FIRST, "place": "Rum 4"})
    day = changed("meeting-move.requested.v1", move | {"starts_at": "2026-11-25T09:00:00"})
    await hear(house, place | {"time": "2026-11-16T10:00:00+01:00"})
    assert {MAILBOX: "accepted", OFFICER: "accepted"} == await coming(house)
    await hear(house, day | {"time": "2026-11-16T11:00:00+01:00"})
    assert {} == await coming(house)
    await hear(house, replied("tentative", OFFICER, "2026-11-16T11:30"))
    assert {OFFICER: "tentative"} == await coming(house)
    assert {MAILBOX: "accepted"} == await coming(house, SECOND)


@pytest.mark.parametrize(
    ("agency", "event", "expected"),
    [
        (SOCIAL, answered("accepted", "nobody@soderhamn.example"), {("/email", "wrong_value")}),
        (SCHOOL, answered("accepted", MAILBOX), {("/series_id", "not_your_agency")}),
        (SCHOOL, answered("accepted", occurrence="2026-11-25T09:00:00"), {("/series_id", "not_your_agency")}),
        (SOCIAL, answered("accepted", OFFICER), {("/email", "not_your_agency")}),
        (SOCIAL, answered("accepted", occurrence="2026-11-25T09:00:00"), {("/occurrence", "unknown_reference")}),
        (
            SOCIAL,
            answered("accepted", OFFICER, occurrence="2150-11-24T09:00:00"),
            {("/email", "not_your_agency"), ("/occurrence", "unknown_reference")},
        ),
    ],
)
async def test_an_answer_that_is_nobodys_to_give_is_refused(
    house: House, agency: str, event: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    """A mailbox that is not called, another agency's, a meeting that is not there; a stranger learns of neither."""
    await hear(house, plan())
    await say(house, agency, event)
    assert expected == rejections(house, event, agency)
    assert [] == await house.rows("meetings", "invitation_answers")


async def test_a_reply_from_a_mailbox_that_is_not_called_is_kept_out(house: House) -> None:
    """It is anybody's mail: not stored, and no dead letter either; so is one about a meeting that is not there."""
    await hear(house, replied("accepted"))
    await hear(house, plan(), replied("accepted", "nobody@soderhamn.example"))
    await hear(house, replied("accepted", occurrence="2026-11-25T09:00:00"))
    assert [] == await house.rows("meetings", "invitation_answers")
    assert not house.dead


async def test_early_answers_wait_for_their_series_and_a_strangers_never_shows(house: House) -> None:
    """The school's word about the police's mailbox neither counts nor hides the police's own."""
    early, strangers = answered("accepted", OFFICER), answered("declined", OFFICER, "2026-11-16T09:00:00+01:00")
    await say(house, POLICE, early)
    await say(house, SCHOOL, strangers)
    await say(house, SOCIAL, answered("accepted", "nobody@soderhamn.example"))
    assert set() == rejections(house, early, POLICE) | rejections(house, strangers, SCHOOL)
    await hear(house, plan())
    assert {OFFICER: "accepted"} == await coming(house)


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_and_repetition_ends_in_the_same_answers(house: House, seed: int) -> None:
    """The same instant said two ways too: then the more cautious holds."""
    house.clock.moment = at("2026-11-16T14:00")
    await hear(house, plan())
    order = Random(seed)
    words = [
        (SOCIAL, answered("accepted", time="2026-11-16T10:00:00+01:00")),
        (SOCIAL, answered("declined", time="2026-11-16T10:00:00+01:00")),
        (SOCIAL, answered("tentative", time="2026-11-16T10:00:00+01:00")),
        (SOCIAL, answered("declined", CHIEF, time="2026-11-16T10:00:00+01:00")),
        (POLICE, answered("accepted", OFFICER, time="2026-11-16T09:00:00+01:00")),
    ]
    calendars: list[Event | dict[str, Any]] = [
        replied("accepted", CHIEF, "2026-11-16T11:00", None),
        replied("tentative", CHIEF, "2026-11-16T09:00"),
        replied("tentative", OFFICER, "2026-11-16T08:00", None),
        plan() | {"id": "again"},
    ]
    for agency, word in order.sample(words, len(words)):
        house.say(agency, word | {"source": f"/agency/{agency}"})
    await hear(house, *order.sample(calendars, len(calendars)), order=order, repeat=0.3)
    assert {MAILBOX: "declined", CHIEF: "accepted", OFFICER: "accepted"} == await coming(house)
    assert not house.dead
