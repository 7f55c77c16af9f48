"""What stands in the letters, word for word, and what can never stand there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event, Timezone

from services.notifier.documents import Delivery
from services.notifier.letters.addresses import NoMailbox, mailbox_of
from services.notifier.letters.imip import VTIMEZONE
from services.notifier.letters.letter import context_of
from tests.services.notifier_samples import (
    CALLED_AT,
    ORGANISER,
    POLICE,
    Page,
    a_reminder,
    an_invitation,
    arrived,
    mail_of,
    parts_of,
    text_in,
)

INVITATION = """\
Hej!

Du är kallad till veckomötet tisdag 24 november kl. 09.00–10.00 (vecka 48).

Plats: Polisstationen, rum 3
Sammankallande: samordnare

Tacka ja eller nej i kalendern. Dagordningen finns i tjänsten, aldrig i e-post.

Svara inte på det här brevet och skriv aldrig uppgifter om enskilda i e-post.

Vänliga hälsningar
Samverkan
"""
REMINDER = """\
Hej!

Du är kallad till veckomötet tisdag 24 november kl. 09.00–10.00.

Plats: Polisstationen, rum 3

Dagordningen finns i tjänsten, aldrig i e-post.

Svara inte på det här brevet och skriv aldrig uppgifter om enskilda i e-post.

Vänliga hälsningar
Samverkan
"""


@pytest.mark.parametrize(
    ("delivery", "subject", "text"),
    [
        (an_invitation(), "Kallelse: veckomöte vecka 48", INVITATION),
        (a_reminder(), "Påminnelse: veckomöte vecka 48", REMINDER),
    ],
    ids=["invitation", "reminder"],
)
def test_letters_read_word_for_word(delivery: Delivery, subject: str, text: str) -> None:
    """Subject and plain text are exactly these, and the HTML is Swedish and says the same time and place."""
    letter = arrived(delivery)
    parts = parts_of(letter)
    page = Page(text_in(parts["text/html"]))

    assert subject == letter["Subject"]
    assert text == text_in(parts["text/plain"])
    assert ("html", [("lang", "sv")]) in page.tags
    for said in ("tisdag 24 november kl. 09.00–10.00", "Polisstationen, rum 3", "uppgifter om enskilda i e-post."):
        assert said in " ".join(page.words)


def test_the_organiser_is_told_that_it_calls() -> None:
    """The organiser's own copies do not ask it to answer its own call."""
    called, reminded = arrived(an_invitation(ORGANISER)), arrived(a_reminder(ORGANISER))

    assert "Du är sammankallande till veckomötet" in text_in(parts_of(called)["text/plain"])
    assert "Tacka ja eller nej" not in text_in(parts_of(called)["text/plain"])
    assert "Du är sammankallande till veckomötet" in text_in(parts_of(reminded)["text/plain"])


@pytest.mark.parametrize(("forum", "name"), [("sspf", "SSPF-mötet"), ("sig", "SIG-mötet"), ("est", "EST-mötet")])
def test_each_forum_has_its_name(forum: str, name: str) -> None:
    """A letter names the forum in Swedish."""
    assert f"kallad till {name} tisdag" in text_in(parts_of(arrived(an_invitation(forum=forum)))["text/plain"])


def test_headers_are_what_a_mail_program_needs() -> None:
    """One recipient, answers to the organiser, an id that follows from the delivery, and no automatic replies."""
    delivery = an_invitation()
    letter = arrived(delivery)

    assert "Samverkan <samverkan@kommunen.example>" == letter["From"]
    assert "omradespolis@polisen.example" == letter["To"]
    assert "samordnare@soderhamn.example" == letter["Reply-To"]
    assert f"<{delivery.letters[0].id}@kommunen.example>" == letter["Message-ID"]
    assert "auto-generated" == letter["Auto-Submitted"]
    assert "sv" == letter["Content-Language"]
    assert "Mon, 16 Nov 2026 07:00:02 +0000" == letter["Date"]


def test_a_letter_sent_again_is_the_same_bytes() -> None:
    """Nothing in a letter depends on when or by which process it is sent."""
    assert mail_of(an_invitation()).content == mail_of(an_invitation()).content


def test_an_invitation_carries_the_calendar_part_last_and_a_reminder_none() -> None:
    """Text, HTML, calendar in that order; METHOD stands in the part and in its type."""
    invited = parts_of(arrived(an_invitation()))

    assert ["text/plain", "text/html", "text/calendar"] == list(invited)
    assert "REQUEST" == invited["text/calendar"].get_param("method")
    assert ["text/plain", "text/html"] == list(parts_of(arrived(a_reminder())))


def test_the_calendar_part_is_a_request_that_outlook_can_answer() -> None:
    """Parsed back it has stable UID, SEQUENCE, local time with its zone, both parties, privacy, and no alarm."""
    request = Calendar.from_ical(parts_of(arrived(an_invitation(sequence=2)))["text/calendar"].get_content())
    (event,) = request.walk("VEVENT")
    assert isinstance(event, Event)

    assert "REQUEST" == request["METHOD"]
    assert "6c1ad5b4-3a4e-5a25-9c0d-0d5a6b9b2a11@samverkan" == event["UID"]
    assert 2 == event["SEQUENCE"]
    assert datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Europe/Stockholm")) == event.start
    assert "Europe/Stockholm" == event["DTSTART"].params["TZID"] == request.walk("VTIMEZONE")[0]["TZID"]
    assert timedelta(hours=1) == event.duration
    assert "mailto:samordnare@soderhamn.example" == event["ORGANIZER"]
    assert "mailto:omradespolis@polisen.example" == event["ATTENDEE"]
    assert ("NEEDS-ACTION", "TRUE") == (event["ATTENDEE"].params["PARTSTAT"], event["ATTENDEE"].params["RSVP"])
    assert ("PRIVATE", "Veckomöte vecka 48") == (event["CLASS"], event["SUMMARY"])
    assert [] == request.walk("VALARM")


def test_the_zone_in_the_calendar_part_is_the_zone_database() -> None:
    """The shipped rules give Sweden's offset every 12 hours from 2000 to 2038; a changed law fails here."""
    zone, stockholm = Timezone.from_ical(VTIMEZONE), ZoneInfo("Europe/Stockholm")
    assert isinstance(zone, Timezone)
    shipped = zone.to_tz(lookup_tzid=False)  # from the rules; looked up by its name it would be compared with itself
    moments = (datetime(2000, 1, 1) + timedelta(hours=12 * step) for step in range(27_759))

    assert [] == [
        at for at in moments if at.replace(tzinfo=shipped).utcoffset() != at.replace(tzinfo=stockholm).utcoffset()
    ]


def test_times_are_swedish_whatever_the_zone_of_the_event() -> None:
    """A summer meeting stands in summer time, and one over midnight names both days."""
    summer = context_of(
        an_invitation(starts_at="2026-06-30T07:00:00Z", ends_at="2026-06-30T08:30:00Z"), "Samverkan", CALLED_AT
    )
    night = context_of(
        an_invitation(starts_at="2026-12-31T23:30:00+01:00", ends_at="2027-01-01T00:30:00Z"), "Samverkan", CALLED_AT
    )

    assert ("tisdag 30 juni kl. 09.00–10.30", 27) == (summer.when, summer.week)
    assert ("torsdag 31 december kl. 23.30 – fredag 1 januari kl. 01.30", 53) == (night.when, night.week)


@pytest.mark.parametrize(
    "email", ["", "ingen", "a@b.se, c@d.se", "a@b.se\r\nBcc: c@d.se", "Kim <a@b.se>", "å@b.se", "a b@c.se", "@b.se"]
)
def test_what_is_not_one_mailbox_gets_no_letter(email: str) -> None:
    """Two addresses, line breaks, names and empty words are no mailbox."""
    with pytest.raises(NoMailbox):
        mail_of(an_invitation(POLICE.model_copy(update={"email": email})))


def test_without_a_mailbox_of_the_organisers_the_house_answers() -> None:
    """A broken organiser address does not keep the others from being called."""
    broken = ORGANISER.model_copy(update={"email": "a@b.se, c@d.se"})

    assert (
        "samverkan@kommunen.example"
        == mailbox_of(arrived(an_invitation(organiser=broken))["Reply-To"].addresses[0].addr_spec).addr_spec
    )


def test_winter_and_summer_are_told_apart_in_utc() -> None:
    """The same wall clock before and after the clock change is one hour apart in UTC, in the calendar part too."""
    before = an_invitation(
        starts_at=datetime(2026, 10, 20, 7, tzinfo=UTC), ends_at=datetime(2026, 10, 20, 8, tzinfo=UTC)
    )
    after = an_invitation(
        starts_at=datetime(2026, 10, 27, 8, tzinfo=UTC), ends_at=datetime(2026, 10, 27, 9, tzinfo=UTC)
    )

    lines = [parts_of(arrived(delivery))["text/calendar"].get_content() for delivery in (before, after)]

    assert "DTSTART;TZID=Europe/Stockholm:20261020T090000" in lines[0]
    assert "DTSTART;TZID=Europe/Stockholm:20261027T090000" in lines[1]
