"""A letter as an e-mail: three Swedish texts from a closed set of facts, and for most kinds the calendar part.

Everything follows from the delivery and the day of sending, so a letter sent again that day is the same bytes. What is
equal for all recipients is written once; each letter only has its recipient put in.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime as rfc_date
from functools import lru_cache
from typing import Any
from uuid import uuid4

from services.notifier.documents import Delivery, Letter
from services.notifier.letters.addresses import mailbox_of, mailbox_or
from services.notifier.letters.context import LetterContext, context_of, day_named, text_of
from services.notifier.letters.imip import CalendarPart, calendar_part, with_attendee
from shared.ids import name_id


@dataclass(frozen=True)
class Frame:
    """All of a letter that is equal for its recipients: its texts, and the whole with places for what is not."""

    sender: str
    reply_to: str
    subject: str
    text: str
    html: str
    calendar: CalendarPart | None
    pieces: tuple[bytes, ...]


@dataclass(frozen=True)
class Mail:
    """A letter to one mailbox, ready to be handed over. `id` is its delivery's idempotency key."""

    id: str
    recipient: str
    content: bytes
    calendar: str | None
    frame: Frame


_ID, _TO, _CALENDAR = (f"{name}.{uuid4().hex}" for name in ("id", "to", "calendar"))
"""Marks for the places in a frame: made up anew in each process, so that no text can hold one."""
_PLACES = (f"<{_ID}@{{domain}}>", f"{_TO}@mark.example", _CALENDAR)


def letter_of(delivery: Delivery, letter: Letter, sender: Address, sent_at: datetime) -> Mail:
    """Return a letter as an e-mail: plain text, HTML, and where there is one the calendar part last (RFC 6047).

    `NoMailbox` when the recipient has none. Without a usable mailbox of the organiser's own the house answers for it.
    """
    recipient = mailbox_of(letter.recipient.email).addr_spec
    calls = letter.recipient == delivery.organiser
    frame = _frame_of(delivery, sender, sent_at, calls)
    message_id = f"<{letter.sent_as}@{sender.domain}>"
    fillings = [message_id.encode(), recipient.encode()]
    calendar = None
    if frame.calendar is not None:
        calendar = with_attendee(frame.calendar, letter.recipient, calls=calls)
        fillings.append(base64.encodebytes(calendar.encode()).replace(b"\n", b"\r\n").rstrip())
    content = frame.pieces[0] + b"".join(
        filling + piece for filling, piece in zip(fillings, frame.pieces[1:], strict=True)
    )
    return Mail(letter.sent_as, recipient, content, calendar, frame)


class _KnownHeaders(HeaderRegistry):
    """The library's headers, each read once: most are equal in all frames, and reading them is half of their cost."""

    def __init__(self) -> None:
        super().__init__()
        self._read = lru_cache(maxsize=512)(super().__call__)
        self._kind = lru_cache(maxsize=64)(super().__getitem__)

    def __call__(self, name: str, value: Any) -> BaseHeader:
        return self._read(name, value)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return self._kind(name)


_POLICY = SMTP.clone(header_factory=_KnownHeaders())
_FRAMES: dict[tuple[object, ...], Frame] = {}
_KEPT_FRAMES = 64


def _frame_of(delivery: Delivery, sender: Address, sent_at: datetime, calls: bool) -> Frame:
    """Return the frame of letters like this one: looked up, since to check its facts anew costs as much as sending."""
    organiser, day = delivery.organiser, day_named(delivery, sent_at)
    named = (delivery.kind, delivery.about, delivery.sequence, delivery.made_at, delivery.facts_key)
    key = (*named, organiser.email, organiser.function, calls, day, str(sender))
    if key not in _FRAMES:
        context = context_of(delivery, sender.display_name, sent_at, for_organiser=calls)
        if len(_FRAMES) >= _KEPT_FRAMES:
            _FRAMES.pop(next(iter(_FRAMES)))
        _FRAMES[key] = _written(delivery, context, mailbox_or(organiser.email, sender), sender)
    return _FRAMES[key]


def _written(delivery: Delivery, context: LetterContext, organiser: Address, sender: Address) -> Frame:
    subject = text_of("subject.txt", context).strip()
    text, html = text_of("body.txt", context), text_of("body.html", context)
    calendar = calendar_part(delivery, organiser.addr_spec)
    mail = EmailMessage(policy=_POLICY)
    mail["Message-ID"] = _PLACES[0].format(domain=sender.domain)
    mail["To"] = _PLACES[1]
    mail["From"], mail["Reply-To"], mail["Subject"] = str(sender), str(organiser), subject
    mail["Date"] = rfc_date(delivery.made_at)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    if calendar is not None:
        mail.add_alternative("", subtype="calendar", params={"method": calendar.method}, cte="base64")
        list(mail.iter_parts())[-1].set_payload(_CALENDAR)
    mail["Content-Language"] = "sv"  # last: becoming multipart clears the headers that begin with Content-
    mail.set_boundary(f"samverkan-{name_id('boundary', delivery.about)}")
    places = [place.format(domain=sender.domain).encode() for place in _PLACES[: 2 if calendar is None else 3]]
    return Frame(sender.addr_spec, organiser.addr_spec, subject, text, html, calendar, _cut(mail.as_bytes(), places))


def _cut(whole: bytes, places: list[bytes]) -> tuple[bytes, ...]:
    pieces = []
    for place in places:
        before, found, whole = whole.partition(place)
        assert found  # noqa: S101 - a mark folded by the e-mail library would make letters to nobody
        pieces.append(before)
    return (*pieces, whole)
