"""What a consent is worth: the facts received about one form, folded into a state at a moment.

The fold looks at all facts at once, so their order of arrival and repetition cannot matter. Do not break this: adding
a fact or letting time pass may take a consent from pending to active to ended, never back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple

from services.consent.facts import YOUTH, Facts, Form, Signatory, Signature, SignRule, Withdrawal
from shared.clock import LOCAL_ZONE, local_day
from shared.events.consent import EndReason
from shared.events.event import Cell

State = Literal["waiting", "pending", "active", "partly_withdrawn", "withdrawn", "expired"]

CLOCK_TOLERANCE = timedelta(minutes=15)
"""How far a sender's clock may be ahead before its signature has to wait for its own moment."""


class Standing(NamedTuple):
    """What a consent is worth at a moment. Only `active` and `partly_withdrawn` open any cells."""

    state: State
    cells: tuple[Cell, ...] = ()
    reason: EndReason | None = None
    ended_at: datetime | None = None


def standing_at(facts: Facts, now: datetime) -> Standing:
    """Fold the facts into what the consent is worth at that moment."""
    if facts.form is None:
        return Standing("waiting")
    withdrawn, ended_at = _withdrawn(facts.form, facts.withdrawals)
    expires_at = start_of(facts.form.valid_to + timedelta(days=1))
    if expires_at <= now and not (ended_at and ended_at < expires_at):
        return Standing("expired", (), "expired", expires_at)
    if ended_at:
        return Standing("withdrawn", (), "withdrawn", ended_at)
    if not is_fully_signed(facts.form, facts.signatures, now):
        return Standing("pending")
    left = tuple(cell for cell in facts.form.cells if cell not in withdrawn)
    return Standing("partly_withdrawn" if withdrawn else "active", left)


def is_fully_signed(form: Form, signatures: Iterable[Signature], now: datetime) -> bool:
    """Tell whether the validity has begun, and all had signed whom the rule named on the day of a required signature.

    A birthday alone never completes a form: only the act of somebody who must sign that day does.
    """
    signed = [
        (one.signatory, one.signed_at)
        for one in signatures
        if _vouched_for(form, one) and one.signed_at <= now + CLOCK_TOLERANCE
    ]
    return start_of(form.valid_from) <= now and any(
        signatory in required and required <= {other for other, earlier in signed if earlier <= moment}
        for signatory, moment in signed
        if (required := required_signatories(form, local_day(moment)))
    )


def those_who_learn_of_end(facts: Facts, ended_at: datetime) -> tuple[str, ...]:
    """Return the agencies that are told of an end: the whole scope, if the consent was ever open to it.

    Of a form that never became a consent only the agency that collects it learns: to tell the others that somebody
    withdrew would tell them that the youth was asked.
    """
    if facts.form is None:
        return ()
    signed_in_time = [one for one in facts.signatures if one.signed_at <= ended_at]
    was_open = is_fully_signed(facts.form, signed_in_time, ended_at)
    return tuple(dict.fromkeys((facts.form.collected_by, *(facts.form.agencies if was_open else ()))))


def required_signatories(form: Form, day: date) -> frozenset[Signatory]:
    """Return who must sign on that day; before `valid_from`, who must on that first day.

    Empty for a minor whose guardians are not known: then no signature is enough.
    """
    guardians = frozenset(Signatory(role="guardian", guardian_id=id_) for id_ in form.guardian_ids)
    match _rule_on(form, day):
        case "youth":
            return frozenset({YOUTH})
        case "guardians_and_youth":
            return guardians | {YOUTH} if guardians else frozenset()
        case "guardians":
            return guardians


def may_withdraw(form: Form, signatory: Signatory, at: datetime) -> bool:
    """Tell whether this signatory's withdrawal counts: those whose signature that day requires, each alone."""
    return signatory in required_signatories(form, local_day(at))


def is_named_by(form: Form, signatory: Signatory) -> bool:
    """Tell whether the form knows this signatory at all."""
    return signatory == YOUTH or signatory.guardian_id in form.guardian_ids


def may_report_withdrawal(form: Form, agency_id: str) -> bool:
    """Tell whether an agency may pass a withdrawal on: those in the scope, and the one that collects the form."""
    return agency_id == form.collected_by or agency_id in form.agencies


def start_of(day: date) -> datetime:
    """Return the local midnight that a day begins with."""
    return datetime.combine(day, time.min, LOCAL_ZONE)


def _rule_on(form: Form, day: date) -> SignRule:
    past = [step for step in form.sign_steps if step.from_day <= day]
    return (past[-1] if past else form.sign_steps[0]).rule


def _vouched_for(form: Form, signature: Signature) -> bool:
    return signature.told_by == form.collected_by and is_named_by(form, signature.signatory)


def _withdrawn(form: Form, withdrawals: Iterable[Withdrawal]) -> tuple[frozenset[Cell], datetime | None]:
    """Return the cells that have been withdrawn, and since when nothing is left."""
    withdrawn: frozenset[Cell] = frozenset()
    for withdrawal in sorted(withdrawals, key=lambda one: one.stops_at):
        if not _counts(form, withdrawal):
            continue
        withdrawn |= frozenset(form.cells if withdrawal.cells is None else withdrawal.cells) & frozenset(form.cells)
        if withdrawn >= frozenset(form.cells):
            return withdrawn, withdrawal.stops_at
    return withdrawn, None


def _counts(form: Form, withdrawal: Withdrawal) -> bool:
    return may_report_withdrawal(form, withdrawal.told_by) and may_withdraw(
        form, withdrawal.signatory, withdrawal.stops_at
    )
