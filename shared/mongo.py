"""The file that knows a MongoDB driver: PyMongo's asyncio client, or Motor by `MONGO_DRIVER=motor`.

Everything else sees plain rows and the errors below; only `keys/sealer.py` beside it knows the driver's encryption. A
commit is one transaction with majority writes: all of it, or nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import motor.motor_asyncio as motor
import pymongo
from bson.binary import STANDARD
from bson.codec_options import CodecOptions
from pymongo import DeleteMany, IndexModel, InsertOne, ReplaceOne
from pymongo.asynchronous.encryption import AsyncClientEncryption
from pymongo.encryption import ClientEncryption
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.document import Index
from shared.keys.kms import Keyring

Row = dict[str, Any]
Operation = InsertOne[Row] | ReplaceOne[Row] | DeleteMany
COMMIT_SECONDS = 20
OUTAGE = (ConnectionFailure, TimeoutError)
"""The database is away, or slower than a commit may be: what was asked for is to be asked again."""
_OPTIONS: CodecOptions[Row] = CodecOptions(tz_aware=True, uuid_representation=STANDARD)


class Taken(Exception):
    """A unique key is in use already; `collection` and `key` say which."""

    def __init__(self, collection: str, key: Row) -> None:
        super().__init__(collection)
        self.collection = collection
        self.key = key


class Stale(Exception):
    """A document has changed since it was read, or two transactions met: read again and decide again."""


def insert(row: Row) -> Operation:
    """Part of a write: a row that must not be there yet."""
    return InsertOne(row)


def replace(where: Row, row: Row, *, or_insert: bool = False) -> Operation:
    """Part of a write: a row in the place of the one that matches, or, if asked for, a new one where none does."""
    return ReplaceOne(where, row, upsert=or_insert)


def delete(where: Row) -> Operation:
    """Part of a write: the rows that match, gone."""
    return DeleteMany(where)


@dataclass(frozen=True)
class Write:
    """One collection's part of a commit.

    `must_match` counts the versioned replacements that have to find their row, `must_delete` the rows that have to be
    there to be deleted.
    """

    collection: str
    operations: tuple[Operation, ...]
    must_match: int = 0
    must_delete: int = 0


class Mongo:
    """One client of one driver. Made inside the running event loop, never at import."""

    def __init__(self, uri: str, driver: str = "pymongo") -> None:
        self.driver = driver
        kind: Any = motor.AsyncIOMotorClient if driver == "motor" else pymongo.AsyncMongoClient
        self.client: Any = kind(uri, tz_aware=True, serverSelectionTimeoutMS=5_000, appname="samverkan")

    def database(self, name: str) -> Database:
        """Return the database of that name."""
        return Database(self, name)

    async def close(self) -> None:
        """Close the client's sockets."""
        closing = self.client.close()
        if closing is not None:
            await closing

    def encryption(self, key_vault: str, keyring: Keyring) -> Any:
        """Return the driver's explicit field encryption. A data key is forgotten `keyring.seconds` after its fetch."""
        kind: Any = AsyncClientEncryption
        forgetting: Any = {"key_expiration_ms": max(1, int(keyring.seconds * 1000))}
        if self.driver == "motor":
            # Motor 3.7's own constructor does not pass on how long keys may be kept; the class it wraps takes it.
            wrapped = {"__delegate_class__": partial(ClientEncryption, **forgetting)}
            kind, forgetting = type("ForgetfulEncryption", (motor.AsyncIOMotorClientEncryption,), wrapped), {}
        tls = keyring.tls or None
        return kind(keyring.accounts, key_vault, self.client, _OPTIONS, kms_tls_options=tls, **forgetting)


class Database:
    """The few questions and the one commit that the house needs."""

    def __init__(self, mongo: Mongo, name: str) -> None:
        self.mongo = mongo
        self.name = name
        self._db: Any = mongo.client.get_database(
            name, codec_options=_OPTIONS, write_concern=WriteConcern("majority"), read_concern=ReadConcern("majority")
        )

    async def find_one(self, collection: str, where: Row) -> Row | None:
        """Return one row, or None."""
        row: Row | None = await self._db[collection].find_one(where)
        return row

    async def find(
        self, collection: str, where: Row, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Row]:
        """Return the rows that match, at most `limit` of them when it is not 0."""
        cursor = self._db[collection].find(where, limit=limit, sort=list(sort) or None)
        return [row async for row in cursor]

    async def claim(self, collection: str, where: Row, change: Row, sort: Sequence[tuple[str, int]] = ()) -> Row | None:
        """Change one matching row and return it as it is afterwards, or None: two claimers never get the same row."""
        row: Row | None = await self._db[collection].find_one_and_update(
            where, change, sort=list(sort) or None, return_document=pymongo.ReturnDocument.AFTER
        )
        return row

    async def change(self, collection: str, where: Row, change: Row) -> int:
        """Update the matching rows, all or none, and return how many there were."""
        rows = self._db[collection]
        result = await self._in_transaction(lambda session: rows.update_many(where, change, session=session))
        return int(result.matched_count)

    async def change_each(self, collection: str, where: Row, change: Row) -> int:
        """Update the matching rows, each by itself, and return how many there were: a kill leaves no row locked.

        Only for collections whose stored rows no transaction changes (see `_in_transaction`).
        """
        result = await self._db[collection].update_many(where, change)
        return int(result.matched_count)

    async def ids(self, collection: str, where: Row, sort: Sequence[tuple[str, int]] = (), limit: int = 0) -> list[str]:
        """Return the ids of the rows that match, at most `limit` of them when it is not 0."""
        cursor = self._db[collection].find(where, {"_id": 1}, limit=limit, sort=list(sort) or None)
        return [row["_id"] async for row in cursor]

    async def put(self, collection: str, row: Row) -> None:
        """Write one row whole, whether or not it was there."""
        await self._db[collection].replace_one({"_id": row["_id"]}, row, upsert=True)

    async def put_new(self, collection: str, row: Row) -> None:
        """Write one row unless one of its id is there; that one stays as it is."""
        with suppress(DuplicateKeyError):
            await self._db[collection].insert_one(row)

    async def delete(self, collection: str, where: Row) -> int:
        """Delete the matching rows, all or none, and return how many there were."""
        rows = self._db[collection]
        result = await self._in_transaction(lambda session: rows.delete_many(where, session=session))
        return int(result.deleted_count)

    async def ping(self) -> None:
        """Return if the database answers."""
        await self._db.command("ping")

    async def ensure_indexes(self, collection: str, indexes: Sequence[Index]) -> None:
        """Create the indexes that are not there; each is named for its question."""
        models = [IndexModel(list(index.keys), **_index_options(index)) for index in indexes]
        if models:
            await self._db[collection].create_indexes(models)

    async def commit(self, writes: Sequence[Write]) -> None:
        """Write all of it in one transaction, in the order given.

        Raises `Taken` for a unique key in use, `Stale` when a versioned replacement found nothing or another
        transaction touched the same documents. After any other error the outcome is unknown.
        """
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._transact(writes)
        except PyMongoError as error:
            if error.has_error_label("TransientTransactionError"):
                raise Stale from error
            raise

    async def _transact(self, writes: Sequence[Write]) -> None:
        async def write_all(session: Any) -> None:
            for write in writes:
                await self._write(session, write)

        await self._in_transaction(write_all)

    async def _in_transaction(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        # Writes to many rows, too, and not for atomicity alone: outside a transaction SecantusDB 0.7.0b3 waits for
        # another transaction's row while it holds the whole collection, which that transaction may need: neither ends.
        starting = self.mongo.client.start_session()
        session = await starting if self.mongo.driver == "motor" else starting
        async with session:
            return await session.with_transaction(work, write_concern=WriteConcern("majority"))

    async def _write(self, session: Any, write: Write) -> None:
        try:
            result = await self._db[write.collection].bulk_write(list(write.operations), session=session)
        except DuplicateKeyError as error:
            raise Taken(write.collection, dict((error.details or {}).get("keyValue") or {})) from error
        except BulkWriteError as error:
            first = (error.details.get("writeErrors") or [{}])[0]
            if first.get("code") == 11000:
                raise Taken(write.collection, dict(first.get("keyValue") or {})) from error
            raise
        if result.matched_count < write.must_match or result.deleted_count < write.must_delete:
            raise Stale(write.collection)


def _index_options(index: Index) -> Row:
    options: Row = {"name": index.question, "unique": index.unique}
    if index.only_where:
        options["partialFilterExpression"] = dict(index.only_where)
    if index.expire_after is not None:
        options["expireAfterSeconds"] = int(index.expire_after.total_seconds())
    return options
