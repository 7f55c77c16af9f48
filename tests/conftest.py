"""What the tests run on: real broker, database and mail sink, started once, and only when a test asks for them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as property_settings

from deploy.demo.story import local
from deploy.local.infrastructure import Infrastructure
from deploy.local.place import Place
from deploy.local.processes import ServiceProcesses
from shared.mongo import Mongo
from shared.settings import Settings
from tests.house import House, open_house

ROOT = Path(__file__).parent.parent
DRIVERS = ("pymongo", "motor")
OPENING = local("2026-11-16T10:15")
"""Just before the story begins."""
EVENING = local("2026-11-16T18:00")
"""When all of the first day's messages have been sent."""

# How long an example takes is the machine's affair: no test asserts wall time.
property_settings.register_profile("house", deadline=None)
property_settings.load_profile("house")


@pytest.fixture(scope="session")
def infrastructure() -> Iterator[Infrastructure]:
    """Broker, database and mail sink of the tests' own, unless the environment names others."""
    place = Place(Path(os.environ.get("SAMVERKAN_VAR") or ROOT / "var").resolve() / "test")
    running = Infrastructure(place)
    running.start_from_nothing()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def settings(infrastructure: Infrastructure) -> Settings:
    """The settings that lead to the tests' infrastructure."""
    return Settings.model_validate(infrastructure.environment)


@pytest.fixture(params=DRIVERS)
async def mongo(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[Mongo]:
    """A client of each driver in turn."""
    client = Mongo(settings.mongodb_uri, request.param)
    yield client
    await client.close()


@pytest.fixture
async def house(mongo: Mongo, settings: Settings) -> AsyncIterator[House]:
    """All five services in this process, on databases of their own, at the story's opening."""
    async with open_house(mongo, settings, OPENING) as opened:
        yield opened


@pytest.fixture
def services(infrastructure: Infrastructure, settings: Settings) -> Iterator[ServiceProcesses]:
    """The five services as processes on the tests' infrastructure, with databases of their own."""
    running = ServiceProcesses(infrastructure.place, infrastructure.environment)
    running.start()
    running.wait_ready()
    infrastructure.apply_agencies()
    yield running
    running.stop()
