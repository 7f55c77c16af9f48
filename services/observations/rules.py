"""Decisions of the person track: when several agencies' observations make a concern, and who is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from services.observations.documents import Notice, Observation
from shared import gate
from shared.agencies import ConcernRule
from shared.gate import Bases, Permit, Refusal


def concern_window(seen: Sequence[Observation], rule: ConcernRule) -> tuple[Observation, ...]:
    """Return the latest observations from enough agencies within the rule's days, or none.

    `seen` is what one agency may see about one youth. A window of 28 days holds the observations of 28 consecutive
    days.
    """
    ordered = sorted(seen, key=lambda observation: (observation.observed_on, observation.id))
    for last in reversed(range(len(ordered))):
        first_day = ordered[last].observed_on - timedelta(days=rule.days - 1)
        window = tuple(each for each in ordered[: last + 1] if each.observed_on >= first_day)
        if len({each.submitted_by for each in window}) >= rule.agencies:
            return window
    return ()


def permits_for(observation: Observation, bases: Bases, at: datetime) -> list[Permit]:
    """Return a permit for each agency that the observation may be told to at that instant."""
    return gate.receivers_of(bases, from_=observation.submitted_by, category=observation.category, at=at)


def refusals_for(observation: Observation, bases: Bases, at: datetime) -> list[Refusal]:
    """Return a refusal for each agency that its own bases name as a receiver, and that may not be told this one.

    The bases of the observation's agency, living or ended: who stands in none of them was never to be told anything.
    """
    by = observation.submitted_by
    named = {cell.received_by for cell in bases.cells if cell.released_by == by}
    unanswered = sorted(named.difference(observation.told_to, observation.denied_to))
    asked = (gate.may_tell(bases, from_=by, to=agency, category=observation.category, at=at) for agency in unanswered)
    return [answer for answer in asked if isinstance(answer, Refusal)]


def what_each_may_see(bases: Bases, observations: Iterable[Observation], at: datetime) -> dict[str, list[Observation]]:
    """Return for each agency what it has released, and what it was told and may still be told.

    What was told on a consent that has ended is not told again in the shape of a concern.
    """
    seen: dict[str, list[Observation]] = {}
    for observation in observations:
        open_to = {permit.cell.received_by for permit in permits_for(observation, bases, at)}
        for agency in {observation.submitted_by, *open_to.intersection(observation.told_to)}:
            seen.setdefault(agency, []).append(observation)
    return seen


def notices_to_give(
    seen: Mapping[str, Sequence[Observation]], given: Sequence[Notice], rule: ConcernRule
) -> list[tuple[str, tuple[Observation, ...]]]:
    """Return each agency that is to be told of a concern now, with the observations it may see.

    `seen` is what each may see. An agency is told when the rule is met by that, and again only when a further agency
    has seen something: one that sees two of three agencies must not learn from a notice that there is a third.
    """
    due = []
    for agency in sorted(seen):
        told = {submitter for notice in given if notice.agency == agency for submitter in notice.seen_by}
        window = concern_window(seen[agency], rule)
        if not {each.submitted_by for each in window} <= told:
            due.append((agency, window))
    return due
