"""What may be decided about places, and what it adds up to: pure verdicts.

Whatever order the facts come in, they add up to the same. Only that an id is taken depends on who came first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from services.meetings.places.documents import DecidedMeasure, KeptHypothesis, Priority, WaitsFor
from shared.agencies import Agency, municipality_of
from shared.clock import iso_week_of
from shared.events.agencies import (
    CauseAnalysisMade,
    JointOperationCarriedOut,
    MeasureDecided,
    MeasureEvaluated,
    PriorityAreasDecided,
    Submission,
)
from shared.events.agencies.submission import twice
from shared.intake.faults import Fault, fault
from shared.screening.personal_data import faults_in

FOLLOWED_UP_WITHIN_DAYS = 60
"""How long after its week's Monday an area is followed up at the latest."""
FEWEST_HYPOTHESES = 2
"""How many different hypotheses there must be before a measure aimed at youths counts."""
MOST_HYPOTHESES = 50
MOST_EVIDENCE = 50
"""How many hypotheses a priority, and how much evidence for or against one, may add up to: what anybody can read."""
LONGEST_OPERATION = timedelta(hours=48)
NO_TEXTS: Final = frozenset(
    {"priority_id", "measure_id", "operation_id", "commitment_id", "iso_week", "owner", "agency"}
    | {"follow_up_on", "starts_on", "evaluate_on", "evaluated_on", "from", "to"}
)
"""Ids, agencies, days and moments; everything else that is told about places is screened for persons."""


def folded(text: str) -> str:
    """Return a text without what makes no difference: capitals, and how much space is between its words."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def monday_of(iso_week: str) -> date:
    """Return the Monday that an ISO week begins with."""
    return date.fromisocalendar(int(iso_week[:4]), int(iso_week[6:]), 1)


def week_before(iso_week: str) -> str:
    """Return the ISO week before, which may be week 52 or 53 of the year before."""
    return iso_week_of(monday_of(iso_week) - timedelta(days=7))


def weeks_in_a_row(area: str, iso_week: str, decided: Mapping[str, Collection[str]]) -> int:
    """Return how many weeks in a row, the last of them this one, an area was put first. `decided`: areas by week."""
    weeks = 0
    while folded(area) in {folded(each) for each in decided.get(iso_week, ())}:
        weeks, iso_week = weeks + 1, week_before(iso_week)
    return weeks


def faults_in_sender(sender: Agency) -> list[Fault]:
    """Return what is wrong with who sends it: what the place track decides is told by the coordinator alone."""
    return [] if sender.kind == "coordinator" else [fault("not_your_agency", why="coordinator")]


def faults_in_priorities(sent: PriorityAreasDecided, sender: Agency) -> list[Fault]:
    """Return what is wrong with a week's areas, whatever else has been decided."""
    found = faults_in_sender(sender)
    areas = [folded(each.area) for each in sent.areas]
    found += [fault("wrong_value", f"/areas/{place}/area", why="twice") for place in twice(areas)]
    for place, each in enumerate(sent.areas):
        found += _faults_in_owner(each.owner, sender, f"/areas/{place}/owner")
        if not 0 <= (each.follow_up_on - monday_of(sent.iso_week)).days <= FOLLOWED_UP_WITHIN_DAYS:
            found.append(fault("wrong_value", f"/areas/{place}/follow_up_on", why="follow_up"))
    return found


def faults_in_analysis(sent: CauseAnalysisMade, sender: Agency, known: Priority, said_at: datetime) -> list[Fault]:
    """Return what is wrong with a cause analysis, given what is known of its priority."""
    found = faults_in_sender(sender)
    together = with_hypotheses(known.hypotheses, sent, said_at)
    if len(together) > MOST_HYPOTHESES:
        found.append(fault("wrong_value", "/hypotheses", why="too_long"))
    by_statement = {folded(each.statement): each for each in together}
    for place, each in enumerate(sent.hypotheses):
        kept = by_statement[folded(each.statement)]
        if max(len(kept.evidence_for), len(kept.evidence_against)) > MOST_EVIDENCE:
            found.append(fault("wrong_value", f"/hypotheses/{place}", why="too_long"))
    return found


def faults_in_measure(sent: MeasureDecided, sender: Agency) -> list[Fault]:
    """Return what is wrong with a measure, whatever else has been decided."""
    found = faults_in_sender(sender) + _faults_in_owner(sent.owner, sender, "/owner")
    if sent.evaluate_on <= sent.starts_on:
        found.append(fault("wrong_value", "/evaluate_on", why="evaluated_too_early"))
    return found


def faults_in_evaluation(
    sent: MeasureEvaluated, sender: Agency, measure: DecidedMeasure | None, today: date
) -> list[Fault]:
    """Return what is wrong with an evaluation, given its measure if that is known."""
    found = faults_in_sender(sender)
    if sent.evaluated_on > today:
        found.append(fault("wrong_value", "/evaluated_on", why="ahead"))
    if measure is not None and sent.evaluated_on < measure.starts_on:
        found.append(fault("wrong_value", "/evaluated_on", why="evaluated_too_early"))
    return found


def faults_in_operation(sent: JointOperationCarriedOut, sender: Agency, now: datetime) -> list[Fault]:
    """Return what is wrong with a joint operation. `now` is how late it may have ended."""
    found = faults_in_sender(sender)
    if sent.to <= sent.from_:
        found.append(fault("wrong_value", "/to", why="ends_before_start"))
    if sent.to - sent.from_ > LONGEST_OPERATION:
        found.append(fault("wrong_value", "/to", why="operation_too_long"))
    if sent.to > now:
        found.append(fault("wrong_value", "/to", why="ahead"))
    functions = [(each.agency, folded(each.function)) for each in sent.present]
    found += [fault("wrong_value", f"/present/{place}/function", why="twice") for place in twice(functions)]
    for place, each in enumerate(sent.present):
        found += _faults_in_owner(each.agency, sender, f"/present/{place}/agency")
    return found


def faults_in_texts(sent: Submission) -> list[Fault]:
    """Return every place where what is told about places seems to name a person: nobody is, on the place track."""
    return faults_in(_texts_in(sent.model_dump(mode="json", by_alias=True)))


def with_hypotheses(
    known: Iterable[KeptHypothesis], sent: CauseAnalysisMade, said_at: datetime
) -> tuple[KeptHypothesis, ...]:
    """Return the hypotheses about a priority with one analysis more: one for each statement, in the alphabet's order.

    Evidence adds up; of two judgements the one said later holds. The same analysis again adds nothing.
    """
    by_statement = {folded(each.statement): each for each in known}
    for each in sent.hypotheses:
        said = KeptHypothesis(
            statement=each.statement,
            evidence_for=_together(each.evidence_for),
            evidence_against=_together(each.evidence_against),
            judged=each.judged,
            said_at=said_at,
        )
        key = folded(each.statement)
        by_statement[key] = _merged(by_statement[key], said) if key in by_statement else said
    return tuple(hypothesis for _, hypothesis in sorted(by_statement.items()))


def aimed_at_youths(sent: MeasureDecided) -> bool:
    """Say whether a measure is aimed at youths: as it says itself, else by what is counted to see its effect."""
    if sent.aimed_at is None:
        return sent.indicator.category == "youth_gathering_place"
    return sent.aimed_at == "youths"


def waits_for(measure: DecidedMeasure, priority: Priority) -> WaitsFor | None:
    """Return what a measure waits for before it counts: its priority, hypotheses about it, or nothing.

    A hypothesis that was refuted counts as much as any: what is asked is that another explanation has been looked for
    (domain.md 6.3: a counter-hypothesis before a youth-directed measure), not which one was right; and what is refuted
    later must not undo what has been decided.
    """
    if priority.iso_week is None:
        return "priority"
    if measure.aimed_at_youths and len(priority.hypotheses) < FEWEST_HYPOTHESES:
        return "hypotheses"
    return None


def _texts_in(content: Any) -> Any:
    match content:
        case dict():
            return {name: _texts_in(inner) for name, inner in content.items() if name not in NO_TEXTS}
        case list():
            return [_texts_in(inner) for inner in content]
        case _:
            return content


def _merged(one: KeptHypothesis, other: KeptHypothesis) -> KeptHypothesis:
    # Said at the same instant: any fixed order will do, as long as it is the same whichever came first.
    last = max(one, other, key=lambda each: (each.said_at, each.judged, each.statement))
    return last.model_copy(
        update={
            "evidence_for": _together((*one.evidence_for, *other.evidence_for)),
            "evidence_against": _together((*one.evidence_against, *other.evidence_against)),
        }
    )


def _together(evidence: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({folded(each): each for each in sorted(evidence)}.values()))


def _faults_in_owner(agency: str, sender: Agency, pointer: str) -> list[Fault]:
    is_near = municipality_of(agency) == sender.municipality
    return [] if is_near else [fault("wrong_value", pointer, why="agency_elsewhere")]
