"""A Söderhamn meeting and its letters, as the notifier's tests use them."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from typing import Any

from services.notifier.documents import Delivery, letters_of
from services.notifier.letters.addresses import sender_of
from services.notifier.letters.letter import Mail, letter_of
from shared.events.meetings import Invited, MeetingCalled, ReminderTimeReached

ORGANISER = Invited(agency="2182-coordinator", function="samordnare", email="samordnare@soderhamn.example")
POLICE = Invited(agency="2182-police", function="områdespolis", email="omradespolis@polisen.example")
SOCIAL = Invited(agency="2182-social-services", function="socialsekreterare", email="mottag@soderhamn.example")
SENDER = sender_of("Samverkan <samverkan@kommunen.example>")
CALLED_AT = datetime(2026, 11, 16, 7, 0, 2, tzinfo=UTC)

MEETING: dict[str, Any] = {
    "meeting_id": "6c1ad5b4-3a4e-5a25-9c0d-0d5a6b9b2a11",
    "forum": "weekly_social_police",
    "starts_at": datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
    "ends_at": datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    "timezone": "Europe/Stockholm",
    "place": "Polisstationen, rum 3",
    "organiser": ORGANISER,
    "invited": (SOCIAL, POLICE),
}


def meeting_called(**changed: Any) -> MeetingCalled:
    """Return the call to the meeting, with some of it changed."""
    named = {
        "series_id": "fe8e7572-2bfd-58d3-960b-f99b444665a5",
        "occurrence": datetime(2026, 11, 24, 9),
        "sequence": 0,
    }
    return MeetingCalled.model_validate({**MEETING, **named, **changed})


def reminder_time_reached(**changed: Any) -> ReminderTimeReached:
    """Return the reminder's moment, with some of it changed."""
    return ReminderTimeReached.model_validate({**MEETING, "before": "P1D", **changed})


def an_invitation(recipient: Invited = POLICE, **changed: Any) -> Delivery:
    """Return a delivery of one letter that invites."""
    (delivery,) = letters_of(meeting_called(**changed), [recipient], CALLED_AT)
    return delivery


def a_reminder(recipient: Invited = POLICE, **changed: Any) -> Delivery:
    """Return a delivery of one letter that reminds."""
    (delivery,) = letters_of(reminder_time_reached(**changed), [recipient], CALLED_AT)
    return delivery


def mail_of(delivery: Delivery, sent_at: datetime = CALLED_AT) -> Mail:
    """Return the one letter of a delivery, ready to be handed over."""
    (letter,) = delivery.letters
    return letter_of(delivery, letter, SENDER, sent_at)


def arrived(delivery: Delivery, sent_at: datetime = CALLED_AT) -> EmailMessage:
    """Return a letter as its recipient's mail program reads it."""
    letter = message_from_bytes(mail_of(delivery, sent_at).content, policy=SMTP)
    assert isinstance(letter, EmailMessage)
    return letter


def parts_of(letter: EmailMessage) -> dict[str, EmailMessage]:
    """Return the alternatives of a letter by type, in their order."""
    return {part.get_content_type(): part for part in letter.iter_parts() if isinstance(part, EmailMessage)}


def text_in(part: EmailMessage) -> str:
    """Return a part's text with plain line ends."""
    return str(part.get_content()).replace("\r\n", "\n")


class Page(HTMLParser):
    """What an HTML text is made of: its tags, and its words in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        """Keep words."""
        self.words += data.split()
