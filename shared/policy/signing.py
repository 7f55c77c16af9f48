"""The sign policy: who must sign a consent and who is heard, by age on the day, as dated rows of `sign_rules.yaml`.

A form keeps the version that was in force on its first day, so a row that a form may rest on must never be changed or
taken away. Nothing here keeps a date of birth: it is handed in and forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from shared.clock import local_day
from shared.person import age_on, birthday_in

Signer = Literal["guardians", "youth"]
"""All guardians of the form together, or the youth."""

RULES: Final = Path(__file__).parent / "sign_rules.yaml"
_ROW: Final = ConfigDict(frozen=True, extra="forbid")


class Step(BaseModel):
    """From this age (whole years) on: who must sign, and whose view is recorded without being required."""

    model_config = _ROW

    from_age: int
    must_sign: frozenset[Signer]
    is_heard: frozenset[Signer]


class Change(BaseModel):
    """A birthday on which others than before must sign from local midnight."""

    model_config = _ROW

    day: date
    before: frozenset[Signer]
    after: frozenset[Signer]


class Signatory(BaseModel):
    """A guardian, under the label the form gives, or the youth."""

    model_config = ConfigDict(frozen=True)

    role: Literal["guardian", "youth"]
    guardian_id: str | None = None


YOUTH: Final = Signatory(role="youth")


def guardian(guardian_id: str) -> Signatory:
    """Return a guardian as a signatory."""
    return Signatory(role="guardian", guardian_id=guardian_id)


class SignPolicy(BaseModel):
    """One row: a version of the rule, in force from `valid_from` to `valid_to`, both included."""

    model_config = _ROW

    version: str
    valid_from: date
    valid_to: date | None
    source: str
    steps: tuple[Step, ...]

    def step_on(self, day: date, born: date) -> Step:
        """Return the step for somebody born that day, by the age on `day`."""
        age = age_on(born, day)
        return [step for step in self.steps if step.from_age <= age or step.from_age == 0][-1]

    def changes(self, born: date) -> list[Change]:
        """Return the birthdays on which the rule changes; 29 February as `shared/person.py` reckons."""
        return [
            Change(day=birthday_in(born.year + after.from_age, born), before=before.must_sign, after=after.must_sign)
            for before, after in pairwise(self.steps)
        ]


@dataclass(frozen=True)
class Signing:
    """The sign policy as it works on one form, for a youth born that day. Days before `first_day` count as that day."""

    version: str
    guardian_ids: tuple[str, ...]
    first_day: date
    born: date

    @property
    def changes(self) -> list[Change]:
        """The birthdays on which others than before must sign."""
        return policy_named(self.version).changes(self.born)

    def needs_guardians(self, day: date) -> bool:
        """Tell whether guardians must sign that day."""
        return "guardians" in self._step_on(day).must_sign

    def hears(self, signatory: Signatory, day: date) -> bool:
        """Tell whether this signatory's view is recorded that day without being required."""
        return ("youth" if signatory == YOUTH else "guardians") in self._step_on(day).is_heard

    def required_on(self, day: date) -> frozenset[Signatory]:
        """Return who must sign that day, nobody being prevented; each of them alone may say no.

        Empty for a minor whose guardians are not known: then no signature is enough.
        """
        must_sign = self._step_on(day).must_sign
        youth = frozenset({YOUTH} if "youth" in must_sign else ())
        if "guardians" not in must_sign:
            return youth
        guardians = frozenset(map(guardian, self.guardian_ids))
        return guardians | youth if guardians else frozenset()

    def required_without(self, prevented: Set[Signatory], day: date) -> frozenset[Signatory]:
        """Return who must sign that day while these guardians are prevented (FB 6 kap. 13 §).

        One guardian at least must sign: nobody is left out where that would leave none.
        """
        required = self.required_on(day)
        left = required - prevented
        return left if left - {YOUTH} or not required - {YOUTH} else required

    def completed_at(
        self, signed: Sequence[tuple[datetime, Signatory]], prevented: Sequence[tuple[datetime, Signatory]]
    ) -> datetime | None:
        """Return the moment at which all had signed whom the rule of that day names; None when it has not come.

        It is a moment at which somebody whom that day's rule names signs, or is recorded as prevented: a birthday alone
        completes nothing, so that no missing signature is waived by the calendar.
        """
        for moment, who in sorted([*signed, *prevented], key=lambda act: act[0]):
            day = local_day(moment)
            excused = {each for since, each in prevented if since <= moment}
            required = self.required_without(excused, day)
            all_signed = required and required <= {each for earlier, each in signed if earlier <= moment}
            if all_signed and who in self.required_on(day):
                return moment
        return None

    def _step_on(self, day: date) -> Step:
        return policy_named(self.version).step_on(max(day, self.first_day), self.born)


def policies_of(rows: object) -> tuple[SignPolicy, ...]:
    """Return the rows of a file; ValueError where two are in force on one day, none is, or a version stands twice."""
    policies = TypeAdapter(tuple[SignPolicy, ...]).validate_python(rows)
    for policy in policies:
        ages = [step.from_age for step in policy.steps]
        if ages[:1] != [0] or ages != sorted(set(ages)):
            raise ValueError(f"{policy.version}: the steps begin at 0 years and rise")
    for earlier, later in pairwise(policies):
        if earlier.valid_to is None or earlier.valid_to + timedelta(days=1) != later.valid_from:
            raise ValueError(f"{later.version} does not begin on the day after {earlier.version} ends")
    if len({policy.version for policy in policies}) != len(policies) or not policies:
        raise ValueError("every version stands once, and there is at least one")
    return policies


def policy_on(day: date, policies: Sequence[SignPolicy] | None = None) -> SignPolicy:
    """Return the row in force that day; days before the first row, or after a last one that ends, have the nearest."""
    known = policies or known_policies()
    begun = [policy for policy in known if policy.valid_from <= day]
    return begun[-1] if begun else known[0]


def policy_named(version: str) -> SignPolicy:
    """Return the row of that version; KeyError when somebody has taken it away."""
    return {policy.version: policy for policy in known_policies()}[version]


@cache
def known_policies() -> tuple[SignPolicy, ...]:
    """Return the rows of `sign_rules.yaml`, in their order of time."""
    rows: Any = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return policies_of(rows)
