"""`samverkan policy what-if`: which stored waits a new row of law would open or close, counted and not changed."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events.event import Cell
from shared.mongo import Mongo
from shared.operators.policy_command import _lines
from shared.operators.policy_effects import Effect, WhatIf
from shared.operators.vault_room import vault_room
from shared.policy.bases import LawUnreadable, LegalBasis, the_law
from shared.register import Entry
from shared.room import Room
from tests.house import House
from tests.rules.policy_parts import written_row
from tests.services.assessment_story import CHILD, YOUTH, asked, made, observed
from tests.services.consent_story import POLICE, SCHOOL, SOCIAL, say

NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)


@pytest.fixture
async def vault(house: House, mongo: Mongo) -> AsyncIterator[Room]:
    """The vault's surroundings as a command opens them, by the house's clock."""
    house.clock.moment = NOW
    room = await vault_room(house.rooms["consent"].settings, mongo)
    room.clock = house.clock
    await room.db.delete("register", {})
    yield room
    await room.vault.close()


async def _effects(house: House, vault: Room, **changes: Any) -> list[Effect]:
    row = LegalBasis.model_validate(written_row(**changes))
    dbs = (house.rooms["consent"].db, house.rooms["observations"].db)
    return [effect async for effect in WhatIf(row, the_law(), vault, *dbs).effects()]


def _found(effects: list[Effect]) -> set[tuple[str, str, str]]:
    return {(effect.what, effect.cell.received_by, effect.reason) for effect in effects}


async def test_a_running_assessment_would_close_and_the_reasons_are_named(house: House, vault: Room) -> None:
    """The new wording takes no one of 18 and asks another question: the assessment ends and cannot be made again."""
    decided = NOW.isoformat()
    assert [] == await say(house, made(decided_at=decided, valid_until="2026-12-30"))
    ended_before = made(assessment_id="ends-before", decided_at=decided, valid_until="2026-12-15")
    assert [] == await say(house, ended_before)
    assert {("assessment_closes", POLICE, "age+questions")} == _found(await _effects(house, vault))
    assert {("assessment_closes", POLICE, "direction+category")} == _found(
        await _effects(
            house, vault, age_below=21, directions=[{"from": ["social_services"], "to": ["school"]}],
            categories=["behaviour"], questions=[written_row()["questions"][0]],
        )
    )  # fmt: skip
    closed = {"enabled": False, "disabled_because": "under utredning"}
    assert {("assessment_closes", POLICE, "closed")} == _found(await _effects(house, vault, **closed))


async def test_what_waits_untold_opens_or_closes_by_age_and_direction(house: House, vault: Room) -> None:
    """The 18-year-old's case closes toward the police; the child's stays, and opens toward the school."""
    assert [] == await say(house, observed())
    assert [] == await say(house, observed(youth=CHILD))
    assert {
        ("observation_closes", POLICE, "osl_10_18a_under21"), ("observation_opens", SCHOOL, "osl_10_18a_under21"),
    } == _found(await _effects(house, vault))  # fmt: skip
    assert [] == await _effects(
        house, vault, age_below=21, directions=[{"from": ["social_services"], "to": ["police"]}]
    )


async def test_what_has_been_told_waits_no_more(house: House, vault: Room) -> None:
    """An observation the police have had is no wait of theirs."""
    assert [] == await say(house, made(decided_at=NOW.isoformat(), valid_until="2026-12-12"))
    assert [] == await say(house, observed())
    assert [] == _only(await _effects(house, vault), "observation")


def _only(effects: list[Effect], what: str) -> list[Effect]:
    return [effect for effect in effects if effect.what.startswith(what)]


async def test_a_question_that_would_be_answered_otherwise_is_found(house: House, vault: Room) -> None:
    """A may that rests on the assessment would become a no; a may not would be told of other ways."""
    assert [] == await say(house, made(decided_at=NOW.isoformat(), valid_until="2026-12-30"))
    assert [] == await say(house, asked(question_id="may"), asked(question_id="other", category="behaviour"))
    assert [] == await say(house, asked(question_id="to-school", youth=CHILD, to=SCHOOL))
    found = {(each.id, each.what, each.reason) for each in _only(await _effects(house, vault), "question")}
    way = "make_assessment_osl_10_18a_under21"
    assert {
        ("may", "question_answer_changes", "assessment_closes"),
        ("other", "question_ways_change", f"without {way}"),
        ("to-school", "question_ways_change", f"with {way}"),
    } == found


async def test_asking_changes_nothing_but_the_register_of_who_was_read(house: House, vault: Room) -> None:
    """Each person whose age decided has a row in the vault's register; all else is as it was. No line has a number."""
    assert [] == await say(house, observed(), observed(), observed(youth=CHILD))
    before = [await house.rows(name, of) for name, of in (("observations", "observations"), ("consent", "register"))]
    effects = await _effects(house, vault)
    after = [await house.rows(name, of) for name, of in (("observations", "observations"), ("consent", "register"))]
    assert before == after
    rows = [Entry.of(each) for each in await vault.db.find("register", {})]
    assert 2 == len(rows) == len({row.person_ref for row in rows})
    assert {("read", "policy what-if osl_10_18a_under21")} == {(row.act, row.about) for row in rows}
    for as_json in (False, True):
        text = "\n".join(_lines(effects, True, as_json))
        assert YOUTH["personal_identity_number"] not in text
        assert not any(str(row.person_ref) in text for row in rows)
        assert all(effect.id in text for effect in effects)
    assert not any(effect.id in line for effect in effects for line in _lines(effects, False, False))


async def test_a_row_with_no_place_in_the_table_is_refused(house: House, vault: Room) -> None:
    """It would write over one that has been in force."""
    with pytest.raises(LawUnreadable, match="a changed law is a new row"):
        await _effects(house, vault, valid_from="2025-04-01")


def test_effects_are_counted_by_direction_and_category() -> None:
    """One line for what is alike, with its reason in Swedish."""
    cell = Cell(released_by=SOCIAL, received_by=POLICE, category="risk_environment")
    effect = Effect("assessment_closes", "a-1", cell, "age+questions")
    [line] = _lines([effect, dataclasses.replace(effect, id="a-2")], False, False)
    assert (
        "     2  bedömningar som skulle sluta gälla: 2182-social-services → 2182-police, riskmiljö "
        "(den unge är för gammal, nya frågor måste besvaras)"
    ) == line
