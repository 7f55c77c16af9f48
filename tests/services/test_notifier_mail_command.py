"""`samverkan mail`: what it lists is what is stored, its reasons are plain Swedish, and a letter can be sent again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import get_args

import pytest
from typer.testing import CliRunner

from services.notifier.channels.smtp import Connection
from services.notifier.documents import LetterState, Reason
from services.notifier.facts.shapes import LetterKind
from services.notifier.sending.claims import Found as Looked
from services.notifier.sending.claims import claim_due
from services.notifier.sending.sending import LEASE
from shared.operators import mail_command
from shared.operators.cli import app
from shared.operators.held_queue import NotPossible
from shared.operators.mail_command import ACTS, letter_named, letters_in, send_again
from shared.room import Room
from tests.house import House
from tests.services.mail_sink import MailSink
from tests.services.notifier_room import ALONE, hear, letters, send_all, states
from tests.services.notifier_samples import SERIES_ID, meeting_moved, reminder_time_reached


def test_every_state_and_reason_has_its_swedish() -> None:
    """What the notifier can write down, the command can explain, and each kind of letter has a name."""
    assert {*get_args(LetterState), "claimed"} == set(mail_command._STATES) == set(get_args(mail_command.State))
    assert set(get_args(Reason)) == set(mail_command._WHY)
    assert set(get_args(LetterKind)) == set(mail_command._KINDS)


async def test_the_list_shows_each_letter_in_its_state(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """By meeting, series and state; a letter in a sender's hand is being sent."""
    sink.to_recipients.append("550 5.1.1 No such mailbox")
    await hear(room, reminder_time_reached(**ALONE))
    await send_all(room, connection)
    await hear(room, reminder_time_reached(meeting_id="another"))
    await claim_due(room.db, house.clock.now(), LEASE, 1, Looked())

    assert ["claimed"] * 3 == [each.state for each in await letters_in(room.db, about="another")]
    assert 4 == len(await letters_in(room.db, about=SERIES_ID))
    (failed,) = await letters_in(room.db, state="failed")
    assert "samordnare@soderhamn.example" == failed.facts()["to"]


async def test_why_says_what_happened_and_what_to_do(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """Each attempt is a line with its time in Sweden and its code."""
    sink.to_recipients += ["451 4.7.1 Later", "550 5.1.1 No such mailbox"]
    await hear(room, reminder_time_reached(**ALONE))
    await send_all(room, connection)
    house.clock.moment = (await letters(room))[0].next_attempt_at
    await send_all(room, connection)

    lines = list((await letter_named(room.db, (await letters(room))[0].id)).reasons())

    assert "Brevet är inte skickat: det går inte att leverera." == lines[0]
    assert "2026-11-16 10:15:00  E-postservern bad oss försöka senare. (kod 451 4.7.1)" == lines[1]
    assert "Kontrollera adressen i serien och rätta den. (kod 550 5.1.1)" in lines[2]


async def test_a_letter_is_sent_again_under_a_new_id(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """The mailbox is open again, who asked is on record, and no server takes the letter for the one it had."""
    sink.to_recipients.append("550 5.1.1 No such mailbox")
    await hear(room, reminder_time_reached(**ALONE))
    await send_all(room, connection)
    (letter,) = await letters(room)

    await send_again(room.db, room.secret, letter.id, house.clock.now(), dry_run=True)
    assert (["failed"], []) == (await states(room), await room.db.find(ACTS, {}))
    await send_again(room.db, room.secret, letter.id, house.clock.now())
    await send_all(room, connection)

    assert ["sent"] == await states(room)
    assert [f"<{letter.id}.2@kommunen.example>"] == [each["Message-ID"] for each in sink.taken]
    assert [("resend", letter.id)] == [(act["act"], act["letter_id"]) for act in await room.db.find(ACTS, {})]
    assert [] == await room.db.find("suppressions", {})
    await room.db.delete(ACTS, {})


async def test_what_cannot_be_sent_again_says_why(house: House, room: Room, connection: Connection) -> None:
    """A letter that waits, a meeting that has begun, a letter that is not true any more, an id that is none."""
    await hear(room, reminder_time_reached(**ALONE))
    (letter,) = await letters(room)
    with pytest.raises(NotPossible, match="väntar redan"):
        await send_again(room.db, room.secret, letter.id, house.clock.now())
    await send_all(room, connection)
    with pytest.raises(NotPossible, match="för sent"):
        await send_again(room.db, room.secret, letter.id, reminder_time_reached().meeting.starts_at)
    await hear(room, reminder_time_reached(before="PT2H", **ALONE), meeting_moved(**ALONE))
    await send_all(room, connection)
    (withdrawn,) = await letters_in(room.db, state="withdrawn")
    with pytest.raises(NotPossible, match="senare besked"):
        await send_again(room.db, room.secret, withdrawn.letter["id"], house.clock.now())
    with pytest.raises(NotPossible, match="inget brev"):
        await send_again(room.db, room.secret, "nothing", house.clock.now())


@pytest.fixture
def samverkan(room: Room, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run the command on the room's database and return what it printed."""
    settings = room.settings
    for name in ("rabbitmq_url", "mongodb_uri", "database_prefix", "secrets_dir", "mongo_driver"):
        variable = type(settings).model_fields[name].alias
        assert variable is not None
        monkeypatch.setenv(variable, str(getattr(settings, name)))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["mail", *arguments])
        assert 0 == done.exit_code, done.output
        return done.stdout

    return run


async def test_the_commands_speak_swedish_and_json(
    house: House, room: Room, connection: Connection, samverkan: Callable[..., str]
) -> None:
    """List, show, why and a rehearsal of resend, for people and for machines; no text of a letter is shown."""
    await hear(room, reminder_time_reached(**ALONE))
    await send_all(room, connection)
    (letter,) = await letters(room)

    def told() -> dict[str, str]:
        return {
            "list": samverkan("list", "--json"),
            "show": samverkan("show", letter.id, "--json"),
            "why": samverkan("why", letter.id),
            "resend": samverkan("resend", letter.id, "--dry-run"),
        }

    said = await asyncio.to_thread(told)

    assert "sent" == json.loads(said["list"])["state"]
    assert ["taken"] == [each["reason"] for each in json.loads(said["show"])["tries"]]
    assert "E-postservern tog emot brevet." in said["why"]
    assert f"{letter.id} skulle skickas igen" in said["resend"]
    assert "Polisstationen" not in "".join(said.values())
