"""The invariants of the person track on the rules alone: a state machine says anything at all, and the law looks on.

`SAMVERKAN_EXAMPLES=5000` runs more; a failure is shrunk to the shortest story that shows it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as rules
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.consents.facts import Facts
from shared.consents.standing import standing_at
from shared.events.event import Cell
from shared.gate import Bases, Permit, may_tell, receivers_of
from tests.stories.acts import STEP_TAKES, Act, Again, Answering, Cast, Issue, Observe, Step, Turn
from tests.stories.certain import CERTAIN
from tests.stories.drawn import BEGUN, CLOSING, NOES, OPENING, SEEING, TURNING, casts
from tests.stories.folded import Folded, learn
from tests.stories.law import UNDER_21, Law
from tests.stories.people import day_of, has_turned

EXAMPLES = int(os.environ.get("SAMVERKAN_EXAMPLES", "300"))


class PersonTrack(RuleBasedStateMachine):
    """The house's rules and the law, told the same things; whenever they have been told one, they must agree."""

    @initialize(cast=casts(), steps=BEGUN)
    def begin(self, cast: Cast, steps: list[Step]) -> None:
        self.folded, self.law, self.now = Folded(cast), Law(cast), cast.start
        self.said: list[Act] = []
        self.ended: set[str] = set()
        self._play(steps)

    @rule(steps=OPENING)
    def something_opens(self, steps: list[Step]) -> None:
        self._play(steps)

    @rule(steps=st.one_of(SEEING, CLOSING))
    def something_closes(self, steps: list[Step]) -> None:
        self._play(steps)

    @precondition(lambda self: self.law.forms(self.now))
    @rule(which=st.integers(0, 2), steps=NOES)
    def somebody_says_no(self, which: int, steps: list[Step]) -> None:
        """A no to a form that there is: most of those drawn freely are to none."""
        forms = [form.act for form in self.law.forms(self.now)]
        form = forms[which % len(forms)]
        assert isinstance(form, Issue)
        self._play([replace(step, form=form.form, by=form.by) for step in steps if isinstance(step, Answering)])

    @rule(steps=TURNING)
    def time_passes(self, steps: list[Step]) -> None:
        self._play(steps)

    @invariant()
    def a_form_opens_nothing_that_the_law_keeps_closed(self) -> None:
        """Active means that all have signed whom the policy names, nobody has said no, and no end has come."""
        for form_id, standing in self.folded.standings(self.now):
            form = self.law.form(form_id, self.now)
            assert form is not None
            opened = {(cell.released_by, cell.received_by, cell.category) for cell in standing.cells}
            assert opened <= self.law.open_cells(form, self.now), standing

    @invariant()
    def the_gate_opens_what_the_law_opens(self) -> None:
        """A permit rests on a basis valid at that instant; what is open beyond doubt has one."""
        for place, youth in enumerate(self.law.cast.youths):
            bases = self.folded.bases.get(youth.number) or Bases(id=youth.number)
            for cell in self._cells():
                answer = may_tell(bases, from_=cell[0], to=cell[1], category=cell[2], at=self.now)
                if isinstance(answer, Permit):
                    assert self.law.opens(answer.basis_id, place, cell, self.now), answer
                    self._holds_under_21(answer, place)
                else:
                    assert not self.law.surely_opens(place, cell, self.now), answer

    @invariant()
    def what_has_ended_stays_ended(self) -> None:
        """No later fact and no time brings a consent back."""
        self.ended |= {id_ for id_, known in self.folded.announced.items() if known.ended_at is not None}
        for bases in self.folded.bases.values():
            assert not [basis for basis in bases.consents if basis.form_id in self.ended and basis.ended_at is None]

    @rule(seed=st.integers(0, 2**32 - 1))
    def order_and_repetition_make_no_difference(self, seed: int) -> None:
        """The same facts, and the same events at the gate, shuffled and doubled, come to the same."""
        order = Random(seed)
        for facts in self.folded.facts.values():
            if facts.form is not None:
                born = self.folded.born(facts.form)
                again = _shuffled(facts, order)
                assert standing_at(facts, born, self.now) == standing_at(again, born, self.now)
        events = self.folded.told_to_gate * 2
        order.shuffle(events)
        relearnt: dict[str, Bases] = {}
        for event in events:
            learn(relearnt, event)
        for number, bases in self.folded.bases.items():
            assert self._open(bases) == self._open(relearnt[number])

    def _play(self, steps: list[Step]) -> None:
        for step in steps:
            match step:
                case Turn():
                    self.now = step.moment(self.now)
                    self.folded.look(self.now)
                case Again():
                    pass  # the same submission again is dropped before any rule sees it
                case Act():
                    self.now += STEP_TAKES
                    self.folded.look(self.now)
                    self.said.append(step)
                    if self.folded.hear(step, self.now, len(self.said)):
                        self.law.learn(step, self.now)

    def _holds_under_21(self, permit: Permit, place: int) -> None:
        if permit.provision == UNDER_21:
            assert not has_turned(self.law.cast.youths[place].born, 21, day_of(self.now))
            assert permit.cell.released_by.endswith("-social-services")
            assert permit.cell.received_by.endswith("-police")

    def _cells(self) -> set[tuple[str, str, str]]:
        known = {cell for bases in self.folded.bases.values() for cell in bases.cells}
        return {(cell.released_by, cell.received_by, cell.category) for cell in known} | {
            cell for form in self.law.forms(self.now) for cell in self.law.open_cells(form, self.now)
        }

    def _open(self, bases: Bases) -> set[Cell]:
        answers = [
            may_tell(bases, from_=from_, to=to, category=category, at=self.now) for from_, to, category in self._cells()
        ]
        return {answer.cell for answer in answers if isinstance(answer, Permit)}


def _shuffled(facts: Facts, order: Random) -> Facts:
    kept: list[Any] = [facts.form]
    for name in ("signatures", "declines", "preventions", "withdrawals", "supersessions", "circumstances"):
        kept += getattr(facts, name)
    kept *= 2
    order.shuffle(kept)
    again = Facts()
    for fact in kept:
        again = again.having(fact)
    return again


TestPersonTrack = PersonTrack.TestCase
TestPersonTrack.settings = rules(
    max_examples=EXAMPLES,
    stateful_step_count=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("name", CERTAIN)
def test_a_story_with_a_certain_end_comes_to_it(name: str) -> None:
    """The judge is not idle: at each border of time, age and signature what may be told may, and nothing else."""
    certain = CERTAIN[name]
    folded, now, seen = Folded(certain.cast), certain.cast.start, []
    for place, step in enumerate(certain.steps):
        now = step.moment(now) if isinstance(step, Turn) else now + STEP_TAKES
        folded.look(now)
        if isinstance(step, Act):
            folded.hear(step, now, place)
        if isinstance(step, Observe):
            seen.append(step)
    bases = folded.bases.get(certain.youth.number) or Bases(id=certain.youth.number)
    told = [receivers_of(bases, from_=each.by, category=each.category, at=now) for each in seen]
    assert [certain.is_told] == [bool(permits) for permits in told]
