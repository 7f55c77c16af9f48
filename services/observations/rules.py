"""Decisions of the person track: when several agencies' observations make a concern, and who is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from services.observations.documents import Notice, Observation
from shared.agencies import ConcernRule


def concern_window(seen: Sequence[Observation], rule: ConcernRule) -> tuple[Observation, ...]:
    """Return the latest observations from enough agencies within the rule's days, or none.

    `seen` is what one agency has released or lawfully received about one youth. A window of 28 days holds the
    observations of 28 consecutive days.
    """
    ordered = sorted(seen, key=lambda observation: (observation.observed_on, observation.id))
    for last in reversed(range(len(ordered))):
        first_day = ordered[last].observed_on - timedelta(days=rule.days - 1)
        window = tuple(each for each in ordered[: last + 1] if each.observed_on >= first_day)
        if len({each.submitted_by for each in window}) >= rule.agencies:
            return window
    return ()


def agencies_seeing(observations: Iterable[Observation]) -> list[str]:
    """Return every agency that has released or received any of them."""
    return sorted({agency for each in observations for agency in (each.submitted_by, *each.told_to)})


def notices_to_give(
    observations: Sequence[Observation], given: Sequence[Notice], rule: ConcernRule
) -> list[tuple[str, tuple[Observation, ...]]]:
    """Return each agency that is to be told of a concern now, with the observations it may see.

    An agency is told when the rule is met by what *it* may see, and again only when a further agency has seen
    something: one that sees two of three agencies must not learn from a notice that there is a third.
    """
    told = {notice.agency: set(notice.seen_by) for notice in given}
    due = []
    for agency in agencies_seeing(observations):
        window = concern_window([each for each in observations if each.is_seen_by(agency)], rule)
        if window and not {each.submitted_by for each in window} <= told.get(agency, set()):
            due.append((agency, window))
    return due
