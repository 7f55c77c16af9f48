"""`samverkan waiting` on a real broker: dead letters are counted, and left where they lie."""

from __future__ import annotations

from shared.operators.waiting_command import dead_letters_at
from tests.plumbing.real_broker import Vhost
from tests.plumbing.test_dead_letters_live import bury, consent_on, died, lying_in


async def test_dead_letters_are_counted_by_service_and_left(vhost: Vhost) -> None:
    """Services whose queues are not there yet hold none; looking changes nothing."""
    async with consent_on(vhost.rabbitmq_url):
        assert [] == await dead_letters_at(vhost.rabbitmq_url)
        await bury(vhost.rabbitmq_url, died("1"), died("2"))
        (found,) = await dead_letters_at(vhost.rabbitmq_url)
        assert ("dead_letters", "consent", 2, "consent.dead") == (found.kind, found.whose, found.count, found.id)
        assert ["1", "2"] == await lying_in(vhost.rabbitmq_url)
