"""Weeding on the real database: what is old goes, what is needed or held stays, and every batch is proven."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.mongo import Database, Mongo, Row
from shared.operators import erasing, holding, weeding
from shared.operators.held_queue import NotPossible
from shared.operators.weeding import Outcome, Weeding, weed
from shared.room import Room
from shared.settings import Settings
from shared.vault import Erased, Erasure, Hold
from tests.conftest import EVENING
from tests.house import House
from tests.services.consent_story import SOCIAL, declined, guardianship_changed, issued, prevented, say, signed
from tests.services.erasing_story import (
    NUMBER,
    STORY,
    entries,
    house_and_operator,
    play,
    ref,
    sealed_rows,
)
from tests.services.observations_story import observation

A_QUARTER, A_YEAR, YEARS = timedelta(days=91), timedelta(days=367), timedelta(days=6 * 366)


@pytest.fixture
async def both(mongo: Mongo, settings: Settings) -> AsyncIterator[tuple[House, Room]]:
    """Open a house, and the vault as an operator's command does."""
    async with house_and_operator(mongo, settings) as opened:
        yield opened


async def _run(operator: Room, *only: str, dry_run: bool = False) -> dict[str, Outcome]:
    run = weed(operator, only, "operator", dry_run=dry_run, wait=0)
    return {outcome.where: outcome async for outcome in run}


async def _ids(house: House, service: str, collection: str) -> set[str]:
    return {row["_id"] for row in await house.rows(service, collection)}


async def test_a_dry_run_says_what_would_go_and_deletes_nothing(both: tuple[House, Room]) -> None:
    """How many, and how old the oldest is; no row, and no proof."""
    house, operator = both
    await play(house, STORY[8:9])
    house.clock.moment += YEARS
    events = await _ids(house, "observations", "place_events")
    found = (await _run(operator, dry_run=True))["observations.place_events"]
    assert (len(events), "2026-11-18") == (found.gone, found.oldest)
    assert events == await _ids(house, "observations", "place_events")
    assert [] == await entries(operator, "purged")


async def test_what_is_old_goes_and_is_proven_by_count_and_hash(both: tuple[House, Room]) -> None:
    """Once; a second run finds nothing. The proof is sealed, and whoever knows the ids can check the hash."""
    house, operator = both
    await play(house, STORY[8:9])
    house.clock.moment += YEARS
    events = sorted(await _ids(house, "observations", "place_events"))
    (proof,) = (await _run(operator, "place_events"))["observations.place_events"].proofs
    assert set() == await _ids(house, "observations", "place_events")
    entry = next(each for each in await entries(operator, "purged") if each.id == proof)
    digest = hashlib.sha256("\n".join(events).encode()).hexdigest()
    assert (f"{len(events)} sha256:{digest}", "operator") == (entry.code, entry.decided_by)
    assert proof in await sealed_rows(operator)
    again = await _run(operator, "place_events")
    assert [0, 0, 0, 0] == [outcome.gone for outcome in again.values()]


async def test_what_is_young_stays(both: tuple[House, Room]) -> None:
    """The day after the story nothing goes anywhere."""
    house, operator = both
    await play(house)
    house.clock.moment += timedelta(days=1)
    outcomes = await _run(operator)
    assert {} == {where: outcome.gone for where, outcome in outcomes.items() if outcome.gone}


async def test_an_observation_stays_while_a_basis_is_open(both: tuple[House, Room]) -> None:
    """Ninety days are over, the consent is not; when that has ended the observation goes, and its concern.

    That the consent has ended is known for as long as the form: its opening may still be heard late.
    """
    house, operator = both
    await play(house, STORY[:6])
    await house.turn_clock(house.clock.now() + A_QUARTER)
    assert (0, 3) == _gone_and_needed(await _run(operator, "observations"))
    await house.turn_clock(house.clock.now() + A_YEAR)
    assert 3 == (await _run(operator, "observations"))["observations.observations"].gone
    assert set() == await _ids(house, "observations", "concerns")
    assert {ref(house)} == await _ids(house, "observations", "bases") == await _ids(house, "meetings", "bases")
    await house.turn_clock(house.clock.now() + YEARS)
    await _run(operator, "consents")
    assert set() == await _ids(house, "observations", "bases") | await _ids(house, "meetings", "bases")


def _gone_and_needed(outcomes: dict[str, Outcome]) -> tuple[int, int]:
    found = outcomes["observations.observations"]
    return found.gone, found.needed


async def test_an_observation_nobody_has_been_told_of_waits_a_year(both: tuple[House, Room]) -> None:
    """It waits for a basis as long as a consent could last."""
    house, operator = both
    house.say("2182-leisure", observation("alone-1"))
    await house.settle()
    house.clock.moment += A_QUARTER
    assert (0, 0) == _gone_and_needed(await _run(operator, "observations"))
    house.clock.moment += A_YEAR
    assert (1, 0) == _gone_and_needed(await _run(operator, "observations"))


async def test_what_is_about_a_held_person_stays(both: tuple[House, Room]) -> None:
    """However old; when the hold is lifted it goes."""
    house, operator = both
    house.say("2182-leisure", observation("alone-1"))
    await house.settle()
    await holding.hold(operator, ref(house), "dnr 9", "operator")
    house.clock.moment += YEARS
    outcome = (await _run(operator))["observations.observations"]
    assert (0, 1) == (outcome.gone, outcome.held)
    assert NUMBER == await operator.vault.identity_number(ref(house))
    await holding.release(operator, ref(house), "dnr 9", "operator")
    assert 1 == (await _run(operator))["observations.observations"].gone


async def test_a_persons_key_goes_with_the_last_that_is_about_them(both: tuple[House, Room]) -> None:
    """While a consent is kept the key is; when everything has gone the person is erased, with a proof."""
    house, operator = both
    await say(house, issued(), signed("g1"), signed("g2"))
    await house.turn_clock(house.clock.now() + A_YEAR)
    await operator.db.change("keys", {}, {"$set": {"creationDate": house.clock.now() - A_QUARTER}})
    persons = (await _run(operator))["vault.keys"]
    assert (0, 1) == (persons.gone, persons.needed)
    await house.turn_clock(house.clock.now() + YEARS)
    assert 1 == (await _run(operator))["vault.keys"].gone
    (entry,) = await entries(operator, "erased")
    assert (ref(house), "retention:persons") == (entry.person_ref, entry.code)
    with pytest.raises(Erased):
        await house.rooms["consent"].vault.youth(ref(house))


async def test_an_erasure_that_stopped_in_a_run_is_proven_by_the_next(both: tuple[House, Room]) -> None:
    """The key has gone and the run never meets the person again: the proof is written all the same, once, and sealed.

    A dry run leaves it as it is.
    """
    house, operator = both
    await say(house, issued())
    begun = await erasing.forget(operator, ref(house), "retention:persons", "operator")
    await _run(operator, "letters", dry_run=True)
    assert [] == await entries(operator, "erased")
    for _ in range(2):
        await _run(operator, "letters")
    (entry,) = await entries(operator, "erased")
    assert (begun.key, "retention:persons") == (entry.about, entry.code)
    assert entry.id in await sealed_rows(operator)
    assert [entry.id] == [row["proven_by"] for row in await operator.db.find(Erasure.collection, {})]


class HeldAfterTheLook(Database):
    """Answers who is held, and has a hold set right after."""

    async def find(
        self, collection: str, where: Row, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Row]:
        """Return the rows; after those of the persons every person is held."""
        rows = await super().find(collection, where, sort, limit)
        if collection == "persons" and where:
            for person in await super().find(collection, {}):
                hold = Hold(reason="dnr 9", held_at=EVENING, by="operator").model_dump()
                await self.put(collection, {**person, "hold": hold, "version": person["version"] + 1})
        return rows


async def test_a_hold_set_while_a_run_goes_on_is_counted_and_the_run_goes_on(both: tuple[House, Room]) -> None:
    """Nobody was held when the run asked; the erasure finds the hold, the person stays, and what follows is weeded."""
    house, operator = both
    await operator.vault.enroll(ref(house), NUMBER)
    await operator.db.change("keys", {}, {"$set": {"creationDate": house.clock.now() - A_QUARTER}})
    operator.db = HeldAfterTheLook(operator.db.mongo, operator.db.name)
    persons = (await _run(operator, "persons"))["vault.keys"]
    assert (0, 1, 0, None) == (persons.gone, persons.held, persons.needed, persons.oldest)
    assert NUMBER == await operator.vault.identity_number(ref(house))


@pytest.mark.parametrize("told", [declined, prevented], ids=["a decline", "a prevention"])
async def test_what_is_known_of_a_form_that_never_came_goes_too(
    both: tuple[House, Room], told: Callable[..., dict[str, Any]]
) -> None:
    """A no or a prevention alone has a clock as well: five years after its day it goes."""
    house, operator = both
    await say(house, told())
    assert 1 == len(await _ids(house, "consent", "consents"))
    await _run(operator, "consents")
    assert 1 == len(await _ids(house, "consent", "consents"))
    house.clock.moment += YEARS
    await _run(operator, "consents")
    assert set() == await _ids(house, "consent", "consents")


async def test_minutes_that_wait_for_their_series_stay(both: tuple[House, Room]) -> None:
    """Whoever sent them has been told that they are taken in."""
    house, operator = both
    await play(house, STORY[9:10])
    house.clock.moment += A_YEAR
    outcome = (await _run(operator, "minutes"))["meetings.minutes"]
    assert (0, 1) == (outcome.gone, outcome.needed)


async def test_a_run_that_stopped_is_finished_by_the_next(both: tuple[House, Room]) -> None:
    """Written down, half deleted, not proven: the next run deletes the rest and proves all of it, once."""
    house, operator = both
    await play(house, STORY[8:9])
    house.clock.moment += YEARS
    ids = tuple(sorted(await _ids(house, "observations", "place_events")))
    where = "observations.place_events"
    batch = Weeding(id="b", weeded="place_events", where=where, ids=ids, begun_at=house.clock.now(), by="operator")
    await operator.db.put(Weeding.collection, batch.row())
    await house.rooms["observations"].db.delete("place_events", {"_id": ids[0]})
    assert 0 == (await _run(operator, "place_events"))[where].gone
    (entry,) = [each for each in await entries(operator, "purged") if each.about == where]
    assert str(entry.code).startswith(f"{len(ids)} sha256:")
    assert set() == await _ids(house, "observations", "place_events")
    assert [] == await operator.db.find(Weeding.collection, {})


async def test_a_hold_set_after_a_run_stopped_holds_what_that_run_had_chosen(both: tuple[House, Room]) -> None:
    """The batch names it; the next run asks again who is held before it deletes, and proves that nothing went."""
    house, operator = both
    house.say("2182-leisure", observation("alone-1"))
    await house.settle()
    house.clock.moment += YEARS
    ids = tuple(await _ids(house, "observations", "observations"))
    where = "observations.observations"
    batch = Weeding(id="b", weeded="observations", where=where, ids=ids, begun_at=house.clock.now(), by="operator")
    await operator.db.put(Weeding.collection, batch.row())
    await holding.hold(operator, ref(house), "dnr 9", "operator")
    await _run(operator, "observations")
    assert set(ids) == await _ids(house, "observations", "observations")
    assert "0" == str((await entries(operator, "purged"))[0].code).split()[0]


async def test_a_change_around_a_youth_stays_for_the_form_that_may_come_after_it(both: tuple[House, Room]) -> None:
    """Weeded with no form there, it would let what earlier guardians signed open; after five years it goes."""
    house, operator = both
    await house.turn_clock(house.clock.now() + timedelta(days=5))
    await say(house, guardianship_changed(changed_on="2026-11-17"))
    await _run(operator)
    await say(house, issued(), signed("g1"), signed("g2"))
    assert [] == house.told(SOCIAL, "consent.activated.v1")
    house.clock.moment += YEARS
    await _run(operator, "consents")
    assert set() == await _ids(house, "consent", "circumstances")


async def test_a_row_that_has_become_young_since_it_was_chosen_is_not_deleted(both: tuple[House, Room]) -> None:
    """The batch names it, but the deletion asks again how old it is; the proof counts only what went."""
    house, operator = both
    await play(house, STORY[8:9])
    ids = tuple(await _ids(house, "observations", "place_events"))
    where = "observations.place_events"
    batch = Weeding(id="b", weeded="place_events", where=where, ids=ids, begun_at=house.clock.now(), by="operator")
    await operator.db.put(Weeding.collection, batch.row())
    await _run(operator, "place_events")
    assert set(ids) == await _ids(house, "observations", "place_events")
    (entry,) = await entries(operator, "purged")
    assert str(entry.code).startswith("0 sha256:")


async def test_many_rows_go_in_batches(both: tuple[House, Room]) -> None:
    """A proof for each batch, and progress after each; what stays does not stop what comes after it."""
    house, operator = both
    db = house.rooms["notifier"].db
    rows = weeding.BATCH * 2 + 7
    for number in range(rows):
        young = number % 3 == 0
        ends_at = house.clock.now() + (YEARS if young else timedelta())
        await db.put("deliveries", {"_id": f"{number:06}", "ends_at": ends_at})
    house.clock.moment += A_QUARTER
    told: list[tuple[str, int]] = []
    run = weed(operator, ["letters"], "operator", dry_run=False, tell=lambda where, seen: told.append((where, seen)))
    (outcome,) = [outcome async for outcome in run]
    old = rows - len(range(0, rows, 3))
    assert (old, rows - old) == (outcome.gone, len(await house.rows("notifier", "deliveries")))
    assert len(outcome.proofs) == len(told) == -(-old // weeding.BATCH)
    assert ("notifier.deliveries", old) == told[-1]


async def test_a_class_that_does_not_exist_is_no_empty_run(both: tuple[House, Room]) -> None:
    """A slip of the hand says so, instead of weeding nothing or everything."""
    _, operator = both
    with pytest.raises(NotPossible, match="brevduvor"):
        await _run(operator, "brevduvor")
