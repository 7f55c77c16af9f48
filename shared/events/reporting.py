"""What `reporting` says."""

from __future__ import annotations

from shared.events.event import Event


class WeekDeadlineReached(Event):
    """The weekly reports of a municipality's ISO week are due (posted early, Monday 10.00 local time)."""

    municipality: str
    iso_week: str
