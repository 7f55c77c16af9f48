"""Of two things said about the same meeting the later one holds, whichever comes first; nobody is told the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.smtp import Connection
from services.notifier.documents import Delivery
from services.notifier.last_words import LastWord
from shared.events.event import Event
from shared.room import Room
from tests.house import House
from tests.services.mail_sink import MailSink
from tests.services.notifier_room import ALONE, deliveries, hear, send_all
from tests.services.notifier_samples import (
    CALLED_AT,
    MEETING,
    ORGANISER,
    POLICE,
    SOCIAL,
    actions_reminded,
    meeting_cancelled,
    meeting_moved,
    move_proposed,
    reminder_time_reached,
    series_announced,
)

MOVED_AGAIN: dict[str, Any] = {"starts_at": "2026-11-26T08:00:00Z", "ends_at": "2026-11-26T09:00:00Z", "sequence": 3}


def told(found: list[Delivery]) -> list[tuple[str, int, str]]:
    """Return kind, sequence and state of each letter."""
    return sorted((each.kind, each.sequence, letter.state) for each in found for letter in each.letters)


async def test_what_waits_is_withdrawn_when_something_else_is_said(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """A reminder and a move that wait for the window are withdrawn by a later move, and only that is sent."""
    await hear(room, reminder_time_reached(**ALONE), meeting_moved(**ALONE), meeting_moved(**ALONE, **MOVED_AGAIN))
    await send_all(room, connection)

    found = told(await deliveries(room))

    assert [("move", 2, "withdrawn"), ("move", 3, "sent"), ("reminder", 1, "withdrawn")] == found
    assert ["Flyttat: veckomöte vecka 48"] == [letter["Subject"] for letter in sink.taken]


async def test_the_order_in_which_words_come_makes_no_difference(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """Move, reminder of the old time, cancellation and announcement, heard in any order: the same letters are sent."""
    said: tuple[Event, ...] = (
        reminder_time_reached(**ALONE),
        meeting_moved(**ALONE),
        series_announced(**ALONE, change="changed", sequence=3),
        meeting_cancelled(**{**ALONE, "sequence": 4}),
    )
    ends = []
    for order in list(permutations(said))[::3]:
        await hear(room, *order)
        await send_all(room, connection)
        ends.append(sorted(str(letter["Subject"]) for letter in sink.taken))
        sink.taken.clear()
        await room.db.delete("deliveries", {})
        await room.db.delete("last_words", {})

    assert [["Inställt: veckomöte vecka 48", "Ändrat: veckomöte varje tisdag"]] == [
        list(each) for each in dict.fromkeys(map(tuple, ends))
    ]


async def test_a_reminder_of_the_new_time_is_sent(room: Room, connection: Connection, sink: MailSink) -> None:
    """What is said with the last word's own sequence is true, and so is what is said of other meetings."""
    await hear(room, meeting_moved(**ALONE), reminder_time_reached(**ALONE, sequence=2))
    other: dict[str, Any] = {"meeting_id": "another", "occurrence": datetime(2026, 12, 1, 9)}
    await hear(room, reminder_time_reached(**ALONE, **other))
    await send_all(room, connection)

    assert [("move", 2, "sent"), ("reminder", 1, "sent"), ("reminder", 2, "sent")] == told(await deliveries(room))


async def test_an_announcement_outdates_what_was_said_of_its_meetings(room: Room) -> None:
    """Reminders from before are not written, which may name the old place; those said with it or after it are."""
    moved = {
        "occurrence": MEETING["occurrence"],
        "starts_at": datetime(2026, 11, 25, 8, tzinfo=UTC),
        "ends_at": datetime(2026, 11, 25, 9, tzinfo=UTC),
        "place": None,
        "sequence": 4,
    }
    await hear(room, series_announced(**ALONE, change="changed", sequence=5, exceptions=(moved,)))
    await hear(room, reminder_time_reached(**ALONE))
    other: dict[str, Any] = {"meeting_id": "another", "occurrence": datetime(2026, 12, 1, 9)}
    await hear(room, reminder_time_reached(**ALONE, **other), reminder_time_reached(**ALONE, **other, sequence=5))
    await hear(room, move_proposed())

    created = [("change", 5), ("question", 1), ("reminder", 5)]
    assert [(*each, "created") for each in created] == told(await deliveries(room))


async def test_meetings_that_a_changed_series_drops_are_told_with_it(room: Room, connection: Connection) -> None:
    """They have no letter of their own, and their reminders are withdrawn."""
    await hear(room, reminder_time_reached(**ALONE))
    await hear(room, meeting_cancelled("series_changed", **ALONE), meeting_cancelled("series_ended", **ALONE))
    await send_all(room, connection)

    assert [("reminder", 1, "withdrawn")] == told(await deliveries(room))


async def test_who_is_called_no_more_is_taken_leave_of(room: Room, connection: Connection, sink: MailSink) -> None:
    """The farewell goes to those alone, and not to a mailbox that is still called for another function."""
    again = SOCIAL.model_copy(update={"function": "enhetschef"})
    gone = {"invited": (SOCIAL,), "no_longer_invited": (POLICE, again)}
    await hear(room, series_announced(change="changed", sequence=2, **gone))
    await send_all(room, connection)

    farewells = [letter["To"] for letter in sink.taken if letter["Subject"] == "Inte längre kallad: veckomöte"]
    assert [POLICE.email] == farewells
    assert {ORGANISER.email, SOCIAL.email} == {letter["To"] for letter in sink.taken} - {POLICE.email}


async def test_only_the_organiser_is_asked_and_an_answer_withdraws_the_question(
    room: Room, connection: Connection, sink: MailSink
) -> None:
    """The question goes to one mailbox; once the meeting is cancelled or moved it is not asked."""
    await hear(room, move_proposed())
    assert [[ORGANISER.email]] == [
        [letter.recipient.email for letter in each.letters] for each in await deliveries(room)
    ]

    christmas_eve = {"occurrence": datetime(2026, 12, 24, 9), "meeting_id": move_proposed().meeting.meeting_id}
    await hear(room, meeting_cancelled("red_day", **ALONE, **christmas_eve), move_proposed())
    await send_all(room, connection)

    assert [("cancellation", 2, "sent"), ("question", 1, "withdrawn")] == told(await deliveries(room))


async def test_a_cancellation_names_the_next_meeting_where_it_is_certain(room: Room) -> None:
    """From the series' rule: not where the next one is on a red day, nor where something is said of it."""
    await hear(room, series_announced(**ALONE, rrule="FREQ=WEEKLY;BYDAY=TU,TH"), meeting_cancelled(**ALONE))
    eve = {"meeting_id": "eve", "occurrence": datetime(2026, 12, 22, 9), "sequence": 3}
    await hear(room, meeting_cancelled(**{**ALONE, **eve}))
    before_eve = {"meeting_id": "before", "occurrence": datetime(2026, 12, 17, 9), "sequence": 4}
    await hear(room, meeting_cancelled(**{**ALONE, **before_eve}))

    stored = {each.sequence: each.facts_as_stored for each in await deliveries(room) if each.kind == "cancellation"}
    assert {2: datetime(2026, 11, 26, 8, tzinfo=UTC), 3: None, 4: None} == {
        sequence: facts and facts["next_at"] for sequence, facts in stored.items()
    }


async def test_actions_are_told_to_whom_they_concern(room: Room) -> None:
    """Soon due, each of the owner's mailboxes; overdue, the organiser alone; long past, nobody."""
    await hear(room, actions_reminded(recipients=(POLICE, SOCIAL, POLICE)), actions_reminded(overdue=True))
    await hear(room, actions_reminded(due_on=date(2026, 11, 1)))

    mailboxes = {each.kind: [letter.recipient for letter in each.letters] for each in await deliveries(room)}

    assert {"actions_due": [POLICE, SOCIAL], "actions_overdue": [ORGANISER]} == mailboxes


async def test_a_move_or_question_too_late_is_not_written(house: House, room: Room) -> None:
    """From the new start, or from the last moment to answer, nothing is written."""
    house.clock.moment = meeting_moved().meeting.starts_at
    await hear(room, meeting_moved(), meeting_cancelled())
    house.clock.moment = move_proposed().answer_by
    await hear(room, move_proposed())

    assert [] == await deliveries(room)


@given(st.lists(st.tuples(st.sampled_from([1, 8, 15]), st.integers(0, 9)), max_size=8), st.randoms())
def test_the_last_word_is_the_highest_in_any_order(said: list[tuple[int, int]], luck: Any) -> None:
    """Shuffled and repeated, the same words leave the same memory."""
    shuffled = [*said, *said]
    luck.shuffle(shuffled)
    memories = []
    for order in (said, shuffled):
        word = LastWord(id="series", heard_at=CALLED_AT)
        for day, sequence in order:
            word.hear_of_meeting(datetime(2026, 12, day, 9), sequence, CALLED_AT)
        memories.append(word.meetings)

    assert memories[0] == memories[1]
    for day, sequence in said:
        assert memories[0][datetime(2026, 12, day, 9).isoformat()] >= sequence


def test_meetings_long_past_are_forgotten() -> None:
    """Half a year after a meeting its word is let go with the next one."""
    word = LastWord(id="series", heard_at=CALLED_AT)
    word.hear_of_meeting(datetime(2026, 11, 24, 9), 1, CALLED_AT)
    word.hear_of_meeting(datetime(2027, 11, 24, 9), 9, CALLED_AT + timedelta(days=365))

    assert {"2027-11-24T09:00:00": 9} == word.meetings
