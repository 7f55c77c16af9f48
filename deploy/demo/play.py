"""Tells the story: turn the clock, let the agency speak, wait until all that must come has come, write it down.

Nothing is waited for by time alone. A moment is over when everything due is there and the house has settled, so that
what should not come has had every chance to.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from deploy.demo.agencies import Agencies
from deploy.demo.check import Evidence
from deploy.demo.house import House
from deploy.demo.letters import Mailbox, paired_letters
from deploy.demo.moments import Moment, moments
from deploy.demo.pictures import picture
from deploy.demo.received import paired, told
from deploy.demo.registers import checked_registers
from deploy.demo.settled import Workings
from deploy.demo.timeline import Timeline
from deploy.local.progress import say
from shared.agencies import AgencyRegistry
from shared.clock import WallClock
from shared.mongo import Mongo
from shared.settings import Settings

PATIENCE_SECONDS = 40.0
LOOK_EVERY_SECONDS = 0.1


class NotInTime(Exception):
    """Something that had to come did not; the arguments are one line each."""


class Play:
    """One telling of the story, and the evidence it gathers."""

    def __init__(self, house: House, settings: Settings, registry: AgencyRegistry, timeline: Timeline) -> None:
        self.seen = Evidence(registry)
        self._house = house
        self._settings = settings
        self._timeline = timeline
        self._told = (0, 0)

    async def tell(self) -> list[str]:
        """Tell all of it; return why it was broken off, if it was."""
        mongo = Mongo(self._settings.mongodb_uri)
        ids = [each.id for each in self.seen.registry.all]
        workings = Workings(self._settings, mongo, WallClock(self._settings.clock_file))
        mailbox = Mailbox(self._house.mail_folder, workings.database("notifier"))
        try:
            async with Agencies(self._settings, ids) as agencies:
                async with workings:
                    stopped = await self._tell(agencies, workings, mailbox)
                    say("Stoppar tjänsterna och räknar efter …")
                    await asyncio.to_thread(self._house.stop_services)
                await self._gather(workings, mailbox, mongo)
        finally:
            await mongo.close()
        return stopped

    async def _tell(self, agencies: Agencies, workings: Workings, mailbox: Mailbox) -> list[str]:
        self.seen.received, self.seen.letters_readable = agencies.received, mailbox.readable
        for moment in moments(self.seen.registry):
            self.seen.played.append(moment)
            self._house.turn_clock(moment.at)
            if moment.step is not None:
                await agencies.say(moment.step)
            try:
                await self._all_came(moment, agencies, workings, mailbox)
            except NotInTime as error:
                return [*error.args, *self._house.ended()]
        return []

    async def _all_came(self, moment: Moment, agencies: Agencies, workings: Workings, mailbox: Mailbox) -> None:
        """Wait for everything the moment must lead to, and write down what came."""
        got_before, letters_before = self._told
        reporting, due = workings.database("reporting"), moment.outcome.picture
        week = due.iso_week if due else None

        async def awaited() -> list[str]:
            missing, over = paired(moment.outcome.messages, agencies.received[got_before:])
            self.seen.letters = await mailbox.letters()
            letters, _ = paired_letters(moment.outcome.letters, self.seen.letters[letters_before:])
            lines = [told(each, over) for each in missing]
            lines += [f"{each.kind} till {each.to} har inte kommit" for each in letters]
            if week is not None and (made := await picture(reporting, week)) is not None:
                self.seen.pictures[week] = made
            elif week is not None:
                lines.append(f"lägesbilden {week} är inte gjord")
            return lines or await workings.unfinished()

        try:
            await until_nothing(awaited)
        finally:
            self._told = len(agencies.received), len(self.seen.letters)
            got, letters = agencies.received[got_before:], self.seen.letters[letters_before:]
            self._timeline.write(moment, got, letters, self.seen.pictures.get(week or ""))

    async def _gather(self, workings: Workings, mailbox: Mailbox, mongo: Mongo) -> None:
        """Look once more at everything, now that nobody works any more."""
        self.seen.left_in_queues = await workings.left_in_queues()
        self.seen.letters = await mailbox.letters()
        self.seen.events = workings.events
        self.seen.registers = await checked_registers(self._settings, mongo)
        for week in list(self.seen.pictures):
            made = await picture(workings.database("reporting"), week)
            if made is not None:
                self.seen.pictures[week] = made
        logs = self._house.place.folder("log").glob("*.log")
        self.seen.logs = {path.stem: path.read_text("utf-8", "replace") for path in logs}


async def until_nothing(awaited: Callable[[], Awaitable[list[str]]]) -> None:
    """Return when nothing is awaited any more; NotInTime with what still is when it takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while lines := await awaited():
        if time.monotonic() > deadline:
            raise NotInTime(*(f"efter {PATIENCE_SECONDS:.0f} s: {line}" for line in lines))
        await asyncio.sleep(LOOK_EVERY_SECONDS)
