"""RFC 5546's tables for events as data, and a calendar that takes in mails as they say calendars do.

A row says how often a property must, may or must not stand in an event of a message with that METHOD.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from icalendar import Calendar, Event
from recurring_ical_events import of as expanded

ONE, ONE_OR_MORE, AT_MOST_ONE, ANY, NONE = (1, 1), (1, None), (0, 1), (0, None), (0, 0)
_OFTEN_THE_SAME: dict[str, tuple[int, int | None]] = {
    "DTSTAMP": ONE, "ORGANIZER": ONE, "UID": ONE,
    "ATTACH": ANY, "CATEGORIES": ANY, "COMMENT": ANY, "CONTACT": ANY, "EXDATE": ANY, "RDATE": ANY, "RELATED-TO": ANY,
    "RESOURCES": ANY,
    "CLASS": AT_MOST_ONE, "CREATED": AT_MOST_ONE, "DESCRIPTION": AT_MOST_ONE, "DTEND": AT_MOST_ONE,
    "DURATION": AT_MOST_ONE, "GEO": AT_MOST_ONE, "LAST-MODIFIED": AT_MOST_ONE, "LOCATION": AT_MOST_ONE,
    "PRIORITY": AT_MOST_ONE, "RECURRENCE-ID": AT_MOST_ONE, "RRULE": AT_MOST_ONE, "STATUS": AT_MOST_ONE,
    "TRANSP": AT_MOST_ONE, "URL": AT_MOST_ONE, "REQUEST-STATUS": NONE,
}  # fmt: skip
EVENTS: dict[str, dict[str, tuple[int, int | None]]] = {
    # 3.2.2
    "REQUEST": {
        **_OFTEN_THE_SAME, "ATTENDEE": ONE_OR_MORE, "DTSTART": ONE, "SEQUENCE": AT_MOST_ONE, "SUMMARY": ONE,
    },
    # 3.2.5
    "CANCEL": {
        **_OFTEN_THE_SAME, "ATTENDEE": ANY, "DTSTART": AT_MOST_ONE, "SEQUENCE": ONE, "SUMMARY": AT_MOST_ONE,
    },
}  # fmt: skip
COMPONENTS: dict[str, dict[str, tuple[int, int | None]]] = {
    "REQUEST": {"VEVENT": ONE_OR_MORE, "VTIMEZONE": ANY, "VFREEBUSY": NONE, "VJOURNAL": NONE, "VTODO": NONE},
    "CANCEL": {
        "VEVENT": ONE_OR_MORE, "VTIMEZONE": ANY, "VALARM": NONE, "VFREEBUSY": NONE, "VJOURNAL": NONE, "VTODO": NONE,
    },
}  # fmt: skip


def breaches(message: Calendar) -> Iterator[str]:
    """Yield what in a message is not as RFC 5546 has it for its method."""
    method = str(message["METHOD"])
    for name, (least, most) in COMPONENTS[method].items():
        count = len(message.walk(name))
        if count < least or (most is not None and count > most):
            yield f"{method}: {count} {name}"
    events = [cast(Event, each) for each in message.walk("VEVENT")]
    if len({str(event["UID"]) for event in events}) != 1:
        yield "all events have the same UID (3.2.2, 3.2.5)"
    for event in events:
        yield from _breaches_in(event, method)
    zones = {str(zone["TZID"]) for zone in message.walk("VTIMEZONE")}
    named = {value.params["TZID"] for event in events for value in _values(event) if "TZID" in value.params}
    if not named <= zones:
        yield "every zone that a time names has its VTIMEZONE (3.2.2, 3.2.5)"


def _breaches_in(event: Event, method: str) -> Iterator[str]:
    table = EVENTS[method]
    # The tables let any IANA-PROPERTY and X-PROPERTY pass; the house sends none.
    yield from (f"{name} has no row of its own for {method}" for name in event if name not in table)
    for name, (least, most) in table.items():
        found: Any = event.get(name)
        count = len(found) if isinstance(found, list) else int(found is not None)
        if count < least or (most is not None and count > most):
            yield f"{method}: {count} {name}"
    if "DTEND" in event and "DURATION" in event:
        yield "DTEND and DURATION (3.2.2)"
    if method == "REQUEST" and event.get("STATUS") not in (None, "TENTATIVE", "CONFIRMED"):
        yield "STATUS of a REQUEST (3.2.2)"
    if method == "CANCEL" and event.get("STATUS") not in (None, "CANCELLED"):
        yield "STATUS of a CANCEL (3.2.5)"
    if method == "CANCEL" and "RECURRENCE-ID" not in event and "ATTENDEE" not in event:
        yield "ATTENDEE of a CANCEL of the whole (3.2.5)"
    if "RECURRENCE-ID" in event and ("RRULE" in event or "EXDATE" in event):
        yield "RECURRENCE-ID names one instance, which does not recur (RFC 5545, 3.8.4.4)"
    rule: Any = event.get("RRULE", {})
    if "COUNT" in rule and "UNTIL" in rule:
        yield "COUNT and UNTIL (RFC 5545, 3.3.10)"


def _values(event: Event) -> Iterator[Any]:
    for value in event.values():
        yield from (each for each in (value if isinstance(value, list) else [value]) if hasattr(each, "params"))


@dataclass
class InCalendar:
    """What somebody's calendar holds of one series: by original start (None is the series) the event that holds.

    RFC 5546, 2.1.4 and 3.2: of two messages about the same the higher SEQUENCE holds; a request for the series replaces
    it and the instances said with a lower one; a cancelled instance is not held, and a cancelled series is gone.
    """

    series: Event | None = None
    instances: dict[datetime, Event] = field(default_factory=dict)
    gone_at: int = -1

    def take_in(self, message: Calendar) -> None:
        """Do what a message says."""
        for each in message.walk("VEVENT"):
            event = cast(Event, each)
            sequence = int(event.get("SEQUENCE", 0))
            if "RECURRENCE-ID" in event:
                self._take_instance(event, sequence)
            elif sequence >= max(self.gone_at, self._said(self.series)):
                if message["METHOD"] == "CANCEL":
                    self.series, self.gone_at = None, sequence
                else:
                    self.series = event
                self.instances = {at: one for at, one in self.instances.items() if self._said(one) >= sequence}

    def _take_instance(self, event: Event, sequence: int) -> None:
        at = cast(datetime, cast(Any, event["RECURRENCE-ID"]).dt)
        if sequence >= max(self.gone_at, self._said(self.series), self._said(self.instances.get(at))):
            self.instances[at] = event

    @staticmethod
    def _said(event: Event | None) -> int:
        return -1 if event is None else int(event.get("SEQUENCE", 0))

    def meetings(self, begin: datetime, end: datetime) -> list[tuple[datetime, datetime, str]]:
        """Return the meetings that the calendar shows between two instants: begin, end and place."""
        if self.series is None:
            return []
        whole = Calendar()
        whole.add_component(self.series)
        for event in self.instances.values():
            whole.add_component(event)
        shown = (each for each in expanded(whole).between(begin, end) if each.get("STATUS") != "CANCELLED")
        return sorted(
            (each["DTSTART"].dt.astimezone(UTC), each["DTEND"].dt.astimezone(UTC), str(each["LOCATION"]))
            for each in shown
        )


def calendar_after(messages: Iterable[Calendar]) -> InCalendar:
    """Return a calendar that has taken in these messages."""
    calendar = InCalendar()
    for message in messages:
        calendar.take_in(message)
    return calendar
