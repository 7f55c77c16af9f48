"""What a consent is worth: the facts received about one form, folded into a state at a moment.

The fold looks at all facts at once, so their order of arrival and repetition cannot matter. Do not break this: adding
a fact or letting time pass may take a consent from draft to pending to active to ended, never back. `born` is the
youth's date of birth, which only the vault keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from shared.clock import CLOCK_TOLERANCE, local_day, start_of
from shared.consents.facts import Circumstance, Decline, Facts, Form, Said, Supersession, Withdrawal
from shared.events.consent import EndReason
from shared.events.event import Cell
from shared.policy.signing import YOUTH, Signatory

Ended = Literal["withdrawn", "expired", "superseded", "declined", "invalidated"]
State = Literal["draft", "pending", "active", "partly_withdrawn"] | Ended

_STATES: Final[dict[EndReason, Ended]] = {
    "withdrawn": "withdrawn", "expired": "expired", "superseded": "superseded", "declined": "declined",
    "turned_18": "invalidated", "invalidated": "invalidated",
}  # fmt: skip


class Standing(NamedTuple):
    """What a consent is worth at a moment. Only `active` and `partly_withdrawn` open any cells."""

    state: State
    cells: tuple[Cell, ...] = ()
    reason: EndReason | None = None
    ended_at: datetime | None = None


def standing_at(facts: Facts, born: date, now: datetime) -> Standing:
    """Fold the facts into what the consent is worth at that moment. Of several ends the earliest counts."""
    form = facts.form
    if form is None:
        return Standing("draft")
    ends = list(_ends(facts, form, born, now))
    if ends:
        ended_at, reason = min(ends, key=lambda end: end[0])
        return Standing(_STATES[reason], (), reason, ended_at)
    opened = opened_at(facts, born, now + CLOCK_TOLERANCE)
    if opened is None or start_of(form.valid_from) > now:
        return Standing("pending")
    withdrawn, _ = _withdrawn(form, born, facts.withdrawals)
    left = tuple(cell for cell in form.cells if cell not in withdrawn)
    return Standing("partly_withdrawn" if withdrawn else "active", left)


def opened_at(facts: Facts, born: date, by: datetime) -> datetime | None:
    """Return when the form was complete and its validity had begun, by what is dated to `by`; None when it was not."""
    form = facts.form
    if form is None:
        return None
    signed, prevented = (
        [(one.at, one.signatory) for one in told if one.at <= by and _vouched_for(form, one)]
        for told in (facts.signatures, facts.preventions)
    )
    completed_at = form.signing(born).completed_at(signed, prevented)
    return None if completed_at is None else max(completed_at, start_of(form.valid_from))


def last_open_day(facts: Facts, form: Form, born: date, now: datetime) -> date:
    """Return the last day on which the consent can be open, by all that the calendar will end it for.

    Told to the services with what it opens: at that midnight they stop by themselves, also if `consent` is away then.
    """
    ends_at = min(moment for moment, _ in _by_calendar(facts, form, born, now))
    return local_day(ends_at - timedelta(milliseconds=1))


def cells_opened(facts: Facts, born: date, by: datetime) -> tuple[Cell, ...]:
    """Return the cells that the consent held when it opened, if it did by then: not what was withdrawn before."""
    opened = opened_at(facts, born, by)
    if facts.form is None or opened is None or opened > by:
        return ()
    withdrawn, _ = _withdrawn(facts.form, born, (one for one in facts.withdrawals if one.at < opened))
    return tuple(cell for cell in facts.form.cells if cell not in withdrawn)


def may_say_no(form: Form, born: date, no: Decline | Withdrawal) -> bool:
    """Tell whether a no counts: theirs whose signature that day requires, each alone, prevented from signing or not."""
    return no.signatory in form.signing(born).required_on(local_day(no.at))


def is_named_by(form: Form, signatory: Signatory) -> bool:
    """Tell whether the form knows this signatory at all."""
    return signatory == YOUTH or signatory.guardian_id in form.guardian_ids


def may_report_withdrawal(form: Form, agency_id: str) -> bool:
    """Tell whether an agency may pass a withdrawal on: those in the scope, and the one that collects the form."""
    return agency_id == form.collected_by or agency_id in form.agencies


def renews(form: Form, new: Form | Supersession) -> bool:
    """Tell whether that other form may take this one's place: same youth, same programme, same collecting agency."""
    old_key = (form.person_ref, form.programme, form.collected_by)
    return old_key == (new.person_ref, new.programme, new.collected_by)


def is_touched_by(facts: Facts, born: date, change: Circumstance) -> bool:
    """Tell whether a change around the youth concerns this form: it was there before the change was heard of or came.

    A form that comes later is of the time before if its first day, or a signature on it, is earlier than the change.
    """
    form = facts.form
    if form is None:
        return False
    if change.kind == "guardianship_changed" and not form.signing(born).needs_guardians(change.on):
        return False
    signed_before = any(_vouched_for(form, one) and one.at < start_of(change.on) for one in facts.signatures)
    return change.found_form or form.valid_from < change.on or signed_before


def _ends(facts: Facts, form: Form, born: date, now: datetime) -> Iterator[tuple[datetime, EndReason]]:
    """Find every end there is. What the calendar ends is an end when its moment has come; a no is one at once."""
    yield from (end for end in _by_calendar(facts, form, born, now) if end[0] <= now)
    yield from ((each.at, "superseded") for each in facts.supersessions if renews(form, each))
    for no in facts.declines:
        if _vouched_for(form, no) and may_say_no(form, born, no):
            yield no.at, "declined"
    _, withdrawn_at = _withdrawn(form, born, facts.withdrawals)
    if withdrawn_at:
        yield withdrawn_at, "withdrawn"


def _by_calendar(facts: Facts, form: Form, born: date, now: datetime) -> Iterator[tuple[datetime, EndReason]]:
    yield start_of(form.valid_to + timedelta(days=1)), "expired"
    opened = opened_at(facts, born, now + CLOCK_TOLERANCE)
    for change in form.signing(born).changes:
        # What guardians opened stops working when nobody but the youth decides any more: at 18.
        if change.before - change.after and opened is not None and opened < start_of(change.day):
            yield start_of(change.day), "turned_18"
    for each in facts.circumstances:
        if each.kind != "secrecy_marking" and is_touched_by(facts, born, each):
            yield max(each.heard_at, start_of(each.on)), "invalidated"


def _vouched_for(form: Form, told: Said) -> bool:
    return told.told_by == form.collected_by and is_named_by(form, told.signatory)


def _withdrawn(form: Form, born: date, withdrawals: Iterable[Withdrawal]) -> tuple[frozenset[Cell], datetime | None]:
    """Return the cells that have been withdrawn, and since when nothing is left."""
    withdrawn: frozenset[Cell] = frozenset()
    for withdrawal in sorted(withdrawals, key=lambda one: one.at):
        if not (may_report_withdrawal(form, withdrawal.told_by) and may_say_no(form, born, withdrawal)):
            continue
        withdrawn |= frozenset(form.cells if withdrawal.cells is None else withdrawal.cells) & frozenset(form.cells)
        if withdrawn >= frozenset(form.cells):
            return withdrawn, withdrawal.at
    return withdrawn, None
