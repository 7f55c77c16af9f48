"""A mail server that keeps every message as a file and delivers none: `python -m deploy.local.mailsink PORT FOLDER`.

A message is answered 250 only when its file is whole. Files are named by arrival; the envelope, which decides who gets
a mail, stands in two header lines on top.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.place import LOOPBACK

_ARRIVALS = count(1)


def keep(folder: Path, envelope: Envelope) -> Path:
    """Write a message into the folder and return its file."""
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{next(_ARRIVALS):05}.eml"
    about = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
    content = envelope.content or b""
    partial = path.with_suffix(".part")
    partial.write_bytes(about.encode() + (content if isinstance(content, bytes) else content.encode()))
    return partial.rename(path)


async def serve(port: int, folder: Path) -> None:
    """Take mail on a loopback port until SIGTERM."""

    async def take(_server: SMTP, _session: Session, envelope: Envelope) -> str:
        keep(folder, envelope)
        return "250 OK"

    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    hooks = SimpleNamespace(handle_DATA=take)  # the library's name for the hook
    server = await loop.create_server(lambda: SMTP(hooks, enable_SMTPUTF8=True, loop=loop), LOOPBACK, port)
    async with server:
        await stopped.wait()


if __name__ == "__main__":
    Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
