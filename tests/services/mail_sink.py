"""A real mail server on the loopback address that answers as it is told: takes letters, refuses, hangs, hangs up."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from aiosmtpd import smtp
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

HANG = "hang"
HANG_UP = "hang up"
PAUSE = "pause"
TAKEN = "250 OK"


@dataclass
class MailSink:
    """What the server was handed, and what it answers next; when it has no orders it takes everything."""

    port: int
    to_recipients: list[str] = field(default_factory=list)
    to_texts: list[str] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """Return the address in the words of `SMTP_URL`."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(  # noqa: N802 - aiosmtpd looks for this name
        self, server: smtp.SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count the connection."""
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, server: smtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer to a recipient."""
        answer = await self._next(self.to_recipients, server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: smtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Answer to a letter, and keep it if it is taken."""
        answer = await self._next(self.to_texts, server)
        if answer.startswith("250"):
            letter = message_from_bytes(envelope.content or b"", policy=SMTP)  # type: ignore[arg-type]  # bytes here
            assert isinstance(letter, EmailMessage)
            assert [letter["To"]] == envelope.rcpt_tos
            self.taken.append(letter)
        return answer

    async def _next(self, orders: list[str], server: smtp.SMTP) -> str:
        answer = orders.pop(0) if orders else TAKEN
        if answer == HANG:
            await asyncio.sleep(30)
        if answer == PAUSE:
            await asyncio.sleep(2)
            answer = TAKEN
        if answer == HANG_UP and server.transport is not None:
            server.transport.close()
        return answer


@contextmanager
def mail_sink(certificate: ssl.SSLContext | None = None) -> Iterator[MailSink]:
    """Run a mail server in a thread of its own; with a certificate it offers STARTTLS."""
    sink = MailSink(free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, tls_context=certificate)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
