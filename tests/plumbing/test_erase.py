"""Erasing a person: dark everywhere, nothing told, every submission answered, no dead letter, and a proof."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from deploy.demo.story import local
from shared import gate, messaging
from shared.delivery import Delivery
from shared.events.consent import ConsentActivated
from shared.events.event import Event
from shared.mongo import Mongo, Stale
from shared.operators import erasing, holding
from shared.operators.held_queue import NotPossible
from shared.register import Entry
from shared.room import Room
from shared.settings import Settings
from shared.transaction import Transaction
from shared.vault import HOUSE, Erased, Erasure
from tests.house import SERVICES, House
from tests.services.consent_story import SOCIAL, issued, say, signed, withdrawn
from tests.services.erasing_story import (
    NUMBER,
    STORY,
    counts,
    dark_ids,
    entries,
    erase,
    house_and_operator,
    play,
    ref,
    replay,
    sealed_rows,
    told_since,
)
from tests.services.observations_story import SCHOOL, broker_away, broker_back, observation

PERSONAL = ("observation.disclosed.v1", "concern.noticed.v1", "consent.activated.v1", "consent.ended.v1")
PROPERTY = rules(max_examples=12, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
async def both(mongo: Mongo, settings: Settings) -> AsyncIterator[tuple[House, Room]]:
    """Open a house, and the vault as an operator's command does."""
    async with house_and_operator(mongo, settings) as opened:
        yield opened


async def _nothing_is_lost(house: House) -> None:
    answers = Counter(
        told["submission_id"] for agency in house.received for told in house.told(agency) if "submission_id" in told
    )
    assert {step.event["id"]: 1 for step in STORY} == {step.event["id"]: answers[step.event["id"]] for step in STORY}
    assert [] == house.dead


async def test_an_erased_persons_story_told_again_tells_nobody_anything(both: tuple[House, Room]) -> None:
    """After the whole story everything is replayed: the same answers under the same ids, and not a word more."""
    house, operator = both
    await play(house)
    told_before = {each.message_id for messages in house.received.values() for each in messages}
    await erase(house, operator)
    before = counts(house)
    await replay(house)
    assert {each["id"] for each in told_since(house, before)} <= told_before
    assert {each["type"] for each in told_since(house, before)} <= {"submission.accepted.v1", "submission.rejected.v1"}
    assert set() == {row["_id"] for row in await house.rows("observations", "bases")}
    await _nothing_is_lost(house)


@PROPERTY
@given(deliveries=st.integers(0, 60), seed=st.integers(0, 2**32 - 1))
async def test_a_person_erased_at_any_moment_is_told_of_no_more(settings: Settings, deliveries: int, seed: int) -> None:
    """Wherever the erasure falls: nothing from before it is told after it; all is answered once; no dead letters."""
    mongo = Mongo(settings.mongodb_uri)
    try:
        async with house_and_operator(mongo, settings) as (house, operator):
            await play(house, deliveries=deliveries, seed=seed)
            with suppress(NotPossible):  # nobody has spoken of the person yet
                await erase(house, operator)
            before, dark = counts(house), await dark_ids(house)
            house.clock.moment = house.clock.moment.replace(minute=house.clock.moment.minute + 1)
            await house.settle()
            await replay(house, seed)
            for told in told_since(house, before):
                named = {id_ for id_ in dark if id_ in told["body"]}
                assert not named or told["type"] not in PERSONAL, (told["type"], named)
            await _nothing_is_lost(house)
    finally:
        await mongo.close()


async def test_what_is_said_of_an_erased_youths_form_is_rejected_once(both: tuple[House, Room]) -> None:
    """Signature and withdrawal: one answer each, `unknown_reference`, and it says that the records are erased."""
    house, operator = both
    await say(house, issued(), signed("g1"))
    await erase(house, operator)
    for message in (signed("g2"), withdrawn("g1")):
        (fault,) = await say(house, message)
        assert ("", "unknown_reference") == (fault["pointer"], fault["code"])
        assert "har raderats" in fault["message"]
        house.say(SOCIAL, message | {"source": f"/agency/{SOCIAL}"})
        await house.settle()
        assert 1 == len(house.answers_to(SOCIAL, message["id"]))
    assert [] == house.dead


async def test_an_agencys_new_words_begin_anew_and_the_old_stay_dark(both: tuple[House, Room]) -> None:
    """A new observation enrols the person under a new key; no old consent opens it, and the old text stays dark."""
    house, operator = both
    await play(house, STORY[:6])
    old = {row["_id"] for row in await house.rows("observations", "observations")}
    await erase(house, operator)
    before = counts(house)
    house.clock.moment = house.clock.moment.replace(minute=house.clock.moment.minute + 1)
    new = observation("new-1")
    house.say("2182-leisure", new)
    await house.settle()
    await replay(house)
    vault = house.rooms["consent"].vault
    assert NUMBER == await vault.identity_number(ref(house))
    assert old < await dark_ids(house)
    assert "new-1" not in await dark_ids(house)
    assert [] == [each for each in told_since(house, before) if each["type"] in PERSONAL]
    assert ["submission.accepted.v1"] == [
        each["type"] for each in told_since(house, before) if new["id"] in each["body"]
    ]
    assert [] == house.dead


async def test_a_new_consent_opens_what_is_new_and_nothing_from_before(both: tuple[House, Room]) -> None:
    """A new form, signed by all: the new observation is told, and agendas come out without the old, dark action."""
    house, operator = both
    await play(house, STORY[:10])
    await erase(house, operator)
    before = counts(house)
    house.clock.moment += timedelta(minutes=1)
    await say(house, issued(form_id="form-again"), *[signed(who, form_id="form-again") for who in ("g1", "g2")])
    house.say("2182-leisure", observation("new-1"))
    await house.settle()
    await house.turn_clock(local("2026-11-30T09:05"))
    told = told_since(house, before)
    disclosed = [each["body"] for each in told if each["type"] == "observation.disclosed.v1"]
    assert disclosed
    assert all("new-1" in body for body in disclosed)
    agendas = [json.loads(each["body"]) for each in told if each["type"] == "meeting-agenda.issued.v1"]
    assert agendas
    assert all(agenda["open_actions"] == agenda["concerns"] == [] for agenda in agendas)
    assert [] == house.dead


async def test_another_process_that_has_just_used_the_key_cannot_use_it_any_more(
    both: tuple[House, Room],
) -> None:
    """Five rooms hold vaults of their own whose drivers remember the key; each opens before, none after, none seals."""
    house, operator = both
    vaults = [room.vault for room in house.rooms.values()]
    await vaults[0].enroll(ref(house), NUMBER)
    sealed = await vaults[0].seal(ref(house), "text")
    assert ["text"] * 5 == [await vault.open(ref(house), sealed) for vault in vaults]
    await erase(house, operator)
    for vault in vaults:
        with pytest.raises(Erased):
            await vault.open(ref(house), sealed)
        with pytest.raises(Erased):
            await vault.seal(ref(house), "more")
        with pytest.raises(Erased):
            await vault.youth(ref(house))


async def test_what_a_handler_seals_while_the_person_is_erased_is_dark(both: tuple[House, Room]) -> None:
    """Enrolled, erased, sealed: nothing is made anew; sealed, erased, enrolled by another: the first stays dark."""
    house, operator = both
    one, other = house.rooms["consent"].vault, house.rooms["meetings"].vault
    await one.enroll(ref(house), NUMBER)
    first = await one.seal(ref(house), "before")
    await erasing.forget(operator, ref(house), "dnr 17", "operator")
    with pytest.raises(Erased):
        await one.seal(ref(house), "between")
    assert [] == await operator.db.find("keys", {"keyAltNames": ref(house)})
    await other.enroll(ref(house), NUMBER)
    again = await one.seal(ref(house), "after")
    assert {again} == await one.readable(ref(house), [first, again])
    assert "after" == await other.open(ref(house), again)


async def test_two_services_that_enrol_at_once_have_one_key(both: tuple[House, Room]) -> None:
    """The key's name is unique: what either seals, the other opens."""
    house, _ = both
    vaults = [room.vault for room in house.rooms.values()]
    await asyncio.gather(*[vault.enroll(ref(house), NUMBER) for vault in vaults for _ in range(4)])
    assert 1 == len(await vaults[0]._db.find("keys", {"keyAltNames": ref(house)}))
    assert NUMBER == await vaults[0].identity_number(ref(house))
    assert "x" == await vaults[1].open(ref(house), await vaults[2].seal(ref(house), "x"))


async def test_what_waits_in_an_outbox_about_the_person_is_dropped(both: tuple[House, Room]) -> None:
    """The broker is away while observations are to be told, and back after the erasure: nothing goes out."""
    house, operator = both
    await play(house, STORY[:3])
    broker_away(house)
    await play(house, STORY[3:6])
    before = counts(house)
    proof = await erase(house, operator)
    assert proof.outbox_rows_dropped > 0
    await broker_back(house)
    assert set() == {each["type"] for each in told_since(house, before)} & set(PERSONAL)
    assert [] == [row for row in await house.rows("observations", "outbox") if "sealed_for" in row]


async def _met_anew(house: House, operator: Room) -> Erasure:
    """Let an erasure stop in its wait; then the youth has a new consent, signed by all."""
    await play(house, STORY[:6])
    begun = await erasing.forget(operator, ref(house), "dnr 17", "operator")
    house.clock.moment += timedelta(minutes=1)
    await say(house, issued(form_id="form-again"), *[signed(who, form_id="form-again") for who in ("g1", "g2")])
    return begun


async def test_an_erasure_finished_late_leaves_a_new_consent_as_it_is(both: tuple[House, Room]) -> None:
    """The wait was cut short, the youth was met anew, the operator runs it again: the new consent tells what is new."""
    house, operator = both
    begun = await _met_anew(house, operator)
    assert begun.key == (await erase(house, operator)).key
    for service in ("observations", "meetings"):
        (bases,) = await house.rows(service, "bases")
        assert ["form-again"] == [each["form_id"] for each in bases["consents"]]
    before = counts(house)
    house.say("2182-leisure", observation("new-1"))
    await house.settle()
    disclosed = [each["body"] for each in told_since(house, before) if each["type"] == "observation.disclosed.v1"]
    assert disclosed
    assert all("new-1" in body for body in disclosed)
    assert NUMBER == await operator.vault.identity_number(ref(house))


async def test_an_erasure_finished_late_drops_only_what_waits_from_before(both: tuple[House, Room]) -> None:
    """Rows under the new key go out; of those that concern others too, what was said before the erasure goes."""
    house, operator = both
    broker_away(house)
    begun = await _met_anew(house, operator)
    house.say("2182-leisure", observation("new-1"))
    await house.settle()
    db, vault = house.rooms["observations"].db, house.rooms["observations"].vault
    mixed = {"sealed_for": HOUSE, "body": await vault.seal(HOUSE, "{}"), "resting_on": [ref(house)]}
    for name, moment in (("before", begun.erased_at), ("after", begun.erased_at + timedelta(seconds=1))):
        due_at = moment + timedelta(days=900)
        await db.put("outbox", {"_id": name, **mixed, "headers": {"ce-time": moment.isoformat()}, "due_at": due_at})
    assert (await erase(house, operator)).outbox_rows_dropped > 1
    left = {row["_id"] for row in await house.rows("observations", "outbox")}
    assert {"after"} == left & {"before", "after"}
    before = counts(house)
    await db.delete("outbox", {"_id": "after"})
    await broker_back(house)
    disclosed = [each["body"] for each in told_since(house, before) if each["type"] == "observation.disclosed.v1"]
    assert disclosed
    assert all("new-1" in body for body in disclosed)


async def test_while_an_erasure_waits_an_old_consent_opens_nothing_new(both: tuple[House, Room]) -> None:
    """Key gone, no proof yet: a new observation is told to nobody, also if old bases were written down just after."""
    house, operator = both
    await play(house, STORY[:6])
    db = house.rooms["observations"].db
    (old,) = await house.rows("observations", "bases")
    await erasing.forget(operator, ref(house), "dnr 17", "operator")
    before = counts(house)
    house.clock.moment += timedelta(minutes=1)
    house.say("2182-leisure", observation("new-1"))
    await house.settle()
    await db.put("bases", old)
    house.say("2182-leisure", observation("new-2"))
    await house.settle()
    assert {"submission.accepted.v1"} == {each["type"] for each in told_since(house, before)}
    await erase(house, operator)
    assert all(not row["consents"] for row in await house.rows("observations", "bases"))


async def test_an_event_that_an_erasure_overtakes_teaches_nobody_anything(both: tuple[House, Room]) -> None:
    """The person is erased when the handler has begun: what it learns for those who come after is not written."""
    house, operator = both
    await play(house, STORY[:6])
    said = next(each for each in house.travelled if each.routing_key == ConsentActivated.type)
    queue = f"observations.{said.routing_key}"
    delivery = Delivery(queue, said.body, said.headers, None, "overtaken", None, said.routing_key, None, 0)

    async def learn(tx: Transaction, event: Event) -> None:
        assert isinstance(event, ConsentActivated)
        await erasing.forget(operator, event.person_ref, "dnr 17", "operator")
        gate.learn(await gate.bases_of(tx, event.person_ref), event)

    await messaging._follow_event(house.rooms["observations"], delivery, ConsentActivated, learn)
    assert [] == await house.rows("observations", "bases")
    assert 1 == len([row for row in await house.rows("observations", "inbox") if row["_id"].endswith(":overtaken")])


async def test_the_proof_stands_sealed_in_the_vaults_register(both: tuple[House, Room]) -> None:
    """Who, when, why, which key; and no number."""
    house, operator = both
    await play(house, STORY[:1])
    proof = await erase(house, operator)
    (entry,) = await entries(operator, "erased")
    assert (proof.register_row, proof.key) == (entry.id, entry.about)
    assert (ref(house), "dnr 17", "operator") == (entry.person_ref, entry.code, entry.decided_by)
    assert entry.mac == entry.code_under(operator.secret)
    assert entry.id in await sealed_rows(operator)
    assert NUMBER not in str(proof.facts())


async def test_an_erasure_that_stopped_is_finished_by_the_next(both: tuple[House, Room]) -> None:
    """Key gone, no proof: the same command writes it, once, about the key that went; a third says it is done."""
    house, operator = both
    await play(house, STORY[:1])
    begun = await erasing.forget(operator, ref(house), "dnr 17", "operator")
    proof = await erase(house, operator)
    assert begun.key == proof.key
    with pytest.raises(NotPossible, match="redan raderad"):
        await erase(house, operator)
    assert 1 == len(await entries(operator, "erased"))
    (row,) = await operator.db.find(Erasure.collection, {})
    assert proof.register_row == row["proven_by"]


async def test_nobody_unknown_is_erased(both: tuple[House, Room]) -> None:
    """A number nobody has spoken of leaves no row at all."""
    house, operator = both
    with pytest.raises(NotPossible, match="ingen sådan person"):
        await erase(house, operator)
    assert [] == await operator.db.find(Entry.collection, {})


async def test_a_hold_stops_an_erasure_until_it_is_lifted(both: tuple[House, Room]) -> None:
    """Held: nothing goes, and the line says since when and why. Lifted: it goes. All three are on the register."""
    house, operator = both
    await play(house, STORY[:1])
    await holding.hold(operator, ref(house), "dnr 9", "operator")
    with pytest.raises(NotPossible, match=r"2026-11-24 \(dnr 9\)"):
        await erase(house, operator)
    with pytest.raises(NotPossible, match="redan spärrad"):
        await holding.hold(operator, ref(house), "dnr 9", "operator")
    assert [ref(house)] == [person for person, _ in await holding.all_held(operator)]
    await holding.release(operator, ref(house), "dnr 9", "operator")
    await erase(house, operator)
    acts = [act for act in ("held", "released", "erased") if len(await entries(operator, act)) == 1]
    assert ["held", "released", "erased"] == acts
    assert 3 == len(await sealed_rows(operator))


async def test_a_hold_and_an_erasure_cannot_pass_each_other(both: tuple[House, Room]) -> None:
    """A hold that comes between the look and the deletion stops it: the person's row must be free in that commit."""
    house, operator = both
    await play(house, STORY[:1])
    vault = operator.vault
    row = await operator.db.find_one("persons", {"_id": ref(house)})
    assert row is not None
    await operator.db.put("persons", row | {"hold": {"reason": "dnr 9", "held_at": house.clock.now(), "by": "x"}})
    with pytest.raises(Stale):
        await vault.forget(ref(house), house.clock.now(), "dnr 17", "operator")
    assert NUMBER == await vault.identity_number(ref(house))


async def test_the_day_after_nobody_is_reminded_of_what_an_erased_youths_observation_waits_for(
    both: tuple[House, Room],
) -> None:
    """What was posted early about it comes to nothing."""
    house, operator = both
    house.say(SCHOOL, observation("alone-1") | {"source": f"/agency/{SCHOOL}"})
    await house.settle()
    await erase(house, operator)
    before = counts(house)
    await house.turn_clock(house.clock.now() + timedelta(days=2))
    assert [] == told_since(house, before)
    assert [] == house.dead


def test_the_operators_commands_know_every_service() -> None:
    """A service whose database an erasure does not look through would keep what it should not."""
    assert sorted(service.name for service in SERVICES) == sorted(erasing.SERVICES)
