"""What minutes may say, given the series they belong to: pure verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.meetings.series.rules import YEARS
from shared.events.agencies import MeetingSeriesPlanned
from shared.intake.faults import Fault, fault
from shared.recurrence import calendar


def faults_in_minutes(
    plan: MeetingSeriesPlanned, sender: str, occurrence: datetime, youths: Iterable[str]
) -> list[Fault]:
    """Return what is wrong with minutes, given the series they belong to. `youths` points to each youth in them."""
    found = []
    if plan.organiser.agency != sender:
        found.append(fault("not_your_agency", "/series_id"))
    if occurrence.year not in YEARS or not calendar.is_occurrence(plan, occurrence):
        found.append(fault("unknown_reference", "/occurrence"))
    if plan.forum == "est":
        found += [fault("personal_data_in_place_report", youth, why="est") for youth in youths]
    return found
