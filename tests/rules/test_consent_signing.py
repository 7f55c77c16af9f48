"""The sign policy as data: which row a form follows, and what a file of rows must be to be used at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from shared.consents.facts import Facts, Form, form_of
from shared.events.agencies import ConsentFormIssued
from shared.policy.signing import YOUTH, Signing, guardian, known_policies, policies_of, policy_named, policy_on
from tests.house import sample
from tests.rules.consent_facts import CHILD, FIRST, G1, G2, form, signature

YOUTH_ALONE = [{"from_age": 0, "must_sign": ["youth"], "is_heard": []}]


def row(version: str, valid_from: str, valid_to: str | None, **changes: Any) -> dict[str, Any]:
    """Return a row of the file in which the youth alone signs, at any age."""
    return {
        "version": version,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "source": "test",
        "steps": YOUTH_ALONE,
        **changes,
    }


def test_a_new_row_holds_for_forms_whose_first_day_is_in_it_and_no_others() -> None:
    """A changed rule is a new row: it reaches no form that begins before it."""
    policies = policies_of([row("old", "2020-01-01", "2026-12-31"), row("new", "2027-01-01", None)])

    assert [policy_on(day, policies).version for day in (date(2026, 12, 31), date(2027, 1, 1))] == ["old", "new"]
    assert policy_on(date(2019, 1, 1), policies).version == "old"


def test_a_form_keeps_the_version_that_held_on_its_first_day() -> None:
    """The version stands with the form, so that a later row changes nothing about it."""
    issued = ConsentFormIssued.model_validate(sample("in", "consent-form.issued.v1")["data"])

    assert form_of(issued, "f" * 64, "a" * 64).sign_policy == policy_on(issued.valid_from).version
    assert policy_named(form().sign_policy) in known_policies()


def test_every_row_says_where_it_comes_from() -> None:
    """The law names no age: whoever asks why 15 finds the reason beside it."""
    assert all(policy.source.strip() for policy in known_policies())


def test_a_child_is_heard_and_a_youth_of_fifteen_signs() -> None:
    """Under 15 the view is recorded; from 15 it is a signature, and nobody is merely heard."""
    signing = form().signing(CHILD)
    youth = form().signing(date(2011, 1, 1))

    assert signing.hears(YOUTH, FIRST)
    assert not signing.hears(G1, FIRST)
    assert not youth.hears(YOUTH, FIRST)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row("a", "2020-01-01", None), row("b", "2027-01-01", None)],
        [row("a", "2020-01-01", "2026-12-31"), row("b", "2027-01-02", None)],
        [row("a", "2020-01-01", "2026-12-31"), row("a", "2027-01-01", None)],
        [row("a", "2020-01-01", None, steps=[])],
        [row("a", "2020-01-01", None, steps=[{**YOUTH_ALONE[0], "from_age": 1}])],
        [row("a", "2020-01-01", None, steps=[*YOUTH_ALONE, *YOUTH_ALONE])],
        [row("a", "2020-01-01", None, must_sign=["nobody"])],
        [row("a", "2020-01-01", None, steps=[{**YOUTH_ALONE[0], "must_sign": ["grandmother"]}])],
    ],
)
def test_rows_with_a_gap_an_overlap_or_a_misspelt_word_are_not_used(rows: list[dict[str, Any]]) -> None:
    """A file that leaves a day or an age without a rule stops the service at its start, not a form in its middle."""
    with pytest.raises((ValueError, ValidationError)):
        policies_of(rows)


def test_a_version_that_somebody_took_away_is_an_error_and_never_another_rule() -> None:
    """A form that rests on it is not judged by a rule that nobody signed under."""
    with pytest.raises(KeyError):
        Signing("gone", ("g1",), FIRST, CHILD).required_on(FIRST)


def test_facts_kept_before_declines_were_known_are_read_as_they_were() -> None:
    """A consent that was signed under an earlier version of the house can still be withdrawn."""
    signed, withdrawn = datetime(2026, 11, 16, 9, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC)
    who, told = G2.model_dump(), {"told_by": "2182-social-services"}
    kept = {
        "form": form().model_dump(exclude={"sign_policy", "renewal_of"}) | {"sign_steps": []},
        "signatures": [{"signatory": who, **told, "signed_at": signed, "method": "oral", "evidence_sha256": "b" * 64}],
        "withdrawals": [
            {"signatory": who, **told, "received_at": withdrawn, "stops_at": signed, "channel": "visit", "cells": None}
        ],
    }

    read = Facts.model_validate(kept)

    assert isinstance(read.form, Form)
    assert read.form.sign_policy == "sign-1"
    assert (read.signatures[0].dated, read.signatures[0].at) == (signed, signed)
    assert (read.withdrawals[0].dated, read.withdrawals[0].at) == (withdrawn, signed)


def test_a_known_signature_is_one_signature() -> None:
    """Told twice, kept once."""
    assert Facts().having(signature(G1, datetime(2026, 11, 16, tzinfo=UTC))).having(
        signature(guardian("g1"), datetime(2026, 11, 16, tzinfo=UTC))
    ) == Facts().having(signature(G1, datetime(2026, 11, 16, tzinfo=UTC)))
