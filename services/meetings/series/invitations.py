"""Who comes: what those called have answered, by message or from their calendars.

Anybody can send an answer from any mailbox, so each is kept beside who said it, and only what a called mailbox, or its
own agency, has said is ever shown. Of several answers for one mailbox the one said latest holds, whichever came first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from services.meetings.series.documents import Meeting, Series, meeting_id
from shared.document import Document
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.event import Moment
from shared.events.meetings import Answered
from shared.recurrence.facts import LocalStart
from shared.transaction import Transaction

_CAUTIOUS: tuple[Answered, ...] = ("accepted", "tentative", "declined")
"""Of two answers said at the same instant the last of these holds: nobody is counted on by mistake."""


class GivenAnswer(BaseModel):
    """What was answered for a mailbox (casefolded), by an agency or (None) from a calendar."""

    model_config = ConfigDict(frozen=True)

    mailbox: str
    said_by: str | None
    answer: Answered
    said_at: Moment


class InvitationAnswers(Document):
    """The answers to one occurrence (its id is the meeting's), or to all of a series (its id is the series')."""

    collection: ClassVar[str] = "invitation_answers"

    series_id: str
    occurrence: LocalStart | None
    heard_at: Moment
    answers: tuple[GivenAnswer, ...] = ()


async def keep_answer(tx: Transaction, series_id: str, occurrence: datetime | None, given: GivenAnswer) -> None:
    """Keep an answer to an occurrence, or to all of a series, if it was said after what is kept of the same sender."""
    id_ = series_id if occurrence is None else meeting_id(series_id, occurrence)
    known = await tx.get(InvitationAnswers, id_)
    kept = known or InvitationAnswers(id=id_, series_id=series_id, occurrence=occurrence, heard_at=tx.now)
    kept.answers = with_answer(kept.answers, given)
    kept.heard_at = tx.now
    tx.save(kept)


async def answers_for(tx: Transaction, meeting: Meeting) -> dict[str, Answered]:
    """Return what has been answered for a meeting, by the mailbox as the series writes it; no answer, no entry.

    An answer to all of the series counts for each of its meetings, unless a later one is about the meeting itself.
    What was said before the meeting was moved to another time is no answer to that.
    """
    series = await tx.get(Series, meeting.series_id)
    if series is None or series.plan is None:
        return {}
    given: list[GivenAnswer] = []
    for id_ in (meeting.series_id, meeting.id):
        if (kept := await tx.get(InvitationAnswers, id_)) is not None:
            given += kept.answers
    moved_at = _moved_at(series, meeting)
    return latest_answers(series.plan, [each for each in given if moved_at is None or each.said_at >= moved_at])


def with_answer(known: Iterable[GivenAnswer], given: GivenAnswer) -> tuple[GivenAnswer, ...]:
    """Return the answers with one more: of each mailbox and sender the latest, in an order that is always the same."""
    by_sender: dict[tuple[str, str], GivenAnswer] = {}
    for each in (*known, given):
        sender = (each.mailbox, each.said_by or "")
        if sender not in by_sender or _rank(each) > _rank(by_sender[sender]):
            by_sender[sender] = each
    return tuple(by_sender[sender] for sender in sorted(by_sender))


def latest_answers(plan: MeetingSeriesPlanned, given: Iterable[GivenAnswer]) -> dict[str, Answered]:
    """Return the latest answer for each mailbox that is called, of those that the mailbox or its own agency gave."""
    answers = sorted(given, key=_rank)
    return {
        called.email: each.answer
        for called in plan.called
        for each in answers
        if each.mailbox == called.email.casefold() and each.said_by in (None, called.agency)
    }


def agencies_behind(plan: MeetingSeriesPlanned, email: str) -> set[str]:
    """Return the agencies for which a series calls a mailbox; none where it is not called."""
    return {each.agency for each in plan.called if each.email.casefold() == email.casefold()}


def _moved_at(series: Series, meeting: Meeting) -> datetime | None:
    """Return when the organiser asked for another time for a meeting, if that holds."""
    requests = [each for each in series.facts.requests if each.occurrence == meeting.occurrence]
    moves = [each for each in requests if each.by == series.facts.organiser]
    said = [each.said_at for each in moves if each.starts_at not in (None, meeting.occurrence)]
    return max(said, default=None)


def _rank(given: GivenAnswer) -> tuple[datetime, int]:
    return given.said_at, _CAUTIOUS.index(given.answer)
