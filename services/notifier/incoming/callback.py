"""`POST /mail/reports`: a mail provider hands over what came back, instead of putting it into the folder itself.

It is answered 202 only when the mail lies in the folder, on disk; the reader of the folder does the rest. Without the
secret `mail_callback_token`, or without a folder, there is no such path.
"""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path

from services.notifier.incoming.mailbox import LARGEST_BYTES, keep
from shared.health import App, Receive, Scope, Send, respond
from shared.logs import log
from shared.settings import Settings

PATH = "/mail/reports"
TOKEN = "mail_callback_token"  # noqa: S105 - the name of a file
KIND = "message/rfc822"


def callback(settings: Settings) -> Mapping[str, App]:
    """Return the path and what answers there, or nothing where mails are not to be taken in over HTTP."""
    token = settings.secret(TOKEN) if (settings.secrets_dir / TOKEN).is_file() else b""
    return {PATH: Callback(settings.mail_bounces, token)} if settings.mail_bounces is not None and token else {}


class TooLarge(Exception):
    """More is sent than a mail may hold."""


class Callback:
    """Takes in one mail a request (RFC 9110): the raw message as the body, the token as a bearer's (RFC 6750)."""

    def __init__(self, folder: Path, token: bytes) -> None:
        self._folder = folder
        self._expected = b"Bearer " + token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 202, or why not: 405, 401, 415, 413."""
        headers = {name.lower(): value for name, value in scope["headers"]}
        if not compare_digest(headers.get(b"authorization", b""), self._expected):
            await respond(send, 401, {"why": "token"})
        elif scope["method"] != "POST":
            await respond(send, 405, {"methods": ["POST"]})
        elif headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != KIND.encode():
            await respond(send, 415, {"kinds": [KIND]})
        else:
            await self._take(receive, send, headers.get(b"content-length", b""))

    async def _take(self, receive: Receive, send: Send, length: bytes) -> None:
        try:
            if length.isdigit() and int(length) > LARGEST_BYTES:
                raise TooLarge
            raw = await _whole(receive)
        except TooLarge:
            await respond(send, 413, {"largest": LARGEST_BYTES})
            return
        if raw is None:
            return  # whoever sent it has gone, and knows that it was not taken
        try:
            await to_thread(keep, self._folder, raw)
        except OSError as error:
            log().warning("mail not kept", error=type(error).__name__)
            await respond(send, 503, {"taken": False})
            return
        await respond(send, 202, {"taken": True})


async def _whole(receive: Receive) -> bytes | None:
    """Return what is sent, as it comes, or None when the sender goes before the end; `TooLarge` as soon as it is."""
    raw = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        raw += message.get("body", b"")
        if len(raw) > LARGEST_BYTES:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(raw)
