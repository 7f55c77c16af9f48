"""Which mailboxes get no more letters, and which noes say nothing about a mailbox."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from services.notifier.channels.smtp import Connection
from services.notifier.rules import ends_the_mailbox
from shared.room import Room
from tests.house import House
from tests.services.mail_sink import TAKEN, MailSink
from tests.services.notifier_room import ALONE, hear, letters, send_all, states
from tests.services.notifier_samples import ORGANISER, reminder_time_reached


@pytest.mark.parametrize(
    ("code", "enhanced", "ends"),
    [
        (550, "5.1.1", True),
        (550, None, True),
        (552, "5.2.2", True),
        (550, "5.7.1", False),  # they do not want our letters: our fault, or their policy
        (530, "5.7.0", False),  # encryption or login wanted
        (450, "4.2.1", False),
        (None, None, False),
    ],
)
def test_only_a_final_no_about_the_mailbox_ends_it(code: int | None, enhanced: str | None, ends: bool) -> None:
    """RFC 3463: 5.1 and 5.2 are about the mailbox, 5.7 about whom the server trusts, 4xx about today."""
    assert ends == ends_the_mailbox(code, enhanced)


async def test_a_mailbox_that_is_not_there_gets_no_further_letter(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """After 550 to the recipient the next letter to that mailbox, in any capitals, is suppressed and says so."""
    sink.to_recipients.append("550 5.1.1 No such mailbox")
    await hear(room, reminder_time_reached(**ALONE))
    await send_all(room, connection)

    shouting = ORGANISER.model_copy(update={"email": ORGANISER.email.upper()})
    await hear(room, reminder_time_reached(organiser=shouting, meeting_id="another", invited=()))
    await send_all(room, connection)

    assert ([], ["failed", "suppressed"]) == (sink.taken, sorted(await states(room)))
    assert ["suppressed"] == [each.attempts[-1].reason for each in await letters(room) if each.state == "suppressed"]
    assert "@" not in json.dumps(await room.db.find("suppressions", {}), default=str)


@pytest.mark.parametrize("to_recipient", ["451 4.2.2 Full", "421 4.7.0 Busy", "550 5.7.1 Not from you"])
async def test_other_noes_leave_the_mailbox_open(
    house: House, room: Room, connection: Connection, sink: MailSink, to_recipient: str
) -> None:
    """What is for now, or about us, stops one letter or one attempt, and the next letter goes."""
    sink.to_recipients += [to_recipient, TAKEN]
    await hear(room, reminder_time_reached(**ALONE))
    await send_all(room, connection)
    await hear(room, reminder_time_reached(meeting_id="another", invited=()))
    await send_all(room, connection)

    assert 1 == len(sink.taken)
    assert [] == await room.db.find("suppressions", {})


async def test_a_text_that_is_refused_says_nothing_of_the_mailbox(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """554 to the text ends the letter, not the mailbox."""
    sink.to_texts.append("554 5.7.1 Spam")
    await hear(room, reminder_time_reached(**ALONE))
    await send_all(room, connection)
    house.clock.moment += timedelta(days=1)

    assert (["failed"], []) == (await states(room), await room.db.find("suppressions", {}))
