"""What a new row of law would do to what lies stored: which waits it would open or close. Nothing is changed by asking.

Effects name ids, agencies and categories, never a person. Where an age decides, the identity number is read through the
vault, and each such reading is a row in the vault's register.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final, Literal

from shared.agencies import Agency, AgencyRegistry, municipality_of
from shared.clock import LOCAL_ZONE, local_day
from shared.events.event import Cell
from shared.mongo import Database, Row
from shared.operators.vault_room import operator
from shared.person import age_on, birth_date
from shared.policy.bases import LegalBases, LegalBasis
from shared.policy.records import AskedQuestion, Assessment
from shared.policy.refusals import ways_open
from shared.register import Entry
from shared.room import Room
from shared.vault import Erased

ASKED_SINCE: Final = timedelta(days=30)
PAGE: Final = 500

What = Literal[
    "assessment_closes", "observation_opens", "observation_closes", "question_ways_change", "question_answer_changes"
]


@dataclass(frozen=True)
class Effect:
    """One stored thing that would fare otherwise; `reason` is a code, or codes in a row."""

    what: What
    id: str
    cell: Cell
    reason: str


@dataclass
class WhatIf:
    """The table as it is and as it would be, and the day on which the two are laid side by side."""

    row: LegalBasis
    before: LegalBases
    room: Room
    consent: Database
    observations: Database
    _ages: dict[str, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take the row into the table; LawUnreadable where there is no place for it."""
        self.now = self.room.clock.now()
        self.after = self.before.with_row(self.row)
        self.day = max(local_day(self.now), self.row.valid_from)
        self.at = datetime.combine(self.day, time(12), LOCAL_ZONE)
        self.old = self.before.in_force(self.row.code, self.day)
        self.new = self.after.in_force(self.row.code, self.day)

    async def effects(self) -> AsyncIterator[Effect]:
        """Yield every effect: on running assessments, on what waits untold, on what was asked the last 30 days."""
        closed = set()
        async for effect in self._on_assessments():
            closed.add(effect.id)
            yield effect
        async for effect in self._on_observations():
            yield effect
        async for effect in self._on_questions(closed):
            yield effect

    async def _on_assessments(self) -> AsyncIterator[Effect]:
        running = {"provision": self.row.code, "valid_to": {"$gte": self.day.isoformat()}}
        async for stored in _all(self.consent, Assessment.collection, running):
            assessment = Assessment.of(stored)
            made_on = local_day(assessment.valid_from)
            for cell in assessment.cells:
                told = (self.row.code, cell.category, made_on, self.day)
                if self.before.upholds(*told) and not self.after.upholds(*told):
                    reason = "+".join([each async for each in self._why_not_again(assessment, cell)])
                    yield Effect("assessment_closes", assessment.id, cell, reason or "must_be_made_again")

    async def _why_not_again(self, assessment: Assessment, cell: Cell) -> AsyncIterator[str]:
        """Yield why it could not simply be made again under the new row."""
        sender, receiver = _both(self.room.agencies, cell)
        if self.new is None or not self.new.enabled:
            yield "closed"
            return
        if sender is None or receiver is None or not self.new.allows(sender.kind, receiver.kind):
            yield "direction"
        if not self.new.covers(cell.category):
            yield "category"
        if not await self._fits_age(self.new, assessment.person_ref):
            yield "age"
        if {question.id for question in self.new.questions} - set(assessment.answered):
            yield "questions"

    async def _on_observations(self) -> AsyncIterator[Effect]:
        async for stored in _all(self.observations, "observations", {}):
            for cell in self._waiting_cells(stored):
                before = await self._may_be_assessed(self.old, cell, stored["person_ref"])
                after = await self._may_be_assessed(self.new, cell, stored["person_ref"])
                if before != after:
                    yield Effect(
                        "observation_opens" if after else "observation_closes", str(stored["_id"]), cell, self.row.code
                    )

    def _waiting_cells(self, stored: Row) -> Iterator[Cell]:
        """Find to whom an observation has not been told and whose case the row may change, by kind and category."""
        near = self.room.agencies.agencies_in(municipality_of(stored["submitted_by"]) or "")
        had = {stored["submitted_by"], *stored.get("told_to", ())}
        for agency in near:
            cell = Cell(released_by=stored["submitted_by"], received_by=agency.id, category=stored["category"])
            if agency.is_authority and agency.id not in had and self._changes(cell):
                yield cell

    def _changes(self, cell: Cell) -> bool:
        before, after = (self._lists(row, cell) for row in (self.old, self.new))
        limits = {row.age_below for row in (self.old, self.new) if row is not None}
        return before != after or (before and len(limits) > 1)

    async def _on_questions(self, closed: set[str]) -> AsyncIterator[Effect]:
        async for stored in _all(
            self.consent, AskedQuestion.collection, {"asked_at": {"$gte": self.now - ASKED_SINCE}}
        ):
            question = AskedQuestion.of(stored)
            if question.basis_id in closed:
                yield Effect("question_answer_changes", question.id, question.cell, "assessment_closes")
            elif self._changes(question.cell):
                age = await self._age(question.person_ref) if self._has_limit() else None
                before, after = (
                    {way.you_can for way in ways_open(question.cell, self.room.agencies, self.at, age=age, law=law)}
                    for law in (self.before, self.after)
                )
                if before != after:
                    yield Effect("question_ways_change", question.id, question.cell, _difference(before, after))

    def _has_limit(self) -> bool:
        return any(row is not None and row.age_below is not None for row in (self.old, self.new))

    def _lists(self, row: LegalBasis | None, cell: Cell) -> bool:
        """Say whether a row lets the agency assess at all, whatever the age."""
        sender, receiver = _both(self.room.agencies, cell)
        if row is None or sender is None or receiver is None:
            return False
        fits = row.enabled and row.chosen_by == "assessment" and row.covers(cell.category)
        return fits and row.allows(sender.kind, receiver.kind)

    async def _may_be_assessed(self, row: LegalBasis | None, cell: Cell, person_ref: str) -> bool:
        return row is not None and self._lists(row, cell) and await self._fits_age(row, person_ref)

    async def _fits_age(self, row: LegalBasis, person_ref: str) -> bool:
        """Say whether the person is young enough on the day; of somebody erased nothing can be told."""
        if row.age_below is None:
            return True
        age = await self._age(person_ref)
        return age is not None and row.allows_age(age)

    async def _age(self, person_ref: str) -> int | None:
        """Return a person's age on the day, read once and written down; None for one who is unknown or erased."""
        if person_ref not in self._ages:
            async with self.room.transaction() as tx:
                try:
                    born = birth_date(await tx.vault.identity_number(person_ref))
                except Erased:
                    self._ages[person_ref] = None
                    return None
                about = f"policy what-if {self.row.code}"
                tx.record(Entry(act="read", at=tx.now, about=about, person_ref=person_ref, decided_by=operator()))
            self._ages[person_ref] = age_on(born, self.day)
        return self._ages[person_ref]


async def _all(db: Database, collection: str, where: Row) -> AsyncIterator[Row]:
    """Yield every row of a collection that matches, a page at a time: a house may hold very many."""
    last: str | None = None
    while rows := await db.find(
        collection, where if last is None else {**where, "_id": {"$gt": last}}, sort=[("_id", 1)], limit=PAGE
    ):
        for row in rows:
            yield row
        last = rows[-1]["_id"]


def _both(agencies: AgencyRegistry, cell: Cell) -> tuple[Agency | None, Agency | None]:
    return agencies.get(cell.released_by), agencies.get(cell.received_by)


def _difference(before: set[str], after: set[str]) -> str:
    """Name the ways that come and go."""
    came = [f"with {code}" for code in sorted(after - before)]
    return " ".join([*came, *(f"without {code}" for code in sorted(before - after))])
