"""Series for the tests of when meetings are held."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.events.agencies import MeetingSeriesPlanned
from shared.recurrence.facts import Request, Revision, SeriesFacts
from shared.recurrence.standings import standing_of

NOW = datetime(2026, 11, 16, 7, tzinfo=UTC)
FIRST, SECOND, FIFTH = datetime(2026, 11, 24, 9), datetime(2026, 12, 1, 9), datetime(2026, 12, 22, 9)
"""The sample's first meetings; the last of them is the one that the contract's sample moves."""


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


WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ORGANISER, STRANGER = "2182-coordinator", "2182-police"
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def weekly(weekday: int, red_day_policy: str = "skip") -> MeetingSeriesPlanned:
    """Return a series that meets every week on a weekday at 09.00 from the first week of 2026."""
    return planned(
        starts_at=datetime(2026, 1, 5 + weekday, 9),
        rrule=f"FREQ=WEEKLY;BYDAY={WEEKDAYS[weekday]}",
        red_day_policy=red_day_policy,
    )


def revision(
    plan: MeetingSeriesPlanned, number: int = 1, taken_in_at: datetime = NOW, moved_kept: bool = True
) -> Revision:
    """Return a plan as it was taken in."""
    return Revision(number=number, plan=plan, taken_in_at=taken_in_at, moved_kept=moved_kept)


def facts_of(plan: MeetingSeriesPlanned, *requests: Request, taken_in_at: datetime = NOW) -> SeriesFacts:
    """Return the facts of a series with one revision."""
    found = SeriesFacts().with_revision(revision(plan, taken_in_at=taken_in_at))
    for request in requests:
        found = found.with_request(request)
    return found


def asked_to(
    occurrence: datetime, starts_at: datetime | None, said_at: datetime = NOW, by: str = ORGANISER, place: str = ""
) -> Request:
    """Return a request to move an occurrence, or to cancel it."""
    return Request(occurrence=occurrence, by=by, starts_at=starts_at, place=place or None, said_at=said_at)


def on_the_clock(moment: datetime) -> datetime:
    """Return the wall-clock time in Sweden."""
    return moment.astimezone(STOCKHOLM).replace(tzinfo=None)


def told(*found: Request | Revision | date) -> SeriesFacts:
    """Return what these facts add up to."""
    facts = SeriesFacts()
    for each in found:
        match each:
            case Revision():
                facts = facts.with_revision(each)
            case Request():
                facts = facts.with_request(each)
            case _:
                facts = facts.with_end(each)
    return facts


def stands(facts: SeriesFacts, occurrence: datetime, now: datetime = NOW) -> tuple[str, str | None, datetime | None]:
    """Return an occurrence's state, reason and wall-clock start."""
    standing = standing_of(facts, occurrence, now)
    assert standing is not None
    return standing.state, standing.reason, on_the_clock(standing.slot.starts_at) if standing.slot else None
