"""Letters that came back: delivery status notifications (RFC 3464) read from a folder, each once, none lost.

The folder is a Maildir (`new/`, `cur/`) or holds `.eml` files. What is written down moves to `read/`, what is no report
about a letter of ours, or cannot be read, to `aside/` for somebody to look at. A file is moved only after the commit:
read twice, it changes nothing the second time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from hashlib import sha256
from pathlib import Path
from typing import Literal

from services.notifier.claims import written
from services.notifier.documents import Attempt, Delivery
from services.notifier.suppressions import Suppression, suppression_of
from shared.logs import log
from shared.room import Room

_OUR_ID = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})(?:\.\d+)?@[^<>\s]+>")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
LARGEST_BYTES = 5_000_000


@dataclass(frozen=True)
class Report:
    """What became of a letter on its way, as a mail server tells it. The server's words are left out."""

    letter_id: str
    action: Literal["failed", "delayed", "other"]
    status: str | None


def report_in(raw: bytes) -> Report | None:
    """Return the report in a message, or None where it holds none about a letter that could be ours."""
    message = message_from_bytes(raw, policy=default)
    parts = list(message.walk())
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    ids = [match[1] for part in parts for match in _ids_in(part)]
    if status is None or not ids:
        return None
    fields = [block for block in status.get_payload() if isinstance(block, Message)]
    action = next((str(block["Action"]).strip().lower() for block in fields if block["Action"]), "")
    code = next((found for block in fields if (found := _STATUS.search(str(block["Status"])))), None)
    known: Literal["failed", "delayed", "other"] = (
        "failed" if action == "failed" else "delayed" if action == "delayed" else "other"
    )
    return Report(ids[-1], known, code.group() if code else None)


def _ids_in(part: Message) -> Iterator[re.Match[str]]:
    """Yield what could be our Message-ID: a returned letter's own, or what the report says it answers."""
    for header in ("In-Reply-To", "References", "Message-ID"):
        yield from _OUR_ID.finditer(str(part[header] or ""))
    if part.get_content_type() == "text/rfc822-headers" and isinstance(part, EmailMessage):
        returned = re.search(r"^message-id:\s*(\S+)", str(part.get_content()), re.IGNORECASE | re.MULTILINE)
        yield from _OUR_ID.finditer(returned[1] if returned else "")


async def take_in_reports(room: Room, folder: Path) -> int:
    """Write down every report in the folder, and return how many were about letters of ours."""
    count = 0
    for path in reports_waiting(folder):
        raw = path.read_bytes() if path.stat().st_size <= LARGEST_BYTES else b""
        name = sha256(raw).hexdigest()[:16]
        try:
            report = report_in(raw)
        except Exception as error:  # noqa: BLE001 - anybody can send anything to this mailbox
            log().warning("report not readable", error=type(error).__name__)
            report = None
        became = "aside" if report is None else await _take_in(room, report, name)
        count += became == "read"
        if became != "later":
            _move(path, folder / became, name)
    return count


def reports_waiting(folder: Path) -> list[Path]:
    """Return the files that nobody has read, oldest name first."""
    inboxes = [(folder, "*.eml"), (folder / "new", "*"), (folder / "cur", "*")]
    return [path for inbox, names in inboxes for path in sorted(inbox.glob(names)) if path.is_file()]


async def _take_in(room: Room, report: Report, name: str) -> Literal["read", "aside", "later"]:
    """Write down a report. While the letter's delivery is in a sender's hand, or another writes, it is for later."""
    row = await room.db.find_one(Delivery.collection, {"letters.id": report.letter_id})
    if row is None:
        return "aside"
    delivery = Delivery.of(row)
    letter = next(each for each in delivery.letters if each.id == report.letter_id)
    if report.action == "other" or any(attempt.report == name for attempt in letter.attempts):
        return "read"
    if delivery.state == "claimed":
        return "later"
    is_final = report.action == "failed" and not (report.status or "").startswith("4")
    reason: Literal["bounced", "bounced_for_now"] = "bounced" if is_final else "bounced_for_now"
    code = 550 if is_final else None
    attempt = Attempt(at=room.clock.now(), reason=reason, code=code, enhanced=report.status, report=name)
    letter.note(attempt, 0, delivery.starts_at)
    delivery.let_go()
    if suppression := suppression_of(letter, attempt, room.secret):
        await room.db.put(Suppression.collection, suppression.row())
    if not await written(room.db, delivery):
        return "later"
    log().info("letter came back", delivery_id=letter.id, state=letter.state, reason=reason)
    return "read"


def _move(path: Path, folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    try:
        path.rename(folder / f"{name}-{path.name}")
    except FileNotFoundError:
        log().info("report moved by another replica")
