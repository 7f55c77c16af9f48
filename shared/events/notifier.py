"""What `notifier` says."""

from __future__ import annotations

from datetime import datetime

from shared.events.event import Event, Moment
from shared.events.meetings import Answered


class InvitationReplied(Event):
    """Somebody's calendar has answered an invitation: for one occurrence, or (None) for all of the series."""

    series_id: str
    occurrence: datetime | None
    email: str
    answer: Answered
    replied_at: Moment
