"""What a handler cannot finish: the tiers in order, then the dead letters with a reason, never with a text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.events.agencies import PlaceEventSubmitted
from shared.events.consent import ConsentEnforced
from shared.messaging import Sender, ServiceRouter
from shared.mongo import Mongo
from shared.outgoing import DEAD, EVENTS, RETRY, Outgoing
from shared.settings import Settings
from shared.topology import AGENCY_IN
from shared.transaction import Tx
from tests.house import sample
from tests.live.youths import number_of_series
from tests.plumbing.small_house import (
    EVENTS_QUEUE,
    NAME,
    ShakyMongo,
    SmallHouse,
    Tally,
    enforced,
    open_small_house,
    said_in,
)

SECRET = number_of_series(3)
TYPE = PlaceEventSubmitted.type
AGENCY_QUEUE = f"{NAME}.{TYPE}"
SENDER, OTHER = "2080-housing-kopparstaden", "2182-police"
FORGED = {
    "x-origin-user": OTHER,
    "x-origin-key": f"{OTHER}.{TYPE}",
    "x-origin-queue": "consent.consent-form.issued.v1",
    "x-attempt": 99,
    "x-content-type": "text/plain",
    "x-reason": "forged",
    "service": "consent",
    "seconds": 1,
}
"""What the house itself writes on a message that it sends round; here an agency has written it."""


class Breaking(Exception):
    """A fault whose text quotes what it choked on, as many libraries' do."""


def failing(times: int, seen: list[str]) -> Callable[[ServiceRouter], None]:
    """Return handlers that fail so many times, and then count."""

    async def _count(tx: Tx, who: str) -> None:
        seen.append(who)
        if len(seen) <= times:
            raise Breaking(f"cannot read {SECRET}")
        tally = await tx.get(Tally, "one") or Tally(id="one")
        tally.count += 1
        tx.save(tally)
        tx.emit(enforced("done"))

    def handlers(router: ServiceRouter) -> None:
        @router.hears(ConsentEnforced)
        async def count(event: ConsentEnforced, tx: Tx) -> None:
            """Count an event."""
            await _count(tx, event.form_id)

        @router.receives(PlaceEventSubmitted)
        async def take_in(event: PlaceEventSubmitted, sender: Sender, tx: Tx) -> None:
            """Count a submission."""
            await _count(tx, sender.id)

    return handlers


def submission(headers: dict[str, Any], body: bytes | None = None) -> Outgoing:
    """Return a place event as its agency sends it."""
    event = sample("in", "place-event.submitted.v1")
    return Outgoing(
        AGENCY_IN,
        f"{SENDER}.{TYPE}",
        json.dumps(event).encode() if body is None else body,
        event["id"],
        headers,
        "application/cloudevents+json",
    )


def attempts(small: SmallHouse) -> list[tuple[str, Any, Any, str]]:
    """Return of each message that was sent round: where to, which tier, which attempt, why."""
    sent_round = [each for each in small.sent.messages if each.exchange in (RETRY, DEAD)]
    tiers = [each.headers["seconds"] if each.exchange == RETRY else None for each in sent_round]
    return [
        (each.exchange, tier, each.headers["x-attempt"], each.headers["x-reason"])
        for each, tier in zip(sent_round, tiers, strict=True)
    ]


async def test_a_message_that_fails_goes_through_every_tier_and_then_dies(
    mongo: Mongo, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tiers in order, attempts counted, one id, body and sender throughout; of the error only its class is kept."""
    seen: list[str] = []
    async with open_small_house(mongo, settings, failing(99, seen)) as small:
        sent = submission({"traceparent": "00-1-1-01"})
        assert "acknowledged" == await small.deliver(AGENCY_QUEUE, sent, AGENCY_IN, SENDER)
        for _ in settings.retry_seconds:
            assert "acknowledged" == await small.let_the_tier_return()
        tiers = [(RETRY, seconds, n, "Breaking") for n, seconds in enumerate(settings.retry_seconds, 1)]
        assert [*tiers, (DEAD, None, len(tiers) + 1, "Breaking")] == attempts(small)
        assert [SENDER] * (len(tiers) + 1) == seen
        assert {(sent.message_id, sent.body)} == {(each.message_id, each.body) for each in small.sent.messages}
        dead = small.sent.messages[-1]
        assert AGENCY_QUEUE == dead.routing_key
        assert "application/octet-stream" == dead.content_type
        assert "application/cloudevents+json" == dead.headers["x-content-type"]
        assert "00-1-1-01" == dead.headers["traceparent"]
        assert SECRET not in str([each.headers for each in small.sent.messages]) + capsys.readouterr().out
        assert [] == await small.rows("inbox")


async def test_a_message_that_recovers_is_handled_once_under_its_own_id(mongo: Mongo, settings: Settings) -> None:
    """Two failures, then success: one effect, one inbox row, and a late copy of it changes nothing."""
    seen: list[str] = []
    async with open_small_house(mongo, settings, failing(2, seen)) as small:
        await small.hear(enforced("f"), "m1")
        await small.let_the_tier_return()
        await small.let_the_tier_return()
        await small.hear(enforced("f"), "m1")
        assert [1] == [row["count"] for row in await small.rows("tallies")]
        assert [f"{EVENTS_QUEUE}:m1"] == [row["_id"] for row in await small.rows("inbox")]
        assert ["done"] == said_in(small)


@pytest.mark.parametrize("body", [b"not json", b'{"form_id": "f"}', b"[]", b"\xff"])
async def test_an_event_that_cannot_be_read_dies_at_once(mongo: Mongo, settings: Settings, body: bytes) -> None:
    """Trying again cannot help; the handler is not even asked."""
    seen: list[str] = []
    async with open_small_house(mongo, settings, failing(0, seen)) as small:
        broken = Outgoing(EVENTS, ConsentEnforced.type, body, "m1")
        assert "acknowledged" == await small.deliver(EVENTS_QUEUE, broken, EVENTS)
        assert [(DEAD, None, 1, "Illegible")] == attempts(small)
        assert body == small.sent.messages[0].body
        assert [] == seen


async def test_what_a_service_cannot_read_of_its_own_is_not_the_messages_fault(
    mongo: Mongo, settings: Settings
) -> None:
    """A stored document that another version wrote: the message waits in a tier, it does not die at once."""
    async with open_small_house(mongo, settings, failing(0, [])) as small:
        await small.room.db.put("tallies", {"_id": "one", "count": "of another version", "version": 1})
        await small.hear(enforced("f"), "m1")
        assert [(RETRY, settings.retry_seconds[0], 1, "ValidationError")] == attempts(small)


@pytest.mark.parametrize(
    ("user_id", "reason"), [(None, "user_id_missing"), ("", "user_id_missing"), ("guest", "user_id_not_registered")]
)
async def test_a_message_from_nobody_dies_at_once_and_is_answered_to_nobody(
    mongo: Mongo, settings: Settings, user_id: str | None, reason: str
) -> None:
    """Where the broker vouches for no agency there is nobody to answer, whatever the message says of itself."""
    seen: list[str] = []
    async with open_small_house(mongo, settings, failing(0, seen)) as small:
        await small.deliver(AGENCY_QUEUE, submission(FORGED), AGENCY_IN, user_id)
        assert [(DEAD, None, 1, reason)] == attempts(small)
        assert 1 == len(small.sent.messages)
        dead = small.sent.messages[0]
        assert AGENCY_QUEUE == dead.headers["x-origin-queue"] == dead.routing_key
        assert user_id == dead.headers.get("x-origin-user", user_id)
        assert OTHER not in str(dead.headers)
        assert [] == seen


async def test_what_an_agency_writes_in_the_houses_own_headers_is_not_believed(
    mongo: Mongo, settings: Settings
) -> None:
    """Forged origin and attempts: the sender is the broker's word, and the first failure is the first."""
    seen: list[str] = []
    async with open_small_house(mongo, settings, failing(1, seen)) as small:
        await small.deliver(AGENCY_QUEUE, submission(FORGED), AGENCY_IN, SENDER)
        waiting = small.sent.messages[0]
        assert [(RETRY, settings.retry_seconds[0], 1, "Breaking")] == attempts(small)
        assert AGENCY_QUEUE == waiting.routing_key
        assert (NAME, SENDER, f"{SENDER}.{TYPE}", AGENCY_QUEUE) == tuple(
            waiting.headers[name] for name in ("service", "x-origin-user", "x-origin-key", "x-origin-queue")
        )
        assert "application/cloudevents+json" == waiting.content_type
        await small.let_the_tier_return()
        assert [SENDER, SENDER] == seen
        answers = [each for each in small.sent.messages if each.exchange == "agency.out"]
        assert [f"{SENDER}.submission.accepted.v1"] == [each.routing_key for each in answers]


async def test_a_database_that_is_away_is_waited_for_in_place(settings: Settings) -> None:
    """An outage costs no attempt: the message is neither sent round nor refused, and is handled when it is over."""
    seen: list[str] = []
    mongo = ShakyMongo(settings.mongodb_uri)
    async with open_small_house(mongo, settings, failing(0, seen)) as small:
        mongo.outages = 2
        assert "acknowledged" == await small.hear(enforced("f"), "m1")
        assert 3 == len(seen)
        assert [] == attempts(small)
        assert ["done"] == said_in(small)
        assert [1] == [row["count"] for row in await small.rows("tallies")]
    await mongo.close()


async def test_a_service_that_is_to_stop_does_not_wait_for_the_database(settings: Settings) -> None:
    """Its message goes to a retry tier, from where any replica gets it."""
    mongo = ShakyMongo(settings.mongodb_uri)
    async with open_small_house(mongo, settings, failing(0, [])) as small:
        mongo.outages = 99
        small.room.stopping.set()
        assert "acknowledged" == await small.hear(enforced("f"), "m1")
        assert [(RETRY, settings.retry_seconds[0], 1, "AutoReconnect")] == attempts(small)
    await mongo.close()


async def test_a_message_that_cannot_be_sent_round_is_never_acknowledged(settings: Settings) -> None:
    """No confirm, no acknowledgement: it is left to the broker, whose own dead-lettering keeps it."""
    mongo = Mongo(settings.mongodb_uri)
    async with open_small_house(mongo, settings, failing(99, [])) as small:
        small.sent.fault = lambda _: ConnectionError("the broker is away")
        assert "rejected: ConnectionError" == await small.hear(enforced("f"), "m1")
    await mongo.close()
