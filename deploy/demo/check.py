"""What must be true when the story has been told, each as one line with the deviations found.

An agency's messages are compared with what the consent form allows; then the house is searched for what must not be
there. A check that cannot fail is worth nothing: each looks at what came, never at what the house says about itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from deploy.demo.calendars import wrong_calendars
from deploy.demo.letters import Letter, paired_letters
from deploy.demo.moments import Moment
from deploy.demo.pictures import Picture
from deploy.demo.received import ANSWERS, Received, paired, told
from deploy.demo.registers import Registers
from deploy.demo.secrets_of_story import Secrets
from deploy.demo.settled import Seen
from deploy.demo.story import POLICE, SCHOOL, SOCIAL, Step, chapters, story
from shared.agencies import AgencyRegistry

PERSON_TRACK = ("consent", "observation.", "disclosure.", "concern.", "meeting-agenda.", "secrecy-basis.")

_ABOUT_ONES_OWN = (ANSWERS[0], "disclosure.denied.v1", "submission.waiting.v1")


@dataclass(frozen=True)
class Check:
    """One thing that must be true; it is when there are no deviations."""

    swedish: str
    english: str
    deviations: list[str]


@dataclass
class Evidence:
    """Everything the demo has seen."""

    registry: AgencyRegistry
    played: list[Moment] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    letters_readable: bool = True
    events: list[Seen] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)
    left_in_queues: dict[str, int] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    registers: Registers = field(default_factory=Registers)

    @property
    def steps(self) -> list[Step]:
        """What agencies have said."""
        return [moment.step for moment in self.played if moment.step is not None]

    def agency_deviations(self, agency_id: str) -> list[str]:
        """Return how what an agency got differs from what it must have got."""
        due = [each for moment in self.played for each in moment.outcome.messages if each.agency == agency_id]
        missing, over = paired(due, [got for got in self.received if got.agency == agency_id])
        return [told(each, over) for each in missing] + [f"{agency_id} har fått {got.type} för mycket" for got in over]


def checks(seen: Evidence) -> list[Check]:
    """Return every check of the whole house."""
    secrets = Secrets(chapters())
    logs = [name for name, text in seen.logs.items() if secrets.in_(text)]
    found = [
        _check("Varje inlämning har fått exakt ett svar, med rätt correlation_id", "one answer each", _answers, seen),
        _check("Inget meddelande-id förekommer två gånger", "message ids are distinct", _twice, seen),
        _check("Bara myndigheter har fått något om en enskild", "persons to authorities only", _person_track, seen),
        _check("Ingen har sett en iakttagelse som ingen grund öppnar för", "no basis, no telling", _leaks, seen),
        _check("Efter återkallelsen nämns 13-åringen inte", "after the withdrawal", _after_end, seen),
        _check("Den sista iakttagelsen nådde ingen annan än skolan", "the last one told nobody", _last, seen),
        _check("17-åringen: polisen vet det bedömningen öppnar för, skolan ingenting", "second chapter", _second, seen),
        _check("Registren är hela, med en rad för varje utlämnad iakttagelse", "the registers", _registers, seen),
        _check("Ett brev per mottagare och tillfälle", "one mail each", _mails, seen),
        Check("Händelserna mellan tjänsterna nämner ingen", "internal events", _events(seen, secrets)),
        Check("Tjänsternas loggar nämner ingen", "logs", [f"{name}.log innehåller personuppgifter" for name in logs]),
        Check("Lägesbilderna visar det som har skickats in, och ingen person", "pictures", _pictures(seen, secrets)),
        Check("Inga döda brev, och ingenting ligger kvar i en kö", "nothing left over", _queues(seen)),
    ]
    if seen.letters_readable:
        bad = [f"ett brev till {letter.to}" for letter in seen.letters if secrets.in_(letter.text)]
        found.append(
            Check("Kalendrarna visar varje möte där det hålls, och inget annat", "calendars", _calendars(seen))
        )
        found.append(Check("Inget brev nämner ungdomen eller det som har iakttagits", "mails say nothing", bad))
    return found


def _check(swedish: str, english: str, of: Callable[[Evidence], Iterator[str]], seen: Evidence) -> Check:
    return Check(swedish, english, list(of(seen)))


def _answers(seen: Evidence) -> Iterator[str]:
    answers = [got for got in seen.received if got.type in ANSWERS]
    for step in seen.steps:
        id_ = step.event["id"]
        to_it = [got for got in answers if id_ in (got.correlation_id, got.data.get("submission_id"))]
        right = [got for got in to_it if got.agency == step.agency and got.correlation_id == id_]
        if [got.type for got in right] != [ANSWERS[0]] or right != to_it:
            yield f"{step.name} ({step.agency}) har {len(to_it)} svar, {len(right)} till rätt mottagare med rätt id"
    if len(answers) != len(seen.steps):
        yield f"{len(seen.steps)} inlämningar har fått {len(answers)} svar"


def _twice(seen: Evidence) -> Iterator[str]:
    counts = Counter(got.message_id for got in seen.received)
    yield from (f"{id_} har kommit {count} gånger" for id_, count in counts.items() if count > 1)


def _person_track(seen: Evidence) -> Iterator[str]:
    authorities = {each.id for each in seen.registry.all if each.is_authority}
    for got in seen.received:
        if got.agency not in authorities and got.type.startswith(PERSON_TRACK):
            yield f"{got.agency} har fått {got.type}"


def _leaks(seen: Evidence) -> Iterator[str]:
    """Search everything each agency got for each youth and for each observation that was not for it."""
    due = [each for moment in seen.played for each in moment.outcome.messages]
    may_see = {(d.agency, d.data["observation"]["observation_id"]) for d in due if d.type == "observation.disclosed.v1"}
    made = [(s.agency, s.event["data"]) for s in seen.steps if s.event["type"] == "observation.submitted.v1"]
    may_see |= {(by, data["observation_id"]) for by, data in made}
    for chapter in (1, 2):
        secrets = Secrets(step for step in chapters() if step.chapter == chapter)
        may_know = {each.agency for each in due if secrets.in_(json.dumps(each.data, ensure_ascii=False))}
        may_know |= {step.agency for step in seen.steps if step.chapter == chapter and "youth" in step.event["data"]}
        for got in seen.received:
            if got.agency not in may_know and secrets.in_(got.text):
                yield f"{got.agency} har fått uppgifter om ungdomen i kapitel {chapter} i {got.type}"
    for got in seen.received:
        for by, data in made:
            hidden = (got.agency, data["observation_id"]) not in may_see
            if hidden and (data["observation_id"] in got.text or data["summary"] in got.text):
                yield f"{got.agency} har fått se en iakttagelse från {by} i {got.type}"


def _after_end(seen: Evidence) -> Iterator[str]:
    secrets = Secrets(story())
    ended = next((m.at for m in seen.played if m.step and m.step.event["type"].startswith("consent-withdrawal")), None)
    for got in seen.received:
        late = ended is not None and datetime.fromisoformat(got.time) >= ended
        if late and (secrets.tells(got.text) or (got.type != "consent.ended.v1" and secrets.names_youth(got.text))):
            yield f"{got.agency} har fått uppgifter i {got.type} efter återkallelsen"


def _last(seen: Evidence) -> Iterator[str]:
    firsts = [step.event["data"] for step in seen.steps if step.chapter == 1]
    last = firsts[-1].get("observation_id", "") if firsts else ""
    for got in seen.received:
        is_own_answer = got.agency == SCHOOL and got.type in _ABOUT_ONES_OWN
        if last and last in got.text and not is_own_answer:
            yield f"{got.agency} har fått {got.type} om den"


def _second(seen: Evidence) -> Iterator[str]:
    """Look at what each agency got of the second chapter: the police one observation, others than the two nothing."""
    secrets = Secrets(step for step in chapters() if step.chapter == 2)
    about = [got for got in seen.received if secrets.in_(got.text)]
    yield from (f"{got.agency} har fått {got.type}" for got in about if got.agency not in (SOCIAL, POLICE))
    to_police = [(got.type, got.data.get("basis", {}).get("provision")) for got in about if got.agency == POLICE]
    if to_police != [("observation.disclosed.v1", "osl_10_18a_under21")]:
        yield f"polisen har fått {len(to_police)} meddelanden, eller på annan grund än 10 kap. 18 a § OSL"
    said = [got.data for got in seen.received if got.type == "secrecy-basis.answered.v1"]
    if [(each["to"], each["answer"]) for each in said] != [(POLICE, "may_not"), (POLICE, "may"), (SCHOOL, "may_not")]:
        yield "frågorna har inte fått svaren nej, ja och, för skolan, nej"


def _registers(seen: Evidence) -> Iterator[str]:
    yield from seen.registers.flaws
    told = sorted(got.message_id for got in seen.received if got.type == "observation.disclosed.v1")
    if sorted(seen.registers.disclosed) != told:
        yield f"{len(told)} utlämnade iakttagelser har {len(seen.registers.disclosed)} rader"


def _mails(seen: Evidence) -> Iterator[str]:
    due = [each for moment in seen.played for each in moment.outcome.letters]
    missing, over = paired_letters(due, seen.letters)
    yield from (f"{each.kind} till {each.to} har inte kommit" for each in missing)
    yield from (f"{each.kind} till {each.to} är ett brev för mycket" for each in over)
    counts = Counter(letter.message_id for letter in seen.letters)
    yield from (f"{id_} har kommit {count} gånger" for id_, count in counts.items() if count > 1)


def _calendars(seen: Evidence) -> list[str]:
    return list(wrong_calendars(seen.played, seen.letters))


def _events(seen: Evidence, secrets: Secrets) -> list[str]:
    return [f"{event.type} innehåller personuppgifter" for event in seen.events if secrets.in_(event.body)]


def _pictures(seen: Evidence, secrets: Secrets) -> list[str]:
    due = {each.iso_week: each for moment in seen.played if (each := moment.outcome.picture) is not None}
    lines = [f"lägesbilden {week} saknas" for week in due if week not in seen.pictures]
    for week, picture in seen.pictures.items():
        lines += [f"{week}: {name} stämmer inte" for name in picture.differs_in(due[week], seen.steps, seen.registry)]
        lines += [f"{week} innehåller personuppgifter"] if secrets.in_(picture.html) else []
    return lines


def _queues(seen: Evidence) -> list[str]:
    return [f"{count} meddelanden ligger kvar i {name}" for name, count in sorted(seen.left_in_queues.items())]
