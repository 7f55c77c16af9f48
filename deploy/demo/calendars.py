"""What each mailbox's calendar shows once every mail has been laid into it, as a calendar program does (RFC 5546).

Of what came about a series and about one meeting of it the highest SEQUENCE holds. It must come to what agencies were
to be told, meeting by meeting: a calendar that lags behind sends somebody to an empty room.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import recurring_ical_events
from icalendar import Calendar, Component

from deploy.demo.letters import Letter
from deploy.demo.moments import Moment

AHEAD = timedelta(weeks=4)
"""How far past the story's end calendars are compared: well within what has been called by then."""


def wrong_calendars(played: list[Moment], letters: list[Letter]) -> Iterator[str]:
    """Yield a line for each mailbox whose calendar shows other meetings than those that are held."""
    due, calendars = _due(played), _laid_together(letters)
    for mailbox in sorted({*due, *calendars}):
        begins = {each for each in due.get(mailbox, ()) if each < played[-1].at + AHEAD}
        shown = _shown(calendars.get(mailbox, Calendar()), played[0].at, played[-1].at + AHEAD)
        if shown != begins:
            yield f"{mailbox} har {len(shown - begins)} möten för mycket och saknar {len(begins - shown)}"


def _due(played: Iterable[Moment]) -> dict[str, set[datetime]]:
    """Return when each mailbox's meetings begin, by what agencies were to be told of each."""
    begins: dict[tuple[str, str], str] = {}
    mailboxes: dict[str, set[str]] = {}
    for moment in played:
        if moment.step is not None and moment.step.event["type"] == "meeting-series.planned.v1":
            plan = moment.step.event["data"]
            mailboxes[plan["series_id"]] = {each["email"] for each in (plan["organiser"], *plan["participants"])}
        for each in moment.outcome.messages:
            if each.type in ("meeting.called.v1", "meeting.moved.v1"):
                begins[each.data["series_id"], each.data["occurrence"]] = each.data["starts_at"]
            elif each.type == "meeting.cancelled.v1":
                begins.pop((each.data["series_id"], each.data["occurrence"]), None)
    found: dict[str, set[datetime]] = defaultdict(set)
    for (series_id, _), starts_at in begins.items():
        for mailbox in mailboxes[series_id]:
            found[mailbox].add(datetime.fromisoformat(starts_at))
    return found


def _laid_together(letters: Iterable[Letter]) -> dict[str, Calendar]:
    """Return each mailbox's calendar: of each series and each single meeting what was said with the highest number."""
    latest: dict[tuple[str, str, str], tuple[int, Component]] = {}
    for letter in letters:
        for event in Calendar.from_ical(letter.calendar).walk("VEVENT") if letter.calendar else ():
            of: dict[str, Any] = {name: event[name] for name in ("UID", "SEQUENCE")}
            single = event.decoded("RECURRENCE-ID").isoformat() if "RECURRENCE-ID" in event else ""
            key, sequence = (letter.to, str(of["UID"]), single), int(of["SEQUENCE"])
            if key not in latest or latest[key][0] <= sequence:
                latest[key] = sequence, event
    calendars: dict[str, Calendar] = defaultdict(Calendar)
    for (to, _, _), (_, event) in latest.items():
        calendars[to].add_component(event)
    return calendars


def _shown(calendar: Calendar, first: datetime, last: datetime) -> set[datetime]:
    events = recurring_ical_events.of(calendar).between(first, last)
    return {each.decoded("DTSTART") for each in events if each.get("STATUS") != "CANCELLED"}
