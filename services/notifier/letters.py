"""A delivery as an e-mail: a closed set of facts, three Swedish texts, and for an invitation the calendar part.

`LetterContext` is all that a template can see, and no field of it can hold a person's name or number: give it no
field of free text. Everything follows from the delivery, so a letter sent again is the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime as rfc_date
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.notifier.documents import Delivery
from services.notifier.imip import meeting_request
from services.notifier.rules import shown_function, shown_place
from shared.clock import LOCAL_ZONE
from shared.events.meetings import Forum

Meeting = Literal["veckomöte", "SSPF-möte", "SIG-möte", "EST-möte"]
MEETINGS: dict[Forum, Meeting] = {
    "weekly_social_police": "veckomöte",
    "sspf": "SSPF-möte",
    "sig": "SIG-möte",
    "est": "EST-möte",
}
SENDER_NAME = "Samverkan"

_TEXTS = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "letters"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class NoMailbox(ValueError):
    """What should be one e-mail address is none, or is more than one."""


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
    sender: Annotated[str, Field(max_length=60)]

    @property
    def week(self) -> int:
        """The ISO week, as Swedish calendars number weeks."""
        return self.starts_at.astimezone(LOCAL_ZONE).isocalendar().week

    @property
    def when(self) -> str:
        """Such as `tisdag 17 november kl. 09.00–10.00`, in Swedish local time."""
        begins, ends = self.starts_at.astimezone(LOCAL_ZONE), self.ends_at.astimezone(LOCAL_ZONE)
        if begins.date() == ends.date():
            return f"{_swedish(begins)}–{ends:%H.%M}"
        return f"{_swedish(begins)} – {_swedish(ends)}"


def _swedish(moment: datetime) -> str:
    return format_datetime(moment, "EEEE d MMMM 'kl.' HH.mm", tzinfo=LOCAL_ZONE, locale="sv")


def context_of(delivery: Delivery, sender: str) -> LetterContext:
    """Return what the letter of a delivery can say."""
    return LetterContext(
        meeting=MEETINGS[delivery.forum],
        starts_at=delivery.starts_at,
        ends_at=delivery.ends_at,
        place=delivery.place,
        organiser=delivery.organiser.function,
        for_organiser=delivery.recipient == delivery.organiser,
        sender=sender,
    )


def text_of(kind: str, part: str, context: LetterContext) -> str:
    """Return one text of a letter: `subject.txt`, `body.txt` or `body.html`."""
    return _TEXTS.get_template(f"{kind}/{part}").render(letter=context).strip() + "\n"


def mailbox_of(text: str) -> Address:
    """Return the one mailbox that a text names; `NoMailbox` if it names none, several, or one outside ASCII."""
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        raise NoMailbox from None
    if not (address.username and address.domain and address.addr_spec.isascii()):
        raise NoMailbox
    return address


def sender_of(mail_from: str) -> Address:
    """Return the house's own name and mailbox from `SAMVERKAN_MAIL_FROM`."""
    name, mailbox = parseaddr(mail_from)
    address = mailbox_of(mailbox)
    return Address(name or SENDER_NAME, address.username, address.domain)


def letter_of(delivery: Delivery, sender: Address) -> EmailMessage:
    """Return the e-mail of a delivery: plain text, HTML, and for an invitation the calendar part last (RFC 6047).

    `NoMailbox` when the recipient has none. Without a usable mailbox of the organiser's own the house answers for it.
    """
    context = context_of(delivery, sender.display_name)
    organiser = _mailbox_or(delivery.organiser.email, sender)
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    letter["To"] = mailbox_of(delivery.recipient.email)
    letter["Reply-To"] = organiser
    letter["Subject"] = text_of(delivery.kind, "subject.txt", context).strip()
    letter["Date"] = rfc_date(delivery.made_at)
    letter["Message-ID"] = f"<{delivery.id}@{sender.domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text_of(delivery.kind, "body.txt", context), cte="quoted-printable")
    letter.add_alternative(text_of(delivery.kind, "body.html", context), subtype="html", cte="quoted-printable")
    if delivery.kind == "invitation":
        request = meeting_request(delivery, f"{_capitalised(context.meeting)} vecka {context.week}", organiser)
        letter.add_alternative(request, subtype="calendar", params={"method": "REQUEST"}, cte="base64")
    letter["Content-Language"] = "sv"  # last: becoming multipart clears the headers that begin with Content-
    letter.set_boundary(f"samverkan-{delivery.id}")
    return letter


def _mailbox_or(text: str, otherwise: Address) -> Address:
    try:
        return mailbox_of(text)
    except NoMailbox:
        return otherwise


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]
