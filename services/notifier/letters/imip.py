"""The calendar part of a letter: an iTIP message (RFC 5546) that Outlook and others act on.

All that is said of a series has one UID, which follows from the series and from nothing else. Never make it from a
setting, a time or a revision: with another UID the same meetings stand twice in everybody's calendar. One meeting of
the series is named by its original start (RECURRENCE-ID), and of two messages the one with the higher SEQUENCE holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from icalendar import CLASS, PARTSTAT, ROLE, STATUS, Calendar, Event, Timezone, vCalAddress, vRecur
from icalendar.parser import Contentline

from services.notifier.documents import Delivery
from services.notifier.facts.shapes import CancellationFacts, Exceptional, MoveFacts, Occasion, SeriesFacts
from services.notifier.letters.words import MEETINGS, has_calendar
from shared.clock import LOCAL_ZONE
from shared.events.meetings import Invited

# Outlook reads only TZID, DTSTART, RRULE and the offsets, and drops a zone that lists its changes one by one
# (MS-STANOICAL 2.2.47), which is what icalendar would write by itself. A test compares this with the zone database.
VTIMEZONE = """\
BEGIN:VTIMEZONE
TZID:Europe/Stockholm
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
END:DAYLIGHT
END:VTIMEZONE
"""
_ZONE = Timezone.from_ical(VTIMEZONE)
DESCRIPTION = "Dagordningen finns i tjänsten. Skriv aldrig uppgifter om enskilda i kalendern."
_END_OF_EVENT = "\r\nEND:VEVENT"  # no text can hold it: a line within one is folded, and begins with a space


@dataclass(frozen=True)
class CalendarPart:
    """An iTIP message and its method. `text` is for all recipients: each gets it with an attendee of its own."""

    method: Literal["REQUEST", "CANCEL"]
    text: str


@dataclass(frozen=True)
class _Announcer:
    """What all events of one message share."""

    delivery: Delivery
    organiser: str
    summary: str

    def event(self, starts_at: datetime, ends_at: datetime, occurrence: datetime | None = None) -> Event:
        """Return an event: of the series, or of the one meeting that an original local start names."""
        event = Event.new(
            uid=uid_of(self.delivery.series_id),
            sequence=self.delivery.sequence,
            stamp=self.delivery.made_at,
            start=starts_at.astimezone(LOCAL_ZONE),
            end=ends_at.astimezone(LOCAL_ZONE),
            summary=self.summary,
            classification=CLASS.PRIVATE,
            organizer=vCalAddress.new(self.organiser, cn=self.delivery.organiser.function),
        )
        if occurrence is not None:
            event.add("recurrence-id", occurrence.replace(tzinfo=LOCAL_ZONE))
        return event

    def held(self, event: Event, place: str) -> Event:
        """Return an event with what is said of a meeting that is held."""
        event.add("status", STATUS.CONFIRMED)
        event.add("description", DESCRIPTION)
        event.add("location", place)
        return event

    def cancelled(self, event: Event) -> Event:
        """Return an event that is not held."""
        event.add("status", STATUS.CANCELLED)
        return event


def uid_of(series_id: str) -> str:
    """Return the series' name in every calendar, for ever."""
    return f"{series_id}@samverkan"


def calendar_part(delivery: Delivery, organiser: str) -> CalendarPart | None:
    """Return what a delivery's letters tell calendars, or None where they tell them nothing.

    RFC 5546: REQUEST (3.2.2) for a series with its exceptions, and for a moved meeting alone; CANCEL (3.2.5) for a
    meeting or a series that is not held, and to those who are called no more.
    """
    facts = delivery.facts
    if facts is None or not has_calendar(facts):
        return None
    name = MEETINGS[facts.forum]
    said = _Announcer(delivery, organiser, name[0].upper() + name[1:])
    match facts:
        case SeriesFacts():
            return _of_series(said, facts)
        case MoveFacts():
            return _message("REQUEST", [said.held(_of_one(said, facts), facts.place)])
        case CancellationFacts():
            return _message("CANCEL", [said.cancelled(_of_one(said, facts))])
        case _:
            return None


def _of_one(said: _Announcer, facts: Occasion) -> Event:
    return said.event(facts.starts_at, facts.ends_at, facts.occurrence)


def _of_series(said: _Announcer, facts: SeriesFacts) -> CalendarPart:
    starts_at = facts.starts_at.replace(tzinfo=LOCAL_ZONE)
    whole = said.event(starts_at, _end_of(starts_at, facts))
    if facts.kind == "farewell":
        # Without STATUS: it would say to those called no more that the meetings are not held (RFC 5546, 3.2.5).
        return _message("CANCEL", [whole])
    if facts.last_on is not None and facts.last_on < facts.starts_at.date():
        return _message("CANCEL", [said.cancelled(whole)])
    whole.add("rrule", vRecur.from_ical(_rule(facts)))
    if not_held := [each.occurrence.replace(tzinfo=LOCAL_ZONE) for each in facts.exceptions if each.starts_at is None]:
        whole.add("exdate", not_held)  # with the zone of DTSTART, or Exchange keeps the meeting (KB 2295902)
    overrides = [_override(said, facts, each) for each in facts.exceptions if each.starts_at is not None]
    return _message("REQUEST", [said.held(whole, facts.place), *overrides])


def _override(said: _Announcer, facts: SeriesFacts, each: Exceptional) -> Event:
    starts_at = each.starts_at or each.occurrence.replace(tzinfo=LOCAL_ZONE)
    event = said.event(starts_at, each.ends_at or _end_of(starts_at, facts), each.occurrence)
    return said.held(event, facts.place if each.place is None else each.place)


def _end_of(starts_at: datetime, facts: SeriesFacts) -> datetime:
    return starts_at.astimezone(UTC) + timedelta(minutes=facts.duration_minutes)


def _rule(facts: SeriesFacts) -> str:
    """Return the rule with its end: COUNT if that comes first, else UNTIL, never both (RFC 5545, 3.3.10)."""
    if facts.last_on is None:
        return facts.rule.text()
    last = datetime.combine(facts.last_on, time(23, 59, 59))
    if facts.rule.count is not None and all(start <= last for start in facts.rule.starts(facts.starts_at)):
        return facts.rule.text()
    return facts.rule.text(until=last.replace(tzinfo=LOCAL_ZONE))


def _message(method: Literal["REQUEST", "CANCEL"], events: Sequence[Event]) -> CalendarPart:
    whole = Calendar()  # not Calendar.new: it gives the whole a UID of its own, another one each time
    whole.add("prodid", "-//Samverkan//Kallelser//SV")
    whole.add("version", "2.0")
    whole.add("method", method)
    whole.add_component(_ZONE)
    for event in events:
        whole.add_component(event)
    return CalendarPart(method, str(whole.to_ical(), "utf-8"))


def with_attendee(part: CalendarPart, recipient: Invited, *, calls: bool) -> str:
    """Return a message with its one attendee, the recipient: no calendar needs to know who else is called."""
    attendee = _attendee(recipient, calls, asks=part.method == "REQUEST")
    line = Contentline.from_parts("ATTENDEE", attendee.params, attendee).to_ical().decode()
    # The last line of each event: a property's place within its event says nothing (RFC 5545, 3.6).
    return part.text.replace(_END_OF_EVENT, f"\r\n{line}{_END_OF_EVENT}")


def _attendee(recipient: Invited, calls: bool, asks: bool) -> vCalAddress:
    email, function = recipient.email, recipient.function
    if calls:
        return vCalAddress.new(email, cn=function, role=ROLE.CHAIR, partstat=PARTSTAT.ACCEPTED, rsvp=False)
    return vCalAddress.new(email, cn=function, role=ROLE.REQ_PARTICIPANT, partstat=PARTSTAT.NEEDS_ACTION, rsvp=asks)
