"""The place track: place events and weekly reports, stored and registered; never anything about a person."""

from __future__ import annotations

import json
from datetime import datetime
from typing import ClassVar

from shared.document import Document
from shared.events.agencies import PlaceEventSubmitted, WeeklyReportSubmitted
from shared.events.agencies.observations import ReportedPlaceEvent
from shared.events.observations import PlaceEventRegistered, WeeklyReportRegistered
from shared.intake.faults import Fault, Rejected, at_most, fault
from shared.screening.personal_data import faults_in
from shared.transaction import Transaction


class PlaceEvent(Document):
    """Something that happened at a place. `payload` is the sender's own JSON as text."""

    collection: ClassVar[str] = "place_events"

    submitted_by: str
    area: str
    place_type: str
    category: str
    severity: int
    happened_at: datetime
    description: str
    payload: str
    fingerprint: str


class WeeklyReport(Document):
    """An actor's answer for an EST week; its id is agency and week."""

    collection: ClassVar[str] = "weekly_reports"

    submitted_by: str
    iso_week: str
    nil_report: bool
    reporter_function: str
    trend: str | None
    place_event_ids: tuple[str, ...]
    fingerprint: str
    registered_at: datetime


def refuse_personal_data(report: PlaceEventSubmitted | WeeklyReportSubmitted) -> None:
    """Raise `Rejected` with every place in a report where personal data seem to stand, and of which kind they are."""
    content = report.model_dump(mode="json", exclude={"place_event_id", "happened_at", "iso_week"})
    for event in content.get("place_events", ()):
        del event["place_event_id"], event["happened_at"]
    if found := faults_in(content):
        raise Rejected(at_most(found))


async def register_event(
    tx: Transaction, sender_id: str, event: PlaceEventSubmitted | ReportedPlaceEvent, pointer: str
) -> Fault | None:
    """Store a place event and say so; return the fault when its id is taken by another content."""
    # The same digest for both shapes: an event that is sent alone and stands in the week's report too is one event.
    fingerprint = tx.secret.fingerprint(ReportedPlaceEvent.model_validate(event.model_dump()))
    stored = await tx.get(PlaceEvent, event.place_event_id)
    if stored is not None:
        is_same = (stored.submitted_by, stored.fingerprint) == (sender_id, fingerprint)
        return None if is_same else fault("conflict", pointer)
    tx.save(
        PlaceEvent(
            id=event.place_event_id,
            submitted_by=sender_id,
            payload=json.dumps(event.payload, ensure_ascii=False),
            fingerprint=fingerprint,
            **event.model_dump(include=_STORED),
        )
    )
    tx.emit(
        PlaceEventRegistered(
            place_event_id=event.place_event_id,
            submitted_by=sender_id,
            **event.model_dump(include=_REGISTERED),
        )
    )
    return None


async def register_report(tx: Transaction, sender_id: str, report: WeeklyReportSubmitted) -> None:
    """Store a weekly report with the events it brings and say so; raise `Rejected` for what is taken already."""
    report_id = f"{sender_id}:{report.iso_week}"
    fingerprint = tx.secret.fingerprint(report)
    stored = await tx.get(WeeklyReport, report_id)
    if stored is not None:
        if stored.fingerprint != fingerprint:
            raise Rejected([fault("conflict", "/iso_week")])
        return
    await _register_events_of(tx, sender_id, report)
    registered = WeeklyReportRegistered(
        submitted_by=sender_id,
        iso_week=report.iso_week,
        nil_report=report.nil_report,
        place_events=len(report.place_events),
        registered_at=tx.now,
    )
    tx.save(
        WeeklyReport(
            id=report_id,
            reporter_function=report.reporter_function,
            trend=report.trend,
            place_event_ids=tuple(event.place_event_id for event in report.place_events),
            fingerprint=fingerprint,
            **registered.model_dump(exclude={"place_events"}),
        )
    )
    tx.emit(registered)


async def _register_events_of(tx: Transaction, sender_id: str, report: WeeklyReportSubmitted) -> None:
    faults = [
        await register_event(tx, sender_id, event, f"/place_events/{place}/place_event_id")
        for place, event in enumerate(report.place_events)
    ]
    if taken := [each for each in faults if each is not None]:
        raise Rejected(taken)


_REGISTERED = {"area", "category", "severity", "happened_at"}
_STORED = _REGISTERED | {"place_type", "description"}
