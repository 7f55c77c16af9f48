"""Thousands of letters due at one instant: written on a Sunday, they all wait for the send window of Monday 07.00.

The house's clock is then turned to that moment. Replicas are killed as the letters go out; the count is the sink's.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from deploy.local.processes import ServiceProcesses
from services.notifier.sending.loops import CONNECTIONS, LOOPS
from shared import topology
from shared.broker import post_through, publishing_broker, user_in
from shared.clock import LOCAL_ZONE
from shared.events.meetings import ReminderTimeReached
from shared.mongo import Mongo, Row
from shared.outbox import real_now
from shared.outgoing import event_message
from shared.settings import Settings
from tests.live.counting_sink import CountingSink
from tests.services.notifier_samples import POLICE, a_reminder, mail_of, reminder_time_reached

REPLICAS = ("notifier", "notifier-2", "notifier-3")
MAILBOXES = 100
"""Recipients of each meeting, its organiser among them."""
STANDSTILL_SECONDS = 120


@dataclass
class Outcome:
    """What one fan-out came to.

    `until_first` is from the instant the letters were due to the first that arrived, `seconds` from that to the last.
    `load` is how many processes wanted a core of the machine before it began, these among them.
    """

    letters: int
    kills: int
    arrived: int
    repeats: int
    states: Counter[str]
    late: int
    until_first: float
    seconds: float
    bare_rate: float
    load: float

    @property
    def rate(self) -> float:
        """Letters a second."""
        return self.arrived / self.seconds

    @property
    def ratio(self) -> float:
        """How that compares with the bare loop, which sends as many: half of them just before, half just after."""
        return self.rate / self.bare_rate


@dataclass
class FanOut:
    """The replicas, what they write to, and the clock that they all read."""

    services: ServiceProcesses
    settings: Settings
    sink: CountingSink
    clock_file: Path
    weeks: int = 0

    async def run(self, letters: int, kills: int) -> Outcome:
        """Let so many letters fall due at once, kill so often, and return what came of it when all is quiet."""
        self.weeks += 1
        monday = datetime(2027, 1, 11, 7, tzinfo=LOCAL_ZONE) + timedelta(weeks=self.weeks)
        self._turn_clock(monday - timedelta(hours=20))
        await self._write(letters, monday)
        self.sink.forget()
        load = os.getloadavg()[0]
        before = await asyncio.to_thread(self._bare_seconds, letters // 2)
        self.sink.forget()
        self._turn_clock(monday)
        begun = time.monotonic()
        await self._kill_on(letters, kills)
        await self._until_arrived(letters)
        await self._until_recorded(monday)
        rows = await self._deliveries(monday)
        written = [(row, letter) for row in rows for letter in row["letters"]]
        arrived, all_taken = len(self.sink.taken), self.sink.taken.total()
        until_first, seconds = self.sink.first_at - begun, self.sink.last_new_at - self.sink.first_at
        after = await asyncio.to_thread(self._bare_seconds, letters // 2)
        return Outcome(
            letters=letters,
            kills=kills,
            arrived=arrived,
            repeats=all_taken - arrived,
            states=Counter(letter["state"] for _, letter in written),
            late=sum(letter["attempts"][-1]["at"] >= row["not_after"] for row, letter in written if letter["attempts"]),
            until_first=until_first,
            seconds=seconds,
            bare_rate=letters // 2 * 2 / (before + after),
            load=load,
        )

    async def _write(self, letters: int, monday: datetime) -> None:
        """Have the reminders' time reached on the Sunday, and return when all letters wait for the Monday."""
        broker = publishing_broker(self.settings.rabbitmq_url, "meetings")
        await broker.connect()
        post = post_through(broker, topology.EXCHANGES, user_in(self.settings.rabbitmq_url))
        for number in range(letters // MAILBOXES):
            await post(event_message(self._reminder(number, monday), "meetings", real_now()))
        await broker.stop()
        await self._until(lambda: self._all_wait(letters, monday))

    def _reminder(self, number: int, monday: datetime) -> ReminderTimeReached:
        emails = [f"polis{number}.{each}@polisen.example" for each in range(MAILBOXES - 1)]
        return reminder_time_reached(
            meeting_id=f"fan-out {self.weeks}:{number}",
            starts_at=monday + timedelta(hours=2),
            ends_at=monday + timedelta(hours=3),
            invited=tuple(POLICE.model_copy(update={"email": email}) for email in emails),
        )

    async def _all_wait(self, letters: int, monday: datetime) -> bool:
        waiting = [row for row in await self._deliveries(monday) if row["state"] == "created"]
        return letters == sum(len(row["letters"]) for row in waiting if row["next_attempt_at"] == monday)

    async def _kill_on(self, letters: int, kills: int) -> None:
        """Kill a replica each time a further share of the letters has come, and start it again."""
        for turn in range(1, kills + 1):
            await self._until_arrived(turn * letters // (kills + 1))
            await asyncio.to_thread(self.services.restart, REPLICAS[turn % len(REPLICAS)])

    def _arrived(self) -> int:
        return len(self.sink.taken)

    async def _until_recorded(self, monday: datetime) -> None:
        async def all_done() -> bool:
            return {"done"} == {row["state"] for row in await self._deliveries(monday)}

        await self._until(all_done)

    async def _deliveries(self, monday: datetime) -> list[Row]:
        mongo = Mongo(self.settings.mongodb_uri)
        try:
            db = mongo.database(f"{self.settings.database_prefix}notifier")
            return await db.find("deliveries", {"not_after": monday + timedelta(hours=2)})
        finally:
            await mongo.close()

    async def _until(self, is_so: Callable[[], Awaitable[bool]], every: float = 0.5) -> None:
        """Wait for something to be so; fail when the sink has heard nothing new for long."""
        moved_at, seen = time.monotonic(), -1
        while not await is_so():
            await asyncio.sleep(every)
            if self.sink.taken.total() != seen:
                moved_at, seen = time.monotonic(), self.sink.taken.total()
            assert time.monotonic() - moved_at < STANDSTILL_SECONDS, f"nothing moves at {self._arrived()} letters"

    async def _until_arrived(self, letters: int) -> None:
        async def arrived() -> bool:
            return self._arrived() >= letters

        await self._until(arrived, every=0.02)

    def _bare_seconds(self, count: int) -> float:
        """Return how long aiosmtplib alone takes for so many letters over as many connections into the same sink."""
        letter = mail_of(a_reminder()).content.partition(b"\r\n")[2]
        connections = str(len(REPLICAS) * LOOPS * CONNECTIONS)
        command = [sys.executable, "-m", "tests.live.bare_loop", str(self.sink.port), connections, str(count)]
        return count / float(subprocess.run(command, input=letter, capture_output=True, check=True, timeout=120).stdout)

    def _turn_clock(self, moment: datetime) -> None:
        partial = self.clock_file.with_suffix(".part")
        partial.write_text(str((moment - real_now()).total_seconds()), encoding="utf-8")
        partial.replace(self.clock_file)
