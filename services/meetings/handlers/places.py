"""Hears what is decided about places, and renews the agendas on which it stands."""

from __future__ import annotations

from services.meetings.agendas.documents import issued_agendas
from services.meetings.agendas.issuing import renew_all
from services.meetings.handlers.router import router
from services.meetings.places import deciding, operations, waiting
from shared.agencies import Agency
from shared.events.agencies import (
    CauseAnalysisMade,
    JointOperationCarriedOut,
    MeasureDecided,
    MeasureEvaluated,
    PriorityAreasDecided,
)
from shared.events.meetings import FollowUpWaitReached
from shared.messaging import Sender
from shared.transaction import Transaction, Tx


@router.receives(PriorityAreasDecided)
async def decide_priorities(sent: PriorityAreasDecided, sender: Sender, tx: Tx) -> None:
    """Keep the areas that a municipality puts first in a week, and what has waited for them."""
    await deciding.decide_priorities(tx, sent, sender)
    await _renew(tx, sender)


@router.receives(CauseAnalysisMade)
async def add_analysis(sent: CauseAnalysisMade, sender: Sender, tx: Tx) -> None:
    """Add an analysis to what is known of why an area has its problem; a measure may have waited for it."""
    await deciding.add_analysis(tx, sent, sender)
    await _renew(tx, sender)


@router.receives(MeasureDecided)
async def decide_measure(sent: MeasureDecided, sender: Sender, tx: Tx) -> None:
    """Keep a measure, which counts when its priority is there and, aimed at youths, two hypotheses about it."""
    await deciding.decide_measure(tx, sent, sender)
    await _renew(tx, sender)


@router.receives(MeasureEvaluated)
async def evaluate_measure(sent: MeasureEvaluated, sender: Sender, tx: Tx) -> None:
    """Keep what a measure came to."""
    await deciding.evaluate_measure(tx, sent, sender)
    await _renew(tx, sender)


@router.receives(JointOperationCarriedOut)
async def keep_operation(sent: JointOperationCarriedOut, sender: Sender, tx: Tx) -> None:
    """Keep a joint operation with its hours, its place and who was there."""
    await operations.keep_operation(tx, sent, sender)


@router.hears(FollowUpWaitReached)
async def report_wait(event: FollowUpWaitReached, tx: Tx) -> None:
    """A day has gone: tell the sender of what came early and still waits."""
    await waiting.report_wait(tx, event)


async def _renew(tx: Transaction, sender: Agency) -> None:
    near = [each.id for each in tx.agencies.agencies_in(sender.municipality or "")]
    await renew_all(tx, await issued_agendas(tx, {"agencies": {"$in": near}}))
