"""A letter as an e-mail: a closed set of facts, three Swedish texts, and for an invitation the calendar part.

`LetterContext` is all that a template can see, and no field of it can hold a person's name or number: give it no
field of free text. Everything follows from the delivery and the day of sending, so a letter sent again that day is the
same bytes. What is equal for all recipients is written once; each letter only has its recipient put in.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime as rfc_date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.notifier.documents import Delivery, Letter
from services.notifier.letters.addresses import mailbox_of, mailbox_or
from services.notifier.letters.imip import meeting_request, with_attendee
from services.notifier.rules import day_words, shown_function, shown_place
from shared.clock import LOCAL_ZONE
from shared.events.meetings import Forum
from shared.ids import name_id

Meeting = Literal["veckomöte", "SSPF-möte", "SIG-möte", "EST-möte"]
MEETINGS: dict[Forum, Meeting] = {
    "weekly_social_police": "veckomöte",
    "sspf": "SSPF-möte",
    "sig": "SIG-möte",
    "est": "EST-möte",
}
_TEXTS = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _as_shown(guard: Callable[[str], str]) -> AfterValidator:
    def refuse_unguarded(text: str) -> str:
        if guard(text) != text:
            raise ValueError("not a text that a letter may show")
        return text

    return AfterValidator(refuse_unguarded)


class LetterContext(BaseModel):
    """Everything a letter can say: which forum, when, where, and by which function it is called."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    meeting: Meeting
    starts_at: datetime
    ends_at: datetime
    place: Annotated[str, _as_shown(shown_place)]
    organiser: Annotated[str, _as_shown(shown_function)]
    for_organiser: bool
    day: Literal["", "i dag", "i morgon"]
    sender: Annotated[str, Field(max_length=60)]

    @property
    def week(self) -> int:
        """The ISO week, as Swedish calendars number weeks."""
        return self.starts_at.astimezone(LOCAL_ZONE).isocalendar().week

    @property
    def day_and_time(self) -> str:
        """The same with the day's name on the day of sending: `i morgon, tisdag 17 november kl. 09.00–10.00`."""
        return f"{self.day}, {self.when}" if self.day else self.when

    @cached_property
    def when(self) -> str:
        """Such as `tisdag 17 november kl. 09.00–10.00`, in Swedish local time."""
        begins, ends = self.starts_at.astimezone(LOCAL_ZONE), self.ends_at.astimezone(LOCAL_ZONE)
        if begins.date() == ends.date():
            return f"{_swedish(begins)}–{ends:%H.%M}"
        return f"{_swedish(begins)} – {_swedish(ends)}"


def _swedish(moment: datetime) -> str:
    return format_datetime(moment, "EEEE d MMMM 'kl.' HH.mm", tzinfo=LOCAL_ZONE, locale="sv")


def context_of(delivery: Delivery, sender: str, sent_at: datetime, *, for_organiser: bool = False) -> LetterContext:
    """Return what the letters of a delivery can say on the day they are sent."""
    return LetterContext(
        meeting=MEETINGS[delivery.forum],
        starts_at=delivery.starts_at,
        ends_at=delivery.ends_at,
        place=delivery.place,
        organiser=delivery.organiser.function,
        for_organiser=for_organiser,
        day=day_words(sent_at, delivery.starts_at),
        sender=sender,
    )


def text_of(kind: str, part: str, context: LetterContext) -> str:
    """Return one text of a letter: `subject.txt`, `body.txt` or `body.html`."""
    return _TEXTS.get_template(f"{kind}/{part}").render(letter=context).strip() + "\n"


@dataclass(frozen=True)
class Frame:
    """All of a letter that is equal for its recipients: its texts, and the whole with places for what is not."""

    sender: str
    reply_to: str
    subject: str
    text: str
    html: str
    calendar: str | None
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
    """Return a letter as an e-mail: plain text, HTML, and for an invitation the calendar part last (RFC 6047).

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
    organiser, day = delivery.organiser, day_words(sent_at, delivery.starts_at)
    times = (delivery.starts_at, delivery.ends_at, delivery.made_at)
    named = (delivery.kind, delivery.meeting_id, delivery.sequence, delivery.forum, delivery.place, *times)
    key = (*named, organiser.email, organiser.function, calls, day, str(sender))
    if key not in _FRAMES:
        context = context_of(delivery, sender.display_name, sent_at, for_organiser=calls)
        if len(_FRAMES) >= _KEPT_FRAMES:
            _FRAMES.pop(next(iter(_FRAMES)))
        _FRAMES[key] = _written(delivery, context, mailbox_or(organiser.email, sender), sender)
    return _FRAMES[key]


def _written(delivery: Delivery, context: LetterContext, organiser: Address, sender: Address) -> Frame:
    subject = text_of(delivery.kind, "subject.txt", context).strip()
    text, html = (text_of(delivery.kind, part, context) for part in ("body.txt", "body.html"))
    calendar = None
    mail = EmailMessage(policy=_POLICY)
    mail["Message-ID"] = _PLACES[0].format(domain=sender.domain)
    mail["To"] = _PLACES[1]
    mail["From"], mail["Reply-To"], mail["Subject"] = str(sender), str(organiser), subject
    mail["Date"] = rfc_date(delivery.made_at)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    if delivery.kind == "invitation":
        calendar = meeting_request(
            delivery, f"{_capitalised(context.meeting)} vecka {context.week}", organiser.addr_spec
        )
        mail.add_alternative("", subtype="calendar", params={"method": "REQUEST"}, cte="base64")
        list(mail.iter_parts())[-1].set_payload(_CALENDAR)
    mail["Content-Language"] = "sv"  # last: becoming multipart clears the headers that begin with Content-
    mail.set_boundary(f"samverkan-{name_id('boundary', delivery.meeting_id)}")
    places = [place.format(domain=sender.domain).encode() for place in _PLACES[: 2 if calendar is None else 3]]
    return Frame(sender.addr_spec, organiser.addr_spec, subject, text, html, calendar, _cut(mail.as_bytes(), places))


def _cut(whole: bytes, places: list[bytes]) -> tuple[bytes, ...]:
    pieces = []
    for place in places:
        before, found, whole = whole.partition(place)
        assert found  # noqa: S101 - a mark folded by the e-mail library would make letters to nobody
        pieces.append(before)
    return (*pieces, whole)


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]
