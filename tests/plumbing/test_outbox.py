"""The outbox and its relay: posted when due, taken back when told, never lost, and twice only after a crash."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from bson import encode
from pymongo.errors import AutoReconnect

from shared.events import answers
from shared.mongo import Mongo
from shared.outbox import LEASE, OUTBOX, claim_due, real_now
from shared.relay import Relay
from shared.settings import Settings
from shared.transaction import Transaction
from tests.conftest import OPENING
from tests.live.youths import number_of_series
from tests.plumbing.small_house import NAME, ShakyMongo, SmallHouse, enforced, open_small_house, said_in

HOUR = timedelta(hours=1)


@pytest.fixture
async def small(mongo: Mongo, settings: Settings) -> AsyncIterator[SmallHouse]:
    """Run a small house, on each driver in turn."""
    async with open_small_house(mongo, settings) as opened:
        yield opened


def emit(tx: Transaction, *form_ids: str) -> None:
    """Say something for each id, now."""
    for form_id in form_ids:
        tx.emit(enforced(form_id))


async def test_a_row_goes_out_when_the_houses_clock_has_come_and_not_before(small: SmallHouse) -> None:
    """What is posted early waits through every sweep, is said once when it is due, and is gone then."""
    async with small.room.transaction() as tx:
        tx.emit(enforced("later"), due_at=OPENING + HOUR)
        emit(tx, "now")
    assert ["now"] == said_in(small)
    small.clock.moment = OPENING + HOUR - timedelta(milliseconds=1)
    assert 0 == await small.room.relay.sweep()
    small.clock.moment = OPENING + HOUR
    assert 1 == await small.room.relay.sweep()
    assert 0 == await small.room.relay.sweep()
    assert ["now", "later"] == said_in(small)
    assert [] == await small.rows(OUTBOX)


async def test_a_later_saying_takes_the_place_of_an_earlier_one_with_the_same_key(small: SmallHouse) -> None:
    """Only the last one is said, at its own time, whether they were said by one commit or several."""
    async with small.room.transaction() as tx:
        tx.emit(enforced("first"), due_at=OPENING + HOUR, key="reminder")
        tx.emit(enforced("second"), due_at=OPENING + HOUR, key="reminder")
    async with small.room.transaction() as tx:
        tx.emit(enforced("third"), due_at=OPENING + 2 * HOUR, key="reminder")
    small.clock.moment = OPENING + HOUR
    await small.room.relay.sweep()
    assert [] == said_in(small)
    small.clock.moment = OPENING + 2 * HOUR
    await small.room.relay.sweep()
    assert ["third"] == said_in(small)


async def test_a_saying_that_is_being_published_does_not_remove_the_one_that_took_its_place(small: SmallHouse) -> None:
    """A relay that holds the old row confirms it, and leaves the new one under the same key alone."""
    async with small.room.transaction() as tx:
        tx.emit(enforced("old"), due_at=OPENING + HOUR, key="reminder")
    small.clock.moment = OPENING + HOUR
    held = await claim_due(small.room.db, small.clock.now())
    async with small.room.transaction() as tx:
        tx.emit(enforced("new"), due_at=OPENING + 2 * HOUR, key="reminder")
    await small.room.relay.publish(held)
    small.clock.moment = OPENING + 2 * HOUR
    await small.room.relay.sweep()
    assert ["old", "new"] == said_in(small)


async def test_cancel_takes_back_what_has_not_gone_out(small: SmallHouse) -> None:
    """In a later commit or in the same one; and a key that was cancelled can be used again."""
    async with small.room.transaction() as tx:
        tx.emit(enforced("taken back later"), due_at=OPENING + HOUR, key="a")
        tx.emit(enforced("taken back at once"), due_at=OPENING + HOUR, key="b")
        tx.cancel("b")
        tx.emit(enforced("taken back for good"), due_at=OPENING + HOUR, key="c")
    async with small.room.transaction() as tx:
        tx.cancel("a")
        tx.cancel("c")
        tx.cancel("unheard of")
        tx.emit(enforced("said anew"), due_at=OPENING + HOUR, key="a")
    small.clock.moment = OPENING + HOUR
    await small.room.relay.sweep()
    assert ["said anew"] == said_in(small)


def tell(tx: Transaction, message_id: str, *resting_on: str, number: str = "", **how: Any) -> None:
    """Tell an agency that a consent has ended, resting on something."""
    youth = answers.Youth(personal_identity_number=number or number_of_series(1))
    ended = answers.ConsentEnded(form_id="f", youth=youth, reason="withdrawn", ended_at=OPENING)
    tx.tell("2182-school", ended, message_id=message_id, resting_on=resting_on, **how)


async def test_what_rests_on_a_consent_is_taken_back_with_it(small: SmallHouse) -> None:
    """Rows that a crash or an outage left waiting go with their consent or their cell of it; the others go out."""
    tx = small.room.begin()
    tell(tx, "whole", "form-1")
    tell(tx, "cell", "form-2", "form-2:school:police")
    tell(tx, "other cell", "form-2", "form-2:school:leisure")
    tell(tx, "other form", "form-10")
    tell(tx, "no form")
    await tx.commit()
    async with small.room.transaction() as tx:
        tx.cancel_resting_on("form-1")
        tx.cancel_resting_on("form-2:school:police")
    await small.let_leases_run_out()
    await small.room.relay.sweep()
    assert {"other cell", "other form", "no form"} == set(small.sent.ids)


async def test_what_is_taken_back_while_a_relay_holds_it_does_not_go_out(small: SmallHouse) -> None:
    """A relay that has read its rows looks again before it sends one that rests on a consent."""
    tx = small.room.begin()
    tell(tx, "rests", "form-1")
    tell(tx, "does not")
    held = await tx.commit()
    async with small.room.transaction() as tx:
        tx.cancel_resting_on("form-1")
    await small.room.relay.publish(held)
    assert ["does not"] == small.sent.ids
    assert [] == await small.rows(OUTBOX)


async def test_what_is_good_until_a_moment_does_not_go_out_after_it(small: SmallHouse) -> None:
    """An end that has not been heard of yet holds it all the same; the row waits for that end to take it back."""
    tx = small.room.begin()
    tell(tx, "in time", "form-1", good_until=OPENING + HOUR)
    tell(tx, "too late", "form-1", good_until=OPENING)
    await tx.commit()
    await small.let_leases_run_out()
    await small.room.relay.sweep()
    assert ["in time"] == small.sent.ids
    assert ["too late"] == [row["message_id"] for row in await small.rows(OUTBOX)]


async def test_two_relays_sweep_the_same_rows_and_each_goes_out_once(small: SmallHouse, settings: Settings) -> None:
    """200 due rows, two replicas that sweep at once: every row is published, and none twice."""
    async with small.room.transaction() as tx:
        for number in range(200):
            tx.emit(enforced(f"{number:03}"), due_at=OPENING + HOUR)
    small.clock.moment = OPENING + HOUR
    other = Mongo(settings.mongodb_uri, small.room.db.mongo.driver)
    database = other.database(small.room.db.name)
    replicas = [small.room.relay, Relay(database, small.sent, small.clock, small.room.vault)]
    swept = [0, 0]

    async def sweep(place: int) -> None:
        while await database.find(OUTBOX, {}, limit=1):
            swept[place] += await replicas[place].sweep()

    await asyncio.gather(sweep(0), sweep(1))
    await other.close()
    assert {f"{number:03}": 1 for number in range(200)} == dict(Counter(said_in(small)))
    assert 200 == sum(swept)


async def test_a_lease_that_has_run_out_is_taken_over(small: SmallHouse) -> None:
    """A row held by a process that died waits for its lease to end, then goes out under its first id."""
    tx = small.room.begin()
    emit(tx, "left behind")
    row = (await tx.commit())[0]
    assert 0 == await small.room.relay.sweep()
    stored = (await small.rows(OUTBOX))[0]
    assert timedelta(0) < stored["leased_until"] - real_now() <= LEASE
    await small.let_leases_run_out()
    assert 1 == await small.room.relay.sweep()
    assert [row["message_id"]] == small.sent.ids
    assert [] == await small.rows(OUTBOX)


async def test_a_slow_relay_and_its_heir_send_one_id_and_leave_nothing(small: SmallHouse) -> None:
    """The first was slow, not dead: both publish the same id, and neither removes what the other has taken over."""
    async with small.room.transaction() as tx:
        tx.emit(enforced("slow"), due_at=OPENING + HOUR)
    small.clock.moment = OPENING + HOUR
    slow = await claim_due(small.room.db, small.clock.now())
    await small.let_leases_run_out()
    heir = await claim_due(small.room.db, small.clock.now())
    assert [slow[0]["_id"]] == [heir[0]["_id"]]
    await small.room.relay.publish(slow)
    assert 1 == len(await small.rows(OUTBOX)), "the heir's claim stands"
    await small.room.relay.publish(heir)
    assert 2 == len(small.sent.ids)
    assert 1 == len(set(small.sent.ids))
    assert [] == await small.rows(OUTBOX)


@pytest.mark.parametrize("error", [ConnectionError("gone"), TimeoutError(), asyncio.CancelledError()])
async def test_a_row_that_could_not_be_published_is_kept_and_tried_again_later(
    small: SmallHouse, error: BaseException
) -> None:
    """An error, or the cancellation nobody asked for that a dying connection throws: the others go out all the same."""
    broken = {"second"}
    small.sent.fault = lambda outgoing: error if any(each.encode() in outgoing.body for each in broken) else None
    async with small.room.transaction() as tx:
        emit(tx, "first", "second", "third")
    assert {"first", "third"} == set(said_in(small))
    row = (await small.rows(OUTBOX))[0]
    assert real_now() < row["leased_until"] < real_now() + timedelta(seconds=2), "not at once, but soon"
    for seconds in (2, 4, 8):
        await small.let_leases_run_out()
        assert 1 == await small.room.relay.sweep()
        row = (await small.rows(OUTBOX))[0]
        assert timedelta(seconds=seconds - 1) < row["leased_until"] - real_now() <= timedelta(seconds=seconds)
    broken.clear()
    await small.let_leases_run_out()
    await small.room.relay.sweep()
    assert row["message_id"] == small.sent.ids[-1]
    assert [] == await small.rows(OUTBOX)


async def test_a_publish_that_hangs_is_given_up_and_holds_up_nobody(settings: Settings) -> None:
    """A silent connection: after ten seconds the row is put back; what was published beside it is long gone."""
    mongo = Mongo(settings.mongodb_uri)
    async with open_small_house(mongo, settings) as small:
        small.sent.fault = lambda outgoing: asyncio.Event() if b"hangs" in outgoing.body else None
        begun = real_now()
        async with small.room.transaction() as tx:
            emit(tx, "hangs 1", "goes", "hangs 2")
        assert timedelta(seconds=9) < real_now() - begun < timedelta(seconds=15)
        assert ["goes"] == said_in(small)
        assert 2 == len(await small.rows(OUTBOX))
        small.sent.fault = lambda _: None
        await small.let_leases_run_out()
        await small.room.relay.sweep()
        assert {"goes", "hangs 1", "hangs 2"} == set(said_in(small))
    await mongo.close()


async def test_the_relay_goes_on_through_whatever_a_dying_connection_throws(settings: Settings) -> None:
    """Broker or database may throw at it, cancellations nobody asked for among them: it ends when it is told to."""
    mongo = ShakyMongo(settings.mongodb_uri)
    async with open_small_house(mongo, settings) as small:
        thrown = iter([asyncio.CancelledError(), ConnectionError(), asyncio.CancelledError()])
        small.sent.fault = lambda _: next(thrown, None)
        mongo.thrown = iter([asyncio.CancelledError(), AutoReconnect("away"), asyncio.CancelledError()])
        tx = small.room.begin()
        emit(tx, "left behind")
        await tx.commit()
        loop = asyncio.create_task(small.room.relay.run(small.room.stopping))
        async with asyncio.timeout(20):
            while not small.sent.messages:
                await small.let_leases_run_out()
                await asyncio.sleep(0.1)
        assert next(mongo.thrown, None) is None
        assert not loop.done()
        small.room.stopping.set()
        await asyncio.wait_for(loop, 2)
    await mongo.close()


async def test_a_relay_that_is_cancelled_in_earnest_ends(small: SmallHouse) -> None:
    """In the middle of a publish, too: the row stays for whoever sweeps next."""
    small.sent.fault = lambda _: asyncio.Event()
    tx = small.room.begin()
    emit(tx, "left behind")
    await tx.commit()
    await small.let_leases_run_out()
    loop = asyncio.create_task(small.room.relay.run(asyncio.Event()))
    await asyncio.wait_for(small.sent.tried.wait(), 20)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(loop, 2)
    assert 1 == len(await small.rows(OUTBOX))


async def test_a_sealed_row_holds_nothing_that_can_be_read(small: SmallHouse) -> None:
    """While it waits in the database the identity number is nowhere in it; it is whole again when it is published."""
    number, person = number_of_series(2), f"person-{uuid4()}"
    await small.room.vault.enroll(person, number)
    tx = small.room.begin()
    tell(tx, "sealed", "form-1", sealed_for=person, number=number)
    await tx.commit()
    rows = await small.rows(OUTBOX)
    assert 1 == len(rows)
    for row in rows:
        assert number.encode() not in encode(row)
        assert b"withdrawn" not in encode(row)
    await small.let_leases_run_out()
    await small.room.relay.sweep()
    assert number.encode() in small.sent.messages[0].body


async def test_what_waits_about_an_erased_person_is_dropped(small: SmallHouse, settings: Settings) -> None:
    """The key is gone: the row cannot be read, is not sent, and does not stay in the way of the others."""
    erased, other = f"person-{uuid4()}", f"person-{uuid4()}"
    for person in (erased, other):
        await small.room.vault.enroll(person, number_of_series(3))
    tx = small.room.begin()
    tell(tx, "erased", sealed_for=erased)
    tell(tx, "other", sealed_for=other)
    await tx.commit()
    vault_name = f"{NAME}_{small.room.db.mongo.driver}_vault"
    assert 1 == await small.room.db.mongo.database(vault_name).delete("keys", {"keyAltNames": erased})
    await small.let_leases_run_out()
    await small.room.relay.sweep()
    assert ["other"] == small.sent.ids
    assert [] == await small.rows(OUTBOX)
