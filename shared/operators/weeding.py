"""Weeding by age, class by class: what would go, and then what has gone, with a proof for every batch.

A batch is written down in the vault before anything is deleted, and proven after: a run that stops is finished by the
next one, and its proof says exactly what went. A row that has changed since it was chosen is not deleted.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import uuid4

from shared.clock import local_day
from shared.document import Document
from shared.ids import name_id
from shared.mongo import Database, Row
from shared.operators import erasing
from shared.operators.erasing import SERVICES
from shared.operators.held_queue import NotPossible
from shared.operators.holding import all_held
from shared.operators.retention_classes import Place, RetentionClass, classes_on, clock_of, persons_in, places_of
from shared.operators.vault_room import seal_the_register
from shared.register import Entry
from shared.room import Room
from shared.vault import HOUSE

BATCH = 500
Tell = Callable[[str, int], None]
"""Told the place and how many rows have been looked at there, batch by batch."""


class Weeding(Document):
    """A batch that is to be deleted. It stays until its proof is written."""

    collection: ClassVar[str] = "weedings"

    weeded: str
    where: str
    ids: tuple[str, ...]
    begun_at: datetime
    by: str


@dataclass
class Outcome:
    """What a run came to for one place: how many went or would go, how many were kept and why, the oldest day."""

    name: str
    where: str
    gone: int = 0
    held: int = 0
    needed: int = 0
    oldest: str | None = None
    proofs: list[str] = field(default_factory=list)


async def weed(
    room: Room,
    only: Collection[str],
    by: str,
    *,
    dry_run: bool,
    tell: Tell = lambda _, __: None,
    wait: float | None = None,
) -> AsyncIterator[Outcome]:
    """Weed every class in force, or only those named, and yield what each place came to."""
    known = classes_on(local_day(room.clock.now()))
    if unknown := sorted(set(only) - {each.name for each in known}):
        raise NotPossible(f"Det finns ingen gallringsklass {', '.join(unknown)}.")
    if not dry_run:
        await _finish_what_was_begun(room)
        await erasing.finish(room, await erasing.unproven(room), wait)
    for each, place in places_of(known, SERVICES):
        if each.keep is None or (only and each.name not in only):
            continue
        weeded = Weeded(room, each, place, by, dry_run, tell, Outcome(each.name, place.where))
        if each.then == "delete":
            yield await _weed_rows(weeded)
        elif place.clock:
            yield await _weed_persons(weeded, wait)
    if not dry_run:
        await seal_the_register(room)


@dataclass(frozen=True)
class Weeded:
    """One place being weeded."""

    room: Room
    each: RetentionClass
    place: Place
    by: str
    dry_run: bool
    tell: Tell
    outcome: Outcome

    @property
    def old(self) -> Row:
        """The question for what is old."""
        return self.each.old_rows(self.place, self.room.clock.now())

    @property
    def db(self) -> Database:
        """The database it lies in."""
        return erasing.database_of(self.room, self.place.database)

    async def batches(self) -> AsyncIterator[list[Row]]:
        """Yield what is old, in order, a batch at a time, and tell how far it has come."""
        last: object = None
        seen = 0
        while True:
            after = [] if last is None else [{"_id": {"$gt": last}}]
            question = {"$and": [*([self.old] if self.old else []), *after]} if self.old or after else {}
            rows = await self.db.find(self.place.collection, question, sort=[("_id", 1)], limit=BATCH)
            if not rows:
                return
            last, seen = rows[-1]["_id"], seen + len(rows)
            yield rows
            self.tell(self.place.where, seen)

    def count(self, going: list[Row]) -> None:
        """Note how old the oldest of these is."""
        days = [day for row in going if (day := clock_of(self.place, row)) is not None]
        self.outcome.oldest = min([*days, *([self.outcome.oldest] if self.outcome.oldest else [])], default=None)


async def _weed_rows(weeded: Weeded) -> Outcome:
    outcome, room, place = weeded.outcome, weeded.room, weeded.place
    async for rows in weeded.batches():
        going = await _may_go(weeded, rows)
        weeded.count(going)
        if weeded.dry_run or not going:
            outcome.gone += len(going)
            continue
        ids = tuple(str(row["_id"]) for row in going)
        batch = Weeding(
            id=str(uuid4()),
            weeded=weeded.each.name,
            where=place.where,
            ids=ids,
            begun_at=room.clock.now(),
            by=weeded.by,
        )
        await room.db.put(Weeding.collection, batch.row())
        await _delete(weeded, batch)
        gone, proof = await _prove(room, batch)
        outcome.gone += gone
        outcome.proofs.append(proof)
    return outcome


async def _weed_persons(weeded: Weeded, wait: float | None) -> Outcome:
    """Erase the persons about whom nothing is left: key by key forgotten, one wait, then each proven."""
    outcome, room, why = weeded.outcome, weeded.room, f"retention:{weeded.each.name}"
    erasures = []
    async for rows in weeded.batches():
        held = {person_ref for person_ref, _ in await all_held(room)}
        for row in rows:
            person_ref = row["keyAltNames"][0]
            if person_ref == HOUSE:
                continue
            if person_ref in held:
                outcome.held += 1
            elif await erasing.has_any_left(room, person_ref):
                outcome.needed += 1
            else:
                try:
                    if not weeded.dry_run:
                        erasures.append(await erasing.forget(room, person_ref, why, weeded.by))
                except NotPossible:  # held since it was asked who is
                    outcome.held += 1
                    continue
                weeded.count([row])
                outcome.gone += 1
    outcome.proofs += [proof.register_row for proof in await erasing.finish(room, erasures, wait)]
    return outcome


async def _may_go(weeded: Weeded, rows: list[Row]) -> list[Row]:
    held = {person_ref for person_ref, _ in await all_held(weeded.room)}
    going = []
    for row in rows:
        persons = persons_in(weeded.place, row)
        if persons & held:
            weeded.outcome.held += 1
        elif await _is_needed(weeded.room, weeded.place, row, persons):
            weeded.outcome.needed += 1
        else:
            going.append(row)
    return going


async def _is_needed(room: Room, place: Place, row: Row, persons: set[str]) -> bool:
    if place.follows is not None:
        for followed in erasing.places_about_persons(room.clock.now()):
            if followed.where == place.follows and await erasing.is_in(room, followed, persons):
                return True
    if place.needed and await _has_living_basis(room, persons):
        return True
    if place.listed_in is None:
        return False
    database, collection, path = place.listed_in.split(".")
    return await erasing.database_of(room, database).find_one(collection, {path: row["_id"]}) is not None


async def _has_living_basis(room: Room, persons: set[str]) -> bool:
    today = local_day(room.clock.now()).isoformat()
    consent = {"consents": {"$elemMatch": {"ended_at": None, "valid_to": {"$gte": today}}}}
    assessment = {"assessments": {"$elemMatch": {"valid_to": {"$gte": today}}}}
    question = {"_id": {"$in": sorted(persons)}, "$or": [consent, assessment]}
    return await erasing.database_of(room, "observations").find_one("bases", question) is not None


async def _finish_what_was_begun(room: Room) -> None:
    """Finish the batches of a run that stopped: what is left of them goes if it still may, and each is proven."""
    known = classes_on(local_day(room.clock.now()))
    places = {place.where: (each, place) for each, place in places_of(known, SERVICES)}
    for row in await room.db.find(Weeding.collection, {}):
        batch = Weeding.of(row)
        if batch.where in places:
            each, place = places[batch.where]
            weeded = Weeded(room, each, place, batch.by, False, lambda _, __: None, Outcome("", ""))
            left = await weeded.db.find(place.collection, {"_id": {"$in": list(batch.ids)}})
            going = tuple(str(row["_id"]) for row in await _may_go(weeded, left))  # somebody may be held since
            await _delete(weeded, batch.model_copy(update={"ids": going}))
        await _prove(room, batch)


async def _delete(weeded: Weeded, batch: Weeding) -> None:
    question = {"_id": {"$in": list(batch.ids)}}
    await weeded.db.delete(weeded.place.collection, {"$and": [question, weeded.old]} if weeded.old else question)


async def _prove(room: Room, batch: Weeding) -> tuple[int, str]:
    """Write down what went, once, and forget the batch; return how many rows that were, and the proof's id."""
    database, collection = batch.where.split(".")
    left = await erasing.database_of(room, database).find(collection, {"_id": {"$in": list(batch.ids)}})
    gone = sorted(set(batch.ids) - {str(row["_id"]) for row in left})
    digest = hashlib.sha256("\n".join(gone).encode()).hexdigest()
    tx = room.begin()
    proof = name_id("purged", batch.id)
    if await tx.get(Entry, proof) is None:
        what = f"{len(gone)} sha256:{digest}"
        tx.record(Entry(id=proof, act="purged", at=tx.now, about=batch.where, code=what, decided_by=batch.by))
        await tx.commit()
    await room.db.delete(Weeding.collection, {"_id": batch.id})
    return len(gone), proof
