"""Whether an assessment holds under the row it names: all that is wrong with it at once, and how long it lasts.

It is judged by the law of the day it was decided, and by the youth's age both then and today: nobody who has reached
a provision's age is told about on it, whatever day the assessment bears. Source: the direction table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.agencies import AgencyRegistry
from shared.clock import CLOCK_TOLERANCE, local_day
from shared.events.event import Cell
from shared.gate import Refusal
from shared.intake.faults import Fault, at_most, fault, pointer_to
from shared.person import age_on, birthday_in
from shared.policy.bases import LegalBases, LegalBasis, Question, the_law
from shared.policy.refusals import category_in_swedish, explain, kind_in_swedish


@dataclass(frozen=True)
class Judgement:
    """An assessment as an agency sent it; `born` is the youth's day of birth and is kept nowhere."""

    sender: str
    provision: str
    released_by: str
    received_by: tuple[str, ...]
    categories: tuple[str, ...]
    answers: Mapping[str, bool | str]
    decided_at: datetime
    valid_until: date
    born: date

    def held_from(self, now: datetime) -> datetime:
        """Return the instant of the decision; by a sender's clock that is ahead, the present."""
        return min(self.decided_at, now)


def faults_in(
    judgement: Judgement, agencies: AgencyRegistry, now: datetime, law: LegalBases | None = None
) -> list[Fault]:
    """Return everything that is wrong with an assessment at that instant; nothing wrong is an empty list."""
    rows = law or the_law()
    faults = list(_faults_of_time(judgement, now))
    if judgement.released_by != judgement.sender:
        faults.append(fault("not_your_agency", "/from"))
    row = rows.in_force(judgement.provision, local_day(judgement.held_from(now)))
    if row is None or not row.enabled or row.chosen_by != "assessment":
        return [*faults, _not_to_be_chosen(judgement, rows, row, local_day(now))]
    faults += _faults_of_direction(judgement, row, agencies)
    faults += _faults_of_age(judgement, row, agencies, now, rows)
    faults += [
        fault("wrong_value", f"/categories/{place}", why="not_covered", **_said(row, category_in_swedish(each), each))
        for place, each in enumerate(judgement.categories)
        if not row.covers(each)
    ]
    faults += _faults_in_answers(judgement.answers, row)
    if not faults and _last_day(judgement, row, now) < local_day(now):
        faults.append(fault("wrong_value", "/valid_until", why="assessment_over"))
    return at_most(faults)


def last_day(judgement: Judgement, now: datetime, law: LegalBases | None = None) -> date:
    """Return the last day on which an assessment holds; LookupError where no row in force carries it.

    It is cut by the longest time its provision allows, by its row's end, and by the birthday that is too late.
    """
    row = (law or the_law()).in_force(judgement.provision, local_day(judgement.held_from(now)))
    if row is None:
        raise LookupError(judgement.provision)
    return _last_day(judgement, row, now)


def _last_day(judgement: Judgement, row: LegalBasis, now: datetime) -> date:
    days = [judgement.valid_until, local_day(judgement.held_from(now)) + timedelta(days=row.longest_days)]
    if row.valid_to is not None:
        days.append(row.valid_to)
    if row.age_below is not None:
        too_old_from = birthday_in(judgement.born.year + row.age_below, judgement.born)
        days.append(too_old_from - timedelta(days=1))
    return min(days)


def _faults_of_time(judgement: Judgement, now: datetime) -> Iterator[Fault]:
    if judgement.decided_at > now + CLOCK_TOLERANCE:
        yield fault("wrong_value", "/decided_at", why="decided_ahead")
    if judgement.valid_until < local_day(judgement.decided_at):
        yield fault("wrong_value", "/valid_until", why="ends_before_start")


def _not_to_be_chosen(judgement: Judgement, rows: LegalBases, row: LegalBasis | None, today: date) -> Fault:
    if row is not None and not row.enabled:
        words = _said(row, row.disabled_because or "", "not approved by a lawyer")
        return fault("wrong_value", "/provision", why="provision_disabled", **words)
    if row is not None:
        return fault("wrong_value", "/provision", why="consent_is_no_assessment")
    if judgement.provision in rows.codes:
        return fault("wrong_value", "/provision", why="provision_not_in_force")
    chosen = [each.code for each in rows.on(today) if each.enabled and each.chosen_by == "assessment"]
    return fault("wrong_value", "/provision", why="allowed", allowed=", ".join(chosen))


def _faults_of_direction(judgement: Judgement, row: LegalBasis, agencies: AgencyRegistry) -> Iterator[Fault]:
    sender = agencies.get(judgement.released_by)
    for place, id_ in enumerate(judgement.received_by):
        receiver = agencies.get(id_)
        if sender is None or receiver is None:
            yield fault("unknown_agency", f"/to/{place}")
        elif not row.allows(sender.kind, receiver.kind):
            way = f"{kind_in_swedish(sender.kind)} → {kind_in_swedish(receiver.kind)}"
            words = _said(row, way, f"{sender.kind} → {receiver.kind}")
            yield fault("wrong_value", f"/to/{place}", why="direction", **words)
        elif sender.municipality is None or sender.municipality != receiver.municipality:
            # The youth's reference is the municipality's own, and so are the parties around the youth.
            yield fault("wrong_value", f"/to/{place}", why="other_municipality")


def _faults_of_age(
    judgement: Judgement, row: LegalBasis, agencies: AgencyRegistry, now: datetime, rows: LegalBases
) -> Iterator[Fault]:
    ages = [age_on(judgement.born, local_day(moment)) for moment in (judgement.held_from(now), now)]
    if all(row.allows_age(age) for age in ages):
        return
    cell = Cell(
        released_by=judgement.released_by, received_by=judgement.received_by[0], category=judgement.categories[0]
    )
    instead = explain(Refusal("no_basis", cell), agencies, now, age=max(ages), law=rows)
    words = _said(row, instead.advice, ", ".join(instead.you_can))
    yield fault("wrong_value", "/youth/personal_identity_number", why="too_old", age=row.age_below, **words)


def _faults_in_answers(answers: Mapping[str, bool | str], row: LegalBasis) -> Iterator[Fault]:
    known = {question.id: question for question in row.questions}
    for id_, question in known.items():
        if (found := _fault_in(question, answers.get(id_))) is not None:
            yield found
    for id_ in sorted(set(answers) - set(known)):
        yield fault("wrong_value", pointer_to(("answers", id_)), why="other_questions", asked=", ".join(known))


def _fault_in(question: Question, answer: bool | str | None) -> Fault | None:
    pointer = f"/answers/{question.id}"
    if answer is None:
        return fault("missing_field", pointer, why="question", asks=question.asks)
    if question.answer == "text":
        if isinstance(answer, bool):
            return fault("wrong_type", pointer, why="string_type")
        return None if answer.strip() else fault("wrong_value", pointer, why="empty")
    if not isinstance(answer, bool):
        return fault("wrong_type", pointer, why="bool_type")
    if answer is question.must_be or question.otherwise is None:
        return None
    return fault("wrong_value", pointer, why="answer", sv=question.otherwise.sv, en=question.otherwise.en)


def _said(row: LegalBasis, swedish: str, english: str) -> dict[str, str]:
    return {"paragraph": row.paragraph, "what": swedish, "what_en": english}
