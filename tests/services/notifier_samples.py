"""A Söderhamn meeting and its letters, as the notifier's tests use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from typing import Any

from services.notifier.documents import Delivery, Draft
from services.notifier.facts import drafts
from services.notifier.facts.shapes import LetterKind
from services.notifier.letters.addresses import sender_of
from services.notifier.letters.letter import Mail, letter_of
from shared.events.meetings import (
    ActionReminderIssued,
    CalledMeeting,
    CancellationReason,
    Invited,
    MeetingCancelled,
    MeetingMoved,
    MeetingMoveProposed,
    MeetingSeriesAnnounced,
    MoveReason,
    ReminderTimeReached,
)

ORGANISER = Invited(agency="2182-coordinator", function="samordnare", email="samordnare@soderhamn.example")
POLICE = Invited(agency="2182-police", function="områdespolis", email="omradespolis@polisen.example")
SOCIAL = Invited(agency="2182-social-services", function="socialsekreterare", email="mottag@soderhamn.example")
SENDER = sender_of("Samverkan <samverkan@kommunen.example>")
CALLED_AT = datetime(2026, 11, 16, 7, 0, 2, tzinfo=UTC)

SERIES_ID = "fe8e7572-2bfd-58d3-960b-f99b444665a5"
MEETING: dict[str, Any] = {
    "meeting_id": f"{SERIES_ID}:2026-11-24T09:00:00",
    "series_id": SERIES_ID,
    "occurrence": datetime(2026, 11, 24, 9),
    "forum": "weekly_social_police",
    "starts_at": datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
    "ends_at": datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    "timezone": "Europe/Stockholm",
    "place": "Polisstationen, rum 3",
    "organiser": ORGANISER,
    "invited": (SOCIAL, POLICE),
    "sequence": 1,
}
CHRISTMAS_EVE: dict[str, Any] = {
    "meeting_id": f"{SERIES_ID}:2026-12-24T09:00:00",
    "occurrence": datetime(2026, 12, 24, 9),
    "starts_at": datetime(2026, 12, 24, 8, 0, tzinfo=UTC),
    "ends_at": datetime(2026, 12, 24, 9, 0, tzinfo=UTC),
}
"""What is changed in the meeting for one that would be on a red day."""
SERIES: dict[str, Any] = {
    "series_id": SERIES_ID,
    "sequence": 0,
    "change": "planned",
    "forum": "weekly_social_police",
    "starts_at": datetime(2026, 11, 24, 9),
    "duration_minutes": 60,
    "timezone": "Europe/Stockholm",
    "rrule": "FREQ=WEEKLY;BYDAY=TU",
    "until": None,
    "place": "Polisstationen, rum 3",
    "organiser": ORGANISER,
    "invited": (SOCIAL, POLICE),
    "no_longer_invited": (),
    "exceptions": (),
    "next_at": datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
}


def series_announced(**changed: Any) -> MeetingSeriesAnnounced:
    """Return what is said of the whole series, with some of it changed."""
    return MeetingSeriesAnnounced.model_validate({**SERIES, **changed})


def called(**changed: Any) -> CalledMeeting:
    """Return the meeting, with some of it changed."""
    return CalledMeeting.model_validate({**MEETING, **changed})


def reminder_time_reached(before: str = "P1D", **changed: Any) -> ReminderTimeReached:
    """Return the reminder's moment, with some of the meeting changed."""
    return ReminderTimeReached(meeting=called(**changed), before=before)


def meeting_moved(reason: MoveReason = "organiser", was_at: datetime | None = None, **changed: Any) -> MeetingMoved:
    """Return the meeting's move from its ordinary time to the day after, with some of the meeting changed."""
    later = {"starts_at": "2026-11-25T08:00:00Z", "ends_at": "2026-11-25T09:00:00Z", "sequence": 2}
    return MeetingMoved(meeting=called(**{**later, **changed}), was_at=was_at or MEETING["starts_at"], reason=reason)


def meeting_cancelled(reason: CancellationReason = "organiser", **changed: Any) -> MeetingCancelled:
    """Return the meeting's cancellation, with some of the meeting changed."""
    return MeetingCancelled(meeting=called(**{"sequence": 2, **changed}), reason=reason)


def move_proposed(**changed: Any) -> MeetingMoveProposed:
    """Return the question what to do about the meeting that would be on Christmas Eve."""
    return MeetingMoveProposed(
        meeting=called(**{**CHRISTMAS_EVE, **changed}),
        proposals=(datetime(2026, 12, 23, 8, tzinfo=UTC), datetime(2026, 12, 28, 8, tzinfo=UTC)),
        answer_by=datetime(2026, 12, 17, 11, tzinfo=UTC),
    )


def actions_reminded(**changed: Any) -> ActionReminderIssued:
    """Return that the police have two actions that are due soon, with some of it changed."""
    named = {
        "series_id": SERIES_ID,
        "forum": "weekly_social_police",
        "owner": "2182-police",
        "due_on": date(2026, 12, 1),
        "overdue": False,
        "actions": 2,
        "organiser": ORGANISER,
        "recipients": (POLICE,),
    }
    return ActionReminderIssued.model_validate({**named, **changed})


def one_letter(draft: Draft, recipient: Invited) -> Delivery:
    """Return a delivery of one letter of a draft."""
    (delivery,) = draft.letters_to([recipient], CALLED_AT)
    return delivery


def an_invitation(recipient: Invited = POLICE, **changed: Any) -> Delivery:
    """Return a delivery of one letter that invites to the series."""
    return one_letter(drafts.announcement(series_announced(**changed), CALLED_AT), recipient)


def a_reminder(recipient: Invited = POLICE, **changed: Any) -> Delivery:
    """Return a delivery of one letter that reminds."""
    return one_letter(drafts.reminder(reminder_time_reached(**changed)), recipient)


def a_change(recipient: Invited = POLICE, **changed: Any) -> Delivery:
    """Return a delivery of one letter that says how the series has changed."""
    moved = {
        "occurrence": datetime(2026, 12, 22, 9),
        "starts_at": datetime(2026, 12, 21, 12, tzinfo=UTC),
        "ends_at": datetime(2026, 12, 21, 13, tzinfo=UTC),
        "place": "Kommunhuset",
        "sequence": 3,
    }
    not_held = {
        "occurrence": datetime(2026, 12, 29, 9),
        "starts_at": None,
        "ends_at": None,
        "place": None,
        "sequence": 4,
    }
    said = {"change": "changed", "sequence": 5, "until": date(2027, 6, 15), "exceptions": (moved, not_held)}
    return an_invitation(recipient, **{**said, **changed})


def a_farewell(recipient: Invited = POLICE, **changed: Any) -> Delivery:
    """Return a delivery of one letter to somebody who is called no more."""
    said = series_announced(**{"change": "changed", "sequence": 5, **changed})
    return one_letter(drafts.farewell(said, CALLED_AT), recipient)


def a_move(recipient: Invited = POLICE, **changed: Any) -> Delivery:
    """Return a delivery of one letter about a moved meeting."""
    return one_letter(drafts.move(meeting_moved(**changed)), recipient)


def a_cancellation(recipient: Invited = POLICE, next_at: datetime | None = None, **changed: Any) -> Delivery:
    """Return a delivery of one letter about a meeting that is not held."""
    return one_letter(drafts.cancellation(meeting_cancelled(**changed), next_at), recipient)


def a_question(recipient: Invited = ORGANISER, **changed: Any) -> Delivery:
    """Return a delivery of the letter that asks the organiser."""
    return one_letter(drafts.question(move_proposed(**changed)), recipient)


def actions_due(recipient: Invited = POLICE, **changed: Any) -> Delivery:
    """Return a delivery of one letter about actions that are soon due."""
    return one_letter(drafts.actions(actions_reminded(**changed), "police"), recipient)


def actions_overdue(recipient: Invited = ORGANISER, **changed: Any) -> Delivery:
    """Return a delivery of the letter to the organiser about actions that are overdue."""
    return actions_due(recipient, **{"overdue": True, **changed})


def an_undelivered(recipient: Invited = POLICE, **changed: Any) -> Delivery:
    """Return the delivery that tells the organiser that a reminder could not be delivered."""
    lost = a_reminder(recipient, **changed)
    told = drafts.undelivered_letter(lost, lost.letters[0], "police", CALLED_AT, "trouble")
    assert told is not None
    return told


EVERY_KIND: dict[LetterKind, Callable[..., Delivery]] = {
    "invitation": an_invitation,
    "change": a_change,
    "farewell": a_farewell,
    "move": a_move,
    "cancellation": a_cancellation,
    "question": a_question,
    "reminder": a_reminder,
    "actions_due": actions_due,
    "actions_overdue": actions_overdue,
    "undelivered": an_undelivered,
}
"""How to have a delivery of one letter of each kind; each takes a recipient, and fields of its event to change."""


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
