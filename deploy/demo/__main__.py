"""`python -m deploy.demo`: the story told by real processes and checked. Exit code 1 if anything is off."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.demo.house import House, only_one
from deploy.demo.moments import MUNICIPALITY, opening
from deploy.demo.play import Play
from deploy.demo.results import Results
from deploy.demo.story import chapters
from deploy.demo.timeline import Paper, Timeline
from deploy.demo.verdict import write_verdict
from deploy.demo.words import Names
from deploy.local import NotPossible
from deploy.local.place import ROOT, Place
from deploy.local.progress import say
from shared.agencies import AgenciesFileWrong, AgencyRegistry
from shared.mongo import OUTAGE
from shared.operators import held_queue


def demo(home: Place) -> bool:
    """Run the demo in a place; return whether everything was as it should be."""
    begun = time.monotonic()
    house = House(home)
    registry = _registry(house)
    with _stopped_at_the_end(house):
        settings = house.start(opening())
        say(f"Huset är igång efter {time.monotonic() - begun:.0f} s.")
        results = Results(home.var / "demo")
        paper, names = Paper(results.timeline), Names(registry, MUNICIPALITY)
        paper.line(
            f"Klockan är vriden till november 2026; allt annat är på riktigt: fem tjänster, {house.parts}.",
            "The clock is turned; everything else is real.",
        )
        play = Play(house, settings, registry, Timeline(paper, names))
        stopped = asyncio.run(play.tell())
        results.keep(play.seen)
        good = write_verdict(paper, play.seen, names, stopped)
    for swedish, english, path in results.places():
        paper.line(f"{swedish}: {path}", english)
    paper.line(f"Hela demon tog {time.monotonic() - begun:.0f} s.", "seconds in all")
    return good


def _registry(house: House) -> AgencyRegistry:
    file = house.infrastructure.agencies_file
    registry = AgencyRegistry.load(file)
    missing = sorted({step.agency for step in chapters() if registry.get(step.agency) is None})
    if missing:
        raise NotPossible(f"Demon behöver {', '.join(missing)}, som inte finns i {file} (SAMVERKAN_AGENCIES).")
    return registry


@contextmanager
def _stopped_at_the_end(house: House) -> Iterator[None]:
    """Stop everything whatever happens. A second Ctrl-C does not interrupt the stopping."""
    interruptions = (signal.SIGINT, signal.SIGTERM)
    for number in interruptions:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in interruptions:
            signal.signal(number, signal.SIG_IGN)
        say("Stoppar allt som demon startade …")
        house.stop()


def main() -> int:
    """Run the demo; return its exit code."""
    os.chdir(ROOT)
    home = Place.of_environment()
    try:
        with only_one(home):
            return 0 if demo(home) else 1
    except (NotPossible, held_queue.NotPossible, AgenciesFileWrong) as error:
        say(str(error))
        return 2
    except (ConnectionError, *OUTAGE) as error:
        say(f"RabbitMQ eller databasen svarar inte: {type(error).__name__}")
        return 2
    except KeyboardInterrupt:
        say("Avbrutet.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
