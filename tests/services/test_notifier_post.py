"""Real conversations with a mail server, and where `SMTP_URL` leads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.notifier.channels.smtp import Connection, MailServer
from services.notifier.documents import Attempt
from tests.services.certificates import a_certificate
from tests.services.mail_sink import HANG, HANG_UP, TAKEN, free_port, mail_sink
from tests.services.notifier_samples import SOCIAL, a_reminder, an_invitation, mail_of

NOW = datetime(2026, 11, 16, 7, 0, 5, tzinfo=UTC)
LETTER = mail_of(an_invitation())


async def send_once(url: str, patience_seconds: float = 5.0) -> Attempt:
    """Hand in one letter over a connection of its own."""
    connection = Connection(MailServer.at(url), patience_seconds)
    attempt = await connection.send(LETTER, NOW)
    await connection.close()
    return attempt


async def test_a_letter_arrives_whole() -> None:
    """Å, ä and ö, the calendar part and the id pass through a real mail server unharmed."""
    with mail_sink() as sink:
        attempt = await send_once(sink.url)

    assert Attempt(at=NOW, reason="taken", code=250) == attempt
    assert [LETTER.content] == [letter.as_bytes() for letter in sink.taken]
    assert "Kallelse: veckomöte varje tisdag" == sink.taken[0]["Subject"]


async def test_one_connection_serves_letter_after_letter() -> None:
    """While there is work the connection stays, one recipient a letter."""
    with mail_sink() as sink:
        connection = Connection(MailServer.at(sink.url))
        for recipient in (SOCIAL, *[SOCIAL.model_copy(update={"email": f"s{n}@soderhamn.example"}) for n in range(9)]):
            await connection.send(mail_of(a_reminder(recipient)), NOW)
        await connection.close()

    assert (10, 1) == (len(sink.taken), sink.connections)


@pytest.mark.parametrize(
    ("to_recipient", "to_text", "expected"),
    [
        ("451 4.7.1 Try again later", TAKEN, Attempt(at=NOW, reason="deferred", code=451, enhanced="4.7.1")),
        (
            "550 5.1.1 <x@y.example> unknown",
            TAKEN,
            Attempt(at=NOW, reason="recipient_refused", code=550, enhanced="5.1.1"),
        ),
        (TAKEN, "421 Closing", Attempt(at=NOW, reason="deferred", code=421)),
        (TAKEN, "554 5.7.1 Spam", Attempt(at=NOW, reason="refused", code=554, enhanced="5.7.1")),
        ("530 5.7.0 Must issue STARTTLS", TAKEN, Attempt(at=NOW, reason="deferred", code=530, enhanced="5.7.0")),
        (TAKEN, HANG_UP, Attempt(at=NOW, reason="unreachable")),
    ],
)
async def test_the_servers_answer_is_kept_as_codes(to_recipient: str, to_text: str, expected: Attempt) -> None:
    """4xx is for now and 5xx for good; of the server's words only the codes stay."""
    with mail_sink() as sink:
        sink.to_recipients.append(to_recipient)
        sink.to_texts.append(to_text)
        assert expected == await send_once(sink.url)
        assert [] == sink.taken


async def test_after_a_refusal_the_next_letter_goes_through() -> None:
    """What a connection has been through does not touch the next letter."""
    with mail_sink() as sink:
        sink.to_recipients += ["451 later", TAKEN, "550 never"]
        connection = Connection(MailServer.at(sink.url))
        reasons = [(await connection.send(LETTER, NOW)).reason for _ in range(4)]
        await connection.close()

    assert ["deferred", "taken", "recipient_refused", "taken"] == reasons


async def test_a_server_that_hangs_is_left() -> None:
    """A server that never answers costs the patience given and no more."""
    with mail_sink() as sink:
        sink.to_texts.append(HANG)
        assert Attempt(at=NOW, reason="timeout") == await send_once(sink.url, patience_seconds=0.3)


async def test_nobody_at_home() -> None:
    """A port on which nothing listens is unreachable, not an error."""
    assert Attempt(at=NOW, reason="unreachable") == await send_once(f"smtp://127.0.0.1:{free_port()}")


async def test_no_encryption_no_letter() -> None:
    """Where STARTTLS is demanded and not offered, nothing is handed over."""
    with mail_sink() as sink:
        assert "unreachable" == (await send_once(f"{sink.url}?tls=starttls")).reason
        assert [] == sink.taken


async def test_a_certificate_of_nobodys_is_refused(tmp_path: Path) -> None:
    """A server that cannot prove who it is gets no letter."""
    with mail_sink(a_certificate(tmp_path, "127.0.0.1", timedelta(days=1))) as sink:
        assert "unreachable" == (await send_once(f"{sink.url}?tls=starttls")).reason
        assert [] == sink.taken


async def test_a_trusted_certificate_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a certificate that the machine trusts the letter goes over the encrypted way."""
    context = a_certificate(tmp_path, "127.0.0.1", timedelta(days=1))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with mail_sink(context) as sink:
        assert "taken" == (await send_once(f"{sink.url}?tls=starttls")).reason
        assert 2 == sink.connections  # EHLO before and after STARTTLS


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:1025", MailServer("127.0.0.1", 1025, "none")),
        ("smtp://localhost?tls=none", MailServer("localhost", 25, "none")),
        ("smtp://[::1]:1025", MailServer("::1", 1025, "none")),
        ("smtp://127.0.0.1?tls=starttls", MailServer("127.0.0.1", 587, "starttls")),
        ("smtp://mail.kommunen.example", MailServer("mail.kommunen.example", 587, "starttls")),
        ("smtp://sink:1025?tls=none", MailServer("sink", 1025, "none")),
        (
            "smtps://a%40b:p%2Fw@mail.kommunen.example",
            MailServer("mail.kommunen.example", 465, "implicit", "a@b", "p/w"),
        ),
    ],
)
def test_smtp_url_says_where_and_how(url: str, server: MailServer) -> None:
    """Encrypted unless the address is this machine or says otherwise."""
    assert server == MailServer.at(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.kommunen.example",
        "http://x",
        "smtp://",
        "smtp://x?tls=kanske",
        "smtp://u:p@x?tls=none",
        "smtp://x:port",
    ],
)
def test_a_bad_smtp_url_is_one_clear_line(url: str) -> None:
    """Each way of getting it wrong names the setting, and no password."""
    with pytest.raises(ValueError, match=r"^SMTP_URL: [^\n]+$"):
        MailServer.at(url)
