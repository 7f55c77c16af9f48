"""Actions: what meetings gave agencies to do, and what became of it.

An action's minutes and its owner's word about it may come in either order. They meet in one document, which each of
them holds, so that neither can miss the other; another agency's word lies under its own name and never counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import ClassVar, Literal

from services.meetings.minutes.documents import KeptAction, Minutes, counted_minutes
from services.meetings.series.documents import Meeting, Series, meeting_id
from shared.agencies import Agency
from shared.clock import CLOCK_TOLERANCE, local_day, start_of
from shared.document import Document
from shared.events.agencies import ActionCompleted
from shared.events.event import Moment
from shared.intake.faults import Rejected, fault
from shared.recurrence.facts import LocalStart
from shared.transaction import Transaction

Outcome = Literal["done", "not_done", "no_longer_needed"]
ReminderKind = Literal["due", "overdue"]


class Completion(Document):
    """What an agency says became of an action, and the counted minutes that gave it that action, once either is known.

    `heard_at` is when the latest of the two was; `reminded` is which reminders have gone out.
    """

    collection: ClassVar[str] = "completions"

    owner: str
    action_id: str
    heard_at: Moment
    given_in: tuple[str, ...] = ()
    fingerprint: str | None = None
    completed_on: date | None = None
    outcome: Outcome | None = None
    reminded: tuple[ReminderKind, ...] = ()


class FollowedAction(KeptAction):
    """An action, the occurrence that gave it, and what its owner says became of it: `answered_at` is since when."""

    occurrence: LocalStart
    outcome: Outcome | None
    answered_at: Moment | None
    overdue: bool

    @property
    def is_closed(self) -> bool:
        """Say whether nobody has to think of it any more."""
        return self.outcome in ("done", "no_longer_needed")


async def completion_of(tx: Transaction, owner: str, action_id: str) -> Completion:
    """Return what is known of an agency's action and hold it, as `series_of` does."""
    id_ = _id_of(owner, action_id)
    known = await tx.get(Completion, id_)
    completion = known or Completion(id=id_, owner=owner, action_id=action_id, heard_at=tx.now)
    tx.save(completion)
    return completion


def _id_of(owner: str, action_id: str) -> str:
    return f"{owner}:{action_id}"


async def completions_of(tx: Transaction, actions: Iterable[KeptAction]) -> dict[tuple[str, str], Completion]:
    """Return what is known of actions, by owner and action id: read, not held, since whoever asks holds the series."""
    ids = {_id_of(each.owner, each.action_id) for each in actions}
    found = {each.id: each for each in await tx.find(Completion, {"_id": {"$in": sorted(ids)}})}
    for id_ in sorted(ids - found.keys()):
        # What this very handler has begun is not committed yet, so it is not found, but it can be got.
        if (completion := await tx.get(Completion, id_)) is not None:
            found[id_] = completion
    return {(each.owner, each.action_id): each for each in found.values()}


async def followed_actions(tx: Transaction, series: Series, on: date) -> list[FollowedAction]:
    """Return everything that a series' counted minutes gave agencies to do, oldest first, as it stands on a day."""
    minutes = await counted_minutes(tx, series)
    completions = await completions_of(tx, [action for each in minutes for action in each.actions])
    return [
        _followed(action, each, completions.get((action.owner, action.action_id)), on)
        for each in minutes
        for action in each.actions
    ]


async def not_erased(tx: Transaction, actions: Sequence[FollowedAction]) -> list[FollowedAction]:
    """Return the actions whose youth has not been erased since: an erased one's are nobody's."""
    refs, sealed = sorted({each.person_ref for each in actions}), [each.sealed_what for each in actions]
    readable = {value for ref in refs for value in await tx.vault.readable(ref, sealed)}
    return [each for each in actions if each.sealed_what in readable]


async def open_actions(tx: Transaction, series: Series, occurrence: datetime) -> list[FollowedAction]:
    """Return what stands on an occurrence's agenda of what earlier ones gave agencies to do, oldest first.

    That is what nobody has completed, and what its owner says was not done: on the first agenda after that was heard.
    `overdue` is what was due before the day of the meeting.
    """
    meeting = await tx.get(Meeting, meeting_id(series.id, occurrence))
    begins_at = start_of(occurrence.date()) if meeting is None else meeting.starts_at
    actions = await followed_actions(tx, series, local_day(begins_at))
    earlier = await not_erased(tx, [each for each in actions if each.occurrence < occurrence and not each.is_closed])
    not_done = [each.answered_at for each in earlier if each.outcome == "not_done" and each.answered_at is not None]
    starts = await _starts_between(tx, series, min(not_done), begins_at) if not_done else []
    return [each for each in earlier if _stands(each, starts, begins_at)]


async def _starts_between(tx: Transaction, series: Series, first: datetime, last: datetime) -> list[datetime]:
    """Return when a series' meetings begin that are held after one instant and before another."""
    found = await tx.find(Meeting, {"series_id": series.id, "starts_at": {"$gt": first, "$lt": last}})
    return [each.starts_at for each in found if each.is_called]


def _stands(action: FollowedAction, earlier_starts: Iterable[datetime], begins_at: datetime) -> bool:
    if action.outcome != "not_done" or action.answered_at is None:
        return action.outcome is None
    heard_at = action.answered_at
    return heard_at < begins_at and not any(heard_at < start < begins_at for start in earlier_starts)


def _followed(action: KeptAction, minutes: Minutes, completion: Completion | None, on: date) -> FollowedAction:
    outcome = None if completion is None else completion.outcome
    return FollowedAction(
        **dict(action),
        occurrence=minutes.occurrence,
        outcome=outcome,
        answered_at=None if completion is None else completion.heard_at,
        overdue=outcome is None and action.due_on < on,
    )


async def give(tx: Transaction, action: KeptAction, minutes_id: str, held_on: date) -> str:
    """Note that minutes which count gave an agency an action, and return the id of what is known of it.

    A word of the owner's from before the meeting's day is forgotten.
    """
    completion = await completion_of(tx, action.owner, action.action_id)
    if not completion.given_in and completion.completed_on is not None and completion.completed_on < held_on:
        # It would have been refused had the minutes been there, so the owner may say it again, rightly.
        completion.fingerprint = completion.completed_on = completion.outcome = None
    completion.given_in = tuple(sorted({*completion.given_in, minutes_id}))
    completion.heard_at = tx.now
    return completion.id


async def complete(tx: Transaction, sent: ActionCompleted, sender: Agency) -> Completion:
    """Keep what an agency says became of an action, whoever's it is, and return it. Raises `Rejected`.

    An agency that is not the owner is answered as if the action were not known yet: it must not learn that it is there.
    """
    completion = await completion_of(tx, sender.id, sent.action_id)
    fingerprint = tx.secret.fingerprint(sent)
    if completion.fingerprint == fingerprint:
        return completion
    faults = [] if completion.fingerprint is None else [fault("conflict", "/action_id")]
    if sent.completed_on > local_day(tx.now + CLOCK_TOLERANCE):
        faults.append(fault("wrong_value", "/completed_on", why="ahead"))
    days = [each.held_on for each in await giving_minutes(tx, completion) if each.held_on is not None]
    if days and sent.completed_on < min(days):
        faults.append(fault("wrong_value", "/completed_on", why="before_meeting"))
    if faults:
        raise Rejected(faults)
    completion.fingerprint, completion.heard_at = fingerprint, tx.now
    completion.completed_on, completion.outcome = sent.completed_on, sent.outcome
    return completion


async def giving_minutes(tx: Transaction, completion: Completion) -> list[Minutes]:
    """Return the minutes that gave an agency an action."""
    found = [await tx.get(Minutes, id_) for id_ in completion.given_in]
    return [each for each in found if each is not None]
