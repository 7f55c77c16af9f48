"""The weekly pictures: what they must show, reckoned from the messages sent, and what they do show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from deploy.demo.moments import MUNICIPALITY
from deploy.demo.story import Step
from shared.agencies import AgencyRegistry
from shared.clock import iso_week_of, local_day
from shared.mongo import Database


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
        self.held = sum(each["held"] for each in figures["meetings"])

    def differs_in(self, iso_week: str, steps: Iterable[Step], registry: AgencyRegistry) -> list[str]:
        """Return what it shows otherwise than the messages sent say."""
        sent = [(step.agency, step.event["type"], step.event["data"]) for step in steps]
        reports = [(by, data) for by, type_, data in sent if type_ == "weekly-report.submitted.v1"]
        received = sorted(by for by, data in reports if data["iso_week"] == iso_week)
        owing = {each.id for each in registry.all if each.owes_weekly_report and each.municipality == MUNICIPALITY}
        events = [data for _, type_, data in sent if type_ == "place-event.submitted.v1"]
        events += [event for _, data in reports for event in data.get("place_events", ())]
        places = Counter(f"{e['area']}: {e['category']}" for e in events if _week(e["happened_at"]) == iso_week)
        minutes = [data for _, type_, data in sent if type_ == "meeting-minutes.recorded.v1" and data["held"]]
        held = sum(_week(each["occurrence"]) == iso_week for each in minutes)
        pairs = {
            "inkomna rapporter": (self.received, received),
            "rapporter som saknas": (self.missing, sorted(owing - set(received))),
            "platshändelser": (self.places, dict(places)),
            "hållna möten": (self.held, held),
            "utgåva": (self.edition, 1),
        }
        return [name for name, (shown, right) in pairs.items() if shown != right]


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
