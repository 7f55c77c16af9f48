"""Whether a register is as it was written: every row's code, every seal's code and link, nothing missing or added.

What cannot be seen: a row taken away with its slip before it was sealed (within a second), and the last seals taken
away with all their rows. For the latter somebody has to have noted the head: the number and code of a seal.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from shared.mongo import Database, Row
from shared.person import HouseSecret
from shared.register import FIRST, Entry, Seal, Slip

PAGE = 1000
Wrong = Literal[
    "row_changed", "row_missing", "row_outside", "row_sealed_twice", "row_unreadable", "slip_left", "slip_unreadable",
    "seal_changed", "seal_missing", "seal_unlinked", "seal_unreadable", "not_the_head_that_was_noted",
]  # fmt: skip
TEXTS: dict[Wrong, str] = {
    "row_changed": "Rad {where}: innehållet är ändrat efter att raden skrevs.",
    "row_missing": "Rad {where}: är borttagen.",
    "row_outside": "Rad {where}: står utanför kedjan. Raden är tillagd vid sidan om, eller så har lappen tagits bort.",
    "row_sealed_twice": "Rad {where}: är förseglad två gånger.",
    "row_unreadable": "Rad {where}: går inte att läsa som en rad i registret.",
    "slip_left": "Lappen för rad {where} ligger kvar fast raden är förseglad: lappen är tillagd.",
    "slip_unreadable": "Lappen {where}: är ändrad eller går inte att läsa.",
    "seal_changed": "Försegling {where}: innehållet är ändrat efter att den gjordes.",
    "seal_missing": "Försegling {where}: är borttagen.",
    "seal_unlinked": "Försegling {where}: bygger inte på den före.",
    "seal_unreadable": "Försegling {where}: går inte att läsa som en försegling.",
    "not_the_head_that_was_noted": "Försegling {where}: är inte den som noterades, eller är borttagen.",
}


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong, and where: a row's id, or a seal's number."""

    where: str
    code: Wrong

    @property
    def text(self) -> str:
        """It in Swedish."""
        return TEXTS[self.code].format(where=self.where)


@dataclass
class Checked:
    """What a check found. `head` is the last seal's number and code: what to note for the next check."""

    rows: int = 0
    seals: int = 0
    head: str = ""
    flaws: list[Flaw] = field(default_factory=list)


async def checked(
    db: Database, secret: HouseSecret, noted: str | None = None, seen: Callable[[int], None] = lambda _: None
) -> Checked:
    """Check a whole register, also while it is written to. `noted` is an earlier head, `NUMBER:CODE`.

    Rows are read before slips and slips before seals, so that a row is found however far it has come meanwhile.
    `seen` is told how many rows have been read.
    """
    found = Checked()
    codes: dict[str, str] = {}
    async for row in _all(db, Entry.collection):
        found.rows += 1
        codes[str(row["_id"])] = str(row.get("mac"))
        found.flaws += _flaws_of_row(row, secret)
        seen(found.rows)
    slips = {str(row["_id"]): row async for row in _all(db, Slip.collection)}
    found.flaws += [Flaw(id_, "slip_unreadable") for id_, row in slips.items() if _read(Slip, row) is None]
    sealed = await _sealed(db, secret, found, noted)
    vouched = {id_: str(row.get("mac")) for id_, row in slips.items()} | sealed
    found.flaws += [Flaw(id_, "row_outside") for id_ in codes if id_ not in vouched]
    found.flaws += [Flaw(id_, "row_changed") for id_, code in codes.items() if vouched.get(id_, code) != code]
    found.flaws += [flaw for id_ in vouched.keys() - codes.keys() async for flaw in _late(db, secret, id_)]
    for id_ in slips.keys() & sealed.keys():
        if await db.find_one(Slip.collection, {"_id": id_}) is not None:
            found.flaws.append(Flaw(id_, "slip_left"))
    found.flaws = list(dict.fromkeys(found.flaws))
    return found


async def _sealed(db: Database, secret: HouseSecret, found: Checked, noted: str | None) -> dict[str, str]:
    """Go through the chain and return the code that it gives each row."""
    sealed: dict[str, str] = {}
    heads: set[str] = set()
    before, expected = FIRST, 1
    async for row in _all(db, Seal.collection):
        seal = _read(Seal, row)
        if seal is None or seal.id != f"{seal.number:012d}":
            found.flaws.append(Flaw(str(row["_id"]), "seal_unreadable"))
            continue
        found.seals += 1
        found.flaws += _flaws_of_seal(seal, secret, before, expected)
        found.flaws += [Flaw(id_, "row_sealed_twice") for id_, _ in seal.rows if id_ in sealed]
        sealed.update(seal.rows)
        before, expected, found.head = seal.mac, seal.number + 1, f"{seal.number}:{seal.mac}"
        heads.add(found.head)
    if noted is not None and noted not in heads:
        found.flaws.append(Flaw(noted.partition(":")[0], "not_the_head_that_was_noted"))
    return sealed


def _flaws_of_seal(seal: Seal, secret: HouseSecret, before: str, expected: int) -> Iterator[Flaw]:
    if seal.mac != seal.code_under(secret):
        yield Flaw(str(seal.number), "seal_changed")
    if seal.number != expected:
        yield from (Flaw(str(number), "seal_missing") for number in range(expected, seal.number))
    elif seal.previous != before:
        yield Flaw(str(seal.number), "seal_unlinked")


def _flaws_of_row(row: Row, secret: HouseSecret) -> Iterator[Flaw]:
    entry = _read(Entry, row)
    if entry is None:
        yield Flaw(str(row["_id"]), "row_unreadable")
    elif entry.mac != entry.code_under(secret):
        yield Flaw(entry.id, "row_changed")


async def _late(db: Database, secret: HouseSecret, id_: str) -> AsyncIterator[Flaw]:
    """Look for a row that was not there when the rows were read: written since, or taken away."""
    row = await db.find_one(Entry.collection, {"_id": id_})
    if row is None:
        yield Flaw(id_, "row_missing")
    else:
        for flaw in _flaws_of_row(row, secret):
            yield flaw


def _read(shape: type[Any], row: Row) -> Any:
    """Return a row as what it should be; None when it holds anything more, less or of another kind than was written."""
    try:
        document = shape.of(row)
    except ValidationError:
        return None
    written = document.model_copy(update={"version": 0}).row()
    return document if _exactly(written) == _exactly(row) else None


def _exactly(row: Row) -> str:
    # As text, since 1, 1.0 and True are equal to Python. A field that is None may be one the row is too old to know.
    return json.dumps({key: value for key, value in row.items() if value is not None}, sort_keys=True, default=str)


async def _all(db: Database, collection: str) -> AsyncIterator[Row]:
    """Yield every row by its id, a page at a time; those whose id is no text first, which none of ours is."""
    for row in await db.find(collection, {"_id": {"$not": {"$gte": ""}}}):
        yield row
    last = ""
    while page := await db.find(collection, {"_id": {"$gt": last}}, sort=[("_id", 1)], limit=PAGE):
        for row in page:
            yield row
        last = page[-1]["_id"]
