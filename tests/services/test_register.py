"""The register: each row vouched for and sealed, any meddling found, and the extract a person has a right to."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from deploy.local.infrastructure import Infrastructure
from shared.agencies import AgencyRegistry
from shared.mongo import Database, Mongo, Row
from shared.operators.cli import app
from shared.operators.register_check import Checked, checked
from shared.operators.register_extract import as_facts, as_text, is_refused, rows_for
from shared.policy.answering import HAS_BASIS
from shared.policy.refusals import NOT_AN_AUTHORITY
from shared.register import Entry, Seal, Slip, seal_rows
from shared.room import Room
from shared.settings import Settings
from tests.conftest import OPENING
from tests.house import House, open_house
from tests.services.observations_story import (
    NUMBER,
    OTHER_NUMBER,
    POLICE,
    SCHOOL,
    SOCIAL,
    activated,
    cells,
    ended,
    hear,
    observation,
    ref,
    say,
)

SEALS, ROWS_IN_A_SEAL, UNSEALED = 4, 3, 2
Change = tuple[str, Row]


def entry(number: int) -> Entry:
    """Return a row, each number's own."""
    return Entry(
        act="disclosed" if number % 2 else "denied",
        at=OPENING + timedelta(seconds=number),
        about=f"about-{number}",
        person_ref="f" * 64,
        category="behaviour",
        released_by=SCHOOL,
        received_by=SOCIAL,
        code=None if number % 2 else "no_basis",
    )


async def filled(room: Room) -> None:
    """Write and seal rows, and write some more that are not sealed yet."""
    for seal in range(SEALS):
        await written(room, ROWS_IN_A_SEAL, seal * ROWS_IN_A_SEAL)
        assert ROWS_IN_A_SEAL == await seal_rows(room)
    await written(room, UNSEALED, SEALS * ROWS_IN_A_SEAL)


async def written(room: Room, rows: int, first: int = 0) -> None:
    """Write some rows."""
    async with room.transaction() as tx:
        for number in range(rows):
            tx.record(entry(first + number))


async def check(room: Room, noted: str | None = None) -> Checked:
    """Check the room's register."""
    return await checked(room.db, room.secret, noted)


def codes(found: Checked) -> set[str]:
    """Return what is wrong, by its codes."""
    return {flaw.code for flaw in found.flaws}


@pytest.fixture
async def room(house: House) -> Room:
    """A service that keeps a register, with some rows in it."""
    opened = house.rooms["observations"]
    await filled(opened)
    return opened


async def test_a_register_that_nobody_has_touched_is_whole(room: Room) -> None:
    """Sealed or not yet, every row is vouched for; the head is the last seal's number and code."""
    found = await check(room)
    assert ([], SEALS * ROWS_IN_A_SEAL + UNSEALED, SEALS) == (found.flaws, found.rows, found.seals)
    (last,) = await room.db.find(Seal.collection, {"number": SEALS})
    assert f"{SEALS}:{last['mac']}" == found.head
    assert UNSEALED == await seal_rows(room)
    again = await check(room, found.head)
    assert ([], SEALS + 1) == (again.flaws, again.seals)


class Meddler:
    """Somebody with the database in hand, and without the house's secret."""

    def __init__(self, db: Database, chance: Random) -> None:
        self.db = db
        self.chance = chance

    async def meddle(self) -> str:
        """Do one thing to the register, and say what."""
        done = self.chance.choice([self.edit, self.insert, self.remove_row, self.swap, self.remove_other, self.retype])
        return await done()

    async def edit(self) -> str:
        """Change one field of a row, slip or seal to something else."""
        collection, row = await self._any()
        name = self.chance.choice(sorted(set(row) - {"_id"}))
        row[name] = self._other(row[name])
        await self.db.put(collection, row)
        return f"{collection}.{name} = {row[name]!r}"

    async def retype(self) -> str:
        """Change a value into an equal one of another type, or add a field that nobody reads."""
        collection, row = await self._any()
        row |= self.chance.choice([{"version": True}, {"version": 1.0}, {"note": 1}, {"version": 2}])
        await self.db.put(collection, row)
        return f"{collection} {row}"

    async def insert(self) -> str:
        """Add a row, slip or seal: a copy of another one under an id of its own."""
        collection, row = await self._any()
        row["_id"] = self.chance.choice(["zzz", 7, f"{SEALS + 1:012d}", row["_id"] + " ", "0"])
        await self.db.put(collection, row)
        return f"{collection} + {row['_id']}"

    async def remove_row(self) -> str:
        """Take a row away."""
        row = await self._one_of(Entry.collection)
        await self.db.delete(Entry.collection, {"_id": row["_id"]})
        return f"- {row['_id']}"

    async def remove_other(self) -> str:
        """Take a slip away, or a seal: its rows are left."""
        collection = self.chance.choice([Slip.collection, Seal.collection])
        row = await self._one_of(collection)
        await self.db.delete(collection, {"_id": row["_id"]})
        return f"{collection} - {row['_id']}"

    async def swap(self) -> str:
        """Let two rows, slips or seals change places."""
        collection = self.chance.choice([Entry.collection, Slip.collection, Seal.collection])
        one, other = self.chance.sample(await self.db.find(collection, {}), 2)
        await self.db.put(collection, {**one, "_id": other["_id"]})
        await self.db.put(collection, {**other, "_id": one["_id"]})
        return f"{collection}: {one['_id']} <-> {other['_id']}"

    def _other(self, value: Any) -> Any:
        match value:
            case bool():
                return not value
            case int():
                return value + self.chance.choice([-1, 1])
            case str():
                return self.chance.choice(["", value + "x", None, "disclosed", POLICE])
            case list():
                return self.chance.choice([value[1:], value[:-1], value[::-1], [*value, value[0]]])
            case None:
                return POLICE
            case _:
                return value + timedelta(milliseconds=self.chance.choice([-1, 1]))

    async def _any(self) -> Change:
        collection = self.chance.choice([Entry.collection, Slip.collection, Seal.collection])
        return collection, await self._one_of(collection)

    async def _one_of(self, collection: str) -> Row:
        return self.chance.choice(await self.db.find(collection, {}, sort=[("_id", 1)]))


async def _stored(db: Database) -> list[str]:
    return [repr(sorted(map(repr, await db.find(shape.collection, {})))) for shape in (Entry, Slip, Seal)]


@rules(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(min_value=0, max_value=2**32 - 1))
async def test_any_single_edit_insertion_deletion_or_swap_is_found(settings: Settings, seed: int) -> None:
    """Whatever one thing is done to rows, slips or seals without the house's secret, the check is not content.

    Left out is what it says itself that it cannot see: a row gone with its slip, the last seals gone with their rows.
    """
    mongo = Mongo(settings.mongodb_uri)
    try:
        async with open_house(mongo, settings, OPENING) as house:
            room = house.rooms["observations"]
            await filled(room)
            before = await _stored(room.db)
            done = await Meddler(room.db, Random(seed)).meddle()
            if await _stored(room.db) != before:
                assert (await check(room)).flaws, done
    finally:
        await mongo.close()


async def test_a_row_that_goes_with_its_slip_before_it_is_sealed_is_not_found(room: Room) -> None:
    """The one second in which nobody else vouches for a row: what the check cannot promise, said as it is."""
    (slip, *_) = await room.db.find(Slip.collection, {})
    await room.db.delete(Entry.collection, {"_id": slip["_id"]})
    await room.db.delete(Slip.collection, {"_id": slip["_id"]})
    assert [] == (await check(room)).flaws


async def test_a_tail_that_is_cut_off_is_found_by_a_head_that_was_noted(room: Room) -> None:
    """The last seal gone with its rows leaves a whole chain, only a shorter one than somebody has seen."""
    noted = (await check(room)).head
    (last,) = await room.db.find(Seal.collection, {"number": SEALS})
    await room.db.delete(Entry.collection, {"_id": {"$in": [id_ for id_, _ in last["rows"]]}})
    await room.db.delete(Seal.collection, {"_id": last["_id"]})
    assert [] == (await check(room)).flaws
    assert {"not_the_head_that_was_noted"} == codes(await check(room, noted))


async def test_a_flaw_says_in_swedish_which_row_is_wrong_and_how(room: Room) -> None:
    """A changed row, a row gone, a seal gone: each named."""
    first, second, *_ = await room.db.find(Entry.collection, {}, sort=[("at", 1)])
    await room.db.put(Entry.collection, {**first, "received_by": POLICE})
    await room.db.delete(Entry.collection, {"_id": second["_id"]})
    await room.db.delete(Seal.collection, {"number": 3})
    texts = {flaw.text for flaw in (await check(room)).flaws}
    assert {
        f"Rad {first['_id']}: innehållet är ändrat efter att raden skrevs.",
        f"Rad {second['_id']}: är borttagen.",
        "Försegling 3: är borttagen.",
    } <= texts


async def _played(house: House, *, secret: bool) -> list[Entry]:
    """Tell one observation, refuse another after the end, and return the rows about the youth."""
    await hear(house, activated(house, cells((SCHOOL, SOCIAL))))
    await say(house, SCHOOL, observation("o1", secret_from_guardian=secret))
    await hear(house, activated(house, cells((SCHOOL, SOCIAL)), form="form-2", number=OTHER_NUMBER))
    await hear(house, ended(house))
    await say(house, SCHOOL, observation("o2"))
    rows = await house.rows("observations", Entry.collection)
    return [Entry.of(row) for row in rows if row["person_ref"] == ref(house)]


async def test_an_extract_says_who_told_whom_what_when_and_on_which_paragraph(house: House) -> None:
    """In Swedish, by name, with no number and no reference in it; what was refused stands there too."""
    rows = rows_for(await _played(house, secret=False), "guardian")
    text = as_text(rows, house.rooms["observations"].agencies, house.clock.now())
    assert "1 utlämnanden, 1 nekade, 0 frågor." in text
    assert "med stöd av samtycke (10 kap. 1 § och 12 kap. 2 § OSL, gäller till och med 2027-05-15)." in text
    assert "fick inte lämna en iakttagelse" in text
    assert "samtycket eller bedömningen gäller inte längre" in text
    for hidden in (NUMBER, ref(house), "2182-school", "no_basis", "basis_ended"):
        assert hidden not in text


def test_an_extract_says_the_answer_to_each_question_in_words(settings: Settings) -> None:
    """Yes and no, as the register keeps them; no code is left in the text."""
    asked = Entry(act="asked", at=OPENING, about="q-1", category="behaviour", released_by=SCHOOL, received_by=SOCIAL)
    codes_kept = (HAS_BASIS, "no_basis", "basis_ended", NOT_AN_AUTHORITY)
    rows = [asked.model_copy(update={"code": code}) for code in codes_kept]
    text = as_text(rows, AgencyRegistry.load(settings.agencies_file), OPENING)
    assert "4 frågor" in text
    assert "Svaret: ja" in text
    assert 0 == text.count("_")


async def test_what_is_secret_from_the_guardian_stands_in_the_youths_extract_alone(house: House) -> None:
    """OSL 12 kap. 3 §: such a telling is left out for a guardian; the refusal of another observation stays."""
    rows = await _played(house, secret=True)
    assert ["denied", "disclosed"] == sorted(row.act for row in rows_for(rows, "youth"))
    assert ["denied"] == [row.act for row in rows_for(rows, "guardian")]


def test_a_guardian_sees_no_question_and_no_assessment() -> None:
    """What somebody wanted to tell may be secret from the guardians, and nothing in such a row says whether it is."""
    rows = [Entry(act=act, at=OPENING, about="a-1", released_by=SCHOOL) for act in ("asked", "assessed", "denied")]
    assert ["denied"] == [row.act for row in rows_for(rows, "guardian")]
    assert ["asked", "assessed", "denied"] == [row.act for row in rows_for(rows, "youth")]


@pytest.mark.parametrize("act", ["held", "released", "erased"])
def test_why_an_operator_acted_stands_in_no_extract(act: Literal["held", "released", "erased"]) -> None:
    """It is an operator's own words, and what it is about is the person's reference: neither field is there."""
    row = Entry(act=act, at=OPENING, about="a-reference", person_ref="a-reference", code="dnr 9", decided_by="operator")
    facts = as_facts(row)
    assert (act, "operator") == (facts["act"], facts["decided_by"])
    assert set() == {"about", "code", "person_ref"} & set(facts)
    assert not {"a-reference", "dnr 9"} & set(facts.values())


@pytest.mark.parametrize(("years", "refused"), [(0, True), (-1, False)])
def test_from_eighteen_a_guardian_gets_no_extract(years: int, *, refused: bool) -> None:
    """On the 18th birthday, not the day before; the youth gets one at any age."""
    born = OPENING.replace(year=2008, month=3, day=3)
    at = born.replace(year=2026) + timedelta(days=years)
    assert refused == is_refused(OTHER_NUMBER, "guardian", at)
    assert not is_refused(OTHER_NUMBER, "youth", at)


async def commanded(infrastructure: Infrastructure, *arguments: str, number: str = NUMBER) -> Result:
    """Run `samverkan register …` on the house's own databases, the number given on standard input."""
    own = {"SAMVERKAN_DATABASE_PREFIX": "house_pymongo_"}
    run = partial(CliRunner().invoke, app, ["register", *arguments], input=f"{number}\n")
    return await asyncio.to_thread(run, env=infrastructure.environment | own)


async def test_an_extract_is_taken_out_on_the_record_and_the_registers_stay_whole(
    house: House, infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """The youth's and the guardian's differ in what is secret; each is a row; the file is the operator's alone."""
    await _played(house, secret=True)
    asked = ["export", "--municipality", "2182", "--youth", "-", "--format", "json", "--for"]
    youths = await commanded(infrastructure, *asked, "youth")
    assert ["disclosed", "denied"] == [row["act"] for row in json.loads(youths.stdout)]
    out = tmp_path / "utdrag.json"
    assert 0 == (await commanded(infrastructure, *asked, "guardian", "--out", str(out))).exit_code
    assert ["denied"] == [row["act"] for row in json.loads(out.read_text(encoding="utf-8"))]
    assert 0o600 == out.stat().st_mode & 0o777
    again = await commanded(infrastructure, *asked, "youth")
    assert ["for_youth", "for_guardian"] == [row["code"] for row in json.loads(again.stdout)][-2:]
    whole = await commanded(infrastructure, "verify", "--json")
    assert (0, {"consent", "meetings", "observations", "vault"}) == (whole.exit_code, _registers(whole))


async def test_a_guardian_of_somebody_of_age_is_refused_with_the_reason(
    house: House, infrastructure: Infrastructure
) -> None:
    """One line with the paragraph, and no extract is put on the record."""
    asked = ["export", "--municipality", "2182", "--youth", "-", "--for", "guardian"]
    refused = await commanded(infrastructure, *asked, number="198507099805")
    assert (1, "") == (refused.exit_code, refused.stdout)
    assert "OSL 12 kap. 2 §" in refused.stderr
    assert [] == await house.rooms["observations"].vault._db.find(Entry.collection, {})


async def test_what_is_wrong_is_printed_and_the_command_fails(room: Room, infrastructure: Infrastructure) -> None:
    """Exit code 1, the row and the flaw in Swedish; a head that was noted is compared."""
    noted = f"observations:{(await check(room)).head}"
    assert 0 == (await commanded(infrastructure, "verify", "--head", noted)).exit_code
    await room.db.delete(Seal.collection, {"number": SEALS})
    wrong = await commanded(infrastructure, "verify", "--head", noted)
    assert 1 == wrong.exit_code
    assert f"Försegling {SEALS}: är inte den som noterades" in wrong.stdout
    assert "står utanför kedjan" in wrong.stdout


def _registers(result: Result) -> set[str]:
    return {json.loads(line)["register"] for line in result.stdout.splitlines()}
