"""Whatever an agency sends, it gets its answer, or the message is kept as a dead letter; the services never notice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import ChannelPreconditionFailed
from aiormq.exceptions import ChannelAccessRefused

from deploy.local.processes import SERVICES, ServiceProcesses
from shared.mongo import Mongo
from shared.operators.agency_client import url_as
from shared.operators.held_queue import held_queue, opened_channel
from shared.settings import Settings
from tests.live.one_agency import BINARY, STRUCTURED, Event, OneAgency, fresh, speaking_as

pytestmark = pytest.mark.live

SCHOOL, POLICE, HOUSING = "2182-school", "2182-police", "2182-housing-faxeholmen"
OBSERVED = "observation.submitted.v1"
FORM = "consent-form.issued.v1"
WRONG_CHECK_DIGIT = "201306152389"


@pytest.fixture(autouse=True)
def unshaken(services: ServiceProcesses) -> Iterator[None]:
    """No test here may end or restart a service: the same processes are ready before and after."""
    before = {name: services.process(name).pid for name in SERVICES}
    yield
    assert before == {name: services.process(name).pid for name in SERVICES}
    assert all(services.is_ready(name) for name in SERVICES)


def as_bytes(event: Event) -> bytes:
    """Return an event as structured mode has it."""
    return json.dumps(event, ensure_ascii=False).encode()


def nested(depth: int) -> Any:
    """Return a list in a list, so many times."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def unknown_agency_in_scope() -> Event:
    """Return a consent form that names an agency no register knows."""
    event = fresh(SCHOOL, FORM)
    event["data"]["scope"][0]["to"] = ["2182-nobody"]
    return event


def about(number: str) -> dict[str, Any]:
    """Return the change that makes an event one about that number."""
    return {"youth": {"personal_identity_number": number}}


WRONG: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "not JSON": (OBSERVED, lambda: b"{", "not_json"),
    "not UTF-8": (OBSERVED, lambda: b"\xff\xfe\x00", "not_json"),
    "nothing": (OBSERVED, lambda: b"", "not_json"),
    "not a CloudEvent": (OBSERVED, lambda: b'{"hello": "world"}', "not_a_cloudevent"),
    "a list": (OBSERVED, lambda: b"[1, 2]", "not_a_cloudevent"),
    "an unknown type": (
        "nonsense.made.v1",
        lambda: as_bytes(fresh(SCHOOL) | {"type": "nonsense.made.v1"}),
        "unknown_type",
    ),
    "a type that is not received yet": (
        "promise.made.v1",
        lambda: as_bytes(fresh(SCHOOL, "promise.made.v1")),
        "unknown_type",
    ),
    "an unknown version": (
        "observation.submitted.v2",
        lambda: as_bytes(fresh(SCHOOL) | {"type": "observation.submitted.v2"}),
        "unknown_version",
    ),
    "another's source": (OBSERVED, lambda: as_bytes(fresh(POLICE)), "not_your_agency"),
    "a wrong check digit": (
        OBSERVED,
        lambda: as_bytes(fresh(SCHOOL, **about(WRONG_CHECK_DIGIT))),
        "invalid_personal_identity_number",
    ),
    "a scope with an unknown agency": (FORM, lambda: as_bytes(unknown_agency_in_scope()), "unknown_agency"),
    "10 MB": (OBSERVED, lambda: as_bytes(fresh(SCHOOL, payload={"a": "x" * 10_000_000})), "too_large"),
    "deep nesting": (OBSERVED, lambda: as_bytes(fresh(SCHOOL, payload={"a": nested(21)})), "too_large"),
    "bottomless nesting": (OBSERVED, lambda: b'{"a":' * 40_000, "too_large"),
    "a thousand keys and one": (
        OBSERVED,
        lambda: as_bytes(fresh(SCHOOL, payload={str(n): n for n in range(1001)})),
        "too_large",
    ),
    "a misspelt field": (OBSERVED, lambda: as_bytes(fresh(SCHOOL, sumary="x")), "wrong_value"),
}


@pytest.mark.parametrize("mode", [STRUCTURED, BINARY])
@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_wrong_is_answered_and_the_next_message_is_taken_in(
    settings: Settings, wrong: str, mode: str
) -> None:
    """One rejection with the right code, which quotes nothing of a person; the good message behind it is accepted."""
    type_, body, code = WRONG[wrong]
    async with speaking_as(settings, SCHOOL) as school:
        sent = await _send_in_mode(school, body(), type_, mode)
        good = fresh(SCHOOL)
        assert set() == (await school.asks(good)).codes
        answer = await school.answer_to(sent)
        assert "submission.rejected.v1" == answer.type
        assert code in answer.codes
        assert WRONG_CHECK_DIGIT not in str(answer.data)


async def _send_in_mode(school: OneAgency, body: bytes, type_: str, mode: str) -> str:
    """Send what structured mode has; in binary mode, as well as it can be said so, and else as it is."""
    try:
        event = json.loads(body) if mode == BINARY else None
    except (ValueError, RecursionError):
        event = None
    if isinstance(event, dict) and {"id", "type", "data"} <= set(event):
        return await school.say(event | {"type": type_}, binary=True)
    return await school.send(body, type_, content_type=mode)


async def test_attributes_of_any_kind_are_read_without_harm(settings: Settings) -> None:
    """AMQP headers may be numbers, tables, lists, times or bytes: where a text is asked for they are a fault."""
    odd = {
        "ce-id": 7,
        "ce-source": {"a": [1]},
        "ce-type": bytearray(b"\xff"),
        "ce-specversion": True,
        "ce-time": 1.5,
        "x-attempt": "x",
    }
    async with speaking_as(settings, SCHOOL) as school:
        sent = await school.send(b"{}", OBSERVED, content_type=BINARY, headers=odd)
        assert "not_a_cloudevent" in (await school.answer_to(sent)).codes


@pytest.mark.parametrize("binary", [False, True], ids=["structured", "binary"])
@pytest.mark.parametrize("trace", ["", "garbage", "00-" + "z" * 32 + "-1-01", "ff" * 4000])
async def test_a_broken_trace_is_no_reason_to_refuse(settings: Settings, trace: str, binary: bool) -> None:
    """`traceparent` is not looked at, as header or as attribute; and both modes of CloudEvents are taken."""
    async with speaking_as(settings, SCHOOL) as school:
        event = fresh(SCHOOL) | {"traceparent": trace}
        headers = {f"ce-{name}": str(value) for name, value in event.items() if name != "data"} if binary else {}
        answer = await school.asks(event, binary=binary, headers=headers | {"traceparent": trace})
        assert "submission.accepted.v1" == answer.type
        assert event["data"]["observation_id"] == answer.data["entity_id"]


async def test_the_same_submission_again_gets_the_same_answer(settings: Settings) -> None:
    """Three times in both modes: one answer id, one text, one row."""
    async with speaking_as(settings, SCHOOL) as school:
        event = fresh(SCHOOL)
        for binary in (False, True, False):
            await school.say(event, binary=binary)
        await _until(lambda: len(school.answers[event["id"]]) == 3)
        assert 1 == len({(answer.message_id, str(answer.data)) for answer in school.answers[event["id"]]})
        assert set() == school.answers[event["id"]][0].codes
        assert 1 == await _stored(settings, event["data"]["observation_id"])


async def test_the_same_entity_with_another_content_is_a_conflict(settings: Settings) -> None:
    """What was stored first stays; sent again unchanged under another id it is accepted again."""
    async with speaking_as(settings, SCHOOL) as school:
        event = fresh(SCHOOL)
        assert set() == (await school.asks(event)).codes
        changed = fresh(SCHOOL, **event["data"] | {"category": "other"})
        assert {"conflict"} == (await school.asks(changed)).codes
        unchanged = fresh(SCHOOL, **event["data"])
        assert set() == (await school.asks(unchanged)).codes
        assert 1 == await _stored(settings, event["data"]["observation_id"])


async def test_who_is_no_authority_says_nothing_about_persons(settings: Settings) -> None:
    """A housing company's observation is refused, its place event is taken in."""
    async with speaking_as(settings, HOUSING) as housing:
        assert "not_an_authority" in (await housing.asks(fresh(HOUSING))).codes
        assert set() == (await housing.asks(fresh(HOUSING, "place-event.submitted.v1"))).codes


@pytest.mark.parametrize(
    ("type_", "service"), [(OBSERVED, "observations"), (FORM, "consent"), ("a.b.v1", "observations")]
)
async def test_what_nobody_vouches_for_is_kept_as_a_dead_letter(settings: Settings, type_: str, service: str) -> None:
    """No `user_id`: not done, not answered, not lost; it lies with its reason, its body untouched."""
    async with speaking_as(settings, SCHOOL) as school:
        event = fresh(SCHOOL) | {"type": type_}
        sent = await school.say(event, user_id=None)
        assert set() == (await school.asks(fresh(SCHOOL))).codes
        letter = await _dead(settings, service, sent)
        assert "user_id_missing" == letter.headers["x-reason"]
        assert "x-origin-user" not in letter.headers
        assert as_bytes(event) == letter.body
        assert sent not in school.answers


async def test_a_user_that_is_no_agency_is_answered_to_nobody(settings: Settings) -> None:
    """The broker vouches for somebody whom the register does not know: a dead letter, too."""
    administrator = settings.rabbitmq_url.split("//")[1].split(":")[0]
    event = fresh(SCHOOL)
    async with opened_channel(settings.rabbitmq_url) as channel:
        exchange = await channel.get_exchange("agency.in", ensure=False)
        message = Message(as_bytes(event), user_id=administrator, message_id=event["id"], content_type=STRUCTURED)
        await exchange.publish(message, f"{SCHOOL}.{OBSERVED}")
    letter = await _dead(settings, "observations", event["id"])
    assert "user_id_not_registered" == letter.headers["x-reason"]


PUBLISHED_BY_OTHERS = [
    ("agency.in", f"{POLICE}.{OBSERVED}"),
    ("agency.in", f"{SCHOOL}x.{OBSERVED}"),
    ("agency.in", SCHOOL),
    ("agency.in", f"{SCHOOL}."),
    ("agency.out", f"{POLICE}.submission.accepted.v1"),
    ("agency.unrouted", ""),
    ("events", "consent.ended.v1"),
    ("retry", f"observations.{OBSERVED}"),
    ("dead", "observations.x"),
    ("", f"observations.{OBSERVED}"),
    ("", f"agency.out.{POLICE}"),
]


@pytest.mark.parametrize(("exchange", "key"), PUBLISHED_BY_OTHERS)
async def test_the_broker_refuses_a_key_or_an_exchange_that_is_not_the_agencys(
    settings: Settings, exchange: str, key: str
) -> None:
    """403 for another agency's key, for the house's own exchanges, and past the exchanges straight into a queue."""
    async with opened_channel(url_as(settings, SCHOOL)) as channel:
        where = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        with pytest.raises(ChannelAccessRefused, match="ACCESS_REFUSED"):
            await where.publish(Message(as_bytes(fresh(POLICE)), user_id=SCHOOL), key)


async def test_the_broker_refuses_another_agencys_name(settings: Settings) -> None:
    """406 for a `user_id` that is not the connection's own."""
    async with opened_channel(url_as(settings, SCHOOL)) as channel:
        exchange = await channel.get_exchange("agency.in", ensure=False)
        with pytest.raises(ChannelPreconditionFailed):
            await exchange.publish(Message(b"{}", user_id=POLICE), f"{SCHOOL}.{OBSERVED}")


FOREIGN_QUEUES = [f"agency.out.{POLICE}", "agency.out.dead", f"observations.{OBSERVED}", "observations.dead"]
Attempt = Callable[[AbstractChannel, str], Awaitable[object]]


def on_queue(act: Callable[[AbstractQueue], Awaitable[object]]) -> Attempt:
    """Return the attempt to do something to the queue of a name."""

    async def attempt(channel: AbstractChannel, name: str) -> object:
        return await act(await channel.get_queue(name, ensure=False))

    return attempt


ACTS: list[Attempt] = [
    on_queue(lambda queue: queue.get()),
    on_queue(lambda queue: queue.consume(AbstractIncomingMessage.ack)),
    on_queue(lambda queue: queue.purge()),
    on_queue(lambda queue: queue.delete(if_unused=False, if_empty=False)),
    on_queue(lambda queue: queue.bind("agency.out", "#")),
    lambda channel, name: channel.declare_queue(f"{name}.own"),
]


@pytest.mark.parametrize("name", FOREIGN_QUEUES)
async def test_the_broker_refuses_another_queue(settings: Settings, name: str) -> None:
    """403 for reading, emptying, deleting, binding or making any queue but the agency's own."""
    for attempt in ACTS:
        async with opened_channel(url_as(settings, SCHOOL)) as channel:
            with pytest.raises(ChannelAccessRefused):
                await attempt(channel, name)


async def _stored(settings: Settings, observation_id: str) -> int:
    mongo = Mongo(settings.mongodb_uri)
    try:
        db = mongo.database(f"{settings.database_prefix}observations")
        return len(await db.find("observations", {"_id": observation_id}))
    finally:
        await mongo.close()


async def _dead(settings: Settings, service: str, message_id: str) -> Any:
    """Return the dead letter of that id as soon as it lies there."""
    async with asyncio.timeout(20):
        while True:
            async with held_queue(settings.rabbitmq_url, f"{service}.dead") as queue:
                async for message in queue.arriving():
                    if message.message_id == message_id:
                        return message
            await asyncio.sleep(0.1)


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - several answers under one id have no event of their own
            await asyncio.sleep(0.02)
