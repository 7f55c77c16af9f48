"""What `notifier` says. No addresses: a delivery is named by its id."""

from __future__ import annotations

from typing import Literal

from shared.events.event import AgencyId, Event, Moment

LetterKind = Literal["invitation", "reminder"]


class NotificationSent(Event):
    """The mail server has taken a letter."""

    delivery_id: str
    meeting_id: str
    kind: LetterKind
    agency: AgencyId
    sent_at: Moment


class NotificationFailed(Event):
    """A letter will not be sent: refused for good, or its meeting has begun."""

    delivery_id: str
    meeting_id: str
    kind: LetterKind
    agency: AgencyId
    reason: Literal["refused", "expired"]
    failed_at: Moment
