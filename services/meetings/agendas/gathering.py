"""Gathers what a meeting's agendas are made from, and holds all of it that decides whom they name.

The series, the dockets, the municipality's places and the bases of everybody who may be named go with the commit, so an
agenda and a withdrawal can never pass each other unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.meetings.agendas.documents import docket_of
from services.meetings.agendas.facts import Facts
from services.meetings.agendas.shown import ShownFunction, ShownNextMeeting
from services.meetings.minutes.actions import open_actions
from services.meetings.minutes.documents import KeptPriority, Minutes, last_minutes
from services.meetings.places.follow_up import PlacesOnAgenda, places_for
from services.meetings.places.rules import week_before
from services.meetings.series.documents import Meeting, Series, series_of
from services.meetings.series.invitations import answers_for
from shared import gate
from shared.agencies import municipality_of
from shared.clock import iso_week_of, local_day
from shared.events.agencies import Youth
from shared.events.agencies.meetings import Participant
from shared.events.meetings import Answered
from shared.events.observations import ConcernNoticed
from shared.policy.forums import forum_rule
from shared.recurrence.standings import HORIZON, standings
from shared.transaction import Transaction
from shared.vault import Erased


@dataclass(frozen=True)
class Known:
    """What is known before a meeting. `answers` stands in the order of `facts.expected`."""

    meeting: Meeting
    facts: Facts
    answers: tuple[Answered | None, ...]
    concerns: Mapping[str, tuple[ConcernNoticed, ...]]
    bases: Mapping[str, gate.Bases]
    youths: Mapping[str, Youth]


async def known_before(tx: Transaction, meeting: Meeting) -> Known:
    """Return what is known before a meeting, and hold what decides whom its agendas name."""
    series = await series_of(tx, meeting.series_id)
    facts = await _facts(tx, meeting, series)
    concerns = {agency: await _concerns_for(tx, agency, meeting, facts) for agency in meeting.agencies}
    named = {each.person_ref for known in concerns.values() for each in known}
    named |= {each.person_ref for each in facts.actions} | {each.person_ref for each in facts.priorities}
    given = await answers_for(tx, meeting)
    return Known(
        meeting=meeting,
        facts=facts,
        answers=tuple(given.get(email) for _, email in _functions(meeting, series)),
        concerns=concerns,
        bases={ref: await gate.bases_of(tx, ref) for ref in sorted(named)},
        youths=await _youths(tx, sorted(named)),
    )


async def _facts(tx: Transaction, meeting: Meeting, series: Series) -> Facts:
    persons = forum_rule(meeting.forum).persons
    # A person's forum and a forum of places never share a series, but what its minutes say must not depend on that.
    last = await last_minutes(tx, series, meeting.occurrence)
    actions = await open_actions(tx, series, meeting.occurrence) if persons else []
    municipality = municipality_of(series.plan.organiser.agency) if series.plan else None
    return Facts(
        speaks_of_persons=persons,
        municipality=municipality,
        expected=tuple(each for each, _ in _functions(meeting, series)),
        actions=tuple(actions),
        priorities=await _priorities(tx, last) if persons else (),
        last=last,
        places=None if municipality is None else await _places(tx, meeting, municipality),
        next_meeting=_next_meeting(series, meeting, tx.now),
    )


def _functions(meeting: Meeting, series: Series) -> list[tuple[ShownFunction, str]]:
    """Return the functions that are called, the organiser's first, each with its mailbox."""
    plan = series.plan
    if plan is None:
        return []
    organiser = Participant(**dict(plan.organiser), required=True)
    return [
        (ShownFunction(agency=each.agency, function=each.function, required=each.required), each.email)
        for each in (organiser, *plan.participants)
        if each.agency in meeting.agencies
    ]


async def _priorities(tx: Transaction, last: Minutes | None) -> tuple[KeptPriority, ...]:
    """Return the priorities of the meeting before whose youths have not been erased since it was written down."""
    put_first = () if last is None else last.prioritised
    at = tx.now if last is None else last.recorded_at
    return tuple([each for each in put_first if not await tx.vault.is_erased(each.person_ref, at)])


async def _places(tx: Transaction, meeting: Meeting, municipality: str) -> PlacesOnAgenda:
    day = local_day(meeting.starts_at)
    week = iso_week_of(day)
    # Where places are decided the meeting begins with last week's: this week's are what it is about to decide.
    asked = week if forum_rule(meeting.forum).persons else week_before(week)
    return await places_for(tx, municipality, asked, on=day)


def _next_meeting(series: Series, meeting: Meeting, now: datetime) -> ShownNextMeeting | None:
    # From the facts, since a meeting that this very handler has called cannot be found yet.
    coming = standings(series.facts, now, now + HORIZON)
    later = (each for each in coming if each.state == "called" and each.begins_at > meeting.starts_at)
    following = next((each for each in later if each.occurrence != meeting.occurrence), None)
    if following is None:
        return None
    return ShownNextMeeting(occurrence=following.occurrence, starts_at=following.begins_at)


async def _concerns_for(tx: Transaction, agency: str, meeting: Meeting, facts: Facts) -> tuple[ConcernNoticed, ...]:
    """Return the agency's concerns that are new enough for the meeting and whose youth has not been erased since."""
    if not facts.speaks_of_persons:
        return ()
    oldest = meeting.starts_at - timedelta(days=tx.agencies.concern_rule(municipality_of(agency)).days)
    new = [concern for concern in (await docket_of(tx, agency)).concerns if concern.noticed_at >= oldest]
    return tuple([each for each in new if not await tx.vault.is_erased(each.person_ref, each.noticed_at)])


async def _youths(tx: Transaction, refs: Iterable[str]) -> dict[str, Youth]:
    """Return the youths that have not been erased, by reference."""
    youths = {}
    for ref in refs:
        with suppress(Erased):
            youths[ref] = await tx.vault.youth(ref)
    return youths
