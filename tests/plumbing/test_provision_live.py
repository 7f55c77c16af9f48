"""What applying the agencies file does to a real broker, and what an agency can and cannot do there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aio_pika
import pytest
from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue, HeadersType
from aio_pika.exceptions import ChannelClosed, ChannelPreconditionFailed
from aiormq.exceptions import ChannelAccessRefused

from shared.operators.agency_client import Letter, answers, publish
from shared.operators.held_queue import NotPossible, held_queue, opened_channel
from shared.operators.provision import apply
from tests.plumbing.real_broker import Vhost


async def collect(channel: AbstractChannel) -> AbstractQueue:
    """Bind a queue to everything that agencies say."""
    queue = await channel.declare_queue("collected", durable=True)
    await queue.bind("agency.in", "#")
    return queue


async def test_applying_twice_changes_nothing(vhost: Vhost) -> None:
    """The first run makes everything; the second finds nothing to do, and a dry run never does anything."""
    would_make = list(apply(vhost.broker, vhost.keys, dry_run=True))
    made = list(apply(vhost.broker, vhost.keys))
    assert would_make == made
    assert {"created"} == {change for change, _ in made}
    assert [] == list(apply(vhost.broker, vhost.keys))


async def test_an_agency_publishes_its_own_keys_and_no_others(vhost: Vhost) -> None:
    """The broker answers 403 for another agency's key, a longer name, no dot, and every exchange but agency.in."""
    list(apply(vhost.broker, vhost.keys))
    school, police, _ = vhost.keys
    async with opened_channel(vhost.rabbitmq_url) as admin:
        queue = await collect(admin)
        sent = [one async for one in publish(vhost.url_as(school), school, [Letter(f"{school}.a.b.v1", b"{}", "m1")])]
        assert ["m1"] == [one.message_id for one in sent]
        assert school == (await queue.get()).user_id
        for exchange, key in (
            ("agency.in", f"{police}.a.b.v1"),
            ("agency.in", f"{school}x.a.b.v1"),
            ("agency.in", school),
            ("agency.out", f"{police}.submission.accepted.v1"),
            ("agency.out", f"{school}.submission.accepted.v1"),
            ("", f"agency.out.{police}"),
        ):
            async with opened_channel(vhost.url_as(school)) as channel:
                where = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
                with pytest.raises(ChannelAccessRefused, match="ACCESS_REFUSED"):
                    await where.publish(Message(b"{}"), key)
        assert await queue.get(fail=False) is None


async def test_an_agency_cannot_pose_as_another(vhost: Vhost) -> None:
    """A `user_id` that is not the sender's own is refused by the broker."""
    list(apply(vhost.broker, vhost.keys))
    school, police, _ = vhost.keys
    async with opened_channel(vhost.url_as(school)) as channel:
        exchange = await channel.get_exchange("agency.in", ensure=False)
        with pytest.raises(ChannelPreconditionFailed):
            await exchange.publish(Message(b"{}", user_id=police), f"{school}.a.b.v1")


async def test_an_agency_reads_its_own_queue_and_no_other(vhost: Vhost) -> None:
    """What is for one agency reaches its queue alone; another agency that asks for it gets 403."""
    list(apply(vhost.broker, vhost.keys))
    school, police, _ = vhost.keys
    async with opened_channel(vhost.rabbitmq_url) as admin:
        out = await admin.get_exchange("agency.out")
        headers: HeadersType = {"ce-type": "submission.accepted.v1", "ce-time": "2026-11-16T08:00:02+01:00"}
        for id_ in ("m1", "m2"):
            message = Message(b"{}", headers=headers, message_id=f"a-{id_}", correlation_id=id_)
            await out.publish(message, f"{school}.submission.accepted.v1")
    got = [answer["message_id"] async for answer in answers(vhost.url_as(school), school, ["m2"], 5)]
    assert ["a-m2"] == got
    async with held_queue(vhost.url_as(school), f"agency.out.{school}") as queue:
        assert ["a-m1", "a-m2"] == [message.message_id async for message in queue.arriving()]
    forbidden: tuple[Callable[[AbstractQueue], Awaitable[Any]], ...] = (
        lambda queue: queue.get(),
        lambda queue: queue.consume(AbstractIncomingMessage.ack),
        lambda queue: queue.purge(),
        lambda queue: queue.bind("agency.out", "#"),
    )
    for act in forbidden:
        async with opened_channel(vhost.url_as(police)) as channel:
            foreign = await channel.get_queue(f"agency.out.{school}", ensure=False)
            with pytest.raises(ChannelAccessRefused):
                await act(foreign)


async def test_a_foreign_key_never_leaves_the_client(vhost: Vhost) -> None:
    """Publishing as an agency checks the key first: a refused key would take the messages around it along."""
    school, police, _ = vhost.keys
    list(apply(vhost.broker, vhost.keys))
    with pytest.raises(NotPossible, match="egna nycklar"):
        _ = [one async for one in publish(vhost.url_as(school), school, [Letter(f"{police}.a.b.v1", b"{}", "m1")])]


async def test_a_changed_password_is_applied_and_closes_the_old_connection(vhost: Vhost) -> None:
    """Only that user is changed, and whoever was in with the old password is out."""
    list(apply(vhost.broker, vhost.keys))
    school = next(iter(vhost.keys))
    async with opened_channel(vhost.url_as(school)) as channel:
        new_keys = vhost.keys | {school: "another"}
        assert [("changed", f"användare {school}")] == list(apply(vhost.broker, new_keys))
        with pytest.raises((ChannelClosed, aio_pika.exceptions.AMQPError, ConnectionError, RuntimeError)):
            await channel.declare_queue(f"agency.out.{school}", passive=True, timeout=5)
    with pytest.raises(aio_pika.exceptions.ProbableAuthenticationError):
        async with opened_channel(vhost.url_as(school)):
            pass


async def test_a_way_into_an_agencys_queue_that_is_not_its_own_is_removed(vhost: Vhost) -> None:
    """A binding made by hand, by which an agency would read everything, does not outlive the next run."""
    list(apply(vhost.broker, vhost.keys))
    school = next(iter(vhost.keys))
    async with opened_channel(vhost.rabbitmq_url) as admin:
        queue = await admin.get_queue(f"agency.out.{school}")
        await queue.bind("agency.out", "#")
        await queue.bind("amq.headers", "", arguments={"x-match": "all"})
    changes = list(apply(vhost.broker, vhost.keys))
    assert {"removed"} == {change for change, _ in changes}
    assert 2 == len(changes)
    assert [] == list(apply(vhost.broker, vhost.keys))


async def test_an_agency_the_file_no_longer_names_is_reported_and_pruned_only_when_asked(
    vhost: Vhost,
) -> None:
    """Pruning takes the user and its rights, and leaves its queue with what lies in it."""
    list(apply(vhost.broker, vhost.keys))
    school, *others = vhost.keys
    fewer = {agency_id: vhost.keys[agency_id] for agency_id in others}
    assert [("left", f"användare {school}")] == list(apply(vhost.broker, fewer))
    async with opened_channel(vhost.url_as(school)):
        pass
    changes = list(apply(vhost.broker, fewer, prune=True))
    assert [("removed", f"rättigheter {school}"), ("removed", f"användare {school}")] == changes[:2]
    assert 404 == vhost.ask("GET", f"users/{school}").status_code
    assert [] == list(apply(vhost.broker, fewer, prune=True))
    async with opened_channel(vhost.rabbitmq_url) as admin:
        await admin.get_queue(f"agency.out.{school}")
