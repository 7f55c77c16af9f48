"""A house whose processes die at a chosen await: before what it waits for has happened, or right after."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from shared.document import Index
from shared.mongo import Database, Mongo, Row, Write
from shared.outbox import OUTBOX
from shared.outgoing import Outgoing
from tests.house import Arrival, House

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone. Not an Exception: nothing in the house may catch it."""


@dataclass
class Fuse:
    """Counts awaits, two points each, and crashes at the point it is set to."""

    crash_at: int | None = None
    point: int = 0
    passed: list[str] = field(default_factory=list)

    def light(self, crash_at: int | None) -> None:
        """Begin to count anew, to crash at that point or never."""
        self.crash_at, self.point, self.passed = crash_at, 0, []

    async def around(self, name: str, awaited: Awaitable[T]) -> T:
        """Wait for something, with a point before and a point after."""
        try:
            self._pass(f"before {name}")
        except Crash:
            if hasattr(awaited, "close"):
                awaited.close()
            raise
        result = await awaited
        self._pass(f"after {name}")
        return result

    def _pass(self, name: str) -> None:
        self.point += 1
        self.passed.append(name)
        if self.point == self.crash_at:
            self.crash_at = None
            raise Crash(name)


class FragileMongo(Mongo):
    """A client every call of which has a point before and a point after."""

    def __init__(self, uri: str, driver: str) -> None:
        super().__init__(uri, driver)
        self.fuse = Fuse()

    def database(self, name: str) -> Database:
        """Return a database that shares the fuse."""
        return FragileDatabase(self, name)


class FragileDatabase(Database):
    """Every question, every write of a transaction and the commit itself passes the fuse."""

    def __init__(self, mongo: FragileMongo, name: str) -> None:
        super().__init__(mongo, name)
        self._fuse = mongo.fuse

    async def find_one(self, collection: str, where: Row) -> Row | None:
        """Ask, with a point on each side."""
        return await self._fuse.around(f"find_one {collection}", super().find_one(collection, where))

    async def find(
        self, collection: str, where: Row, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Row]:
        """Ask, with a point on each side."""
        return await self._fuse.around(f"find {collection}", super().find(collection, where, sort, limit))

    async def change(self, collection: str, where: Row, change: Row) -> int:
        """Change, with a point on each side."""
        return await self._fuse.around(f"change {collection}", super().change(collection, where, change))

    async def put(self, collection: str, row: Row) -> None:
        """Put, with a point on each side."""
        await self._fuse.around(f"put {collection}", super().put(collection, row))

    async def delete(self, collection: str, where: Row) -> int:
        """Delete, with a point on each side."""
        return await self._fuse.around(f"delete {collection}", super().delete(collection, where))

    async def ensure_indexes(self, collection: str, indexes: Sequence[Index]) -> None:
        """Create, without points: it happens before any message."""
        await super().ensure_indexes(collection, indexes)

    async def commit(self, writes: Sequence[Write]) -> None:
        """Commit, with a point on each side."""
        await self._fuse.around("commit", super().commit(writes))

    async def _write(self, session: Any, write: Write) -> None:
        await self._fuse.around(f"write {write.collection}", super()._write(session, write))


@dataclass
class FragileHouse(House):
    """A house that delivers again what was not acknowledged, after the leases of the dead have run out."""

    fuse: Fuse = field(default_factory=Fuse)

    async def post(self, outgoing: Outgoing) -> None:
        """Publish, with a point on each side."""
        await self.fuse.around(f"post {outgoing.routing_key}", super().post(outgoing))

    async def survive(self, *crashes: int) -> int:
        """Settle through these crashes, one an incarnation; return how many of them happened."""
        happened = 0
        for crash_at in (*crashes, None):
            self.fuse.light(crash_at)
            unacknowledged = list(self.waiting)
            try:
                await self.settle()
            except Crash:
                happened += 1
                self._deliver_again(unacknowledged)
                await self._let_leases_run_out()
        return happened

    async def _deliver(self, arrival: Arrival) -> None:
        # What a process dies on was never acknowledged, so the broker has it still.
        try:
            await super()._deliver(arrival)
        except Crash:
            self.waiting.append(arrival)
            raise

    def _deliver_again(self, unacknowledged: list[Arrival]) -> None:
        self.waiting = unacknowledged + [each for each in self.waiting if each not in unacknowledged]

    async def _let_leases_run_out(self) -> None:
        for room in self.rooms.values():
            await room.db.change(OUTBOX, {}, {"$set": {"leased_until": datetime.fromtimestamp(0, UTC)}})
