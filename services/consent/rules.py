"""Who is told what of a consent, and on which days it is looked at. What it is worth: `shared/consents/standing.py`.

Rules are pure: they are handed the facts, the youth's date of birth and the moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from shared.clock import CLOCK_TOLERANCE, local_day
from shared.consents.facts import Facts, Form
from shared.consents.scope import agencies_in
from shared.consents.standing import cells_opened, is_touched_by, opened_at
from shared.events.answers.consents import ReviewReason
from shared.policy.signing import YOUTH

EXPIRING_DAYS: Final = (30, 7)
"""How many days before its last day the scope is told that a consent expires."""
REVIEW_AHEAD: Final = timedelta(days=30)
"""How long before a birthday that changes who must sign the collecting agency is told."""
TIME_FOR_REVIEW: Final = timedelta(days=14)
"""How long the collecting agency has to hear the child, and to look at a consent again when something has changed."""


class Review(NamedTuple):
    """Why the collecting agency must look at a consent again, and by which day. `about` keeps two of a kind apart."""

    reason: ReviewReason
    due_on: date
    about: str = ""


def those_who_learn_of_end(facts: Facts, born: date, ended_at: datetime) -> tuple[str, ...]:
    """Return the agencies that are told of an end: those of the scope to which the consent was ever open.

    Of a form that never became a consent only the agency that collects it learns: to tell the others that somebody
    withdrew would tell them that the youth was asked.
    """
    if facts.form is None:
        return ()
    return tuple(dict.fromkeys((facts.form.collected_by, *agencies_in(cells_opened(facts, born, ended_at)))))


def days_to_look(facts: Facts, born: date) -> list[date]:
    """Return the days on whose first moment something may begin, end or have to be told. Birthdays are among them."""
    form = facts.form
    if form is None:
        return []
    ends_on = form.valid_to + timedelta(days=1)
    birthdays = [change.day for change in form.signing(born).changes]
    days = {
        form.valid_from,
        ends_on,
        *expiring_on(form),
        *birthdays,
        *(day - REVIEW_AHEAD for day in birthdays),
        form.valid_from + TIME_FOR_REVIEW,
        *(change.on for change in facts.circumstances),
    }
    return sorted(day for day in days if form.valid_from <= day <= ends_on)


def expiring_on(form: Form) -> list[date]:
    """Return the days on which the scope is told that the consent expires; none before it has begun."""
    days = [form.valid_to - timedelta(days=left) for left in EXPIRING_DAYS]
    return [day for day in days if day > form.valid_from]


def reviews_while_open(facts: Facts, born: date, now: datetime) -> Iterator[Review]:
    """Yield what is to be looked at while the consent is open: a birthday ahead, a child that nobody has heard."""
    form, today = facts.form, local_day(now)
    opened = opened_at(facts, born, now + CLOCK_TOLERANCE)
    if form is None or opened is None:
        return
    for change in form.signing(born).changes:
        if change.day - REVIEW_AHEAD <= today < change.day <= form.valid_to:
            yield Review("turns_18" if change.before - change.after else "turns_15", change.day)
    is_told = any(one.signatory == YOUTH for one in (*facts.signatures, *facts.declines))
    hears_child = form.signing(born).hears(YOUTH, local_day(opened))
    if hears_child and not is_told and form.valid_from + TIME_FOR_REVIEW <= today:
        yield Review("child_view_missing", today + TIME_FOR_REVIEW)


def reviews_after_changes(facts: Facts, born: date, ended_at: datetime | None = None) -> Iterator[Review]:
    """Yield what is to be looked at because something has changed around the youth: before the end, not after it."""
    for change in facts.circumstances:
        if is_touched_by(facts, born, change) and (ended_at is None or change.heard_at <= ended_at):
            reason: ReviewReason = "guardianship_changed"
            if change.kind != "guardianship_changed":
                reason = "protected_identity"
            yield Review(reason, local_day(change.heard_at) + TIME_FOR_REVIEW, change.told_as)
