"""The story of Söderhamn, as the messages that agencies send and the moments they send them, in three chapters.

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
WEEKLY, SSPF = "fe8e7572-2bfd-58d3-960b-f99b444665a5", name_id("story", "sspf series")
"""The two series: the samples' weekly meeting, and one that begins in the third chapter."""
ACTION = "ee943ae7-4ff5-5646-a36c-ca8a8be852ab"
"""The action of the samples' minutes."""
WAITING_OBSERVATION = name_id("story", "second observation")
"""The observation that no basis opens for."""


@dataclass(frozen=True)
class Step:
    """An agency says something at a moment."""

    name: str
    at: datetime
    agency: str
    event: dict[str, Any]
    chapter: int = 1


def local(text: str) -> datetime:
    """Return the instant of a local wall-clock time in Söderhamn."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


def story() -> list[Step]:
    """Return the first chapter's messages in the order in which they are sent."""
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


def chapters() -> list[Step]:
    """Return the messages of all chapters: of a consent, of a youth who has none, and of meetings week by week."""
    return story() + _second_chapter() + _third_chapter()


def number_for_tests(born: str) -> str:
    """Return an identity number of the series that Skatteverket keeps free for tests (birth number 238)."""
    digits = f"{born.replace('-', '')}238"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits[2:]))
    return f"{digits}{-total % 10}"


def _second_chapter() -> list[Step]:
    """Return what social services do about a 17-year-old who has no consent: ask, assess, submit, ask again."""
    who: dict[str, Any] = {"youth": {"personal_identity_number": number_for_tests("2009-05-14")}}
    asked, assessed = "secrecy-basis.asked.v1", "secrecy-assessment.made.v1"
    return [
        _step("may the police be told", "2026-11-30T15:00", SOCIAL, asked, who | _question("first", POLICE), 2),
        _step("assessment made", "2026-11-30T15:10", SOCIAL, assessed, who | _ASSESSMENT, 2),
        _step("social services submit", "2026-11-30T15:20", SOCIAL, _ANY_OBSERVATION, who | _SEEN_BY_SOCIAL, 2),
        _step("may they be told now", "2026-11-30T15:30", SOCIAL, asked, who | _question("second", POLICE), 2),
        _step("may the school be told", "2026-11-30T15:31", SOCIAL, asked, who | _question("third", SCHOOL), 2),
    ]


def _third_chapter() -> list[Step]:
    """Return what a month of meetings is made of: red days, a move, a cancellation, an action that came late."""
    move, new_year = "meeting-move.requested.v1", {"occurrence": "2026-12-31T13:00:00"}
    to_wednesday = {"series_id": SSPF, "starts_at": "2026-12-30T13:00:00"} | new_year
    return [
        _step("sspf planned", "2026-11-30T16:00", COORDINATOR, "meeting-series.planned.v1", _SSPF_PLAN, 3),
        _step("red Thursday moved", "2026-12-01T10:30", COORDINATOR, move, to_wednesday, 3, without=("place",)),
        _step("weekly meeting moved", "2026-12-01T10:40", COORDINATOR, move, None, 3),
        _step(
            "weekly meeting cancelled", "2026-12-01T10:50", COORDINATOR, "meeting-cancellation.requested.v1", None, 3
        ),
        _step("action completed", "2026-12-02T13:00", SOCIAL, "action.completed.v1", _COMPLETED_LATE, 3),
        _step("sspf minutes", "2026-12-10T14:10", COORDINATOR, "meeting-minutes.recorded.v1", _SSPF_MINUTES, 3),
    ]


def _question(which: str, to: str) -> dict[str, Any]:
    return {"question_id": name_id("story", f"{which} question"), "to": to, "category": "risk_environment"}


_ANY_OBSERVATION = "observation.submitted.police.v1"
_ASSESSMENT = {
    "assessment_id": name_id("story", "assessment"),
    "answers": {
        "concrete_circumstances": "Flera uppgifter om att äldre försöker värva till grovt rån i helgen.",
        "unsuitable": False,
        "concerns_committed_crime": False,
    },
    "decided_at": "2026-11-30T15:09:00+01:00",
    "valid_until": "2026-12-14",
}
_SEEN_BY_SOCIAL = {
    "observation_id": name_id("story", "social services' observation"),
    "observed_on": "2026-11-30",
    "category": "risk_environment",
    "summary": "Uppger sig pressad av äldre att vara med på rånet i helgen.",
    "concern_report": "not_needed",
    "payload": {"källa": "samtal på mottagningen", "bedömning": "hög risk för värvning"},
}


_SECOND_SIGNATURE = {
    "signatory": {"role": "guardian", "guardian_id": "g2"},
    "signed_at": "2026-11-16T10:54:00+01:00",
}
_WITHDRAWAL = {"received_at": "2026-11-30T14:05:00+01:00"}
_LATER_ABSENCE = {
    "observation_id": WAITING_OBSERVATION,
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


_COMPLETED_LATE = {"completed_on": "2026-12-02"}
_SSPF_CALLED = {
    SCHOOL: ("kurator", "kurator@soderhamn.example"),
    SOCIAL: ("socialsekreterare", "mottag@soderhamn.example"),
    POLICE: ("kommunpolis", "kommunpolis@polisen.example"),
    LEISURE: ("fritidsledare", "fritidsgarden@soderhamn.example"),
}
_SSPF_PLAN = {
    "series_id": SSPF,
    "forum": "sspf",
    "title": "SSPF",
    "starts_at": "2026-12-10T13:00:00",
    "rrule": "FREQ=WEEKLY;BYDAY=TH",
    "place": "Kommunhuset, rum 105",
    "participants": [
        {"agency": agency, "function": function, "email": email, "required": True}
        for agency, (function, email) in _SSPF_CALLED.items()
    ],
    "reminders": ["P1D"],
}
_SSPF_MINUTES = {
    "series_id": SSPF,
    "occurrence": "2026-12-10T13:00:00",
    "attendance": [
        {"agency": agency, "function": function, "present": agency != POLICE}
        for agency, (function, _) in _SSPF_CALLED.items()
    ],
    "prioritised": [],
    "actions": [],
}


def _step(
    name: str,
    at: str,
    agency: str,
    sample: str,
    changes: dict[str, Any] | None = None,
    chapter: int = 1,
    without: tuple[str, ...] = (),
) -> Step:
    event = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))
    moment = local(at)
    event["source"] = f"/agency/{agency}"
    event["time"] = moment.isoformat()
    if changes:
        event["id"] = name_id("story", name)
        event["data"] |= changes
    for name_left_out in without:
        del event["data"][name_left_out]
    return Step(name, moment, agency, event, chapter)
