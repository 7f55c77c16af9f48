"""The weeks that reports live by, what facts add up to, and who is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.facts import (
    ConcernSeen,
    Fact,
    MeetingSeen,
    PlaceEventSeen,
    ReportSeen,
    Standing,
    WeekFacts,
)
from services.reporting.meetings import Announced, MeetingFacts, Recorded
from services.reporting.rules import band_of, figures_of, missing_reports, swedish_order
from services.reporting.weeks import (
    CATCH_UP_WEEKS,
    deadline_of,
    is_past_deadline,
    monday_of,
    next_week,
    week_awaited,
    week_of,
    week_to_ask_about,
)
from shared.agencies import Agency, municipality_of
from shared.events.meetings import Forum

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUSING = Agency(id="2182-housing-ohman", kind="housing", name="Öhmans bostäder", owes_weekly_report=True)
CHURCH = Agency(id="2182-church", kind="church", name="Ålsjö församling", owes_weekly_report=True)
POLICE = Agency(id="2182-police", kind="police", name="Polisen Söderhamn")
AGENCIES = (HOUSING, CHURCH, POLICE)

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
PLACES = st.builds(
    PlaceEventSeen,
    place_event_id=st.sampled_from("abcdefgh"),
    area=st.sampled_from(["Centrum", "centrum", " Norra  bergen ", "Åsbacka"]),
    category=st.sampled_from(["vandalism", "littering"]),
    severity=st.sampled_from([1, 2, 3]),
    day=st.dates(date(2026, 11, 9), date(2026, 11, 15)),
)
REPORTS = st.builds(
    ReportSeen,
    agency_id=st.sampled_from([agency.id for agency in AGENCIES]),
    nil_report=st.booleans(),
    place_events=st.integers(0, 3),
    registered_at=MOMENTS,
)
SLOTS = st.sampled_from(
    [*(datetime(2026, 12, day, 8, tzinfo=UTC) for day in (22, 29)), datetime(2027, 1, 4, 8, tzinfo=UTC)]
)
"""In weeks 52, 53 and 1."""
SAID_OF_A_MEETING = st.one_of(
    st.builds(Announced, sequence=st.integers(0, 4), starts_at=SLOTS, cancelled=st.booleans()),
    st.builds(Recorded, recorded_at=MOMENTS, starts_at=SLOTS, held=st.booleans(), quorate=st.booleans()),
)
MEETINGS = st.builds(
    MeetingSeen,
    meeting_id=st.sampled_from("abc"),
    forum=st.sampled_from(get_args(Forum)),
    standing=st.sampled_from(get_args(Standing)),
)
CONCERNS = st.builds(ConcernSeen, mark=st.sampled_from("abcdefgh"))
FACTS = st.lists(st.one_of(PLACES, REPORTS, CONCERNS), max_size=20)


def place(number: int, area: str = "Centrum", category: str = "vandalism", severity: int = 1) -> PlaceEventSeen:
    return PlaceEventSeen.model_validate(
        {
            "place_event_id": str(number),
            "area": area,
            "category": category,
            "severity": severity,
            "day": date(2026, 11, 11),
        }
    )


def report(agency: Agency, registered_at: datetime, *, nil_report: bool = False) -> ReportSeen:
    return ReportSeen(agency_id=agency.id, nil_report=nil_report, place_events=0, registered_at=registered_at)


def facts_of(*facts: Fact) -> WeekFacts:
    week = WeekFacts()
    for fact in facts:
        week = week.plus(fact)
    return week


@pytest.mark.parametrize(
    ("local", "week"),
    [
        ("2026-12-31T23:59", "2026-W53"),
        ("2027-01-03T23:59", "2026-W53"),
        ("2027-01-04T00:00", "2027-W01"),
        ("2024-12-30T00:00", "2025-W01"),
        ("2026-11-16T00:30", "2026-W47"),
    ],
)
def test_the_week_of_an_instant_is_the_iso_week_of_its_swedish_day(local: str, week: str) -> None:
    """Weeks 53 and 1 lie across the new year, and a Monday half past midnight is Sunday in UTC."""
    moment = datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM)
    assert week == week_of(moment.astimezone(UTC))


def test_week_53_is_followed_by_week_1_and_a_year_without_53_by_the_same() -> None:
    """Only years that have a week 53 get one."""
    assert ["2027-W01", "2026-W01", "2026-W47"] == [next_week(week) for week in ("2026-W53", "2025-W52", "2026-W46")]
    with pytest.raises(ValueError, match="week"):
        monday_of("2025-W53")


@pytest.mark.parametrize(
    ("week", "deadline"),
    [
        ("2026-W46", "2026-11-16T10:00:00+01:00"),
        ("2026-W53", "2027-01-04T10:00:00+01:00"),
        ("2027-W12", "2027-03-29T10:00:00+02:00"),
        ("2026-W43", "2026-10-26T10:00:00+01:00"),
    ],
)
def test_the_deadline_is_ten_on_the_local_monday_after_on_both_sides_of_a_clock_change(
    week: str, deadline: str
) -> None:
    """The first is the contract's own sample; the last two are the Mondays after the clocks were changed."""
    assert deadline == deadline_of(week).isoformat()


def test_on_a_monday_before_ten_last_weeks_reports_are_still_awaited() -> None:
    """The week awaited changes at the deadline, not at midnight."""
    ten = datetime(2026, 11, 16, 10, 0, tzinfo=STOCKHOLM)
    assert "2026-W46" == week_awaited(ten - timedelta(seconds=1))
    assert "2026-W47" == week_awaited(ten)


@given(MOMENTS)
def test_the_week_awaited_is_the_first_whose_deadline_is_to_come(now: datetime) -> None:
    """At every instant there is one deadline that is the next."""
    awaited = week_awaited(now)
    week_before = week_of(datetime.combine(monday_of(awaited) - timedelta(days=1), datetime.min.time(), STOCKHOLM))
    assert not is_past_deadline(awaited, now)
    assert is_past_deadline(week_before, now)


@given(MOMENTS, st.integers(0, 60))
def test_weeks_not_asked_about_are_caught_up_one_by_one_within_a_bound(now: datetime, weeks_down: int) -> None:
    """Each deadline posts the next; after a very long stop the oldest weeks are left alone, and the walk ends."""
    awaited = week_awaited(now)
    asked = week_of(
        datetime.combine(monday_of(awaited) - timedelta(weeks=weeks_down + 1), datetime.min.time(), STOCKHOLM)
    )
    steps = 0
    while (asked := week_to_ask_about(asked, now)) != awaited:
        steps += 1
    assert min(weeks_down, CATCH_UP_WEEKS) == steps


@given(FACTS, st.randoms())
def test_facts_in_any_order_and_repeated_add_up_to_the_same(facts: list[Fact], random: Random) -> None:
    """Permutation and repetition change nothing, even where two contents claim one id."""
    shuffled = facts + facts[: len(facts) // 2]
    random.shuffle(shuffled)
    assert facts_of(*facts) == facts_of(*shuffled)


@given(FACTS, st.lists(MEETINGS, max_size=5))
def test_facts_survive_storage_unchanged(facts: list[Fact], meetings: list[MeetingSeen]) -> None:
    """What is read back equals what was written, so a repeat is recognised after a restart too."""
    week = facts_of(*facts)
    for meeting in meetings:
        week = week.with_meeting(meeting)
    assert week == WeekFacts.model_validate(week.model_dump(mode="json"))


@given(FACTS, st.lists(MEETINGS, max_size=5))
def test_every_fact_is_counted_exactly_once(facts: list[Fact], meetings: list[MeetingSeen]) -> None:
    """The figures' sums are the numbers of different ids."""
    week = facts_of(*facts)
    for meeting in meetings:
        week = week.with_meeting(meeting)
    figures = figures_of(week, "2026-W46", AGENCIES)
    assert len(week.place_events) == sum(row.total for row in figures.places)
    assert len(week.meetings) == sum(row.called + row.cancelled for row in figures.meetings)
    assert {agency.id for agency in AGENCIES if agency.owes_weekly_report} | {
        seen.agency_id for seen in week.reports
    } == {row.agency_id for row in figures.reports}


def test_who_owes_and_has_not_reported_is_missing() -> None:
    """An agency that owes nothing is never missing; one that reported nil is not."""
    week = facts_of(report(CHURCH, datetime(2026, 11, 15, tzinfo=UTC), nil_report=True))
    assert (HOUSING,) == missing_reports(week, AGENCIES)
    assert () == missing_reports(week.plus(report(HOUSING, datetime(2026, 11, 17, tzinfo=UTC))), AGENCIES)


def test_a_report_is_in_time_until_ten_and_late_after() -> None:
    """The registry's names stand beside the states, in Swedish order; a volunteer's report is shown too."""
    ten = deadline_of("2026-W46")
    week = facts_of(report(HOUSING, ten), report(POLICE, ten + timedelta(seconds=1)))
    standings = figures_of(week, "2026-W46", AGENCIES).reports
    assert [("Polisen Söderhamn", "late"), ("Ålsjö församling", "missing"), ("Öhmans bostäder", "in_time")] == [
        (row.name, row.state) for row in standings
    ]


def told(*said: Announced | Recorded) -> MeetingFacts:
    """Return what has been heard of one meeting of the forum SSPF."""
    facts = MeetingFacts(forum="sspf")
    for each in said:
        facts = facts.plus(each)
    return facts


def announced(sequence: int, starts_at: str, *, cancelled: bool = False) -> Announced:
    return Announced(sequence=sequence, starts_at=local(starts_at), cancelled=cancelled)


def recorded(starts_at: str, *, held: bool = True, quorate: bool = True) -> Recorded:
    return Recorded(recorded_at=local("2027-01-05T12:00"), starts_at=local(starts_at), held=held, quorate=quorate)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


@given(st.lists(SAID_OF_A_MEETING, max_size=8), st.randoms())
def test_what_is_said_of_a_meeting_in_any_order_and_repeated_comes_to_the_same(
    said: list[Announced | Recorded], random: Random
) -> None:
    """Calls, moves, cancellations and minutes: the week and the standing are those of the facts, not of their order."""
    shuffled = said + said[: len(said) // 2]
    random.shuffle(shuffled)
    assert told(*said) == told(*shuffled)
    assert told(*said) == MeetingFacts.model_validate(told(*said).model_dump(mode="json"))


@pytest.mark.parametrize(
    ("said", "iso_week", "standing"),
    [
        ((), None, "called"),
        ((announced(1, "2026-12-29T09:00"),), "2026-W53", "called"),
        ((announced(1, "2026-12-29T09:00"), announced(2, "2027-01-04T09:00")), "2027-W01", "called"),
        ((announced(2, "2027-01-04T09:00"), announced(3, "2026-12-28T09:00")), "2026-W53", "called"),
        ((announced(1, "2026-12-29T09:00"), announced(2, "2026-12-29T09:00", cancelled=True)), "2026-W53", "cancelled"),
        ((announced(2, "2026-12-29T09:00", cancelled=True), announced(3, "2026-12-30T09:00")), "2026-W53", "called"),
        ((recorded("2026-12-29T09:00"), announced(2, "2027-01-04T09:00")), "2026-W53", "held"),
        ((announced(1, "2026-12-29T09:00"), recorded("2026-12-29T09:00", quorate=False)), "2026-W53", "not_quorate"),
        ((announced(1, "2026-12-29T09:00"), recorded("2026-12-29T09:00", held=False)), "2026-W53", "not_held"),
        ((announced(5, "2027-01-04T09:00", cancelled=True), recorded("2026-12-29T09:00")), "2026-W53", "held"),
    ],
)
def test_a_meeting_belongs_to_the_week_in_which_it_is_held_as_last_said(
    said: tuple[Announced | Recorded, ...], iso_week: str | None, standing: Standing
) -> None:
    """The highest sequence holds, also over a new year; minutes hold against every call, wherever it was moved."""
    for order in (said, said[::-1]):
        facts = told(*order)
        assert (iso_week, standing) == (facts.iso_week, facts.standing)


def test_a_cancelled_meeting_is_shown_but_not_counted_as_called() -> None:
    """Of five meetings four are called: two held, one of them without all who must be there."""
    week = WeekFacts()
    for number, standing in enumerate(get_args(Standing)):
        week = week.with_meeting(MeetingSeen(meeting_id=str(number), forum="sspf", standing=standing))
    (sspf,) = figures_of(week, "2026-W46", ()).meetings
    figures = (sspf.called, sspf.held, sspf.not_quorate, sspf.not_held, sspf.cancelled)
    assert (4, 2, 1, 1, 1) == figures


def test_a_meeting_that_leaves_a_week_is_counted_there_no_longer() -> None:
    """And one that stands otherwise than before is counted once, as it stands now."""
    called = MeetingSeen(meeting_id="m", forum="sspf", standing="called")
    week = WeekFacts().with_meeting(called).with_meeting(called.model_copy(update={"standing": "held"}))
    assert ["held"] == [each.standing for each in week.meetings]
    assert WeekFacts() == week.without_meeting("m")


def test_an_area_spelt_with_other_case_and_spaces_is_the_same_area() -> None:
    """Areas are typed by hand."""
    week = facts_of(place(1, "Centrum"), place(2, " centrum", severity=3), place(3, "CENTRUM", severity=3))
    (row,) = figures_of(week, "2026-W46", ()).places
    assert (1, 0, 2) == row.by_severity


def test_counts_about_persons_leave_as_bands() -> None:
    """1–4 cannot be told apart, in one picture or in the difference between two."""
    assert [(0, 0), (1, 4), (1, 4), (5, 9), (5, 9), (10, 14)] == [band_of(count) for count in (0, 1, 4, 5, 9, 10)]


@given(st.integers(1, 500), st.integers(1, 4))
def test_no_change_of_one_to_four_persons_can_be_read_from_two_editions(count: int, more: int) -> None:
    """Whatever two bands are shown, the true difference is one of at least four."""
    (low, high), (low_after, high_after) = band_of(count), band_of(count + more)
    possible = {after - before for before in range(low, high + 1) for after in range(low_after, high_after + 1)}
    assert len({difference for difference in possible if difference >= 0}) >= 4


def test_an_agencys_municipality_stands_in_its_id() -> None:
    """A county board belongs to none."""
    assert ("2182", None) == (municipality_of("2182-school"), municipality_of("20-county-board"))


def test_swedish_letters_sort_after_z_in_their_own_order() -> None:
    """Å, ä, ö, not as Unicode numbers them."""
    assert ["Zinken", "Åsbacka", "Ängslunda", "Östra"] == sorted(
        ["Östra", "Ängslunda", "Zinken", "Åsbacka"], key=swedish_order
    )
