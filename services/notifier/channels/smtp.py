"""The conversation with the mail server: where it is, one connection kept while there is work, one answer a letter.

The connection is encrypted or there is none, except to this machine itself or where `SMTP_URL` says `tls=none`. What
the server says beside its codes is never kept or logged: it quotes addresses.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from services.notifier.documents import Attempt, Reason
from services.notifier.letters.letter import Mail
from services.notifier.rules import is_refused_for_good

PATIENCE_SECONDS = 30.0
GOODBYE_SECONDS = 5.0
_IN_BRACKETS = re.compile(r"[!-;=?-~]{3,254}")
_Refused = type[SMTPSenderRefused] | type[SMTPRecipientRefused]
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed in, and how the way there is protected."""

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def at(cls, url: str) -> MailServer:
        """Read `smtps://host`, `smtp://host` (STARTTLS demanded) or `smtp://host?tls=none`; else `ValueError`."""
        parts, port = _split(url)
        asked = parse_qs(parts.query).get("tls", [""])[0]
        if asked not in ("", "none", "starttls"):
            raise ValueError("SMTP_URL: tls=starttls eller tls=none")
        host = parts.hostname or ""
        tls = _tls(parts.scheme, host, asked)
        if parts.username and tls == "none" and not is_this_machine(host):
            raise ValueError("SMTP_URL: lösenord skickas inte utan kryptering")
        return cls(
            host=host,
            port=port or {"implicit": 465, "starttls": 587, "none": 25}[tls],
            tls=tls,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


def _split(url: str) -> tuple[SplitResult, int | None]:
    wrong = ValueError("SMTP_URL: smtp://host:port eller smtps://host:port")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise wrong
    return parts, port


def _tls(scheme: str, host: str, asked: str) -> Literal["implicit", "starttls", "none"]:
    if scheme == "smtps":
        return "implicit"
    if asked == "none" or (asked == "" and is_this_machine(host)):
        return "none"
    return "starttls"


def is_this_machine(host: str) -> bool:
    """Say whether a host is this one, where what is sent passes no network."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Connection:
    """One connection to the mail server, opened by the first letter and kept for the next. For one task at a time."""

    def __init__(self, server: MailServer, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._server = server
        self._patience = patience_seconds
        self._smtp: SMTP | None = None

    async def send(self, mail: Mail, now: datetime) -> Attempt:
        """Hand in a letter and return what came of it; whatever the server does, within the patience given."""
        try:
            async with asyncio.timeout(self._patience):
                smtp = await self._opened()
                await _say(smtp, b"MAIL", b"FROM:", mail.frame.sender, SMTPSenderRefused)
                await _say(smtp, b"RCPT", b"TO:", mail.recipient, SMTPRecipientRefused)
                await smtp.data(mail.content)
            return Attempt(at=now, reason="taken", code=250)
        except (SMTPException, OSError) as error:  # TimeoutError is an OSError
            self._drop()
            return _attempt_of(error, now)
        except asyncio.CancelledError:
            self._drop()
            raise

    async def close(self) -> None:
        """Say goodbye, if the server still listens."""
        if self._smtp is None:
            return
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._smtp.quit()
        except (SMTPException, OSError):
            pass  # the letters are handed in; how the server takes its leave changes nothing
        finally:
            self._drop()

    async def _opened(self) -> SMTP:
        if self._smtp is None or not self._smtp.is_connected:
            self._smtp = SMTP(
                hostname=self._server.host,
                port=self._server.port,
                username=self._server.username,
                password=self._server.password,
                use_tls=self._server.tls == "implicit",
                start_tls=self._server.tls == "starttls",
                timeout=None,  # `send` has a patience for all of it; one of each word's own costs as much as the word
            )
            await self._smtp.connect()
            await _greet(self._smtp)
        return self._smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


async def _greet(smtp: SMTP) -> None:
    if smtp.is_ehlo_or_helo_needed:
        try:
            await smtp.ehlo()
        except SMTPHeloError:  # a server older than RFC 2821, or in a bad mood
            await smtp.helo()


async def _say(smtp: SMTP, verb: bytes, to: bytes, mailbox: str, refused: _Refused) -> None:
    """Name sender or recipient (RFC 5321, 4.1.1.2 and 4.1.1.3). The library would take the address apart anew.

    It was taken apart when the letter was written; here only what would end the brackets or the line is looked for.
    """
    if _IN_BRACKETS.fullmatch(mailbox) is None:
        raise refused(553, "5.1.3 not a mailbox", mailbox)
    response = await smtp.execute_command(verb, to + b"<" + mailbox.encode("ascii") + b">")
    if not 200 <= response.code < 300:
        raise refused(response.code, response.message, mailbox)


def _attempt_of(error: SMTPException | OSError, now: datetime) -> Attempt:
    """Return what an error says of the letter. Only an answer to the recipient or the text can refuse it for good.

    A refused greeting, login or sender is the house's fault: the letter waits for somebody to mend it.
    """
    if isinstance(error, SMTPRecipientRefused | SMTPDataError):
        final: Reason = "recipient_refused" if isinstance(error, SMTPRecipientRefused) else "refused"
        reason: Reason = final if is_refused_for_good(error.code) else "deferred"
        return Attempt(at=now, reason=reason, code=error.code, enhanced=_enhanced(error))
    if isinstance(error, SMTPResponseException):
        return Attempt(at=now, reason="deferred", code=error.code, enhanced=_enhanced(error))
    return Attempt(at=now, reason="timeout" if isinstance(error, TimeoutError) else "unreachable")


def _enhanced(error: SMTPResponseException) -> str | None:
    found = _ENHANCED.match(error.message)
    return found.group() if found else None
