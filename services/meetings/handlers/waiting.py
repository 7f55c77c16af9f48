"""Hears that a day has gone since something came before what it needs, and tells its sender if it still waits.

Nothing is refused for being early. Whether it waits is asked of what it waits for, and nowhere noted a second time.
What is decided about places marks its own waits (`places/waiting.py`): it waits for more than that something is there.
"""

from __future__ import annotations

from typing import Final, Literal

from services.meetings.handlers.router import router
from services.meetings.minutes.actions import Completion, completion_of
from services.meetings.series.documents import Series
from shared.agencies import Agency
from shared.events import answers
from shared.events.agencies import Submission
from shared.events.answers.submissions import REPORTED_AFTER
from shared.events.meetings import EarlyWaitReached
from shared.ids import name_id
from shared.transaction import Transaction, Tx

WaitsFor = Literal["series", "minutes"]
_TOLD: Final[dict[WaitsFor, tuple[str, tuple[str, ...]]]] = {
    "series": (
        "Mötesserien har inte kommit in, så det här räknas inte. Skicka serien eller rätta series_id.",
        ("send_meeting_series", "correct_series_id"),
    ),
    "minutes": (
        "Inget protokoll har gett er åtgärden, så svaret räknas inte. Be om protokollet eller rätta action_id.",
        ("ask_for_minutes", "correct_action_id"),
    ),
}


def report_if_early(tx: Transaction, sent: Submission, sender: Agency, needed: Series | Completion) -> None:
    """Have it reported in a day if what was just taken in still waits then."""
    if not _is_missing(needed):
        return
    is_series = isinstance(needed, Series)
    reached = EarlyWaitReached(
        told_by=sender.id,
        submission=sent.type,
        entity_id=sent.entity_id,
        since=tx.now,
        waits_for="series" if is_series else "minutes",
        needs=needed.id if isinstance(needed, Series) else needed.action_id,
    )
    tx.emit(reached, due_at=tx.now + REPORTED_AFTER, key=_key(reached))


@router.hears(EarlyWaitReached)
async def report_early(event: EarlyWaitReached, tx: Tx) -> None:
    """A day has gone: tell the sender of what came before its series, or before the minutes of its action."""
    needed: Series | Completion | None
    if event.waits_for == "series":
        needed = await tx.get(Series, event.needs)
    else:
        needed = await completion_of(tx, event.told_by, event.needs)
    if needed is not None:
        tx.save(needed)  # held: what it waits for may be coming in
        if not _is_missing(needed):
            return
    message, you_can = _TOLD[event.waits_for]
    waiting = answers.SubmissionWaiting(
        type=event.submission,
        entity_id=event.entity_id,
        waiting_since=event.since,
        waits_for=event.waits_for,
        message=message,
        you_can=you_can,
    )
    tx.tell(event.told_by, waiting, message_id=name_id("early-waiting", _key(event)))


def _is_missing(needed: Series | Completion) -> bool:
    return needed.plan is None if isinstance(needed, Series) else not needed.given_in


def _key(event: EarlyWaitReached) -> str:
    return f"early-wait:{event.told_by}:{event.submission}:{event.entity_id}"
