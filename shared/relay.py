"""From the outbox to the broker, with confirms and the message ids that were committed.

A handler's own rows are published right after its commit; whatever a crash or an outage left behind is swept up by
lease, in every replica. A row goes away only after the broker's confirm, so a crash in between repeats a message under
the same id and never loses one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from shared import outbox
from shared.clock import Clock
from shared.logs import log
from shared.mongo import Database, Row
from shared.outgoing import Post
from shared.vault import Erased, Vault

PUBLISH_SECONDS = 10
"""Longer than `shared.broker` waits for a confirm: a sealed body has to be opened first."""
WINDOW = 100
"""How many messages may wait for their confirms at once."""
IDLE_SECONDS = 0.25


class Relay:
    """Publishes one service's outbox."""

    def __init__(self, db: Database, post: Post, clock: Clock, vault: Vault) -> None:
        self._db = db
        self._post = post
        self._clock = clock
        self._vault = vault
        self._window = asyncio.Semaphore(WINDOW)
        self._sent: list[Row] = []
        self._removing = False

    async def publish(self, rows: Sequence[Row]) -> None:
        """Publish rows that this process holds the lease on, then remove them; the others go back to the sweep."""
        outcomes = await asyncio.gather(*[self._publish_one(row) for row in rows])
        # Put back first: then whatever still carries the claim of a row that was sent has been sent itself.
        if unsent := [row for row, is_sent in zip(rows, outcomes, strict=True) if not is_sent]:
            await outbox.put_back(self._db, unsent)
        self._sent.extend(row for row, is_sent in zip(rows, outcomes, strict=True) if is_sent)
        if not self._removing:
            await self._remove_sent()

    async def sweep(self) -> int:
        """Publish the rows that are due and nobody's; return how many were taken."""
        rows = await outbox.claim_due(self._db, self._clock.now())
        if rows:
            await self.publish(rows)
        return len(rows)

    async def run(self, stopping: asyncio.Event) -> None:
        """Sweep until told to stop. An outage of broker or database is waited out, never the end of the loop."""
        while not stopping.is_set():
            try:
                swept = await self.sweep()
            except asyncio.CancelledError:
                if _is_cancelled():
                    raise
                swept = 0
            except Exception as error:  # noqa: BLE001 - an outage of any kind must not end the loop
                log().warning("sweep failed", error=type(error).__name__)
                swept = 0
            if not swept:
                await rest(stopping, IDLE_SECONDS)

    async def _remove_sent(self) -> None:
        """Remove what has been sent, and what others send meanwhile: one write for all that came together."""
        self._removing = True
        try:
            while self._sent:
                sent, self._sent = self._sent, []
                await outbox.remove(self._db, sent)
        finally:
            self._removing = False

    async def _publish_one(self, row: Row) -> bool:
        try:
            async with self._window, asyncio.timeout(PUBLISH_SECONDS):
                if await self._vault.ends.forbid(row.get("resting_on", ())):
                    return False  # its end is on its way here, and will take it back
                if not await outbox.may_go(self._db, row, self._clock.now()):
                    return False  # kept, if it is there still, for the end of the consent to take back
                await self._post(await outbox.outgoing_of(row, self._vault))
        except Erased:
            log().info("message of an erased person dropped", message_id=row["message_id"])
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            return False
        except Exception as error:  # noqa: BLE001 - whatever it was, the row is kept and tried again
            log().warning("publish failed", message_id=row["message_id"], error=type(error).__name__)
            return False
        return True


def _is_cancelled() -> bool:
    """Say whether somebody cancels this task; aio-pika raises the same error when a connection dies under a publish."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def rest(stopping: asyncio.Event, seconds: float) -> None:
    """Do nothing for so long, or until the service is told to stop."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
