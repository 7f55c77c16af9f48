"""What the house does by itself, moment by moment, because its time has come.

The moments are reckoned by hand from the calendar and the handbook, never asked of the house: one that is left out here
shows as something that came too much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from deploy.demo.due import OVERDUE, REMINDER, SOON_DUE, Outcome
from deploy.demo.expected import Expectation
from deploy.demo.story import ACTION, SSPF, WAITING_OBSERVATION, WEEKLY, local


@dataclass(frozen=True)
class Act:
    """Something the house does by itself, because its time has come."""

    at: str
    swedish: str
    english: str
    outcome: Callable[[Expectation], Outcome]


def _comes_near(series: str, occurrence: str) -> Callable[[Expectation], Outcome]:
    """A meeting is eight weeks away."""
    return lambda expect: expect.meetings.series[series].called([datetime.fromisoformat(occurrence)])


def _reminder(series: str, occurrence: str) -> Callable[[Expectation], Outcome]:
    return lambda expect: expect.meetings.series[series].letters(REMINDER, datetime.fromisoformat(occurrence))


def _day_before(series: str, occurrence: str) -> Callable[[Expectation], Outcome]:
    """A day before a meeting: agendas and reminders."""
    return lambda expect: _agenda(series, occurrence)(expect).and_(_reminder(series, occurrence)(expect))


def _agenda(series: str, occurrence: str) -> Callable[[Expectation], Outcome]:
    return lambda expect: expect.agenda(series, datetime.fromisoformat(occurrence))


def _week_ends(iso_week: str, deadline: str) -> Callable[[Expectation], Outcome]:
    return lambda expect: expect.deadline(iso_week, local(deadline))


HOUSE_ACTS = (
    Act(
        "2026-11-17T09:00",
        "Ännu ett veckomöte är åtta veckor bort och kallas.",
        "One more weekly meeting is eight weeks away, and is called.",
        _comes_near(WEEKLY, "2027-01-12T09:00"),
    ),
    Act(
        "2026-11-23T09:00",
        "Ett dygn till veckomötet: var och en får sin egen dagordning, och påminnelser går ut.",
        "One day before the meeting: agendas and reminders.",
        _day_before(WEEKLY, "2026-11-24T09:00"),
    ),
    Act(
        "2026-11-23T10:00",
        "Veckorapporterna för vecka 47 skulle vara inne. Lägesbilden görs, och den som inte har svarat får veta det.",
        "Weekly reports are due: the picture of week 47 is made, those missing are told.",
        _week_ends("2026-W47", "2026-11-23T10:00"),
    ),
    Act(
        "2026-11-24T07:00",
        "Två timmar till veckomötet: en sista påminnelse.",
        "Two hours before the meeting: a last reminder.",
        _reminder(WEEKLY, "2026-11-24T09:00"),
    ),
    Act(
        "2026-11-24T09:00",
        "Mötet börjar. Ett möte till är åtta veckor bort och kallas.",
        "The meeting begins; one eight weeks away is called.",
        _comes_near(WEEKLY, "2027-01-19T09:00"),
    ),
    Act(
        "2026-11-30T08:00",
        "I morgon ska åtgärden vara klar: socialtjänsten påminns, utan ett ord om vad den är. Barnet är inte hört än.",
        "The action is due tomorrow: its owner is reminded, without a word of what it is; the child is not heard.",
        lambda expect: expect.meetings.action_mails(ACTION, SOON_DUE).and_(expect.child_not_heard()),
    ),
    Act(
        "2026-11-30T09:00",
        "Ett dygn till nästa veckomöte: dagordning, nu också med det som inte är gjort, och påminnelser.",
        "One day before the next meeting: agendas with concern and open action, and reminders.",
        _day_before(WEEKLY, "2026-12-01T09:00"),
    ),
    Act(
        "2026-11-30T10:00",
        "Vecka 48 stängs: lägesbilden visar att mötet hölls.",
        "Week 48 closes: its picture shows that the meeting was held.",
        _week_ends("2026-W48", "2026-11-30T10:00"),
    ),
    Act(
        "2026-12-01T07:00",
        "Två timmar till veckomötet.",
        "Two hours before the weekly meeting.",
        _reminder(WEEKLY, "2026-12-01T09:00"),
    ),
    Act(
        "2026-12-01T09:00",
        "Veckomötet börjar, och ett till kallas.",
        "The weekly meeting begins; one more is called.",
        _comes_near(WEEKLY, "2027-01-26T09:00"),
    ),
    Act(
        "2026-12-01T14:06",
        "Skolans sista iakttagelse har väntat ett dygn utan att någon grund öppnar för den.",
        "The school's last observation has waited a day for a basis.",
        lambda expect: expect.waits_for_basis(WAITING_OBSERVATION),
    ),
    Act(
        "2026-12-02T08:00",
        "Åtgärden skulle ha varit klar i går, och ingen har hört något: samordnaren får veta det.",
        "The action is overdue: the organiser is told.",
        lambda expect: expect.meetings.action_overdue(ACTION).and_(expect.meetings.action_mails(ACTION, OVERDUE)),
    ),
    Act(
        "2026-12-03T13:00",
        "Ännu ett SSPF-möte är åtta veckor bort och kallas.",
        "One more SSPF meeting is eight weeks away, and is called.",
        _comes_near(SSPF, "2027-01-28T13:00"),
    ),
    Act(
        "2026-12-07T09:00",
        "Ett dygn till veckomötet. Den gjorda åtgärden är borta från dagordningen.",
        "One day before the weekly meeting; the completed action is off the agenda.",
        _day_before(WEEKLY, "2026-12-08T09:00"),
    ),
    Act(
        "2026-12-07T10:00",
        "Vecka 49 stängs.",
        "Week 49 closes.",
        _week_ends("2026-W49", "2026-12-07T10:00"),
    ),
    Act(
        "2026-12-08T07:00",
        "Två timmar till veckomötet.",
        "Two hours before the weekly meeting.",
        _reminder(WEEKLY, "2026-12-08T09:00"),
    ),
    Act(
        "2026-12-08T09:00",
        "Veckomötet börjar, och ett till kallas.",
        "The weekly meeting begins; one more is called.",
        _comes_near(WEEKLY, "2027-02-02T09:00"),
    ),
    Act(
        "2026-12-09T13:00",
        "Ett dygn till SSPF-mötet. Den som har sett något får veta vilka i mötet som inte får veta det.",
        "One day before the SSPF meeting; who has seen something learns whom at the table it may not be told to.",
        _day_before(SSPF, "2026-12-10T13:00"),
    ),
    Act(
        "2026-12-10T13:00",
        "SSPF-mötet börjar, och ett till kallas.",
        "The SSPF meeting begins; one more is called.",
        _comes_near(SSPF, "2027-02-04T13:00"),
    ),
    Act(
        "2026-12-14T09:00",
        "Ett dygn till veckomötet.",
        "One day before the weekly meeting.",
        _day_before(WEEKLY, "2026-12-15T09:00"),
    ),
    Act(
        "2026-12-14T10:00",
        "Vecka 50 stängs: lägesbilden visar att SSPF-mötet hölls fast någon som måste vara med saknades.",
        "Week 50 closes: its picture shows a meeting held without all who must be there.",
        _week_ends("2026-W50", "2026-12-14T10:00"),
    ),
    Act(
        "2026-12-15T07:00",
        "Två timmar till veckomötet.",
        "Two hours before the weekly meeting.",
        _reminder(WEEKLY, "2026-12-15T09:00"),
    ),
    Act(
        "2026-12-15T09:00",
        "Veckomötet börjar, och ett till kallas.",
        "The weekly meeting begins; one more is called.",
        _comes_near(WEEKLY, "2027-02-09T09:00"),
    ),
    Act(
        "2026-12-16T13:00",
        "Ett dygn till SSPF-mötet.",
        "One day before the SSPF meeting.",
        _day_before(SSPF, "2026-12-17T13:00"),
    ),
    Act(
        "2026-12-17T12:00",
        "Fem arbetsdagar till julafton, och ingen har svarat om SSPF-mötet då: det ställs in, och alla får veta det.",
        "Five working days before Christmas Eve and no answer: that meeting is cancelled, and everybody is told.",
        lambda expect: expect.meetings.series[SSPF].cancelled(datetime.fromisoformat("2026-12-24T13:00"), "red_day"),
    ),
)
