"""Series for the tests of when meetings are held."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.events.agencies import MeetingSeriesPlanned

NOW = datetime(2026, 11, 16, 7, tzinfo=UTC)


def planned(**changes: Any) -> MeetingSeriesPlanned:
    """Return the sample's series with some fields changed."""
    police = {"agency": "2182-police", "function": "områdespolis", "email": "op@polisen.example", "required": True}
    fields = {
        "series_id": "s1",
        "forum": "weekly_social_police",
        "title": "Veckomöte",
        "starts_at": datetime(2026, 11, 24, 9),
        "timezone": "Europe/Stockholm",
        "duration_minutes": 60,
        "rrule": "FREQ=WEEKLY;BYDAY=TU",
        "red_day_policy": "skip",
        "place": "Rum 3",
        "organiser": {"agency": "2182-coordinator", "function": "samordnare", "email": "s@soderhamn.example"},
        "participants": (police,),
        "reminders": ("P1D", "PT2H"),
    }
    return MeetingSeriesPlanned.model_validate(fields | changes)
