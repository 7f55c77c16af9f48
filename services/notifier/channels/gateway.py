"""The other way out: a gateway for e-mail or secure messages that takes letters as JSON over HTTPS.

The same letter always has the same `Idempotency-Key`, so a gateway that keeps its word sends it once. What the gateway
says beside its status is never kept or logged: it may quote addresses.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from services.notifier.channels.smtp import PATIENCE_SECONDS, is_this_machine
from services.notifier.documents import Attempt
from services.notifier.letters.letter import Mail
from shared.outbox import real_now

LONGEST_ASKED_SECONDS = 3600
_NOT_FINAL = frozenset({408, 409, 425, 429})
"""Too slow, under way already, too early, too many."""
_HOUSE_AT_FAULT = frozenset({401, 403, 404, 405, 407})
"""The key or the address of the gateway is wrong: the letters wait for somebody to mend it."""


class Gateway:
    """One way to the gateway, for one task at a time."""

    def __init__(self, url: str, token: str | None = None, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Take `https://…`, or `http://…` to this machine; `ValueError` for anything else."""
        parts = urlsplit(url)
        if not parts.hostname or parts.scheme not in ("https", "http"):
            raise ValueError("SAMVERKAN_MAIL_GATEWAY_URL: https://värd/väg")
        if parts.scheme == "http" and not is_this_machine(parts.hostname):
            raise ValueError("SAMVERKAN_MAIL_GATEWAY_URL: https, annars går breven okrypterade")
        self._url, self._patience = url, patience_seconds
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client: httpx.AsyncClient | None = None

    async def send(self, mail: Mail, now: datetime) -> Attempt:
        """Hand over a letter and return what came of it; whatever the gateway does, within the patience given."""
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=self._patience, headers=self._headers)
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._client.post(self._url, json=body_of(mail), headers={"Idempotency-Key": mail.id})
        except (httpx.TimeoutException, TimeoutError):
            return Attempt(at=now, reason="timeout")
        except httpx.HTTPError:
            return Attempt(at=now, reason="unreachable")
        code = answer.status_code
        if answer.is_success:
            return Attempt(at=now, reason="taken", code=code)
        if answer.is_client_error and code not in _NOT_FINAL | _HOUSE_AT_FAULT:
            return Attempt(at=now, reason="refused", code=code)
        wait = asked_wait(answer.headers.get("Retry-After", ""), real_now())
        return Attempt(at=now, reason="deferred", code=code, wait_seconds=wait)

    async def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


def body_of(mail: Mail) -> dict[str, str | None]:
    """Return a letter as the gateway is told it; `calendar` is the iTIP text of an invitation (RFC 5546), or null."""
    frame = mail.frame
    return {
        "id": mail.id, "from": frame.sender, "to": mail.recipient, "reply_to": frame.reply_to,
        "subject": frame.subject, "text": frame.text, "html": frame.html, "calendar": mail.calendar,
    }  # fmt: skip


def asked_wait(retry_after: str, now: datetime) -> int:
    """Return the seconds that `Retry-After` asks for (RFC 9110, 10.2.3: seconds or a date), at most an hour."""
    try:
        if retry_after.strip().isdecimal():
            seconds = float(retry_after)
        else:
            seconds = (parsedate_to_datetime(retry_after) - now).total_seconds()
    except (ValueError, TypeError):
        return 0
    return int(max(0, min(seconds, LONGEST_ASKED_SECONDS)))
