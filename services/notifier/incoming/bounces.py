"""Letters that came back: delivery status notifications (RFC 3464), and what they say of letter and mailbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Literal

from services.notifier.documents import Attempt, Delivery
from services.notifier.incoming.arrived import Became, headers_of, parts_of, text_of
from services.notifier.sending.claims import written
from services.notifier.sending.suppressions import suppressed_among, suppression_of
from services.notifier.sending.undelivered import put_down, word_to_organiser
from shared.logs import log
from shared.room import Room

_OUR_ID = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})(?:\.\d+)?@[^<>\s]+>")
_RETURNED_ID = re.compile(r"^message-id:\s*(\S{1,300})", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
LARGEST_RETURNED = 100_000


@dataclass(frozen=True)
class Report:
    """What became of a letter on its way, as a mail server tells it. The server's words are left out."""

    letter_id: str
    action: Literal["failed", "delayed", "other"]
    status: str | None


def report_in(message: Message) -> Report | None:
    """Return the report in a mail, or None where it holds none about a letter that could be ours."""
    parts = parts_of(message)
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    ids = [match[1] for part in parts for match in _ids_in(part)]
    if status is None or not ids:
        return None
    fields = [block for block in status.get_payload() if isinstance(block, Message)]
    action = next((each.strip().lower() for block in fields for each in headers_of(block, "Action")), "")
    codes = (_STATUS.search(each) for block in fields for each in headers_of(block, "Status"))
    code = next((found.group() for found in codes if found), None)
    known: Literal["failed", "delayed", "other"] = (
        "failed" if action == "failed" else "delayed" if action == "delayed" else "other"
    )
    return Report(ids[-1], known, code)


def _ids_in(part: Message) -> Iterator[re.Match[str]]:
    """Yield what could be our Message-ID: a returned letter's own, or what the report says it answers."""
    for header in ("In-Reply-To", "References", "Message-ID"):
        for value in headers_of(part, header):
            yield from _OUR_ID.finditer(value)
    if part.get_content_type() == "text/rfc822-headers":
        returned = _RETURNED_ID.search(text_of(part, LARGEST_RETURNED))
        yield from _OUR_ID.finditer(returned[1] if returned else "")


async def take_in_report(room: Room, report: Report, name: str) -> Became:
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
    letter.note(attempt, 0, delivery.not_after)
    delivery.let_go()
    suppression = suppression_of(letter, attempt, room.secret)
    closed = await suppressed_among(room.db, {suppression.id}) if suppression else {}
    closed_by = closed.get(suppression.id, letter.id) if suppression else None
    word = word_to_organiser(room, delivery, letter, closed_by)
    await put_down(room, [word] if word else [], [suppression] if suppression else [])
    if not await written(room.db, delivery):
        return "later"
    log().info("letter came back", delivery_id=letter.id, state=letter.state, reason=reason)
    return "read"
