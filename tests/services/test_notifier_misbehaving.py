"""Mail servers that misbehave at every step: each costs one attempt, none costs a letter, a hang or an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.notifier.channels.smtp import Connection, MailServer
from services.notifier.documents import Attempt
from shared.room import Room
from tests.house import House
from tests.services.certificates import a_certificate
from tests.services.mail_sink import MailSink, mail_sink
from tests.services.notifier_room import ALONE, hear, letters, send_all, states
from tests.services.notifier_samples import a_reminder, mail_of, reminder_time_reached

NOW = datetime(2026, 11, 16, 7, 0, 5, tzinfo=UTC)
MAIL = mail_of(a_reminder())
PATIENCE = 0.5
SILENCE, CLOSE, CLOSE_IN_TEXT = "silence", "close", "close in the middle of the text"
POLITE = {"": "220 hello", "EHLO": "250 hello", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", ".": "250 ok"}


@dataclass
class Misbehaving:
    """A mail server that is polite but for one step."""

    step: str
    deed: str

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one conversation."""
        try:
            await self._answer("", writer)
            while line := await reader.readline():
                word = line[:4].decode().strip().upper()
                await self._answer(word, writer)
                if word == "DATA" and (self.step != "DATA" or self.deed == CLOSE_IN_TEXT):
                    await self._take_text(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _take_text(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.deed == CLOSE_IN_TEXT:
            await reader.read(100)
            raise ConnectionResetError
        await reader.readuntil(b"\r\n.\r\n")
        await self._answer(".", writer)

    async def _answer(self, word: str, writer: asyncio.StreamWriter) -> None:
        answer = self.deed if word == self.step else POLITE.get(word, "250 ok")
        if answer == CLOSE:
            raise ConnectionResetError
        if answer == SILENCE:
            await asyncio.sleep(4 * PATIENCE)
        writer.write(f"{answer if answer != CLOSE_IN_TEXT else POLITE[word]}\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def misbehaving(step: str, deed: str) -> AsyncIterator[str]:
    """Run such a server; yields the words for `SMTP_URL`."""
    server = await asyncio.start_server(Misbehaving(step, deed).serve, "127.0.0.1", 0)
    async with server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def send_once(url: str) -> Attempt:
    """Hand in one letter over a connection of its own."""
    connection = Connection(MailServer.at(url), PATIENCE)
    attempt = await connection.send(MAIL, NOW)
    await connection.close()
    return attempt


@pytest.mark.parametrize("step", ["", "EHLO", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("deed", [SILENCE, CLOSE, "421 4.3.2 Closing", "451 4.3.0 Later", "what?", "999 what?"])
async def test_whatever_goes_wrong_for_now_is_tried_again(step: str, deed: str) -> None:
    """Silence, a closed door, 421, 451 and nonsense at any step: the letter waits, within the patience given."""
    async with misbehaving(step, deed) as url, asyncio.timeout(20):
        attempt = await send_once(url)

    by_helo = {"taken"} if step == "EHLO" and deed[0] in "49" else set()  # RFC 5321, 3.2: a client may fall back to it
    assert attempt.reason in {"timeout", "unreachable", "deferred"} | by_helo


async def test_a_connection_closed_in_the_middle_of_the_text_is_no_delivery() -> None:
    """Without the server's yes after the last line the letter is not sent."""
    async with misbehaving("DATA", CLOSE_IN_TEXT) as url:
        assert "taken" != (await send_once(url)).reason


@pytest.mark.parametrize(
    ("step", "deed", "reason"),
    [
        ("", "554 5.3.2 No service", "deferred"),
        ("MAIL", "550 5.7.1 Sender unknown", "deferred"),
        ("RCPT", "550 5.1.1 Unknown", "recipient_refused"),
        ("DATA", "554 5.7.1 No", "refused"),
        (".", "552 5.3.4 Too large", "refused"),
        (".", "550 5.7.1 Spam", "refused"),
    ],
)
async def test_a_final_no_ends_a_letter_only_where_it_is_about_the_letter(step: str, deed: str, reason: str) -> None:
    """550 to the greeting or the sender is the house's fault and is waited out; to recipient or text it is final."""
    async with misbehaving(step, deed) as url:
        assert reason == (await send_once(url)).reason


async def test_an_endless_answer_is_cut_off() -> None:
    """A server that never ends its answer costs an attempt, not the memory."""
    async with misbehaving("EHLO", "250-" + "x" * 60_000) as url:
        assert (await send_once(url)).reason in {"deferred", "unreachable", "timeout"}


@pytest.mark.parametrize("fault", ["unknown issuer", "another host", "expired"])
async def test_a_bad_certificate_gets_no_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Nobody vouches for it, it is for another machine, or its time is out: nothing is handed over."""
    valid = timedelta(days=-1) if fault == "expired" else timedelta(days=1)
    host = "192.0.2.1" if fault == "another host" else "127.0.0.1"
    context = a_certificate(tmp_path, host, valid)
    if fault != "unknown issuer":
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with mail_sink(context) as sink:
        assert "unreachable" == (await send_once(f"{sink.url}?tls=starttls")).reason
        assert [] == sink.taken


async def test_encryption_from_the_start_is_not_left_out() -> None:
    """`smtps` to a server that speaks plainly is no way out."""
    with mail_sink() as sink:
        assert (await send_once(sink.url.replace("smtp://", "smtps://"))).reason in {"unreachable", "timeout"}
        assert [] == sink.taken


@pytest.mark.parametrize(
    "mailbox", ["a>b@x.example", "a@x.example>\r\nRCPT TO:<b@x.example", "å@x.example", "a b@x.example"]
)
async def test_a_mailbox_that_would_end_its_brackets_is_refused_here(sink: MailSink, mailbox: str) -> None:
    """What could make a server read another recipient, or another word, out of an address never leaves the house."""
    letter, channel = mail_of(a_reminder()), Connection(MailServer.at(sink.url), PATIENCE)

    outcome = await channel.send(replace(letter, recipient=mailbox), NOW)

    assert ("recipient_refused", 553, "5.1.3") == (outcome.reason, outcome.code, outcome.enhanced)
    assert [] == sink.taken
    assert "taken" == (await channel.send(letter, NOW)).reason
    await channel.close()


async def test_a_server_that_comes_to_its_senses_gets_the_letter(
    house: House, room: Room, sink: MailSink, connection: Connection
) -> None:
    """After three kinds of trouble the letter is sent once, and each attempt is on record."""
    await hear(room, reminder_time_reached(**ALONE))
    for step, deed in (("", "421 4.3.2 Closing"), ("RCPT", "451 4.3.0 Later"), ("DATA", CLOSE_IN_TEXT)):
        async with misbehaving(step, deed) as url:
            await send_all(room, Connection(MailServer.at(url), PATIENCE))
        house.clock.moment = (await letters(room))[0].next_attempt_at
    await send_all(room, connection)

    assert (["sent"], 1) == (await states(room), len(sink.taken))
    assert "taken" == (await letters(room))[0].attempts[-1].reason
    assert 4 == len((await letters(room))[0].attempts)
