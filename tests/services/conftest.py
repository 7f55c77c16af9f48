"""What tests of one service stand on beside the house: for the notifier, a mail server that answers as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from services.notifier.channels.smtp import Connection, MailServer
from shared.mongo import Mongo
from shared.room import Room
from shared.settings import Settings
from tests.house import House
from tests.services.mail_sink import MailSink, mail_sink


@pytest.fixture(params=("pymongo",))
async def mongo(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[Mongo]:
    """A client of the usual driver: what differs between the two is tried in `plumbing` and `stories`, on both."""
    client = Mongo(settings.mongodb_uri, request.param)
    yield client
    await client.close()


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """Run a mail server that takes everything until it is told otherwise."""
    with mail_sink() as running:
        yield running


@pytest.fixture
def room(house: House, sink: MailSink) -> Room:
    """Return the notifier's surroundings, with the way to that mail server."""
    notifier = house.rooms["notifier"]
    notifier.settings = notifier.settings.model_copy(update={"smtp_url": sink.url})
    return notifier


@pytest.fixture
async def connection(sink: MailSink) -> AsyncIterator[Connection]:
    """Return a connection to that mail server."""
    opened = Connection(MailServer.at(sink.url), patience_seconds=5)
    yield opened
    await opened.close()
