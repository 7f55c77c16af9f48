"""The story's moments in order: what agencies say, and between them what the house does by itself when its time comes.

Each carries the sentences that people read and, from `expected`, what it must lead to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.due import Outcome
from deploy.demo.expected import Expectation
from deploy.demo.story import Step, chapters, local, story
from shared.agencies import AgencyRegistry

MUNICIPALITY = "2182"
BEFORE = timedelta(minutes=15)
"""How long before the first message the house opens."""
FIRST_MEETING, SECOND_MEETING = map(datetime.fromisoformat, ("2026-11-24T09:00:00", "2026-12-01T09:00:00"))

SAYINGS = {
    "form issued": (
        "Socialtjänsten lämnar in samtyckesblanketten för en 13-åring.",
        "Social services submit the consent form of a 13-year-old.",
    ),
    "first guardian signs": ("Den ena vårdnadshavaren skriver under.", "One guardian signs."),
    "second guardian signs": (
        "Den andra vårdnadshavaren skriver under. Nu gäller samtycket.",
        "The other guardian signs: the consent is active.",
    ),
    "school submits": (
        "Skolan lämnar en iakttagelse om skolfrånvaro.",
        "The school submits an observation on absence.",
    ),
    "police submit": (
        "Polisen lämnar en iakttagelse om riskmiljö.",
        "The police submit an observation on a risk environment.",
    ),
    "youth centre submits": (
        "Fritidsgården lämnar en iakttagelse om beteende. Tre verksamheter har sett något inom 28 dagar.",
        "The youth centre submits an observation on behaviour: three agencies within 28 days.",
    ),
    "weekly meeting planned": (
        "Samordnaren planerar veckomötet mellan socialtjänst och polis, tisdagar 09.00.",
        "The coordinator plans the weekly meeting.",
    ),
    "place event": (
        "Faxeholmen anmäler misstänkt narkotikahantering i ett trapphus på Östra Berget. Ingen person nämns.",
        "The housing company reports a place event; no person is named.",
    ),
    "weekly report": (
        "Faxeholmen lämnar veckorapporten för vecka 47.",
        "The housing company submits its weekly report.",
    ),
    "minutes recorded": (
        "Mötet är slut. Samordnaren skriver in protokollet: socialtjänsten ska kontakta vårdnadshavarna.",
        "Minutes are recorded, with one action for social services.",
    ),
    "guardian withdraws": (
        "En vårdnadshavare ringer och tar tillbaka samtycket.",
        "A guardian withdraws the consent by phone.",
    ),
    "school submits again": (
        "Skolan lämnar en ny iakttagelse. Utan samtycke stannar den hos skolan.",
        "The school submits again; without a consent it stays with the school.",
    ),
    "may the police be told": (
        "Socialtjänsten undrar om polisen får veta något om en 17-åring. Det finns inget samtycke.",
        "Social services ask whether the police may be told about a 17-year-old without a consent.",
    ),
    "assessment made": (
        "Socialtjänsten gör bedömningen enligt 10 kap. 18 a § OSL: risk för brott framöver, inte olämpligt.",
        "Social services make the assessment under OSL 10:18 a.",
    ),
    "social services submit": (
        "Socialtjänsten lämnar en iakttagelse om riskmiljö.",
        "Social services submit an observation on a risk environment.",
    ),
    "may they be told now": (
        "Socialtjänsten frågar igen om polisen.",
        "Social services ask again about the police.",
    ),
    "may the school be told": (
        "Socialtjänsten frågar om skolan. Bedömningen gäller bara polisen.",
        "Social services ask about the school; the assessment is for the police alone.",
    ),
}

CHAPTERS = {
    1: ("Första kapitlet: en 13-åring med samtycke", "a 13-year-old with a consent"),
    2: ("Andra kapitlet: en 17-åring utan samtycke", "a 17-year-old without one"),
}


@dataclass(frozen=True)
class Act:
    """Something the house does by itself, because its time has come."""

    at: str
    swedish: str
    english: str
    outcome: Callable[[Expectation], Outcome]


HOUSE_ACTS = (
    Act(
        "2026-11-23T09:00",
        "Ett dygn till veckomötet: var och en får sin egen dagordning, och påminnelser går ut.",
        "One day before the meeting: agendas and reminders.",
        lambda expect: _both(expect.agenda(FIRST_MEETING), expect.letters("Påminnelse", FIRST_MEETING)),
    ),
    Act(
        "2026-11-23T10:00",
        "Veckorapporterna för vecka 47 skulle vara inne. Lägesbilden görs, och den som inte har svarat får veta det.",
        "Weekly reports are due: the picture of week 47 is made, those missing are told.",
        lambda expect: expect.deadline("2026-W47", local("2026-11-23T10:00")),
    ),
    Act(
        "2026-11-24T07:00",
        "Två timmar till veckomötet: en sista påminnelse.",
        "Two hours before the meeting: a last reminder.",
        lambda expect: expect.letters("Påminnelse", FIRST_MEETING),
    ),
    Act(
        "2026-11-24T09:00",
        "Mötet börjar. Nästa veckas möte kallas.",
        "The meeting begins; the next one is called.",
        lambda expect: expect.called(SECOND_MEETING),
    ),
    Act(
        "2026-11-30T09:00",
        "Ett dygn till nästa veckomöte: dagordning, nu också med det som inte är gjort. Barnet är ännu inte hört.",
        "One day before the next meeting: agendas with concern and open action, and reminders; the child is not heard.",
        lambda expect: _both(
            _both(expect.agenda(SECOND_MEETING), expect.letters("Påminnelse", SECOND_MEETING)),
            expect.child_not_heard(),
        ),
    ),
    Act(
        "2026-11-30T10:00",
        "Vecka 48 stängs: lägesbilden visar att mötet hölls.",
        "Week 48 closes: its picture shows that the meeting was held.",
        lambda expect: expect.deadline("2026-W48", local("2026-11-30T10:00")),
    ),
)


@dataclass(frozen=True)
class Moment:
    """A moment that the clock is turned to. Without a step the house acts by itself."""

    at: datetime
    swedish: str
    english: str
    outcome: Outcome
    step: Step | None = None
    withheld_from: tuple[str, ...] = ()


def moments(registry: AgencyRegistry) -> list[Moment]:
    """Return every moment of the story with what it must lead to."""
    expect = Expectation(registry, MUNICIPALITY)
    found: list[Moment] = []
    since = opening()
    for step in chapters():
        acts = (act for act in HOUSE_ACTS if since < local(act.at) < step.at)
        found += [Moment(local(act.at), act.swedish, act.english, act.outcome(expect)) for act in acts]
        since = step.at
        swedish, english = SAYINGS[step.name]
        outcome = expect.of(step)
        found.append(Moment(step.at, swedish, english, outcome, step, _withheld(expect, step, outcome)))
    return found


def opening() -> datetime:
    """Return when the house opens."""
    return story()[0].at - BEFORE


def _withheld(expect: Expectation, step: Step, outcome: Outcome) -> tuple[str, ...]:
    """Return which agencies of the form's scope an observation is kept from."""
    if step.event["type"] != "observation.submitted.v1":
        return ()
    told = {due.agency for due in outcome.messages if due.type == "observation.disclosed.v1"}
    return tuple(each for each in expect.in_scope() if each not in told | {step.agency})


def _both(one: Outcome, other: Outcome) -> Outcome:
    return Outcome(one.messages + other.messages, one.letters + other.letters)
