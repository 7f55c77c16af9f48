"""What agencies say in drawn stories. An act names people, forms and moments by small numbers, so that it shrinks well.

Moments in an act count from the moment it is said: `minutes` before it, `days` after it. `said` makes the contract's
message of an act; what the law makes of it stands in `law.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from deploy.demo.story import COORDINATOR, LEISURE, POLICE, SAMPLES, SCHOOL, SOCIAL
from shared.clock import LOCAL_ZONE
from shared.ids import name_id
from shared.policy.bases import the_law
from tests.stories.people import Youth, day_of

AGENCIES = (SOCIAL, SCHOOL, POLICE, LEISURE, COORDINATOR)
CATEGORIES = ("school_absence", "risk_environment")
STEP_TAKES = timedelta(minutes=1)
"""How much later each act is said than the one before it."""
Row = tuple[str, tuple[str, ...], tuple[str, ...]]
Event = dict[str, Any]
Who = str
"""`g1`, `g2`, `g9` (whom no form names), or `youth`."""


@dataclass(frozen=True)
class Cast:
    """When a story begins, and about whom it is."""

    start: datetime
    youths: tuple[Youth, ...]


@dataclass(frozen=True)
class Act:
    """Something an agency says. Subclasses make the message's type and what stands in it."""

    by: str = field(default=SOCIAL, kw_only=True)

    def message(self, cast: Cast, now: datetime) -> Event:
        """Return the sample that it is like, with what the act changes in its data."""
        raise NotImplementedError


@dataclass(frozen=True)
class Issue(Act):
    """A form is handed out. `from_days` may be before today; `length` days, both ends included."""

    form: int
    youth: int
    rows: tuple[Row, ...]
    guardians: int = 2
    from_days: int = 0
    length: int = 30
    renewal_of: int | None = None

    def first_day(self, now: datetime) -> date:
        return day_of(now) + timedelta(days=self.from_days)

    def last_day(self, now: datetime) -> date:
        return self.first_day(now) + timedelta(days=self.length - 1)

    def message(self, cast: Cast, now: datetime) -> Event:
        renewal = {} if self.renewal_of is None else {"renewal_of": form_id(self.renewal_of)}
        return _like(
            "consent-form.issued.v1",
            form_id=form_id(self.form),
            youth=_youth(cast, self.youth),
            guardians=[{"guardian_id": f"g{number + 1}"} for number in range(self.guardians)],
            scope=[{"from": from_, "to": list(to), "categories": list(which)} for from_, to, which in self.rows],
            valid_from=self.first_day(now).isoformat(),
            valid_to=self.last_day(now).isoformat(),
            collected_by=self.by,
            **renewal,
        )


@dataclass(frozen=True)
class Answering(Act):
    """Somebody's answer to a form, given so many minutes before it is told; fewer than none is after."""

    form: int
    who: Who
    minutes: int = 0

    def moment(self, now: datetime) -> datetime:
        return now - timedelta(minutes=self.minutes)

    def _about(self) -> Event:
        youth = self.who == "youth"
        signatory = {"role": "youth"} if youth else {"role": "guardian", "guardian_id": self.who}
        return {"form_id": form_id(self.form), "signatory": signatory}


class Sign(Answering):
    """A signature."""

    def message(self, cast: Cast, now: datetime) -> Event:
        return _like("consent-form.signed.v1", **self._about(), signed_at=self.moment(now).isoformat())


class Decline(Answering):
    """A no."""

    def message(self, cast: Cast, now: datetime) -> Event:
        return _like("consent-form.declined.v1", **self._about(), declined_at=self.moment(now).isoformat())


@dataclass(frozen=True)
class Withdraw(Answering):
    """A withdrawal, of the whole consent unless rows are given."""

    rows: tuple[Row, ...] | None = None

    def message(self, cast: Cast, now: datetime) -> Event:
        rows = self.rows or ()
        cells = [{"from": from_, "to": list(to), "categories": list(which)} for from_, to, which in rows]
        return _like(
            "consent-withdrawal.received.v1",
            **self._about(),
            received_at=self.moment(now).isoformat(),
            scope=cells or "whole",
        )


@dataclass(frozen=True)
class Prevent(Act):
    """A guardian is prevented from signing."""

    form: int
    who: Who

    def message(self, cast: Cast, now: datetime) -> Event:
        return _new(
            "guardian-prevention.recorded.v1",
            form_id=form_id(self.form),
            guardian_id=self.who,
            reason="illness",
            cannot_wait="Insatsen börjar i morgon.",
            decided_by_function="enhetschef",
            recorded_at=now.isoformat(),
        )


@dataclass(frozen=True)
class ChangeGuardianship(Act):
    """Custody of a youth has changed."""

    number: int
    youth: int
    days_ago: int = 0

    def day(self, now: datetime) -> date:
        return day_of(now) - timedelta(days=self.days_ago)

    def message(self, cast: Cast, now: datetime) -> Event:
        return _new(
            "guardianship.changed.v1",
            change_id=name_id("drawn change", str(self.number)),
            youth=_youth(cast, self.youth),
            changed_on=self.day(now).isoformat(),
            source="court_decision",
        )


@dataclass(frozen=True)
class Protect(Act):
    """A youth's identity is protected from today on."""

    number: int
    youth: int

    def message(self, cast: Cast, now: datetime) -> Event:
        return _new(
            "protected-identity.set.v1",
            protection_id=name_id("drawn protection", str(self.number)),
            youth=_youth(cast, self.youth),
            kind="secrecy_marking",
            set_on=day_of(now).isoformat(),
        )


def right_answers(provision: str) -> Event:
    """Return what has to be answered to a provision's questions; for what nobody may choose, nothing."""
    rows = [row for row in the_law().rows if row.code == provision]
    questions = rows[-1].questions if rows else ()
    return {
        each.id: "Uppgifter om rekrytering i området." if each.must_be is None else each.must_be for each in questions
    }


@dataclass(frozen=True)
class Assess(Act):
    """An assessment under a provision, right or wrong. `answers` is changed in by name; None takes one away."""

    number: int
    youth: int
    provision: str
    from_: str
    to: str
    category: str
    days: int = 10
    minutes: int = 0
    answers: tuple[tuple[str, bool | str | None], ...] = ()

    def all_answers(self) -> Event:
        given = {**right_answers(self.provision), **dict(self.answers)}
        return {name: answer for name, answer in given.items() if answer is not None}

    def last_day(self, now: datetime) -> date:
        return day_of(now) + timedelta(days=self.days)

    def message(self, cast: Cast, now: datetime) -> Event:
        return _like(
            "secrecy-assessment.made.v1",
            assessment_id=assessment_id(self.number),
            youth=_youth(cast, self.youth),
            provision=self.provision,
            **{"from": self.from_, "to": [self.to]},
            categories=[self.category],
            answers=self.all_answers(),
            decided_at=(now - timedelta(minutes=self.minutes)).isoformat(),
            valid_until=self.last_day(now).isoformat(),
        )


@dataclass(frozen=True)
class Observe(Act):
    """Something is seen about a youth."""

    number: int
    youth: int
    category: str

    def message(self, cast: Cast, now: datetime) -> Event:
        return _like(
            "observation.submitted.school.v1",
            observation_id=observation_id(self.number),
            youth=_youth(cast, self.youth),
            observed_on=day_of(now).isoformat(),
            category=self.category,
        )


@dataclass(frozen=True)
class Ask(Act):
    """An agency asks whether it may tell another."""

    number: int
    youth: int
    to: str
    category: str

    def message(self, cast: Cast, now: datetime) -> Event:
        return _new(
            "secrecy-basis.asked.v1",
            question_id=name_id("drawn question", str(self.number)),
            youth=_youth(cast, self.youth),
            to=self.to,
            category=self.category,
        )


@dataclass(frozen=True)
class Turn:
    """The clock goes to an hour and minute of Swedish time, so many days from today."""

    days: int
    hour: int = 0
    minute: int = 0

    def moment(self, now: datetime) -> datetime:
        there = datetime.combine(day_of(now) + timedelta(days=self.days), datetime.min.time(), LOCAL_ZONE)
        return max(now, there.replace(hour=self.hour, minute=self.minute))


@dataclass(frozen=True)
class Again:
    """Something said before is said once more, under the same id."""

    back: int


Step = Act | Turn | Again


def form_id(number: int) -> str:
    """Return a form's id."""
    return name_id("drawn form", str(number))


def assessment_id(number: int) -> str:
    """Return an assessment's id."""
    return name_id("drawn assessment", str(number))


def observation_id(number: int) -> str:
    """Return an observation's id."""
    return name_id("drawn observation", str(number))


def said(act: Act, cast: Cast, now: datetime, place: int) -> Event:
    """Return the act as the CloudEvent that its agency sends; `place` in the story gives it its id."""
    event = act.message(cast, now)
    event |= {"id": name_id("drawn act", str(place)), "source": f"/agency/{act.by}", "time": now.isoformat()}
    return event


def _like(name: str, **changes: Any) -> Event:
    event: Event = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    event["data"] |= changes
    return event


def _new(type_: str, **content: Any) -> Event:
    return {"specversion": "1.0", "type": type_, "datacontenttype": "application/json", "data": content}


def _youth(cast: Cast, place: int) -> Event:
    return {"personal_identity_number": cast.youths[place].number}
