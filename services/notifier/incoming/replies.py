"""What calendars answer to an invitation: iTIP replies (RFC 5546, 3.2.3) in mails (RFC 6047), said on as an event.

A reply counts only from a mailbox that we have written to about that series, in that mailbox's own name. Neither can be
proved by the mail: senders are checked by the mail server in front (DMARC), and an answer decides nothing by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses
from typing import Any, cast, get_args

from icalendar import Calendar, Component

from services.notifier.documents import Delivery
from services.notifier.incoming.arrived import Became, headers_of, parts_of, text_of
from shared.clock import LOCAL_ZONE
from shared.events.meetings import Answered
from shared.events.notifier import InvitationReplied
from shared.ids import name_id
from shared.logs import log
from shared.mongo import Stale
from shared.room import Room
from shared.transaction import HandledBefore

LARGEST_CALENDAR = 100_000
MOST_COMPONENTS = 60
MOST_ATTENDEES = 500
_UID = re.compile(r"([!-~]{1,100})@samverkan")
# Never let a sender's own time zone be worked out: one whose rule fires every second keeps the process busy for ever.
# Zones known by name, Windows' names among them, are known without it.
_ZONES = re.compile(r"^BEGIN:VTIMEZONE\b.*?^END:VTIMEZONE[^\n]*\n", re.DOTALL | re.IGNORECASE | re.MULTILINE)
_CALENDARS = ("text/calendar", "application/ics")


@dataclass(frozen=True)
class Reply:
    """One attendee's answer: for one occurrence, by its original local start, or (None) for the series."""

    series_id: str
    occurrence: datetime | None
    email: str
    answer: Answered
    stamped_at: datetime

    @property
    def name(self) -> str:
        """What tells this answer from every other: the same said twice has the same name, whatever mail it came in."""
        occurrence = "" if self.occurrence is None else self.occurrence.isoformat()
        return name_id("reply", self.series_id, occurrence, self.email, self.answer, self.stamped_at.isoformat())


def replies_in(message: Message) -> tuple[Reply, ...]:
    """Return the answers in a mail, all of them from its sender; none where it is no reply, or one that is unclear."""
    senders = getaddresses(list(headers_of(message, "From")))
    texts = {part.get_content_type(): part for part in reversed(parts_of(message))}  # of each kind the first
    found = next((texts[kind] for kind in _CALENDARS if kind in texts), None)
    if len(senders) != 1 or found is None:
        return ()
    calendar = Calendar.from_ical(_ZONES.sub("", _lines(text_of(found, LARGEST_CALENDAR))))
    if not isinstance(calendar, Calendar) or str(calendar.get("METHOD", "")).strip().upper() != "REPLY":
        return ()
    answers = [_reply(event, senders[0][1].casefold()) for event in calendar.walk("VEVENT")[:MOST_COMPONENTS]]
    return tuple(answer for answer in answers if answer) if all(answers) else ()


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _reply(event: Component, sender: str) -> Reply | None:
    """Return what one component answers. Broken properties raise as they are read, and the mail is put aside."""
    uid = _UID.fullmatch(str(event.get("UID", "")))
    own = next((each for each in _attendees(event) if _mailbox(each) == sender), None)
    answer = str(own.params.get("PARTSTAT", "")).lower() if own is not None else ""
    if uid is None or answer not in get_args(Answered):
        return None
    return Reply(uid[1], _occurrence(event), sender, cast("Answered", answer), _stamp(event))


def _attendees(event: Component) -> Iterator[Any]:
    named: Any = event.get("ATTENDEE", [])
    yield from named[:MOST_ATTENDEES] if isinstance(named, list) else [named]


def _mailbox(attendee: Any) -> str:
    return str(attendee).casefold().removeprefix("mailto:").strip()


def _occurrence(event: Component) -> datetime | None:
    """Return the local start that the answer names. `ValueError` for a whole day, or for all that come after it."""
    named: Any = event.get("RECURRENCE-ID")
    if named is None:
        return None
    if not isinstance(named.dt, datetime) or "RANGE" in named.params:
        raise ValueError("not one occurrence")
    local = named.dt if named.dt.tzinfo is None else named.dt.astimezone(LOCAL_ZONE)
    return local.replace(tzinfo=None)


def _stamp(event: Component) -> datetime:
    """Return when the answer was given (RFC 5546, 2.1.5: of two, the later holds)."""
    written: Any = event["DTSTAMP"]
    stamp = written.dt
    if not isinstance(stamp, datetime):
        raise TypeError("a day is no moment")
    return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)


async def take_in_replies(room: Room, replies: tuple[Reply, ...]) -> Became:
    """Say each answer on, once, if all of them are from a mailbox we have called to that series."""
    for reply in replies:
        if not await _is_called(room, reply):
            return "aside"
    for reply in replies:
        try:
            await _say(room, reply)
        except Stale:
            return "later"
    return "read"


async def _is_called(room: Room, reply: Reply) -> bool:
    about = {"series_id": reply.series_id}
    rows = await room.db.find(Delivery.collection, about)
    return any(letter.recipient.email.casefold() == reply.email for row in rows for letter in Delivery.of(row).letters)


async def _say(room: Room, reply: Reply) -> None:
    tx = room.begin()
    tx.emit(
        InvitationReplied(
            series_id=reply.series_id,
            occurrence=reply.occurrence,
            email=reply.email,
            answer=reply.answer,
            replied_at=min(reply.stamped_at, tx.now),
        )
    )
    try:
        rows = await tx.commit({"_id": f"mail:{reply.name}"})
    except HandledBefore:
        return
    log().info("invitation answered", state=reply.answer)
    await room.relay.publish(rows)
