"""The broker or the database is gone for a while, or a service is told to stop under load: nothing is lost by it."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from deploy.demo.story import HOUSING, LEISURE, POLICE, SCHOOL, SOCIAL
from deploy.local.infrastructure import Infrastructure
from deploy.local.place import LOOPBACK
from deploy.local.processes import SERVICES, ServiceProcesses
from shared.operators.held_queue import held_queue, opened_channel
from shared.settings import Settings
from tests.live.agency_side import AgencySide
from tests.live.one_agency import fresh
from tests.live.youths import Submission, submissions_of

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

AGENCIES = (SOCIAL, SCHOOL, POLICE, LEISURE, HOUSING)
AWAY_SECONDS = 10
NOTICED_SECONDS = 6
"""An answer of `/ready` is kept for two seconds, and a check may take three."""
LOAD = 160
FEW = 4
"""A quorum queue may have given out a message that had not come when its consumer was cancelled."""
PLACE_EVENTS = "observations.place-event.submitted.v1"


@pytest.fixture
def unshaken(services: ServiceProcesses) -> Iterator[None]:
    """Whatever was away: afterwards the same processes are ready, by themselves."""
    before = {name: services.process(name).pid for name in SERVICES}
    yield
    services.wait_ready()
    assert before == {name: services.process(name).pid for name in SERVICES}


@asynccontextmanager
async def agencies(settings: Settings) -> AsyncIterator[AgencySide]:
    """Connect the agencies of the story for as long as the block lasts."""
    side = AgencySide(settings)
    await side.open(AGENCIES)
    yield side
    await side.close()


def submissions(first: int, last: int) -> list[Submission]:
    """Return all that is said about so many youths."""
    return [each for serial in range(first, last) for each in submissions_of(serial)]


async def answered(side: AgencySide, sent: list[Submission], patience: float = 90) -> None:
    """Return when every submission has its answer; each under one id."""
    ids = {event["id"] for _, event in sent}
    async with asyncio.timeout(patience):
        while ids - set(side.answer_ids):  # noqa: ASYNC110 - bounded by the patience
            await asyncio.sleep(0.1)
    assert {1} == {len(side.answer_ids[each]) for each in ids}
    assert 0 == sum(side.count("submission.rejected.v1").values())


async def statuses(services: ServiceProcesses, path: str) -> set[int]:
    """Return what the five services answer to one question about their health."""
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        asked = [client.get(f"http://{LOOPBACK}:{services.place.port(name)}{path}") for name in SERVICES]
        return {answer.status_code for answer in await asyncio.gather(*asked)}


async def away(services: ServiceProcesses, seconds: float) -> None:
    """Let the time pass: every service is alive throughout, and none is ready once it has noticed."""
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        assert {200} == await statuses(services, "/live")
        ready = await statuses(services, "/ready")
        assert passed < NOTICED_SECONDS or ready == {503}
        await asyncio.sleep(0.5)


async def assert_nothing_is_dead(settings: Settings) -> None:
    """No service has given up a message."""
    async with opened_channel(settings.rabbitmq_url) as channel:
        queues = [await channel.declare_queue(f"{name}.dead", passive=True) for name in SERVICES]
    assert {0} == {queue.declaration_result.message_count for queue in queues}


@pytest.mark.usefixtures("unshaken")
@pytest.mark.parametrize("part", ["broker", "database"])
async def test_what_is_said_during_an_outage_is_answered_after_it(
    infrastructure: Infrastructure, services: ServiceProcesses, settings: Settings, part: str
) -> None:
    """Ten seconds without broker or database: alive, not ready, ready again; every submission answered once."""
    is_ours = infrastructure.embeds_rabbitmq if part == "broker" else infrastructure.embeds_mongodb
    if not is_ours:
        pytest.skip("the environment names it: it is not ours to stop")
    take_away: Callable[[], None] = infrastructure.stop_broker if part == "broker" else infrastructure.kill_database
    first = 0 if part == "broker" else 100
    before, meanwhile = submissions(first, first + 3), submissions(first + 3, first + 8)
    async with agencies(settings) as side:
        await side.submit(before)
        sending = asyncio.create_task(side.submit(meanwhile))
        await asyncio.to_thread(take_away)
        await away(services, AWAY_SECONDS)
        await asyncio.to_thread(infrastructure.start)
        await asyncio.to_thread(services.wait_ready)
        await sending
        await answered(side, before + meanwhile)
        assert {200} == await statuses(services, "/ready")
    await assert_nothing_is_dead(settings)


async def test_a_service_that_is_told_to_stop_hands_back_what_it_has_not_begun(
    services: ServiceProcesses, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """SIGTERM under load: what it had taken it finishes, few messages or none are delivered again, and none is lost."""
    sent: list[Submission] = [(HOUSING, fresh(HOUSING, "place-event.submitted.v1")) for _ in range(LOAD)]
    async with agencies(settings) as side:
        sending = asyncio.create_task(side.submit(sent))
        async with asyncio.timeout(30):
            while len(side.answer_ids) < LOAD // 10:  # noqa: ASYNC110 - bounded
                await asyncio.sleep(0.005)
        await asyncio.to_thread(services.stop, "observations")
        await sending
        again, left = await _left_in_queue(settings)
        last_word = _last_word(services, "observations")
        services.start("observations")
        await answered(side, sent)
    with capsys.disabled():
        sys.stdout.write(f"\nSIGTERM: {left} of {LOAD} messages still in the queue, {again} of them delivered before\n")
    assert left > LOAD // 4, "the load was over before the service was told to stop"
    assert again <= FEW
    assert "stopped" == last_word
    await assert_nothing_is_dead(settings)


async def _left_in_queue(settings: Settings) -> tuple[int, int]:
    """Return how many messages wait that were delivered once already, and how many wait in all."""
    async with held_queue(settings.rabbitmq_url, PLACE_EVENTS) as queue:
        waiting = [message async for message in queue.arriving()]
    return sum(bool(message.redelivered) for message in waiting), len(waiting)


def _last_word(services: ServiceProcesses, name: str) -> str:
    """Return the happening that a service wrote down last."""
    lines = services.place.log(name).read_text(encoding="utf-8").splitlines()
    return str([json.loads(line)["event"] for line in lines if line.startswith('{"')][-1])
