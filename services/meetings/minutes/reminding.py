"""Reminding of actions: their owner before the day, the organiser after it, each once for an owner and a day.

What is still open is counted when the time comes, never before: what was completed meanwhile reminds nobody. The letter
says how many and by when; what is to be done, and about whom, stands on the agenda alone.
"""

from __future__ import annotations

from services.meetings.minutes import rules
from services.meetings.minutes.actions import FollowedAction, ReminderKind, completion_of, followed_actions, not_erased
from services.meetings.minutes.documents import Minutes
from services.meetings.series.documents import Series
from services.meetings.series.telling import as_invited
from shared.clock import local_day
from shared.events import answers
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.meetings import ActionReminderIssued, ActionTimeReached, Invited
from shared.ids import name_id
from shared.transaction import Transaction


def post(tx: Transaction, series: Series, minutes: Minutes) -> None:
    """Post the reminders of what minutes that count gave agencies to do; those whose moment has passed go at once."""
    for owner, due_on in sorted({(each.owner, each.due_on) for each in minutes.actions}):
        moments = {"due": rules.due_reminder_at(due_on), "overdue": rules.overdue_reminder_at(due_on)}
        if not rules.may_remind(due_on, tx.now):
            del moments["due"]
        for kind, moment in moments.items():
            time_reached = ActionTimeReached(series_id=series.id, owner=owner, due_on=due_on, overdue=kind == "overdue")
            tx.emit(time_reached, due_at=max(tx.now, moment), key=f"action:{series.id}:{owner}:{due_on}:{kind}")


async def remind(tx: Transaction, series: Series, plan: MeetingSeriesPlanned, event: ActionTimeReached) -> None:
    """Remind of what is still open of an owner's actions of a day, unless all of it has been reminded of already."""
    if not event.overdue and not rules.may_remind(event.due_on, tx.now):
        return
    actions = await followed_actions(tx, series, local_day(tx.now))
    still_open = await not_erased(tx, [each for each in actions if _is_of(event, each) and each.outcome is None])
    kind: ReminderKind = "overdue" if event.overdue else "due"
    completions = [await completion_of(tx, each.owner, each.action_id) for each in still_open]
    if all(kind in each.reminded for each in completions):
        return
    for completion in completions:
        completion.reminded = tuple(sorted({*completion.reminded, kind}))
    organiser = as_invited(plan.organiser)
    tx.emit(
        ActionReminderIssued(
            series_id=series.id,
            forum=plan.forum,
            owner=event.owner,
            due_on=event.due_on,
            overdue=event.overdue,
            actions=len(still_open),
            organiser=organiser,
            recipients=(organiser,) if event.overdue else _functions_of(event.owner, plan),
        )
    )
    if event.overdue:
        _tell_overdue(tx, plan, still_open)


def _is_of(event: ActionTimeReached, action: FollowedAction) -> bool:
    return (action.owner, action.due_on) == (event.owner, event.due_on)


def _functions_of(owner: str, plan: MeetingSeriesPlanned) -> tuple[Invited, ...]:
    """Return the owner's functions that are called; the organiser where it has none, so that somebody knows."""
    own = tuple(as_invited(each) for each in plan.called if each.agency == owner)
    return own or (as_invited(plan.organiser),)


def _tell_overdue(tx: Transaction, plan: MeetingSeriesPlanned, actions: list[FollowedAction]) -> None:
    for action in actions:
        told = answers.ActionOverdue(
            action_id=action.action_id,
            owner=action.owner,
            due_on=action.due_on,
            series_id=plan.series_id,
            occurrence=action.occurrence,
        )
        id_ = name_id("action-overdue", plan.series_id, action.owner, action.action_id)
        tx.tell(plan.organiser.agency, told, message_id=id_)
