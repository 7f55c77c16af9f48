"""What may be planned, changed, ended and asked about single meetings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.meetings.series import rules
from shared.agencies import AgencyKind
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.meetings import Forum
from shared.intake.faults import Fault
from shared.recurrence.facts import Request, Revision, SeriesFacts
from shared.recurrence.plans import faults_in_plan
from tests.rules.meetings_plans import NOW, planned

COORDINATOR: Sequence[AgencyKind] = ("coordinator", "social_services", "police")
FIRST, SECOND = datetime(2026, 11, 24, 9), datetime(2026, 12, 1, 9)
BEGINS = datetime(2026, 11, 24, 8, tzinfo=UTC)


def shown(found: list[Fault]) -> set[tuple[str, str]]:
    """Return the pointer and code of each fault."""
    return {(fault.pointer, fault.code) for fault in found}


def faults(
    plan: MeetingSeriesPlanned,
    sender: str = "2182-coordinator",
    now: datetime = NOW,
    kinds: Sequence[AgencyKind] = COORDINATOR,
) -> set[tuple[str, str]]:
    """Return the pointer and code of each fault of a plan."""
    return shown(faults_in_plan(plan, sender, now, kinds))


def facts(*requests: Request) -> SeriesFacts:
    """Return a planned series, Tuesdays at 9, with these requests."""
    series = SeriesFacts().with_revision(Revision(number=1, plan=planned(), taken_in_at=NOW))
    for each in requests:
        series = series.with_request(each)
    return series


def request(to: datetime | None, occurrence: datetime = FIRST, by: str = "2182-coordinator") -> Request:
    """Return what an agency asks about an occurrence."""
    return Request(occurrence=occurrence, by=by, starts_at=to, place=None, said_at=NOW)


def refused(
    asked: Request,
    begins_at: datetime | None = BEGINS,
    taken: Collection[datetime] = (),
    now: datetime = NOW,
    series: SeriesFacts | None = None,
) -> set[tuple[str, str]]:
    """Return the pointer and code of each fault of a request."""
    return shown(rules.faults_in_request(facts() if series is None else series, asked, begins_at, taken, now))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"starts_at": datetime(2026, 11, 25, 9)}, {("/starts_at", "wrong_value")}),
        ({"starts_at": datetime(1926, 11, 24, 9), "rrule": "FREQ=DAILY"}, {("/starts_at", "wrong_value")}),
        ({"rrule": "FREQ=DAILY;BYMONTH=11;BYDAY=TU;COUNT=1"}, set()),
        ({"starts_at": datetime(2026, 11, 3, 9), "until": date(2026, 11, 10)}, {("/until", "wrong_value")}),
        ({"starts_at": datetime(2026, 11, 3, 9), "rrule": "FREQ=DAILY;COUNT=3"}, {("/rrule", "wrong_value")}),
        ({"red_day_policy": "ask_somebody"}, {("/red_day_policy", "wrong_value")}),
        ({"duration_minutes": 4}, {("/duration_minutes", "wrong_value")}),
        ({"duration_minutes": 721}, {("/duration_minutes", "wrong_value")}),
        ({"reminders": ("P1D", "PT24H")}, {("/reminders/1", "wrong_value")}),
        ({"reminders": ("P1D", "P2D", "P3D", "P4D", "P5D", "P6D")}, {("/reminders", "wrong_value")}),
        ({"participants": planned().participants * 2}, {("/participants/1", "wrong_value")}),
    ],
)
def test_a_plan_is_refused_for_what_its_fields_alone_cannot_tell(
    changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    """Each fault has its pointer; a plan without faults has none."""
    assert expected == faults(planned(**changes))


def test_every_fault_of_a_plan_is_found_not_only_the_first() -> None:
    """Another agency's series with two wrong fields has three faults."""
    plan = planned(red_day_policy="never", duration_minutes=1)
    expected = {
        ("/organiser/agency", "not_your_agency"),
        ("/red_day_policy", "wrong_value"),
        ("/duration_minutes", "wrong_value"),
    }
    assert expected == faults(plan, sender="2182-police")


def test_a_rule_that_never_fires_from_its_start_is_seen_at_once() -> None:
    """dateutil alone would look for 30 February until the year 9999, a day at a time."""
    never = planned().model_copy(update={"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"})
    assert {("/starts_at", "wrong_value")} == faults(never)


@pytest.mark.parametrize(
    ("forum", "kinds", "is_refused"),
    [
        ("weekly_social_police", ("social_services", "police"), False),
        ("weekly_social_police", ("coordinator", "police"), True),
        ("sspf", ("school", "social_services", "police", "leisure"), False),
        ("sspf", ("school", "social_services", "police"), True),
        ("sig", ("social_services",), False),
        ("sig", ("coordinator", "school"), True),
        ("est", ("coordinator", "police"), False),
        ("est", ("police", "housing"), True),
    ],
)
def test_a_forum_is_called_with_every_kind_it_cannot_do_without(
    forum: Forum, kinds: Sequence[AgencyKind], is_refused: bool
) -> None:
    """The organiser's own kind counts; the fault names what is missing."""
    expected = {("/participants", "wrong_value")} if is_refused else set()
    assert expected == faults(planned(forum=forum), kinds=kinds)


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (None, set()),
        (FIRST, set()),
        (FIRST + timedelta(days=2, hours=4), set()),
        (FIRST + timedelta(days=60), set()),
        (FIRST + timedelta(days=60, minutes=1), {("/starts_at", "wrong_value")}),
        (FIRST + timedelta(microseconds=1), {("/starts_at", "wrong_value")}),
        (SECOND, {("/starts_at", "wrong_value")}),
        (SECOND + timedelta(minutes=1), set()),
        (datetime(2026, 11, 16, 8), {("/starts_at", "wrong_value")}),
        (datetime(2026, 11, 16, 8, 1), set()),
        (datetime(2026, 11, 20, 9), {("/starts_at", "wrong_value")}),
    ],
)
def test_a_meeting_is_moved_ahead_no_more_than_sixty_days_and_onto_no_other(
    to: datetime | None, expected: set[tuple[str, str]]
) -> None:
    """NOW is 08.00 local time on 16 November; another meeting has been moved to the 20th at 9."""
    assert expected == refused(request(to), taken=[datetime(2026, 11, 20, 8, tzinfo=UTC)])


def test_a_request_about_an_unknown_or_begun_meeting_has_every_fault_and_a_strangers_has_one() -> None:
    """About what and for when are judged each for itself; which meetings there are is no business of a stranger's."""
    late = request(datetime(2026, 11, 10, 9))
    assert {("/occurrence", "unknown_reference"), ("/starts_at", "wrong_value")} == refused(late, begins_at=None)
    strangers = late.model_copy(update={"by": "2182-police"})
    assert {("/series_id", "not_your_agency")} == refused(strangers, begins_at=None) == refused(strangers)
    assert {("/occurrence", "wrong_value")} == refused(request(None), begins_at=NOW)
    assert set() == refused(request(None), begins_at=NOW + timedelta(milliseconds=1))


def test_before_the_plan_only_what_needs_no_plan_is_judged() -> None:
    """A distance can be told; the organiser, the names and the past cannot."""
    unplanned = SeriesFacts()
    assert set() == refused(request(datetime(2026, 11, 10, 9), by="2182-police"), None, series=unplanned)
    assert {("/starts_at", "wrong_value")} == refused(request(FIRST + timedelta(days=61)), None, series=unplanned)


def test_what_one_agency_lets_wait_for_a_plan_has_a_bound() -> None:
    """Its requests and revisions count together; what another agency lets wait does not."""
    many = SeriesFacts()
    for day in range(rules.MOST_WAITING):
        many = many.with_request(request(None, FIRST + timedelta(days=day)))
    assert {("/series_id", "wrong_value")} == refused(request(None, FIRST - timedelta(days=1)), None, series=many)
    assert set() == refused(request(None, by="2182-police"), None, series=many)
    assert {("/series_id", "wrong_value")} == shown(rules.faults_in_change(many, "2182-coordinator"))
    assert set() == shown(rules.faults_in_change(many, "2182-police"))


def test_changes_and_requests_of_one_series_have_a_bound() -> None:
    """A series that is changed without end would outgrow its document."""
    series = facts()
    for number in range(2, rules.MOST_CHANGES + 2):
        assert set() == shown(rules.faults_in_revision(series, planned(), "2182-coordinator", NOW))
        series = series.with_revision(Revision(number=number, plan=planned(), taken_in_at=NOW))
    assert {("/revision", "wrong_value")} == shown(rules.faults_in_revision(series, planned(), "2182-coordinator", NOW))


@pytest.mark.parametrize(
    ("last_on", "known", "expected"),
    [
        (date(2026, 11, 16), None, set()),
        (date(2026, 11, 15), None, {("/last_on", "wrong_value")}),
        (date(2026, 12, 1), date(2026, 12, 1), set()),
        (date(2026, 12, 1), date(2026, 12, 2), {("/last_on", "conflict")}),
        (date(2026, 11, 1), date(2026, 12, 2), {("/last_on", "conflict"), ("/last_on", "wrong_value")}),
    ],
)
def test_a_series_ends_today_or_later_and_once(
    last_on: date, known: date | None, expected: set[tuple[str, str]]
) -> None:
    """Today is 16 November 2026."""
    assert expected == shown(rules.faults_in_end(last_on, known, date(2026, 11, 16)))


def test_only_the_agency_that_planned_a_series_changes_it() -> None:
    """Whatever else is wrong with the change."""
    assert {("/series_id", "not_your_agency")} == shown(rules.faults_in_change(facts(), "2182-police"))
    assert set() == shown(rules.faults_in_change(facts(), "2182-coordinator"))


def test_a_series_about_persons_never_becomes_one_about_places() -> None:
    """Nor the other way: its minutes count actions about youths, which no landlord may learn of."""
    est = planned(forum="est")
    sender = "2182-coordinator"
    assert {("/forum", "wrong_value")} == shown(rules.faults_in_revision(facts(), est, sender, NOW))
    about_places = SeriesFacts().with_revision(Revision(number=1, plan=est, taken_in_at=NOW))
    assert {("/forum", "wrong_value")} == shown(rules.faults_in_revision(about_places, planned(), sender, NOW))
    assert set() == shown(rules.faults_in_revision(facts(), planned(forum="sig"), sender, NOW))
    assert set() == shown(rules.faults_in_revision(SeriesFacts(), est, sender, NOW))


def test_a_series_that_is_ended_is_not_changed_into_one_that_never_meets() -> None:
    """Its meetings would all be cancelled, and those called told of a plan that nothing comes of."""
    sender, ended = "2182-coordinator", facts().with_end(date(2026, 12, 15))
    january = planned(starts_at=datetime(2027, 1, 6, 9), rrule="FREQ=WEEKLY;BYDAY=WE")
    assert {("/starts_at", "wrong_value")} == shown(rules.faults_in_revision(ended, january, sender, NOW))
    last = planned(starts_at=datetime(2026, 12, 15, 10))
    assert set() == shown(rules.faults_in_revision(ended, last, sender, NOW))
