"""Legal hold: while it lasts nothing about the person is erased or weeded. Set and lifted in the register too.

The hold lies on the person's own row in the vault, which an erasure has to find free in its commit: the two can never
pass each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from shared.mongo import Stale
from shared.operators.held_queue import NotPossible
from shared.operators.vault_room import seal_the_register
from shared.register import Entry
from shared.room import Room
from shared.vault import Hold, Person

RERUNS = 20


async def hold(room: Room, person_ref: str, reason: str, by: str) -> Entry:
    """Put a hold on a person and return the register row; `NotPossible` when there is one, or nobody to hold."""

    def change(person: Person) -> None:
        if person.hold is not None:
            raise NotPossible(f"Personen är redan spärrad ({person.hold.reason}).")
        person.hold = Hold(reason=reason, held_at=room.clock.now(), by=by)

    return await _changed(room, person_ref, change, "held", reason, by)


async def release(room: Room, person_ref: str, reason: str, by: str) -> Entry:
    """Lift the hold on a person and return the register row; `NotPossible` when there is none."""

    def change(person: Person) -> None:
        if person.hold is None:
            raise NotPossible("Personen är inte spärrad.")
        person.hold = None

    return await _changed(room, person_ref, change, "released", reason, by)


async def all_held(room: Room) -> list[tuple[str, Hold]]:
    """Return the held persons by reference, longest held first."""
    persons = [Person.of(row) for row in await room.db.find(Person.collection, {"hold": {"$ne": None}})]
    held = [(person.id, person.hold) for person in persons if person.hold is not None]
    return sorted(held, key=lambda each: each[1].held_at)


async def _changed(
    room: Room,
    person_ref: str,
    change: Callable[[Person], None],
    act: Literal["held", "released"],
    reason: str,
    by: str,
) -> Entry:
    for _ in range(RERUNS):
        tx = room.begin()
        person = await tx.get(Person, person_ref)
        if person is None:
            raise NotPossible("Det finns ingen sådan person i den kommunen.")
        change(person)
        tx.save(person)
        entry = Entry(act=act, at=tx.now, about=person_ref, person_ref=person_ref, code=reason, decided_by=by)
        tx.record(entry)
        try:
            await tx.commit()
        except Stale:
            continue
        await seal_the_register(room)
        return entry
    raise NotPossible("Personens uppgifter ändras just nu. Försök igen.")
