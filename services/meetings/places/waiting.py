"""What comes before what it needs waits for it; after a day its sender learns so, and what to do.

Nothing is refused for being early. What waits is marked on the thing itself (`wait`), which `samverkan waiting` reads;
the mark and the posted event are set and taken away together, here and nowhere else.
"""

from __future__ import annotations

from typing import Final

from services.meetings.places.documents import Measure, Priority, Wait, WaitsFor, own_id
from shared.events import answers
from shared.events.agencies import CauseAnalysisMade
from shared.events.answers.submissions import REPORTED_AFTER
from shared.events.meetings import FollowUpWaitReached
from shared.ids import name_id
from shared.transaction import Transaction

_TOLD: Final[dict[WaitsFor, tuple[str, tuple[str, ...]]]] = {
    "priority": (
        "Området är inte prioriterat, så det här räknas inte. Skicka veckans områden eller rätta priority_id.",
        ("send_priority_areas", "correct_priority_id"),
    ),
    "hypotheses": (
        "Åtgärden riktas till unga och räknas när det finns två olika hypoteser om orsaken. Skicka en orsaksanalys.",
        ("send_cause_analysis",),
    ),
    "measure": (
        "Åtgärden har inte kommit in, så utvärderingen räknas inte. Skicka åtgärden eller rätta measure_id.",
        ("send_measure", "correct_measure_id"),
    ),
}


def set_wait(tx: Transaction, thing: Priority | Measure, wait: Wait | None) -> None:
    """Mark a thing as waiting, and have it reported in a day; None: it waits for nothing."""
    if thing.wait is not None:
        tx.cancel(_key(thing, thing.wait))
    thing.wait = wait
    if wait is not None:
        reached = FollowUpWaitReached(
            municipality=thing.municipality, submission=wait.submission, entity_id=wait.entity_id
        )
        tx.emit(reached, due_at=max(tx.now, wait.since + REPORTED_AFTER), key=_key(thing, wait))


async def report_wait(tx: Transaction, event: FollowUpWaitReached) -> None:
    """Tell a sender that what it sent still waits, if it does. Always the same message id."""
    shape: type[Priority | Measure] = Priority if event.submission == CauseAnalysisMade.type else Measure
    thing = await tx.get(shape, own_id(event.municipality, event.entity_id))
    if thing is None or thing.wait is None or thing.wait.submission != event.submission:
        return
    tx.save(thing)  # held: what it waits for may be coming in
    message, you_can = _TOLD[thing.wait.waits_for]
    waiting = answers.SubmissionWaiting(
        type=thing.wait.submission,
        entity_id=thing.wait.entity_id,
        waiting_since=thing.wait.since,
        waits_for=thing.wait.waits_for,
        message=message,
        you_can=you_can,
    )
    tx.tell(thing.wait.told_by, waiting, message_id=name_id("follow-up-waiting", _key(thing, thing.wait)))


def _key(thing: Priority | Measure, wait: Wait) -> str:
    return f"follow-up-wait:{wait.submission}:{thing.id}:{wait.waits_for}"
