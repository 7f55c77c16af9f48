"""Erasing a person: key and number go, every copy goes dark, and a row in the vault's register proves it.

In three steps, each of which may be repeated. *Forget*: key and number go in one commit; from then on nobody opens
anything, and no old basis counts. *Wait*: until no process remembers the key or is publishing what it had just opened.
*Prove*: what rested on the person goes, and the proof is written. An erasure that stopped on the way is finished by
running it again. It never touches what belongs to the same person met anew. A held person is not touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from shared.clock import local_day
from shared.keys.sealer import key_of
from shared.mongo import Database, Row, Stale
from shared.operators.held_queue import NotPossible
from shared.operators.retention_classes import Place, classes_on, places_of
from shared.operators.vault_room import seal_the_register
from shared.outbox import OUTBOX
from shared.register import Entry, Seal
from shared.relay import PUBLISH_SECONDS
from shared.room import Room
from shared.vault import Erasure, Person

SERVICES = ("consent", "meetings", "notifier", "observations", "reporting")
"""Whose databases there are; a test compares it with the services themselves."""
RERUNS = 20


@dataclass(frozen=True)
class Proof:
    """What an erasure leaves: all of it stands in the vault's register, sealed."""

    person_ref: str
    key: str
    erased_at: datetime
    by: str
    reason: str
    register_row: str
    seal: int
    outbox_rows_dropped: int

    def facts(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self) | {"erased_at": self.erased_at.isoformat()}


def seconds_until_dark(room: Room) -> float:
    """Return how long after the deletion a process may still remember the key, or publish what it had just opened."""
    return max(room.vault.seconds, PUBLISH_SECONDS) + 1


async def erase(room: Room, person_ref: str, reason: str, by: str, wait: float | None = None) -> Proof:
    """Erase a person and return the proof; `NotPossible` when the person is held, unknown, or erased already."""
    erasure = await forget(room, person_ref, reason, by)
    await asyncio.sleep(seconds_until_dark(room) if wait is None else wait)
    return await prove(room, erasure)


async def forget(room: Room, person_ref: str, reason: str, by: str) -> Erasure:
    """Delete the person's key, number and bases; return the erasure, or the one that was begun and not yet proven."""
    for _ in range(RERUNS):
        await refuse_held(room, person_ref)
        begun = await room.db.find_one(Erasure.collection, {"_id": person_ref})
        if begun is not None and begun["proven_by"] is None:
            return Erasure.of(begun)
        try:
            erasure = await room.vault.forget(person_ref, room.clock.now(), reason, by)
        except Stale:
            continue  # enrolled, held or erased by somebody else at this moment: look again
        if erasure is not None:
            await _drop_old_bases(room, person_ref)  # whoever is deciding on them right now has to decide again
            return erasure
        if begun is not None:
            raise NotPossible(f"Personen är redan raderad. Beviset i valvets register: {begun['proven_by']}.")
        raise NotPossible("Det finns ingen sådan person i den kommunen.")
    raise NotPossible("Personens uppgifter ändras just nu. Försök igen.")


async def unproven(room: Room) -> list[Erasure]:
    """Return the erasures that were begun and have no proof yet."""
    return [Erasure.of(row) for row in await room.db.find(Erasure.collection, {"proven_by": None})]


async def finish(room: Room, erasures: Iterable[Erasure], wait: float | None = None) -> list[Proof]:
    """Wait once until all of these are dark everywhere, and prove each; whoever was erased again is left to that."""
    proofs: list[Proof] = []
    for place, erasure in enumerate(erasures):
        if place == 0:
            await asyncio.sleep(seconds_until_dark(room) if wait is None else wait)
        with suppress(NotPossible):
            proofs.append(await prove(room, erasure))
    return proofs


async def prove(room: Room, erasure: Erasure) -> Proof:
    """Take away what rested on the person, write the proof and seal it."""
    dropped = await _drop_what_waits(room, erasure)
    await _drop_old_bases(room, erasure.id)
    await room.vault.drop_dark_number(erasure)
    stored = await _proven(room, erasure)
    await seal_the_register(room)
    sealed = await room.db.find(Seal.collection, {}, sort=[("_id", -1)], limit=1)
    return Proof(
        person_ref=stored.id,
        key=stored.key,
        erased_at=stored.erased_at,
        by=stored.by,
        reason=stored.reason,
        register_row=str(stored.proven_by),
        seal=sealed[0]["number"],
        outbox_rows_dropped=dropped,
    )


async def _proven(room: Room, erasure: Erasure) -> Erasure:
    """Write the proof unless it is written, and return the erasure with the proof's id."""
    tx = room.begin()
    stored = await tx.get(Erasure, erasure.id)
    if stored is None or stored.key != erasure.key:
        raise NotPossible("Personen har raderats en gång till under tiden. Kör kommandot igen.")
    if stored.proven_by is None:
        entry = Entry(
            act="erased",
            at=stored.erased_at,
            about=stored.key,
            person_ref=stored.id,
            code=stored.reason,
            decided_by=stored.by,
        )
        stored.proven_by = entry.id
        tx.record(entry)
        tx.save(stored)
        await tx.commit()
    return stored


async def refuse_held(room: Room, person_ref: str) -> None:
    """Raise `NotPossible` when there is a legal hold on the person."""
    row = await room.db.find_one(Person.collection, {"_id": person_ref})
    if row is not None and (hold := Person.of(row).hold) is not None:
        since = local_day(hold.held_at).isoformat()
        raise NotPossible(f"Personen är spärrad mot radering sedan {since} ({hold.reason}). Häv spärren först.")


async def stored_about(room: Room, person_ref: str) -> dict[str, int]:
    """Return how many rows each collection holds about a person, register and waiting messages too."""
    counts = {}
    for place in places_about_persons(room.clock.now()):
        counts[place.where] = len(
            await database_of(room, place.database).find(place.collection, place.about(person_ref))
        )
    for name in SERVICES:
        counts[f"{name}.{OUTBOX}"] = len(await database_of(room, name).find(OUTBOX, _rests_on(person_ref)))
    return {name: count for name, count in counts.items() if count}


async def has_any_left(room: Room, person_ref: str) -> bool:
    """Say whether anything that weeding deletes is still about the person, or a message about them still waits."""
    for each, place in places_of(classes_on(local_day(room.clock.now())), SERVICES):
        if each.then == "delete" and place.person and await is_in(room, place, {person_ref}):
            return True
    waiting = [await database_of(room, name).find_one(OUTBOX, _rests_on(person_ref)) for name in SERVICES]
    return any(row is not None for row in waiting)


async def is_in(room: Room, place: Place, persons: set[str]) -> bool:
    """Say whether a place holds a row about any of these persons."""
    db = database_of(room, place.database)
    found = [await db.find_one(place.collection, place.about(person_ref)) for person_ref in sorted(persons)]
    return any(row is not None for row in found)


def places_about_persons(at: datetime) -> list[Place]:
    """Return the places of the classes in force whose rows are about persons."""
    return [place for _, place in places_of(classes_on(local_day(at)), SERVICES) if place.person]


def database_of(room: Room, name: str) -> Database:
    """Return a service's database, or the vault's."""
    return room.db.mongo.database(room.settings.database_prefix + name)


async def _drop_what_waits(room: Room, erasure: Erasure) -> int:
    """Take back what still waits to be told about the person who was erased; return how many messages that were."""
    dropped = 0
    for name in SERVICES:
        db = database_of(room, name)
        for row in await db.find(OUTBOX, _rests_on(erasure.id)):
            if _is_from_before(row, erasure):
                # With its body: another saying may have taken the row's place since.
                dropped += await db.delete(OUTBOX, {"_id": row["_id"], "body": row["body"]})
    return dropped


def _is_from_before(row: Row, erasure: Erasure) -> bool:
    """Say whether a message is about the person who was erased, and not about the same person met anew.

    What is sealed for the person says so by its key; what concerns others too, such as an agenda, by when it was said.
    """
    if row.get("sealed_for") == erasure.id:
        return key_of(row["body"]).hex() == erasure.key
    return datetime.fromisoformat(row["headers"]["ce-time"]) <= erasure.erased_at


async def _drop_old_bases(room: Room, person_ref: str) -> None:
    """Take away the bases from before the person's last erasure. The gate does not count them even while they lie."""
    old = {"after_erasure": {"$ne": await room.vault.last_erasure(person_ref)}}
    for place in places_about_persons(room.clock.now()):
        if place.at_erasure == "delete":
            db = database_of(room, place.database)
            await db.delete(place.collection, {"$and": [place.about(person_ref), old]})


def _rests_on(person_ref: str) -> dict[str, Any]:
    return {"$or": [{"sealed_for": person_ref}, {"resting_on": person_ref}]}
