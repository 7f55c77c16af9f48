"""The house's rules folded over a drawn story, without database, broker or vault: fast enough for thousands of stories.

Only what handlers do between rules is done over again here: a fact is kept, and what the rules make of it is heard by
the gate at once. That the handlers do the same is shown on the whole house.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.consent.objections import (
    objections_to_decline,
    objections_to_form,
    objections_to_prevention,
    objections_to_signature,
    objections_to_withdrawal,
)
from shared import gate
from shared.agencies import AgencyRegistry
from shared.clock import whole_milliseconds
from shared.consents.facts import (
    Circumstance,
    Facts,
    Form,
    Supersession,
    Told,
    decline_of,
    form_of,
    prevention_of,
    signature_of,
    withdrawal_of,
)
from shared.consents.standing import renews, standing_at
from shared.events import agencies
from shared.events.consent import ConsentActivated, ConsentEnded, ConsentNarrowed, SecrecyAssessmentAccepted
from shared.events.event import Cell
from shared.gate import Bases
from shared.intake.faults import Fault
from shared.person import birth_date
from shared.policy.assessing import Judgement, faults_in, last_day
from tests.stories.acts import Act, Cast, said

REGISTRY = AgencyRegistry.load(Path(__file__).parents[2] / "deploy" / "local" / "agencies.yaml")
Said = ConsentActivated | ConsentNarrowed | ConsentEnded
_JUDGED = {"provision", "released_by", "received_by", "categories", "answers", "decided_at", "valid_until"}


@dataclass
class Announced:
    """What has been said of a form."""

    revision: int = 0
    cells: tuple[Cell, ...] = ()
    ended_at: datetime | None = None


@dataclass
class Folded:
    """Everything known, and each youth's bases as a service that tells would know them."""

    cast: Cast
    facts: dict[str, Facts] = field(default_factory=dict)
    announced: dict[str, Announced] = field(default_factory=dict)
    bases: dict[str, Bases] = field(default_factory=dict)
    told_to_gate: list[Said | SecrecyAssessmentAccepted] = field(default_factory=list)
    changes: list[tuple[str, Circumstance]] = field(default_factory=list)
    _assessments: dict[str, str] = field(default_factory=dict)

    def hear(self, act: Act, now: datetime, place: int) -> bool:
        """Take in what an agency says and return whether it was accepted."""
        event = said(act, self.cast, now, place)
        shape = agencies.TYPES[event["type"]]
        try:
            read = shape.model_validate_json(
                json.dumps(event["data"]), strict=True, context=REGISTRY, by_alias=True, by_name=False
            )
        except ValidationError:
            return False
        accepted = not self._objections(read, act.by, whole_milliseconds(now))
        self.look(now)
        return accepted

    def look(self, now: datetime) -> None:
        """Say what has become of every form by that moment."""
        for form_id in sorted(self.facts):
            self._announce(form_id, now)

    def standings(self, now: datetime) -> Iterator[tuple[str, Any]]:
        """Yield each form and what it is worth."""
        for form_id, facts in self.facts.items():
            if facts.form is not None:
                yield form_id, standing_at(facts, self.born(facts.form), now)

    def born(self, form: Form) -> date:
        """Return when the form's youth was born."""
        return birth_date(form.person_ref)

    def _objections(self, read: agencies.Submission, by: str, now: datetime) -> list[Fault]:
        match read:
            case agencies.ConsentFormIssued():
                return self._take_form(read, by)
            case agencies.SecrecyAssessmentMade():
                return self._take_assessment(read, by, now)
            case agencies.GuardianshipChanged():
                return self._take_change(read, read.changed_on, "guardianship_changed", now)
            case agencies.ProtectedIdentitySet():
                return self._take_change(read, read.set_on, read.kind, now)
            case agencies.ObservationSubmitted() | agencies.SecrecyBasisAsked():
                return []
        return self._take_answer(read, by, now)

    def _take_form(self, issued: agencies.ConsentFormIssued, by: str) -> list[Fault]:
        number = issued.youth.personal_identity_number
        facts = self.facts.get(issued.form_id, Facts())
        renewed = self.facts.get(issued.renewal_of or "", Facts()).form
        form = form_of(issued, number, issued.model_dump_json())
        faults = objections_to_form(issued, by, form, facts.form, renewed)
        if not faults and facts.form is None:
            facts = facts.having(form)
            for about, change in self.changes:
                facts = facts.having(change) if about == number else facts
            self.facts[issued.form_id] = facts
        return faults

    def _take_answer(self, read: agencies.Submission, by: str, now: datetime) -> list[Fault]:
        facts = self.facts.get(read.entity_id, Facts())
        form = facts.form
        born = self.born(form) if form else date.min
        faults: list[Fault] = []
        fact: Told
        match read:
            case agencies.ConsentFormSigned():
                fact = signature_of(read, by)
                faults = objections_to_signature(fact, facts, born, now) if form else []
            case agencies.ConsentFormDeclined():
                fact = decline_of(read, by, now)
                faults = objections_to_decline(fact, form, born) if form else []
            case agencies.GuardianPreventionRecorded():
                fact = prevention_of(read, by, b"")
                faults = objections_to_prevention(fact, facts, born, now) if form else []
            case agencies.ConsentWithdrawalReceived():
                fact = withdrawal_of(read, by, now)
                faults = objections_to_withdrawal(read, fact, form, born) if form else []
            case _:
                raise NotImplementedError(read.type)
        if not faults:
            self.facts[read.entity_id] = facts.having(fact)
        return faults

    def _take_change(
        self, read: agencies.GuardianshipChanged | agencies.ProtectedIdentitySet, on: date, kind: Any, now: datetime
    ) -> list[Fault]:
        number = read.youth.personal_identity_number
        if read.entity_id in {each.told_as for _, each in self.changes}:
            return []  # of another content it would be a conflict; here both leave things as they are
        change = Circumstance(kind=kind, on=on, heard_at=now, told_as=read.entity_id, fingerprint="")
        self.changes.append((number, change))
        for form_id, facts in self.facts.items():
            if facts.form is not None and facts.form.person_ref == number:
                self.facts[form_id] = facts.having(change.model_copy(update={"found_form": True}))
        return []

    def _take_assessment(self, made: agencies.SecrecyAssessmentMade, by: str, now: datetime) -> list[Fault]:
        number = made.youth.personal_identity_number
        judgement = Judgement(sender=by, born=birth_date(number), **made.model_dump(include=_JUDGED))
        if faults := faults_in(judgement, REGISTRY, now):
            return faults
        if made.assessment_id not in self._assessments:
            self._assessments[made.assessment_id] = number
            accepted = SecrecyAssessmentAccepted(
                assessment_id=made.assessment_id,
                person_ref=number,
                provision=made.provision,
                valid_from=judgement.held_from(now),
                valid_to=last_day(judgement, now),
                cells=tuple(
                    Cell(released_by=made.released_by, received_by=to, category=category)
                    for to in made.received_by
                    for category in made.categories
                ),
            )
            self._tell_gate(accepted)
        return []

    def _announce(self, form_id: str, now: datetime) -> None:
        facts, known = self.facts[form_id], self.announced.setdefault(form_id, Announced())
        form = facts.form
        if form is None or known.ended_at is not None:
            return
        standing = standing_at(facts, self.born(form), now)
        known.revision += 1
        same: dict[str, Any] = {"form_id": form_id, "person_ref": form.person_ref, "revision": known.revision}
        if standing.ended_at is not None:
            known.ended_at = standing.ended_at
            self._tell_gate(ConsentEnded(**same, reason=standing.reason, ended_at=standing.ended_at))
        elif standing.cells and standing.cells != known.cells:
            shape = ConsentNarrowed if known.cells else ConsentActivated
            known.cells = standing.cells
            self._tell_gate(shape(**same, valid_from=form.valid_from, valid_to=form.valid_to, cells=standing.cells))
            if shape is ConsentActivated and form.renewal_of is not None:
                self._supersede(form.renewal_of, form_id, form, now)

    def _supersede(self, old_id: str, new_id: str, form: Form, now: datetime) -> None:
        old = self.facts.get(old_id, Facts())
        if old.form is None or renews(old.form, form):
            whose = form.model_dump(include={"person_ref", "programme", "collected_by"})
            self.facts[old_id] = old.having(Supersession(by_form=new_id, at=now, **whose))
            self._announce(old_id, now)

    def _tell_gate(self, event: Said | SecrecyAssessmentAccepted) -> None:
        self.told_to_gate.append(event)
        learn(self.bases, event)


def learn(bases: dict[str, Bases], event: Said | SecrecyAssessmentAccepted) -> None:
    """Have the gate's copy of a youth's bases take in an event."""
    known = bases.setdefault(event.person_ref, Bases(id=event.person_ref))
    if isinstance(event, SecrecyAssessmentAccepted):
        gate.learn_assessment(known, event)
    else:
        gate.learn(known, event)
