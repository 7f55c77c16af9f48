"""Where a service's handlers work: its database, clock, agencies, secrets, and the way out to the broker.

One running service has one room, and everything that runs in it is handed that room: nothing is kept in module globals,
so that a test can run all five services in one process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

from shared.agencies import AgencyRegistry
from shared.clock import Clock
from shared.events.event import Event
from shared.mongo import Database
from shared.outgoing import Post
from shared.person import HouseSecret
from shared.relay import Relay
from shared.settings import Settings
from shared.transaction import Surroundings, Transaction
from shared.vault import Vault


class Room:
    """All that one running service holds on to; a transaction is handed the part of it that handlers may see."""

    def __init__(
        self,
        service: str,
        settings: Settings,
        db: Database,
        clock: Clock,
        agencies: AgencyRegistry,
        secret: HouseSecret,
        vault: Vault,
        post: Post,
        heard: Mapping[str, type[Event] | None],
    ) -> None:
        self.service = service
        self.settings = settings
        self.db = db
        self.clock = clock
        self.agencies = agencies
        self.secret = secret
        self.vault = vault
        self.post = post
        self.heard = heard
        self.relay = Relay(db, post, clock, vault)
        self.stopping = asyncio.Event()
        self.reruns = asyncio.Lock()
        self.way_is_free = asyncio.Event()
        self.way_is_free.set()
        self._closing = 0
        self._around = Surroundings(service, db, agencies, secret, vault, timedelta(seconds=settings.hold_seconds))

    @contextmanager
    def before_others(self) -> Iterator[None]:
        """Let nothing else begin while the block lasts: what closes something must not queue behind what it closes."""
        self._closing += 1
        self.way_is_free.clear()
        try:
            yield
        finally:
            self._closing -= 1
            if not self._closing:
                self.way_is_free.set()

    def begin(self) -> Transaction:
        """Return a new transaction that sees this moment."""
        return Transaction(self._around, self.clock.now())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commit what the block collects, then publish what it says. For work that no message asks for."""
        tx = self.begin()
        yield tx
        await self.relay.publish(await tx.commit())
