"""A drawn story played on a house, and judged after every step by what `law.py` allows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from services.consent.documents import Consent
from shared.ids import name_id
from shared.register import Entry, still_told
from tests.house import House
from tests.stories.acts import (
    STEP_TAKES,
    Act,
    Again,
    Ask,
    Cast,
    Event,
    Issue,
    Observe,
    Step,
    Turn,
    form_id,
    observation_id,
    said,
)
from tests.stories.law import UNDER_21, Cell, Known, Law
from tests.stories.people import day_of, has_turned

ANSWERS_TO_OWN = ("submission.accepted.v1", "submission.rejected.v1", "secrecy-basis.answered.v1")
TO_THE_SCOPE = ("consent.activated.v1", "consent.ended.v1", "consent.expiring.v1")

OPENINGS = (("events", "consent.activated.v1"), ("events", "consent.narrowed.v1"))


@dataclass
class Telling:
    """A story being told: the house, the judge, and what has been looked at already."""

    house: House
    cast: Cast
    law: Law = field(init=False)
    sent: list[tuple[Act, str, Event]] = field(default_factory=list)
    judged: Counter[str] = field(default_factory=Counter)
    _rows: set[str] = field(default_factory=set)
    _heard: int = 0

    def __post_init__(self) -> None:
        self.law = Law(self.cast)

    async def tell(self, steps: list[Step]) -> None:
        """Play each step to its end, then look at everything that has come of it."""
        for step in steps:
            await self._one(step)
            await self._judge()
        assert [] == self.house.dead

    async def tell_at_once(self, acts: list[Act], order: Random | None) -> None:
        """Say everything at one instant, delivered in that order and with repeats; then let what was held go out."""
        house, now = self.house, self.house.clock.now()
        for act in acts:
            event = said(act, self.cast, now, len(self.sent))
            self.sent.append((act, act.by, event))
            house.say(act.by, event, binary=bool(order and order.random() < 0.5))
        await house.settle(order, 0.3 if order else 0)
        for act, agency, event in self.sent:
            [answer] = house.answers_to(agency, event["id"])
            if "errors" not in answer:
                self.law.learn(act, now)
        await self._judge(openings=False)
        await house.turn_clock(now + STEP_TAKES)
        await self._judge()
        for agency in house.received:
            for told in house.told(agency, "observation.disclosed.v1"):
                basis = told["basis"].get("form_id") or told["basis"]["assessment_id"]
                assert any(basis == row.basis_id for row in await self._standing()), "told, and not on the register"
        assert [] == house.dead

    async def outcome(self) -> dict[str, Any]:
        """Return what does not depend on the order: what is open of each form, and who has been told what."""
        consents = [Consent.of(row) for row in await self.house.rows("consent", "consents")]
        told = {
            (agency, each["observation"]["observation_id"])
            for agency in self.house.received
            for each in self.house.told(agency, "observation.disclosed.v1")
        }
        ended = {each.id for each in consents if each.announced.ended_at is not None}
        opened = {each.id: frozenset(each.announced.cells) for each in consents if each.announced.cells}
        return {"open": opened, "ended": ended, "told": told, "rows": {row.about for row in await self._standing()}}

    async def _standing(self) -> list[Entry]:
        rows = [*await self.house.rows("observations", "register"), *await self.house.rows("meetings", "register")]
        return still_told(Entry.of(row) for row in rows)

    async def _one(self, step: Step) -> None:
        house = self.house
        match step:
            case Turn():
                await house.turn_clock(step.moment(house.clock.now()))
            case Again():
                for _, agency, event in self.sent[-step.back :][:1]:
                    house.say(agency, event)
                    await house.settle()
            case Act():
                house.clock.moment += STEP_TAKES
                event = said(step, self.cast, house.clock.now(), len(self.sent))
                self.sent.append((step, step.by, event))
                house.say(step.by, event)
                await house.settle()
                answers = house.answers_to(step.by, event["id"])
                assert answers, f"no answer to {event['type']}: it failed"
                [answer] = answers
                self.judged["accepted" if "errors" not in answer else "rejected"] += 1
                if "errors" not in answer:
                    self.law.learn(step, house.clock.now())

    async def _judge(self, openings: bool = True) -> None:
        """Look at what is new. `openings` False: what was opened before all was known may be closed again by now."""
        rows = await self._standing()
        for row in rows:
            if row.id not in self._rows:
                self._rows.add(row.id)
                self._judge_row(row)
        travelled, self._heard = self.house.travelled[self._heard :], len(self.house.travelled)
        for outgoing in travelled:
            content = json.loads(outgoing.body)
            if openings and (outgoing.exchange, outgoing.routing_key) in OPENINGS:
                self._judge_opening(content)
            if outgoing.exchange == "agency.out":
                self._judge_told(outgoing.routing_key.partition(".")[0], outgoing.headers["ce-type"], content)
        self._judge_repeats([row for row in rows if row.what == "observation"])
        self._judge_what_was_to_be_told(rows)

    def _judge_row(self, row: Entry) -> None:
        """No row without a basis valid at that instant, and 10:18 a never too late or another way."""
        self.judged["disclosures"] += row.what == "observation"
        cell = (str(row.released_by), str(row.received_by), str(row.category))
        youth = self._youth_of(str(row.person_ref))
        assert self.law.opens(str(row.basis_id), youth, cell, row.at), f"no valid basis at {row.at} for {row}"
        if row.provision == UNDER_21:
            self.judged["under 21"] += 1
            assert not has_turned(self.cast.youths[youth].born, 21, day_of(row.at))
            assert ("social-services", "police") == (cell[0].partition("-")[2], cell[1].partition("-")[2])

    def _judge_opening(self, content: dict[str, Any]) -> None:
        """A consent opens only what all have signed."""
        self.judged["openings"] += 1
        now = self.house.clock.now()
        form = self._form(content["form_id"])
        opened = {(cell["released_by"], cell["received_by"], cell["category"]) for cell in content["cells"]}
        assert opened <= self.law.open_cells(form, now), f"opened without right: {content}"

    def _judge_told(self, agency: str, type_: str, content: dict[str, Any]) -> None:
        """Nobody hears of a youth that nothing names it for."""
        now = self.house.clock.now()
        if type_ in ANSWERS_TO_OWN:
            if content.get("answer") == "may":
                self._judge_yes(agency, content)
            return
        self.judged["told"] += 1
        text = json.dumps(content)
        for place, youth in enumerate(self.cast.youths):
            if youth.number in text:
                assert agency in self.law.those_who_may_hear_of(place, now), f"{agency} got {type_}"
        if type_ in TO_THE_SCOPE:
            form = self._form(content["form_id"])
            issue = form.act
            assert isinstance(issue, Issue)
            named = {each for from_, to, _ in issue.rows for each in (from_, *to)}
            assert agency == issue.by or (agency in named and self._was_open(form)), f"{agency} got {type_}"
        if type_ == "concern.noticed.v1":
            assert set(content["observation_ids"]) <= self._seen_by(agency), f"{agency} got {type_}"

    def _judge_yes(self, agency: str, content: dict[str, Any]) -> None:
        """«May» is said only where the law opens it at that moment."""
        self.judged["yes"] += 1
        act = next(act for act, by, event in self.sent if event["data"].get("question_id") == content["question_id"])
        assert isinstance(act, Ask)
        basis, cell = content["basis"], (agency, act.to, act.category)
        basis_id = basis.get("form_id") or basis.get("assessment_id")
        assert self.law.opens(basis_id, act.youth, cell, self.house.clock.now()), f"yes without right: {content}"

    def _judge_repeats(self, rows: list[Entry]) -> None:
        """Each receiver has each observation once, and there is one row of it: what has gone out is not taken back."""
        standing_for = Counter((row.about, row.received_by, row.released_by, row.category) for row in rows)
        assert not standing_for or max(standing_for.values()) == 1, f"on the register twice: {standing_for}"
        for agency in self.house.received:
            told = self.house.told(agency, "observation.disclosed.v1")
            counts = Counter(each["observation"]["observation_id"] for each in told)
            assert not counts or max(counts.values()) == 1, f"{agency} got one twice: {counts}"

    def _judge_what_was_to_be_told(self, rows: list[Entry]) -> None:
        """What is open beyond doubt has been told, or is on its way."""
        now = self.house.clock.now()
        for known in self.law.known:
            if isinstance(known.act, Observe):
                for receiver in ("2182-social-services", "2182-school", "2182-police", "2182-leisure"):
                    cell: Cell = (known.act.by, receiver, known.act.category)
                    if receiver != known.act.by and self.law.surely_opens(known.act.youth, cell, now):
                        self.judged["surely open"] += 1
                        told = self._seen_by(receiver) | {row.about for row in rows if row.received_by == receiver}
                        about = name_id("disclosure", observation_id(known.act.number), receiver)
                        assert about in told or observation_id(known.act.number) in told, f"not told: {cell}"

    def _seen_by(self, agency: str) -> set[str]:
        told = self.house.told(agency, "observation.disclosed.v1")
        own = {
            observation_id(known.act.number)
            for known in self.law.known
            if isinstance(known.act, Observe) and known.act.by == agency
        }
        return own | {each["observation"]["observation_id"] for each in told}

    def _was_open(self, form: Known) -> bool:
        opened = (json.loads(each.body) for each in self.house.travelled if each.routing_key == "consent.activated.v1")
        id_ = form_id(form.act.form) if isinstance(form.act, Issue) else ""
        return id_ in {each["form_id"] for each in opened} or self.law.was_ever_signed(form, self.house.clock.now())

    def _form(self, id_: str) -> Known:
        form = self.law.form(id_, self.house.clock.now())
        assert form is not None, f"a form that nobody has issued: {id_}"
        return form

    def _youth_of(self, person_ref: str) -> int:
        secret = self.house.rooms["observations"].secret
        refs = [secret.person_ref("2182", youth.number) for youth in self.cast.youths]
        return refs.index(person_ref)
