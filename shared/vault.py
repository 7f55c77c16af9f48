"""Personal fields, sealed under a key of the person's own; and the register of whose identity number a reference is.

Deleting a person's key makes every copy of their fields unreadable, in databases, backups and queues alike. Identity
numbers are kept here and nowhere else in the clear: three services answer agencies with them, and none may put
one in an event.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared import ends
from shared.document import Document, Index
from shared.events.agencies import Youth
from shared.keys.kms import Keyring
from shared.keys.sealer import Sealer, Unreadable, key_of
from shared.mongo import Database, Mongo, Write, delete, replace

HOUSE = "house"
"""The name of the key for what concerns no single person."""

Erased = Unreadable

KEYS, PERSONS = "keys", "persons"
_ONE_KEY_A_NAME = Index("which_key_has_this_name", (("keyAltNames", 1),), unique=True)
"""Not partial, as the driver's manual has it: every key here has a name, and SecantusDB uses no partial index."""


class Hold(BaseModel):
    """A legal hold: nothing about the person may be erased or weeded. The reason is a reference, never a story."""

    model_config = ConfigDict(frozen=True)

    reason: str
    held_at: datetime
    by: str


class Person(Document):
    """Whose number a reference is. The hold lies here, so that an erasure and a hold can never pass each other."""

    collection: ClassVar[str] = PERSONS

    sealed_identity_number: bytes
    hold: Hold | None = None


class Erasure(Document):
    """The last erasure of a person; its id is the `person_ref`. `proven_by` is the proof's id, once it is written.

    It stays when the person is met again: what was said before `erased_at` is about somebody who is not here.
    """

    collection: ClassVar[str] = "erasures"

    erased_at: datetime
    key: str
    reason: str
    by: str
    proven_by: str | None = None


class Vault:
    """Seals values under a person's key (`person_ref`) or the house's. Only `enroll` makes a person's key."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.seconds = keyring.seconds
        self._db = database
        self._sealer = Sealer(database, keyring)
        self.ends = ends.Ends(database)

    @classmethod
    async def open_in(cls, mongo: Mongo, name: str, keyring: Keyring) -> Vault:
        """Return the vault kept in the database of that name, its index in place."""
        database = mongo.database(name)
        await database.ensure_indexes(KEYS, (_ONE_KEY_A_NAME,))
        await database.ensure_indexes(ends.ENDS, ends.INDEXES)
        return cls(database, keyring)

    async def seal(self, owner: str, value: Any) -> bytes:
        """Return a JSON value sealed under the owner's key of this moment; `Erased` when a person has none."""
        key = await self._sealer.key_named(owner)
        if key is None:
            if owner != HOUSE:
                raise Erased(owner)
            key = await self._sealer.make_key(HOUSE)
        return await self._sealer.encrypt(key, json.dumps(value, ensure_ascii=False).encode())

    async def open(self, owner: str, sealed: bytes) -> Any:
        """Return the value; `Erased` when the owner's key is gone."""
        del owner  # The sealed bytes name their key; the argument keeps callers honest about whose value they open.
        return json.loads(await self._sealer.decrypt(sealed))

    async def readable(self, owner: str, sealed: Iterable[bytes]) -> set[bytes]:
        """Return those of the values that the owner's key of this moment opens, without opening any.

        The others were sealed before the person was erased: they stay dark when the person is enrolled anew.
        """
        key = await self._sealer.key_named(owner)
        return {each for each in sealed if key_of(each) == key}

    async def enroll(self, person_ref: str, personal_identity_number: str) -> None:
        """Remember whose reference this is, with a key of its own. Doing it again changes nothing.

        Called when an agency tells something new about the person; somebody who was erased begins anew by it, under a
        new key. If the person is erased meanwhile, what is written here is dark, and so is what the caller seals.
        """
        row = await self._db.find_one(PERSONS, {"_id": person_ref})
        key = await self._sealer.make_key(person_ref)
        if row is None or key_of(row["sealed_identity_number"]) != key:
            sealed = await self._sealer.encrypt(key, json.dumps(personal_identity_number).encode())
            hold = None if row is None else Person.of(row).hold
            await self._db.put(PERSONS, Person(id=person_ref, sealed_identity_number=sealed, hold=hold).row())

    async def forget(self, person_ref: str, at: datetime, reason: str, by: str) -> Erasure | None:
        """Delete a person's key and number, both or neither, and return the erasure; None when there is no key.

        `Stale` when somebody else touches either, or the person is held. From then on nobody opens anything; other
        processes may have the key in their memory for `seconds` yet.
        """
        key, row = await self._sealer.key_named(person_ref), await self._db.find_one(PERSONS, {"_id": person_ref})
        if key is None:
            return None
        erasure = Erasure(id=person_ref, erased_at=at, key=key.hex(), reason=reason, by=by)
        erase_key = Write(KEYS, (delete({"_id": UUID(bytes=key), "keyAltNames": person_ref}),), must_delete=1)
        not_held = delete({"_id": person_ref, "hold": None})
        erase_number = Write(PERSONS, (not_held,), must_delete=0 if row is None else 1)
        note = Write(Erasure.collection, (replace({"_id": person_ref}, erasure.row(), or_insert=True),))
        await self._db.commit((erase_key, erase_number, note))
        return erasure

    async def drop_dark_number(self, erasure: Erasure) -> None:
        """Delete the number that somebody who enrolled the person wrote down just after its key had gone."""
        row = await self._db.find_one(PERSONS, {"_id": erasure.id})
        if row is not None and key_of(row["sealed_identity_number"]).hex() == erasure.key:
            await self._db.delete(PERSONS, {"_id": erasure.id, "version": row["version"], "hold": None})

    async def is_erased(self, person_ref: str, said_at: datetime) -> bool:
        """Say whether what was said of a person at that moment is about one who has been erased since, or still is."""
        row = await self._db.find_one(Erasure.collection, {"_id": person_ref})
        if row is None:
            return False
        return bool(said_at <= row["erased_at"]) or await self._sealer.key_named(person_ref) is None

    async def last_erasure(self, person_ref: str) -> str | None:
        """Return the key that went with the person's last erasure; None when there has been none."""
        row = await self._db.find_one(Erasure.collection, {"_id": person_ref})
        return None if row is None else str(row["key"])

    async def identity_number(self, person_ref: str) -> str:
        """Return the person's identity number; `Erased` when the person is unknown or erased."""
        row = await self._db.find_one(PERSONS, {"_id": person_ref})
        if row is None:
            raise Erased(person_ref)
        number: str = await self.open(person_ref, row["sealed_identity_number"])
        return number

    async def youth(self, person_ref: str) -> Youth:
        """Return the person as agencies are told of them: by identity number; `Erased` as above."""
        return Youth(personal_identity_number=await self.identity_number(person_ref))

    async def close(self) -> None:
        """Let go of the encryption state."""
        await self._sealer.close()
