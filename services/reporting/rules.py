"""What a week adds up to: the facts received are folded into the figures that its picture shows.

Figures are what leaves the service. A concern is about a person, so its count leaves as a band that hides 1–4, in any
one picture and in the difference between two editions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from services.reporting.facts import MeetingSeen, PlaceEventSeen, ReportSeen, Standing, WeekFacts
from services.reporting.weeks import deadline_of
from shared.agencies import Agency
from shared.events.meetings import Forum

FORUMS: tuple[Forum, ...] = get_args(Forum)
BAND_WIDTH = 5
"""Counts about persons are told in bands: 0, 1–4, 5–9 and so on. A small count can point to a person."""

ReportState = Literal["in_time", "late", "missing"]


class ReportStanding(BaseModel):
    """How one agency stands with its weekly report."""

    model_config = ConfigDict(frozen=True)

    agency_id: str
    name: str
    state: ReportState
    nil_report: bool = False
    place_events: int = 0
    registered_at: datetime | None = None


class ForumFigures(BaseModel):
    """A forum's meetings in the week. Of those called, what is neither held nor not held has no minutes yet.

    `not_quorate` of those held lacked somebody whom the forum requires; those cancelled are not among the called.
    """

    model_config = ConfigDict(frozen=True)

    forum: Forum
    called: int
    held: int
    not_quorate: int
    not_held: int
    cancelled: int


class PlaceFigures(BaseModel):
    """An area's events of one category, counted by severity 1, 2 and 3."""

    model_config = ConfigDict(frozen=True)

    area: str
    category: str
    by_severity: tuple[int, int, int]

    @property
    def total(self) -> int:
        """Return the number of events."""
        return sum(self.by_severity)


class Figures(BaseModel):
    """What a week's picture shows. `concerns` is a band, lowest and highest possible count, never the count."""

    model_config = ConfigDict(frozen=True)

    meetings: tuple[ForumFigures, ...]
    reports: tuple[ReportStanding, ...]
    places: tuple[PlaceFigures, ...]
    concerns: tuple[int, int]


def figures_of(facts: WeekFacts, iso_week: str, agencies: Iterable[Agency]) -> Figures:
    """Return the week's figures for a municipality with these agencies."""
    return Figures(
        meetings=_meetings(facts.meetings),
        reports=_standings(facts, iso_week, tuple(agencies)),
        places=_places(facts.place_events),
        concerns=band_of(len(facts.concerns)),
    )


def missing_reports(facts: WeekFacts, agencies: Iterable[Agency]) -> tuple[Agency, ...]:
    """Return the agencies that owe a weekly report and have sent none."""
    reported = {report.agency_id for report in facts.reports}
    return tuple(agency for agency in agencies if agency.owes_weekly_report and agency.id not in reported)


def band_of(count: int) -> tuple[int, int]:
    """Return the lowest and highest count of the band a count of persons' concerns lies in: 3 is told as 1–4."""
    lowest = count // BAND_WIDTH * BAND_WIDTH
    return (0, 0) if count == 0 else (max(1, lowest), lowest + BAND_WIDTH - 1)


def swedish_order(text: str) -> str:
    """Return a sort key that puts å, ä and ö last, in that order."""
    return text.casefold().translate(str.maketrans("åäö", "{|}"))


def _meetings(meetings: Iterable[MeetingSeen]) -> tuple[ForumFigures, ...]:
    by_forum: dict[Forum, Counter[Standing]] = defaultdict(Counter)
    for meeting in meetings:
        by_forum[meeting.forum][meeting.standing] += 1
    return tuple(
        ForumFigures(
            forum=forum,
            called=counts.total() - counts["cancelled"],
            held=counts["held"] + counts["not_quorate"],
            not_quorate=counts["not_quorate"],
            not_held=counts["not_held"],
            cancelled=counts["cancelled"],
        )
        for forum in FORUMS
        if (counts := by_forum.get(forum))
    )


def _standings(facts: WeekFacts, iso_week: str, agencies: tuple[Agency, ...]) -> tuple[ReportStanding, ...]:
    names = {agency.id: agency.name for agency in agencies}
    missing = [
        ReportStanding(agency_id=agency.id, name=agency.name, state="missing")
        for agency in missing_reports(facts, agencies)
    ]
    received = [_standing(report, names.get(report.agency_id, report.agency_id), iso_week) for report in facts.reports]
    return tuple(sorted((*missing, *received), key=lambda standing: (swedish_order(standing.name), standing.agency_id)))


def _standing(report: ReportSeen, name: str, iso_week: str) -> ReportStanding:
    return ReportStanding(
        agency_id=report.agency_id,
        name=name,
        state="in_time" if report.registered_at <= deadline_of(iso_week) else "late",
        nil_report=report.nil_report,
        place_events=report.place_events,
        registered_at=report.registered_at,
    )


def _places(events: Iterable[PlaceEventSeen]) -> tuple[PlaceFigures, ...]:
    """Count by area and category. Areas are typed by hand, so case and spacing make no difference."""
    labels: dict[str, str] = {}
    counts: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for event in events:
        label = " ".join(event.area.split())
        area = label.casefold()
        labels[area] = min(label, labels.get(area, label))
        counts[area, event.category][event.severity] += 1
    figures = [
        PlaceFigures(area=labels[area], category=category, by_severity=(seen[1], seen[2], seen[3]))
        for (area, category), seen in counts.items()
    ]
    return tuple(sorted(figures, key=lambda row: (swedish_order(row.area), -row.total, row.category)))
