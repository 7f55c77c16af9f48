"""The weekly pictures: what they must show, reckoned from the messages sent, and what they do show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from deploy.demo.due import DuePicture
from deploy.demo.moments import MUNICIPALITY
from deploy.demo.story import Step
from shared.agencies import AgencyRegistry
from shared.clock import iso_week_of, local_day
from shared.mongo import Database

_SHOWN_IN_WORDS = {"not_quorate": "hölls fast någon som måste vara med saknades", "cancelled": "inställt möte</span>"}


class Picture:
    """One week's picture as `reporting` keeps it."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.html = str(row["html"])
        self.edition = int(row["edition"])
        figures = row["figures"]
        standings = {each["agency_id"]: each["state"] for each in figures["reports"]}
        self.received = sorted(id_ for id_, state in standings.items() if state == "in_time")
        self.missing = sorted(id_ for id_, state in standings.items() if state == "missing")
        self.places = {f"{each['area']}: {each['category']}": sum(each["by_severity"]) for each in figures["places"]}
        meetings = figures["meetings"]
        self.meetings = {key: sum(each[key] for each in meetings) for key in ("called", "held", *_SHOWN_IN_WORDS)}

    def differs_in(self, due: DuePicture, steps: Iterable[Step], registry: AgencyRegistry) -> list[str]:
        """Return what it shows otherwise than the messages sent say."""
        iso_week = due.iso_week
        sent = [(step.agency, step.event["type"], step.event["data"]) for step in steps]
        reports = [(by, data) for by, type_, data in sent if type_ == "weekly-report.submitted.v1"]
        received = sorted(by for by, data in reports if data["iso_week"] == iso_week)
        owing = {each.id for each in registry.all if each.owes_weekly_report and each.municipality == MUNICIPALITY}
        events = [data for _, type_, data in sent if type_ == "place-event.submitted.v1"]
        events += [event for _, data in reports for event in data.get("place_events", ())]
        places = Counter(f"{e['area']}: {e['category']}" for e in events if _week(e["happened_at"]) == iso_week)
        meetings = {key: getattr(due, key) for key in self.meetings}
        pairs = {
            "inkomna rapporter": (self.received, received),
            "rapporter som saknas": (self.missing, sorted(owing - set(received))),
            "platshändelser": (self.places, dict(places)),
            "möten": (self.meetings, meetings),
            "ord om möten": ([word in self.html for word in _SHOWN_IN_WORDS.values()], _words_due(due)),
            "utgåva": (self.edition, 1),
        }
        return [name for name, (shown, right) in pairs.items() if shown != right]


def _words_due(due: DuePicture) -> list[bool]:
    return [getattr(due, key) > 0 for key in _SHOWN_IN_WORDS]


async def picture(reporting: Database, iso_week: str) -> Picture | None:
    """Return the municipality's picture of a week, or None when there is none yet."""
    row = await reporting.find_one("pictures", {"_id": f"{MUNICIPALITY}:{iso_week}"})
    return None if row is None else Picture(row)


def file_name(iso_week: str) -> str:
    """Return the name under which a picture is kept."""
    return f"veckobild-{MUNICIPALITY}-{iso_week}.html"


def _week(moment: str) -> str:
    at = datetime.fromisoformat(moment)
    return iso_week_of(local_day(at) if at.tzinfo else at.date())
