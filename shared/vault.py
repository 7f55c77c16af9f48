"""Personal fields, sealed under a key of the person's own; and the register of whose identity number a reference is.

Deleting a person's key makes every copy of their fields unreadable, in databases, backups and queues alike. Identity
numbers are kept here and nowhere else in the clear: three services answer agencies with them, and none may put
one in an event.
"""

from __future__ import annotations

import json
from typing import Any

from shared.document import Index
from shared.events.agencies import Youth
from shared.mongo import Database, Mongo
from shared.sealer import Sealer, Unreadable

HOUSE = "house"
"""The name of the key for what concerns no single person."""

Erased = Unreadable

_ONE_KEY_A_NAME = Index(
    "one_key_a_name", (("keyAltNames", 1),), unique=True, only_where=(("keyAltNames", {"$exists": True}),)
)


class Vault:
    """Seals values under a person's key (`person_ref`) or the house's."""

    def __init__(self, database: Database, master_key: bytes) -> None:
        self._db = database
        self._sealer = Sealer(database, master_key)
        self._made: set[str] = set()

    @classmethod
    async def open_in(cls, mongo: Mongo, name: str, master_key: bytes) -> Vault:
        """Return the vault kept in the database of that name, its index in place."""
        database = mongo.database(name)
        await database.ensure_indexes("keys", (_ONE_KEY_A_NAME,))
        return cls(database, master_key)

    async def seal(self, owner: str, value: Any) -> bytes:
        """Return a JSON value sealed under the owner's key, which is made when missing."""
        if owner not in self._made:
            await self._sealer.make_key(owner)
            self._made.add(owner)
        return await self._sealer.encrypt(owner, json.dumps(value, ensure_ascii=False).encode())

    async def open(self, owner: str, sealed: bytes) -> Any:
        """Return the value; `Erased` when the owner's key is gone."""
        del owner  # The sealed bytes name their key; the argument keeps callers honest about whose value they open.
        return json.loads(await self._sealer.decrypt(sealed))

    async def enroll(self, person_ref: str, personal_identity_number: str) -> None:
        """Remember whose reference this is. Doing it again changes nothing."""
        if await self._db.find_one("persons", {"_id": person_ref}) is None:
            sealed = await self.seal(person_ref, personal_identity_number)
            await self._db.put("persons", {"_id": person_ref, "sealed_identity_number": sealed})

    async def identity_number(self, person_ref: str) -> str:
        """Return the person's identity number; `Erased` when the person is unknown or erased."""
        row = await self._db.find_one("persons", {"_id": person_ref})
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
