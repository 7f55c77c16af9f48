"""The folder in which mail comes back: delivery reports and calendars' answers, each taken in once, none lost.

The folder is a Maildir (`new/`, `cur/`) or holds `.eml` files. What is written down moves to `read/`, what is about no
letter of ours, or cannot be read, to `aside/` for somebody to look at. A file is moved only after the commit: read
twice, it changes nothing the second time. Anybody can send anything here: nothing read may stop the next.
"""

from __future__ import annotations

import os
from asyncio import to_thread
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import compat32
from hashlib import sha256
from pathlib import Path

from services.notifier.incoming.arrived import Became
from services.notifier.incoming.bounces import Report, report_in, take_in_report
from services.notifier.incoming.replies import Reply, replies_in, take_in_replies
from shared.logs import log
from shared.room import Room

LARGEST_BYTES = 5_000_000
KEPT = {"read": timedelta(days=30), "aside": timedelta(days=60)}
"""A mail may quote a letter, or hold a person's words: read, it is kept no longer than a letter's addresses."""


async def take_in_mails(room: Room, folder: Path) -> int:
    """Write down all that the folder holds, and return how many mails were about letters of ours."""
    count = 0
    for path in mails_waiting(folder):
        try:
            raw = path.read_bytes() if path.stat().st_size <= LARGEST_BYTES else b""
        except FileNotFoundError:
            continue  # another replica has read it
        name = name_of(raw)
        became = await _take_in(room, raw, name)
        count += became == "read"
        if became != "later":
            _move(path, folder / became, name)
    return count


def mails_waiting(folder: Path) -> list[Path]:
    """Return the files that nobody has read, oldest name first."""
    inboxes = [(folder, "*.eml"), (folder / "new", "*"), (folder / "cur", "*")]
    return [path for inbox, names in inboxes for path in sorted(inbox.glob(names)) if path.is_file()]


def name_of(raw: bytes) -> str:
    """Return the name that follows from what a mail says: the same mail twice has the same."""
    return sha256(raw).hexdigest()[:16]


def keep(folder: Path, raw: bytes) -> None:
    """Put a mail into the folder as a Maildir is filled: there whole, and on disk, or not at all."""
    name = name_of(raw)
    for inbox in ("tmp", "new"):
        (folder / inbox).mkdir(parents=True, exist_ok=True)
    partial = folder / "tmp" / f"{name}.{os.getpid()}"
    with partial.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(folder / "new" / name)
    directory = os.open(folder / "new", os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def forget_old_mails(folder: Path, now: datetime) -> int:
    """Delete the mails that came so long ago that what they quote is to be forgotten; return how many."""
    old = [
        path
        for place, kept in KEPT.items()
        for path in (folder / place).glob("*")
        if path.is_file() and path.stat().st_mtime < (now - kept).timestamp()
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def opened(raw: bytes) -> Report | tuple[Reply, ...] | None:
    """Return what a mail says of letters of ours, or None; whatever is wrong with it, nothing is raised."""
    try:
        # The policy that looks into no header: those can be made to take hours.
        message = message_from_bytes(raw, policy=compat32)
        return report_in(message) or replies_in(message) or None
    except Exception as error:  # noqa: BLE001 - anybody can send anything to this mailbox
        log().warning("mail not readable", error=type(error).__name__)
        return None


async def _take_in(room: Room, raw: bytes, name: str) -> Became:
    match await to_thread(opened, raw):
        case Report() as report:
            return await take_in_report(room, report, name)
        case tuple() as replies:
            return await take_in_replies(room, replies)
        case _:
            return "aside"


def _move(path: Path, folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    try:
        path.rename(folder / f"{name}-{path.name}")
    except FileNotFoundError:
        log().info("mail moved by another replica")
