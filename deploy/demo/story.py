"""The story of Söderhamn, as the messages that agencies send and the moments they send them.

The messages are the contract's samples, strung together; where the story needs another day or sender than a sample
has, the change stands here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.clock import LOCAL_ZONE
from shared.ids import name_id

SAMPLES = Path(__file__).parent.parent.parent / "tests" / "messages" / "in"
SOCIAL, SCHOOL, POLICE, LEISURE = "2182-social-services", "2182-school", "2182-police", "2182-leisure"
COORDINATOR, HOUSING = "2182-coordinator", "2182-housing-faxeholmen"


@dataclass(frozen=True)
class Step:
    """An agency says something at a moment."""

    name: str
    at: datetime
    agency: str
    event: dict[str, Any]


def local(text: str) -> datetime:
    """Return the instant of a local wall-clock time in Söderhamn."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


def story() -> list[Step]:
    """Return the story's messages in the order in which they are sent."""
    return [
        _step("form issued", "2026-11-16T10:30", SOCIAL, "consent-form.issued.v1"),
        _step("first guardian signs", "2026-11-16T10:40", SOCIAL, "consent-form.signed.v1"),
        _step("second guardian signs", "2026-11-16T10:55", SOCIAL, "consent-form.signed.v1", _SECOND_SIGNATURE),
        _step("school submits", "2026-11-16T13:00", SCHOOL, "observation.submitted.school.v1"),
        _step("police submit", "2026-11-16T13:30", POLICE, "observation.submitted.police.v1"),
        _step("youth centre submits", "2026-11-16T14:00", LEISURE, "observation.submitted.leisure.v1"),
        _step("weekly meeting planned", "2026-11-16T15:00", COORDINATOR, "meeting-series.planned.v1"),
        _step("place event", "2026-11-18T07:45", HOUSING, "place-event.submitted.v1", _SODERHAMN_PLACE),
        _step("weekly report", "2026-11-19T13:00", HOUSING, "weekly-report.submitted.v1", _SODERHAMN_WEEK),
        _step("minutes recorded", "2026-11-24T10:15", COORDINATOR, "meeting-minutes.recorded.v1"),
        _step("guardian withdraws", "2026-11-30T14:05", SOCIAL, "consent-withdrawal.received.v1", _WITHDRAWAL),
        _step("school submits again", "2026-11-30T14:06", SCHOOL, "observation.submitted.school.v1", _LATER_ABSENCE),
    ]


_SECOND_SIGNATURE = {
    "signatory": {"role": "guardian", "guardian_id": "g2"},
    "signed_at": "2026-11-16T10:54:00+01:00",
}
_WITHDRAWAL = {"received_at": "2026-11-30T14:05:00+01:00"}
_LATER_ABSENCE = {
    "observation_id": name_id("story", "second observation"),
    "observed_on": "2026-11-30",
    "summary": "Borta från alla lektioner i dag.",
}
_SODERHAMN_PLACE = {
    "place_event_id": name_id("story", "place event"),
    "area": "Östra Berget",
    "happened_at": "2026-11-17T21:30:00+01:00",
}
_SODERHAMN_WEEK = {
    "iso_week": "2026-W47",
    "reporter_function": "bovärd",
    "place_events": [
        {
            "place_event_id": name_id("story", "reported place event"),
            "area": "Centrum",
            "place_type": "square",
            "happened_at": "2026-11-18T20:00:00+01:00",
            "category": "youth_gathering_place",
            "severity": 1,
            "description": "Fler ungdomar än vanligt på kvällen.",
        }
    ],
}


def _step(name: str, at: str, agency: str, sample: str, changes: dict[str, Any] | None = None) -> Step:
    event = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))
    moment = local(at)
    event["source"] = f"/agency/{agency}"
    event["time"] = moment.isoformat()
    if changes:
        event["id"] = name_id("story", name)
        event["data"] |= changes
    return Step(name, moment, agency, event)
