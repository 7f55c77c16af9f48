"""The calendar part of an invitation: an iTIP request (RFC 5546) that Outlook and others offer to accept or decline.

The UID follows from the meeting and from nothing else. Never make it from a setting, a time or a revision: with
another UID the same meeting stands twice in everybody's calendar.
"""

from __future__ import annotations

from icalendar import CLASS, PARTSTAT, ROLE, STATUS, Calendar, Event, Timezone, vCalAddress
from icalendar.parser import Contentline

from services.notifier.documents import Delivery
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


def uid_of(meeting_id: str) -> str:
    """Return the meeting's name in every calendar, for ever."""
    return f"{meeting_id}@samverkan"


def meeting_request(delivery: Delivery, summary: str, organiser: str) -> str:
    """Return the calendar text for all recipients: each gets it with an attendee of its own."""
    event = Event.new(
        uid=uid_of(delivery.meeting_id),
        sequence=delivery.sequence,
        stamp=delivery.made_at,
        start=delivery.starts_at.astimezone(LOCAL_ZONE),
        end=delivery.ends_at.astimezone(LOCAL_ZONE),
        summary=summary,
        description=DESCRIPTION,
        location=delivery.place,
        classification=CLASS.PRIVATE,
        status=STATUS.CONFIRMED,
        organizer=vCalAddress.new(organiser, cn=delivery.organiser.function),
    )
    request = Calendar()  # not Calendar.new: it gives the whole a UID of its own, another one each time
    request.add("prodid", "-//Samverkan//Kallelser//SV")
    request.add("version", "2.0")
    request.add("method", "REQUEST")
    request.add_component(_ZONE)
    request.add_component(event)
    return str(request.to_ical(), "utf-8")


def with_attendee(request: str, recipient: Invited, *, calls: bool) -> str:
    """Return a request with its one attendee, the recipient: no calendar needs to know who else is called."""
    # The last line of the event: a property's place within its event says nothing (RFC 5545, 3.6).
    before, ending, after = request.rpartition("END:VEVENT")
    attendee = _attendee(recipient, calls)
    line = Contentline.from_parts("ATTENDEE", attendee.params, attendee)
    return f"{before}{line.to_ical().decode()}\r\n{ending}{after}"


def _attendee(recipient: Invited, calls: bool) -> vCalAddress:
    email, function = recipient.email, recipient.function
    if calls:
        return vCalAddress.new(email, cn=function, role=ROLE.CHAIR, partstat=PARTSTAT.ACCEPTED, rsvp=False)
    return vCalAddress.new(email, cn=function, role=ROLE.REQ_PARTICIPANT, partstat=PARTSTAT.NEEDS_ACTION, rsvp=True)
