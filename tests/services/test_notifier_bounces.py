"""Letters that came back: each report read once, none lost, and what it says of letter and mailbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.notifier.channels.smtp import Connection
from services.notifier.incoming.bounces import Report
from services.notifier.incoming.mailbox import opened, take_in_mails
from services.notifier.sending.claims import Found, claim_due
from services.notifier.sending.sending import LEASE
from shared.room import Room
from tests.house import House
from tests.services.mail_sink import MailSink
from tests.services.notifier_room import ALONE, hear, let_leases_lapse, letters, send_all, states
from tests.services.notifier_samples import reminder_time_reached

REPORT = """\
From: MAILER-DAEMON@mx.example
To: samverkan@kommunen.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you about a person.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; samordnare@soderhamn.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such person

--b
Content-Type: {returned}

Message-ID: <{id}@kommunen.example>
Subject: Kallelse

--b--
"""


def a_report(
    letter_id: str, action: str = "failed", status: str = "5.1.1", returned: str = "text/rfc822-headers"
) -> bytes:
    """Return a delivery status notification about a letter."""
    text = REPORT.format(id=letter_id, action=action, status=status, returned=returned)
    return text.replace("\n", "\r\n").encode()


@pytest.fixture
async def sent(house: House, room: Room, connection: Connection) -> str:
    """Send one letter and return its id."""
    await hear(room, reminder_time_reached(**ALONE))
    await send_all(room, connection)
    return (await letters(room))[0].id


def put(folder: Path, name: str, raw: bytes) -> Path:
    """Put a report before the reader."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(raw)
    return folder


def names_in(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
async def test_a_hard_bounce_ends_letter_and_mailbox(
    room: Room, connection: Connection, sink: MailSink, sent: str, tmp_path: Path, returned: str
) -> None:
    """The letter is bounced with its code, no word of the report is kept, and the next letter is not sent."""
    assert 1 == await take_in_mails(room, put(tmp_path, "1.eml", a_report(sent, returned=returned)))
    await hear(room, reminder_time_reached(meeting_id="another", invited=()))
    await send_all(room, connection)

    assert ["bounced", "suppressed"] == sorted(await states(room))
    bounced = next(letter for letter in await letters(room) if letter.state == "bounced")
    assert [("taken", None), ("bounced", "5.1.1")] == [(each.reason, each.enhanced) for each in bounced.attempts]
    assert "person" not in str(await room.db.find("deliveries", {}))
    assert 1 == len(sink.taken)


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("failed", "4.2.2")])
async def test_a_soft_bounce_is_noted_and_ends_nothing(
    room: Room, sent: str, tmp_path: Path, action: str, status: str
) -> None:
    """Delays and full mailboxes are on the letter's record; the mailbox gets its next letter."""
    await take_in_mails(room, put(tmp_path, "1.eml", a_report(sent, action, status)))

    (letter,) = await letters(room)
    assert ("sent", "bounced_for_now") == (letter.state, letter.attempts[-1].reason)
    assert [] == await room.db.find("suppressions", {})


async def test_a_report_counts_once_however_often_it_is_read(room: Room, sent: str, tmp_path: Path) -> None:
    """After a crash between commit and move the report is read again, in a Maildir too, and changes nothing."""
    for place, name in ((tmp_path, "1.eml"), (tmp_path / "new", "1700000000.M1.mx"), (tmp_path / "cur", "1:2,S")):
        put(place, name, a_report(sent))
        await take_in_mails(room, tmp_path)

    assert 2 == len((await letters(room))[0].attempts)
    assert 3 == len(list((tmp_path / "read").iterdir()))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 100,
        b"Subject: Autosvar\r\n\r\nJag har semester.",
        a_report("no-id-of-ours"),
        a_report("00000000-0000-5000-8000-000000000000"),
        a_report("00000000-0000-5000-8000-000000000000").replace(b"Action: failed", b"Action: \xff\xfe"),
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n",
    ],
)
async def test_what_is_no_report_of_ours_is_put_aside(room: Room, sent: str, tmp_path: Path, raw: bytes) -> None:
    """Nothing is thrown away and nothing stops the reading of the next one."""
    put(tmp_path, "1.eml", raw)
    put(tmp_path, "2.eml", a_report(sent))

    assert 1 == await take_in_mails(room, tmp_path)

    assert [raw] == [path.read_bytes() for path in (tmp_path / "aside").iterdir()]
    assert ["bounced"] == await states(room)
    assert ["aside", "read"] == names_in(tmp_path)


async def test_a_report_waits_while_its_delivery_is_being_sent(
    house: House, room: Room, sent: str, tmp_path: Path
) -> None:
    """A report never takes a delivery out of a sender's hand: it is read when the sender is done."""
    await room.db.change("deliveries", {}, {"$set": {"state": "created", "letters.0.state": "created"}})
    (held,) = await claim_due(room.db, house.clock.now(), LEASE, 1, Found())
    put(tmp_path, "1.eml", a_report(sent))

    assert 0 == await take_in_mails(room, tmp_path)
    assert ["1.eml"] == names_in(tmp_path)

    await let_leases_lapse(room)
    await room.db.change("deliveries", {"_id": held.id}, {"$set": {"state": "done"}})
    assert 1 == await take_in_mails(room, tmp_path)


def test_what_a_server_says_of_success_is_no_bounce() -> None:
    """Relayed, delivered and expanded are no failures."""
    report = opened(a_report("00000000-0000-5000-8000-000000000000", "relayed", "2.0.0"))

    assert isinstance(report, Report)
    assert "other" == report.action
