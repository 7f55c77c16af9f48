"""Taking in what is decided about places, from the areas of a week to what a measure came to.

Each fact finds or makes the place where it belongs, and what that changes for a measure (does it count now?) is looked
at anew. So it is one and the same what comes first; and nothing is taken in twice.
"""

from __future__ import annotations

from services.meetings.places import rules, waiting
from services.meetings.places.documents import (
    DecidedMeasure,
    Evaluation,
    KeptArea,
    Measure,
    PlaceTrack,
    Priority,
    PriorityWeek,
    Wait,
    WaitsFor,
    measure_of,
    own_id,
    place_track_of,
    priority_of,
)
from shared.agencies import Agency
from shared.clock import CLOCK_TOLERANCE, local_day
from shared.events.agencies import CauseAnalysisMade, MeasureDecided, MeasureEvaluated, PriorityAreasDecided
from shared.intake.faults import Fault, Rejected, at_most, fault
from shared.transaction import Transaction


async def decide_priorities(tx: Transaction, sent: PriorityAreasDecided, sender: Agency) -> None:
    """Keep the areas of a municipality's week. Raises `Rejected`, also where the week or an id is taken already."""
    municipality = sender.municipality or ""
    track = await place_track_of(tx, municipality)
    week_id, fingerprint = own_id(municipality, sent.iso_week), tx.secret.fingerprint(sent)
    known = await tx.get(PriorityWeek, week_id)
    faults = rules.faults_in_priorities(sent, sender) + rules.faults_in_texts(sent)
    if known is not None and known.fingerprint == fingerprint and not faults:
        return
    if known is not None:
        faults.append(fault("conflict", "/iso_week"))
    priorities = [await priority_of(tx, municipality, each.priority_id) for each in sent.areas]
    for place, priority in enumerate(priorities):
        if priority.iso_week not in (None, sent.iso_week):
            faults.append(fault("conflict", f"/areas/{place}/priority_id"))
    _refuse(faults)
    tx.save(_week(tx, sent, sender, fingerprint))
    track.weeks, track.latest_at = tuple(sorted({*track.weeks, sent.iso_week})), tx.now
    for priority, each in zip(priorities, sent.areas, strict=True):
        priority.iso_week, priority.area = sent.iso_week, each.area
        waiting.set_wait(tx, priority, None)
        await _weigh_measures(tx, track, priority)


async def add_analysis(tx: Transaction, sent: CauseAnalysisMade, sender: Agency) -> None:
    """Add hypotheses to what is known of a priority, decided or not. Raises `Rejected`."""
    municipality = sender.municipality or ""
    track = await place_track_of(tx, municipality)
    priority = await priority_of(tx, municipality, sent.priority_id)
    _refuse(rules.faults_in_analysis(sent, sender, priority, tx.said_at) + rules.faults_in_texts(sent))
    priority.hypotheses = rules.with_hypotheses(priority.hypotheses, sent, tx.said_at)
    track.latest_at = tx.now
    if priority.iso_week is None and priority.wait is None:
        waiting.set_wait(tx, priority, _wait(tx, "priority", sent, sender))
    await _weigh_measures(tx, track, priority)


async def decide_measure(tx: Transaction, sent: MeasureDecided, sender: Agency) -> None:
    """Keep a measure, which counts when its priority and what is asked of it are there. Raises `Rejected`."""
    municipality = sender.municipality or ""
    track = await place_track_of(tx, municipality)
    measure = await measure_of(tx, municipality, sent.measure_id)
    fingerprint = tx.secret.fingerprint(sent)
    faults = rules.faults_in_measure(sent, sender) + rules.faults_in_texts(sent)
    if measure.decided is not None:
        if measure.decided.fingerprint == fingerprint and not faults:
            return
        faults.append(fault("conflict", "/measure_id"))
    _refuse(faults)
    measure.decided = _decided(tx, sent, sender, fingerprint)
    if measure.evaluation is not None and measure.evaluation.evaluated_on < sent.starts_on:
        measure.evaluation = None  # come after its measure it would have been refused
    track.latest_at = tx.now
    priority = await priority_of(tx, municipality, sent.priority_id)
    priority.measure_ids = tuple(sorted({*priority.measure_ids, sent.measure_id}))
    tx.save(measure)
    await _weigh_measures(tx, track, priority)


async def evaluate_measure(tx: Transaction, sent: MeasureEvaluated, sender: Agency) -> None:
    """Keep what a measure came to, decided or not. Raises `Rejected`."""
    municipality = sender.municipality or ""
    track = await place_track_of(tx, municipality)
    measure = await measure_of(tx, municipality, sent.measure_id)
    fingerprint = tx.secret.fingerprint(sent)
    today = local_day(tx.now + CLOCK_TOLERANCE)
    faults = rules.faults_in_evaluation(sent, sender, measure.decided, today) + rules.faults_in_texts(sent)
    if measure.evaluation is not None:
        if measure.evaluation.fingerprint == fingerprint and not faults:
            return
        faults.append(fault("conflict", "/measure_id"))
    _refuse(faults)
    measure.evaluation = Evaluation(
        evaluated_on=sent.evaluated_on,
        effect=sent.effect,
        comment=sent.comment,
        evaluated_by=sender.id,
        fingerprint=fingerprint,
    )
    track.latest_at = tx.now
    if measure.decided is None:
        waiting.set_wait(tx, measure, _wait(tx, "measure", sent, sender))
    tx.save(measure)
    _list_to_evaluate(track, measure)


async def _weigh_measures(tx: Transaction, track: PlaceTrack, priority: Priority) -> None:
    """Say anew of each of a priority's measures whether it counts, or what it waits for."""
    tx.save(priority)
    for measure_id in priority.measure_ids:
        measure = await measure_of(tx, track.id, measure_id)
        if measure.decided is None:
            continue
        waits_for = rules.waits_for(measure.decided, priority)
        wait = waits_for and Wait(
            waits_for=waits_for,
            submission=MeasureDecided.type,
            entity_id=measure_id,
            told_by=measure.decided.decided_by,
            since=measure.decided.decided_at,
        )
        if measure.wait != wait:
            waiting.set_wait(tx, measure, wait)
            tx.save(measure)
        _list_to_evaluate(track, measure)


def _list_to_evaluate(track: PlaceTrack, measure: Measure) -> None:
    others = set(track.to_evaluate) - {measure.measure_id}
    is_open = measure.counts and measure.evaluation is None
    track.to_evaluate = tuple(sorted({*others, measure.measure_id} if is_open else others))


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise Rejected(at_most(faults))


def _week(tx: Transaction, sent: PriorityAreasDecided, sender: Agency, fingerprint: str) -> PriorityWeek:
    municipality = sender.municipality or ""
    return PriorityWeek(
        id=own_id(municipality, sent.iso_week),
        municipality=municipality,
        iso_week=sent.iso_week,
        areas=tuple(KeptArea(**each.model_dump()) for each in sent.areas),
        decided_by=sender.id,
        decided_at=tx.now,
        fingerprint=fingerprint,
    )


def _decided(tx: Transaction, sent: MeasureDecided, sender: Agency, fingerprint: str) -> DecidedMeasure:
    return DecidedMeasure(
        **sent.model_dump(include={"priority_id", "what", "owner", "starts_on", "evaluate_on"}),
        counted_category=sent.indicator.category,
        counted_area=sent.indicator.area,
        aimed_at_youths=rules.aimed_at_youths(sent),
        decided_by=sender.id,
        decided_at=tx.now,
        fingerprint=fingerprint,
    )


def _wait(tx: Transaction, waits_for: WaitsFor, sent: CauseAnalysisMade | MeasureEvaluated, sender: Agency) -> Wait:
    return Wait(waits_for=waits_for, submission=sent.type, entity_id=sent.entity_id, told_by=sender.id, since=tx.now)
