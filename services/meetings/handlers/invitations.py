"""Hears who comes."""

from __future__ import annotations

from datetime import datetime

from services.meetings.handlers.router import router
from services.meetings.handlers.waiting import report_if_early
from services.meetings.series import invitations
from services.meetings.series.documents import Series, begins_or_began
from services.meetings.series.invitations import GivenAnswer
from shared.events.agencies import MeetingInvitationAnswered
from shared.events.notifier import InvitationReplied
from shared.intake.faults import Fault, Rejected, fault
from shared.messaging import Sender
from shared.recurrence.plans import YEARS
from shared.transaction import Transaction, Tx


@router.receives(MeetingInvitationAnswered)
async def take_answer(sent: MeetingInvitationAnswered, sender: Sender, tx: Tx) -> None:
    """Keep whether a function that is called comes; an answer that comes before its series waits for it."""
    series = await tx.get(Series, sent.series_id)
    faults = [] if series is None else await _faults(tx, series, sent, sender.id)
    if faults:
        raise Rejected(faults)
    given = GivenAnswer(mailbox=sent.email.casefold(), said_by=sender.id, answer=sent.answer, said_at=tx.said_at)
    await invitations.keep_answer(tx, sent.series_id, sent.occurrence, given)
    report_if_early(tx, sent, sender, series or Series(id=sent.series_id))


@router.hears(InvitationReplied)
async def take_reply(event: InvitationReplied, tx: Tx) -> None:
    """Keep what somebody's calendar has answered, if that mailbox is called: anybody can send a reply."""
    series = await tx.get(Series, event.series_id)
    if series is None or series.plan is None or not invitations.agencies_behind(series.plan, event.email):
        return
    if event.occurrence is not None and not await _is_known(tx, series, event.occurrence):
        return
    # A calendar's clock may be anywhere, and what is said in the future could never be taken back.
    said_at = min(event.replied_at, tx.now)
    given = GivenAnswer(mailbox=event.email.casefold(), said_by=None, answer=event.answer, said_at=said_at)
    await invitations.keep_answer(tx, series.id, event.occurrence, given)


async def _faults(tx: Transaction, series: Series, sent: MeetingInvitationAnswered, sender: str) -> list[Fault]:
    if series.plan is None:
        return []
    if sender not in {each.agency for each in series.plan.called}:
        # Nothing else: which mailboxes are called, and when, is no business of a stranger's.
        return [fault("not_your_agency", "/series_id", why="not_called")]
    found = []
    if not await _is_known(tx, series, sent.occurrence):
        found.append(fault("unknown_reference", "/occurrence", why="occurrence"))
    agencies = invitations.agencies_behind(series.plan, sent.email)
    if not agencies:
        found.append(fault("wrong_value", "/email", why="mailbox_not_called"))
    elif sender not in agencies:
        found.append(fault("not_your_agency", "/email", why="mailbox"))
    return found


async def _is_known(tx: Transaction, series: Series, occurrence: datetime) -> bool:
    return occurrence.year in YEARS and await begins_or_began(tx, series, occurrence) is not None
