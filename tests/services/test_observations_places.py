"""The place track: events and weekly reports are registered, and nothing about a person gets in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.house import House
from tests.services.observations_story import (
    CHURCH,
    HOUSING,
    POLICE,
    place_event,
    reported,
    said,
    say,
    weekly_report,
)

EVENT_SAID, REPORT_SAID = "place-event.registered.v1", "weekly-report.registered.v1"
PERSONAL = "personal_data_in_place_report"


async def _stored(house: House) -> list[list[dict[str, Any]]]:
    return [await house.rows("observations", name) for name in ("place_events", "weekly_reports")]


async def test_a_place_event_is_kept_and_registered_by_anyone(house: House) -> None:
    """An actor that is no authority may report; what is said onward holds no free text."""
    payload = {"trapphus": "B", "rapporter": [4, 2.5, None], "": {"z": 1, "a": 2}}
    event = place_event("p1", payload=payload)
    assert [] == await say(house, HOUSING, event)
    ((stored,), _) = await _stored(house)
    assert json.dumps(payload, ensure_ascii=False) == stored["payload"]
    assert event["data"]["description"] == stored["description"]
    (registered,) = said(house, EVENT_SAID)
    expected = {name: event["data"][name] for name in ("area", "category", "severity", "happened_at")}
    assert expected | {"place_event_id": "p1", "submitted_by": HOUSING} == registered


async def test_a_known_place_event_with_other_content_is_a_conflict(house: House) -> None:
    """The same again is accepted without effect; other content, or another sender, is refused."""
    assert [] == await say(house, HOUSING, place_event("p1"), place_event("p1"))
    before = await _stored(house)
    conflict = [("/place_event_id", "conflict")]
    assert conflict == await say(house, HOUSING, place_event("p1", severity=3))
    assert conflict == await say(house, CHURCH, place_event("p1"))
    assert before == await _stored(house)
    assert 1 == len(said(house, EVENT_SAID))


async def test_that_nothing_happened_is_a_full_answer(house: House) -> None:
    """A nil report without events is registered, once."""
    nil = weekly_report(iso_week="2026-W47")
    del nil["data"]["place_events"], nil["data"]["trend"]
    assert [] == await say(house, CHURCH, nil, weekly_report(iso_week="2026-W48", trend=None))
    assert ["2026-W47", "2026-W48"] == [each["iso_week"] for each in said(house, REPORT_SAID)]
    assert [(True, 0), (True, 0)] == [(each["nil_report"], each["place_events"]) for each in said(house, REPORT_SAID)]


async def test_a_weekly_report_registers_the_events_it_brings(house: House) -> None:
    """Week and events are stored and said; the same report again changes nothing."""
    report = weekly_report(reported("p1"), reported("p2", severity=3, payload={"antal": 7}))
    assert [] == await say(house, CHURCH, report, report | {"id": "sent again"})
    events, (stored,) = await _stored(house)
    assert ["p1", "p2"] == list(stored["place_event_ids"]) == [each["_id"] for each in events]
    assert ["null", '{"antal": 7}'] == [each["payload"] for each in events]
    assert ["p1", "p2"] == sorted(each["place_event_id"] for each in said(house, EVENT_SAID))
    (registered,) = said(house, REPORT_SAID)
    assert (CHURCH, "2026-W46", False, 2) == tuple(
        registered[name] for name in ("submitted_by", "iso_week", "nil_report", "place_events")
    )


async def test_one_answer_a_week_and_sender(house: House) -> None:
    """Another report for the week is a conflict; another sender's, or another week's, is not."""
    await say(house, CHURCH, weekly_report(reported("p1")))
    before = await _stored(house)
    assert [("/iso_week", "conflict")] == await say(house, CHURCH, weekly_report(reported("p2")))
    assert [("/iso_week", "conflict")] == await say(house, CHURCH, weekly_report())
    assert before == await _stored(house)
    assert [] == await say(house, HOUSING, weekly_report())
    assert [] == await say(house, CHURCH, weekly_report(iso_week="2026-W47"))


async def test_a_reported_event_whose_id_is_taken_is_a_conflict_at_its_place(house: House) -> None:
    """All such places are named, and neither the week nor its other events are registered."""
    await say(house, HOUSING, place_event("p1"), place_event("p3"))
    before = await _stored(house)
    report = weekly_report(reported("p1"), reported("p2"), reported("p3"))
    assert [
        ("/place_events/0/place_event_id", "conflict"),
        ("/place_events/2/place_event_id", "conflict"),
    ] == await say(house, CHURCH, report)
    assert before == await _stored(house)
    assert [] == said(house, REPORT_SAID)
    assert [] == await say(house, CHURCH, weekly_report(reported("p2")))


async def test_an_event_sent_alone_and_in_the_weeks_report_is_one_event(house: House) -> None:
    """Word for word the same: registered once, and the week is answered; with other words it is a conflict."""
    alone = place_event("p1")
    await say(house, HOUSING, alone)
    assert [] == await say(house, HOUSING, weekly_report(alone["data"]))
    assert 1 == len(said(house, EVENT_SAID))
    other = weekly_report(alone["data"] | {"area": "Centrum"}, iso_week="2026-W47")
    assert [("/place_events/0/place_event_id", "conflict")] == await say(house, HOUSING, other)


async def test_personal_data_in_a_place_event_is_pointed_at_and_nothing_is_stored(house: House) -> None:
    """Every kind at every place, in text and payload, keys too; also from an authority. The answer quotes nothing."""
    event = place_event(
        "p1",
        area="Hos anna@example.se",
        description="Kalle i Volvon ABC123, lgh 1203, ring 070-123 45 67",
        payload={"vittnen": [{"nr": "130615-2388"}], "bo@example.se": {"tel": "0270-123 45"}, "rum": "12"},
    )
    places = ["/area", *4 * ["/description"], "/payload/vittnen/0/nr", "/payload"]
    assert [(pointer, PERSONAL) for pointer in places] == await say(house, POLICE, event)
    assert [[], []] == await _stored(house)
    assert [] == said(house, EVENT_SAID)
    kept = str([house.told(POLICE), await house.rows("observations", "inbox")])
    for quoted in ("anna", "Kalle", "123 45", "ABC123", "1203", "130615", "bo@example"):
        assert quoted not in kept


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Vi såg Kalle Andersson vid kiosken.", "en persons namn eller initialer"),
        ("Ring 070-123 45 67.", "ett telefonnummer"),
        ("Skriv till fest@example.se.", "en e-postadress"),
        ("Volvon ABC12D igen.", "ett registreringsnummer"),
        ("Storgatan 12, 3 tr.", "peka ut en bostad"),
        ("Enligt 20130615-2388.", "ett personnummer"),
        ("\u0410\u043d\u043d\u0430 igen.", "kan inte granskas"),
    ],
)
async def test_the_answer_says_what_kind_was_found(house: House, text: str, says: str) -> None:
    """In Swedish for the one who has to change it, at the text's place: it is sent back and nothing is stored."""
    assert [("/description", PERSONAL)] == await say(house, HOUSING, place_event("p1", description=text))
    ((error,),) = [told["errors"] for told in house.told(HOUSING)]
    assert says in error["message"]
    assert [[], []] == await _stored(house)


async def test_a_street_and_its_number_are_a_place(house: House) -> None:
    """Street, number and entrance may be told, and places that bear a person's name."""
    event = place_event("p1", area="Gustav Adolfs torg", description="Port 4B på Sankt Olofsgatan 12 är uppbruten.")
    assert [] == await say(house, HOUSING, event)


async def test_personal_data_in_a_weekly_report_is_pointed_at_and_nothing_is_stored(house: House) -> None:
    """In the reporter's function and in any of its events: no event of that report is registered."""
    report = weekly_report(
        reported("p1"),
        reported("p2", description="Kille född 20130615-2388"),
        reported("p3", payload={"kontakt": "namn@example.se"}),
        reporter_function="bovärd 0731234567",
    )
    assert [
        ("/reporter_function", PERSONAL),
        ("/place_events/1/description", PERSONAL),
        ("/place_events/2/payload/kontakt", PERSONAL),
    ] == await say(house, HOUSING, report)
    assert [[], []] == await _stored(house)
    assert [] == said(house, EVENT_SAID) + said(house, REPORT_SAID)


async def test_ids_moments_and_weeks_are_no_personal_data(house: House) -> None:
    """An id of a sender's making and the event's own time stand in every report, whatever digits they have."""
    event = reported("rapport-20130615-2388", happened_at="2026-11-10T20:00:00.070123+01:00")
    assert [] == await say(house, HOUSING, weekly_report(event))


async def test_a_report_full_of_personal_data_gets_an_answer_that_can_be_read(house: House) -> None:
    """Thousands of faults are cut to a hundred, the last of which says so."""
    faults = await say(house, HOUSING, place_event("p1", payload={"nr": ["0731234567"] * 15_000}))
    assert 100 == len(faults)
    assert ("/payload/nr/98", PERSONAL) == faults[98]
    assert ("", "wrong_value") == faults[99]


async def test_a_report_that_contradicts_itself_is_refused(house: House) -> None:
    """No events without saying that nothing happened, or the same event twice."""
    twice = weekly_report(reported("p1"), reported("p1"))
    assert [("/place_events", "wrong_value")] == await say(house, CHURCH, weekly_report(nil_report=False))
    assert [("/place_events/1/place_event_id", "wrong_value")] == await say(house, CHURCH, twice)
    assert [[], []] == await _stored(house)
