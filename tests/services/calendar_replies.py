"""Replies as the common calendars shape them, written for these tests from what is documented and told of them.

Exchange names the zone as Windows does, answers a single occurrence with the series' rule beside it, and leaves out the
organiser (MS-OXCICAL; nextcloud/calendar#7962). Google sends the same calendar twice, as alternative and as attachment,
with every time in UTC. Apple sends the calendar as an attachment and writes `MAILTO` as it got it.
"""

from __future__ import annotations

from typing import Literal

SERIES = "fe8e7572-2bfd-58d3-960b-f99b444665a5"
ATTENDEE = "omradespolis@polisen.example"
STAMP = "20261118T091500Z"
Program = Literal["outlook", "gmail", "apple"]

_WINDOWS_ZONE = """\
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
_CALENDARS: dict[Program, str] = {
    "outlook": f"""\
BEGIN:VCALENDAR
METHOD:REPLY
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
{_WINDOWS_ZONE}BEGIN:VEVENT
ATTENDEE;PARTSTAT={{answer}};CN=Omr\u00e5despolis:mailto:{{attendee}}
COMMENT;LANGUAGE=sv-SE:Kan inte\\, Kim fyller \u00e5r\\n
UID:{{series}}@samverkan
{{occurrence}}SUMMARY;LANGUAGE=sv-SE:Accepterat: Veckom\u00f6te
DTSTART;TZID=W. Europe Standard Time:20261124T090000
DTEND;TZID=W. Europe Standard Time:20261124T100000
CLASS:PRIVATE
PRIORITY:5
DTSTAMP:{{stamp}}
TRANSP:OPAQUE
STATUS:CONFIRMED
SEQUENCE:0
X-MICROSOFT-CDO-APPT-SEQUENCE:0
END:VEVENT
END:VCALENDAR
""",
    "gmail": """\
BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REPLY
BEGIN:VEVENT
DTSTART:20261124T080000Z
DTEND:20261124T090000Z
DTSTAMP:{stamp}
ORGANIZER;CN=samordnare:mailto:samordnare@soderhamn.example
UID:{series}@samverkan
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={answer};CN={attendee}
 ;X-NUM-GUESTS=0:mailto:{attendee}
{occurrence}CREATED:19000101T120000Z
LAST-MODIFIED:{stamp}
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:Veckom\u00f6te
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
""",
    "apple": """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Apple Inc.//macOS 14.6//EN
CALSCALE:GREGORIAN
METHOD:REPLY
BEGIN:VEVENT
UID:{series}@samverkan
DTSTAMP:{stamp}
DTSTART;TZID=Europe/Stockholm:20261124T090000
DTEND;TZID=Europe/Stockholm:20261124T100000
SUMMARY:Veckom\u00f6te
SEQUENCE:0
{occurrence}ATTENDEE;CN="omr\u00e5despolis";PARTSTAT={answer}:MAILTO:{attendee}
ORGANIZER;CN="samordnare":MAILTO:samordnare@soderhamn.example
REQUEST-STATUS:2.0;Success
END:VEVENT
END:VCALENDAR
""",
}
_OCCURRENCES: dict[Program, str] = {
    "outlook": "RRULE:FREQ=WEEKLY;BYDAY=TU\nRECURRENCE-ID;TZID=W. Europe Standard Time:20261201T090000\n",
    "gmail": "RECURRENCE-ID:20261201T080000Z\n",
    "apple": "RECURRENCE-ID;TZID=Europe/Stockholm:20261201T090000\n",
}
_PARTS: dict[Program, str] = {
    "outlook": 'Content-Type: text/calendar; charset="utf-8"; method=REPLY\nContent-Transfer-Encoding: 8bit',
    "gmail": 'Content-Type: text/calendar; charset="UTF-8"; method=REPLY\nContent-Transfer-Encoding: 8bit',
    "apple": 'Content-Type: text/calendar; method=REPLY; name="iCal-20261118.ics"\n'
    "Content-Disposition: attachment\nContent-Transfer-Encoding: 8bit",
}


def calendar_of(
    program: Program,
    answer: str = "ACCEPTED",
    *,
    series: str = SERIES,
    attendee: str = ATTENDEE,
    one_occurrence: bool = False,
    stamp: str = STAMP,
) -> str:
    """Return the calendar part of a program's reply: for the series, or for the occurrence of 1 December at 9."""
    occurrence = _OCCURRENCES[program] if one_occurrence else ""
    return _CALENDARS[program].format(
        answer=answer, series=series, attendee=attendee, occurrence=occurrence, stamp=stamp
    )


def mail_with(calendar: str, program: Program = "apple", sender: str = f"Områdespolis <{ATTENDEE}>") -> bytes:
    """Return a mail as that program sends it, from one who replies, with a calendar part."""
    texts = f"Content-Type: text/plain; charset=utf-8\n\n{sender} har svarat.\n"
    parts = [texts, f"{_PARTS[program]}\n\n{calendar}"]
    if program == "gmail":
        parts.append(f'Content-Type: application/ics; name="invite.ics"\nContent-Disposition: attachment\n\n{calendar}')
    body = "".join(f"--b\n{part}\n" for part in parts)
    head = f"From: {sender}\nTo: samordnare@soderhamn.example\nSubject: Svar\nMIME-Version: 1.0\n"
    whole = f'{head}Content-Type: multipart/mixed; boundary="b"\n\n{body}--b--\n'
    return whole.replace("\n", "\r\n").encode()


def a_reply(
    program: Program = "outlook",
    answer: str = "ACCEPTED",
    *,
    attendee: str = ATTENDEE,
    series: str = SERIES,
    one_occurrence: bool = False,
    stamp: str = STAMP,
) -> bytes:
    """Return a whole reply from its attendee."""
    calendar = calendar_of(
        program, answer, series=series, attendee=attendee, one_occurrence=one_occurrence, stamp=stamp
    )
    return mail_with(calendar, program, sender=f"Områdespolis <{attendee}>")
