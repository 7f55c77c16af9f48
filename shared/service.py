"""One running service: its handlers on the broker, its relay, its health, and a stop that drains first.

The order of the stop must not be broken: stop consuming, let what has arrived finish, end the loops, and only then
close the connection that publishes what they said.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from shared import topology
from shared.agencies import AgenciesFileWrong, AgencyRegistry
from shared.broker import (
    RECONNECT_SECONDS,
    consuming_broker,
    deaf_subscribers,
    drain,
    post_through,
    publishing_broker,
    user_in,
)
from shared.clock import Clock, WallClock
from shared.document import Document
from shared.events.answers import Answer
from shared.events.event import Event
from shared.health import App, Health
from shared.logs import configure_logs, log
from shared.messaging import ServiceRouter
from shared.mongo import OUTAGE, Database, Mongo
from shared.outgoing import Post
from shared.person import HouseSecret
from shared.room import Room
from shared.settings import Settings, read_settings
from shared.transaction import INDEXES, Transaction
from shared.vault import Vault

Loop = Callable[[Room], Awaitable[None]]


@dataclass(frozen=True)
class Service:
    """What a service is made of. `says` and `tells` are what it publishes; its AsyncAPI document is made from them.

    `routes` are paths it answers on, beside those of its health.
    """

    name: str
    router: ServiceRouter
    shapes: tuple[type[Document], ...] = ()
    says: tuple[type[Event], ...] = ()
    tells: tuple[type[Answer], ...] = ()
    loops: tuple[Loop, ...] = ()
    on_start: Callable[[Transaction], Awaitable[None]] | None = None
    routes: Callable[[Settings], Mapping[str, App]] | None = None

    def run(self) -> None:
        """Serve until the process is told to stop."""
        settings = read_settings()
        _require_files(settings)
        configure_logs(self.name, settings.log_level)
        asyncio.run(serve(self, settings))


async def serve(service: Service, settings: Settings) -> None:
    """Work until a signal comes. Broker or database may be away at the start or later: they are waited for."""
    async with AsyncExitStack() as stack:
        consuming = consuming_broker(settings.rabbitmq_url, service.name)
        publishing = publishing_broker(settings.rabbitmq_url, service.name)
        mongo = Mongo(settings.mongodb_uri, settings.mongo_driver)
        stack.push_async_callback(mongo.close)
        post = post_through(publishing, topology.EXCHANGES, user_in(settings.rabbitmq_url))
        db = mongo.database(settings.database_prefix + service.name)
        routes = service.routes(settings) if service.routes is not None else {}
        server = HealthServer(settings, Health(lambda: _not_ready(db, consuming), routes))
        work = asyncio.create_task(_work(service, settings, mongo, post, consuming, publishing, stack))
        work.add_done_callback(server.end)
        await server.serve()
        work.cancel()
        (outcome,) = await asyncio.gather(work, return_exceptions=True)
        log().info("stopped")
        if isinstance(outcome, Exception):
            raise outcome


async def open_room(service: Service, settings: Settings, mongo: Mongo, post: Post, clock: Clock | None = None) -> Room:
    """Return the service's surroundings, with every index in place."""
    db = mongo.database(settings.database_prefix + service.name)
    vault = await Vault.open_in(mongo, settings.database_prefix + "vault", settings.keyring())
    for shape in service.shapes:
        await db.ensure_indexes(shape.collection, shape.indexes)
    for collection, indexes in INDEXES.items():
        await db.ensure_indexes(collection, indexes)
    return Room(
        service=service.name,
        settings=settings,
        db=db,
        clock=clock or WallClock(settings.clock_file),
        agencies=AgencyRegistry.load(settings.agencies_file),
        secret=HouseSecret(settings.secret("house_secret")),
        vault=vault,
        post=post,
        heard=service.router.heard,
    )


async def _work(
    service: Service,
    settings: Settings,
    mongo: Mongo,
    post: Post,
    consuming: Any,
    publishing: Any,
    stack: AsyncExitStack,
) -> None:
    room = await _until_it_works(lambda: open_room(service, settings, mongo, post))
    stack.push_async_callback(room.vault.close)
    await _until_it_works(publishing.connect)
    await _until_it_works(lambda: topology.declare(publishing, service.name, settings.retry_seconds))
    consuming.include_router(service.router)
    consuming.context.set_global("rooms", {service.name: room})
    await _until_it_works(lambda: _start(service, room))
    loops = [asyncio.create_task(loop(room)) for loop in (lambda r: r.relay.run(r.stopping), *service.loops)]
    try:
        await _until_it_works(consuming.start)
        log().info("started")
        await _until_one_ends(loops)
    finally:
        room.stopping.set()
        await drain(consuming)
        await asyncio.gather(*loops, return_exceptions=True)
        await publishing.stop()


async def _until_one_ends(loops: list[asyncio.Task[None]]) -> None:
    """Return never, unless a loop ends: then the process has to end too, so that somebody starts it again."""
    ended, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
    for loop in ended:
        loop.result()
    raise RuntimeError("a loop has ended")


async def _start(service: Service, room: Room) -> None:
    if service.on_start is not None:
        async with room.transaction() as tx:
            await service.on_start(tx)


async def _until_it_works(attempt: Callable[[], Awaitable[Any]]) -> Any:
    while True:
        try:
            return await attempt()
        except Exception as error:  # noqa: BLE001 - broker and database are waited for, however they are away
            log().warning("not up yet", error=type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)


async def _not_ready(db: Database, consuming: Any) -> list[str]:
    try:
        await db.ping()
    except OUTAGE:
        return ["the database does not answer"]
    if not consuming.running:
        return ["not consuming yet"]
    if not await consuming.ping(timeout=1.0):
        return ["RabbitMQ does not answer"]
    return [f"nobody consumes {queue}" for queue in await deaf_subscribers(consuming)]


def _require_files(settings: Settings) -> None:
    """Leave with one line when a secret or the agencies file cannot be used: waiting would not mend it."""
    settings.secret("house_secret")
    settings.keyring()
    try:
        AgencyRegistry.load(settings.agencies_file)
    except AgenciesFileWrong as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


class HealthServer(uvicorn.Server):
    """Serves health until a signal comes, then lets the service drain: uvicorn alone would raise the signal again."""

    def __init__(self, settings: Settings, health: Health) -> None:
        super().__init__(
            uvicorn.Config(
                health, host=settings.health_host, port=settings.health_port, log_config=None, access_log=False
            )
        )

    def end(self, _: object) -> None:
        """Stop serving: the work it answers for is over."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as the request to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield
