"""Two handlers on one document: whoever comes second reads again, decides again, and loses nothing."""

from __future__ import annotations

import asyncio
from collections import Counter

from shared.events.consent import ConsentEnforced
from shared.messaging import ServiceRouter
from shared.mongo import Mongo
from shared.settings import Settings
from shared.transaction import Tx
from tests.plumbing.small_house import Tally, enforced, open_small_house, said_in, write_first


async def test_a_handler_whose_document_moved_is_run_again_from_its_read(mongo: Mongo, settings: Settings) -> None:
    """Three rivals are first, so the handler runs four times; only the last run's writes and sayings count."""
    seen: list[int] = []

    def handlers(router: ServiceRouter) -> None:
        @router.hears(ConsentEnforced)
        async def count(event: ConsentEnforced, tx: Tx) -> None:
            """Count the event."""
            tally = await tx.get(Tally, "one") or Tally(id="one")
            seen.append(tally.count)
            if len(seen) <= 3:
                await write_first(house, tally)
            tally.count += 1
            tx.save(tally)
            tx.emit(enforced(f"run {len(seen)}"))

    async with open_small_house(mongo, settings, handlers) as house:
        assert "acknowledged" == await house.hear(enforced("f"), "m1")
        assert [0, 100, 200, 300] == seen
        assert [301] == [row["count"] for row in await house.rows("tallies")]
        assert ["run 4"] == said_in(house)
        assert 1 == len(await house.rows("inbox"))


async def test_many_handlers_on_one_document_lose_no_update(mongo: Mongo, settings: Settings) -> None:
    """20 events at once on one document, ten of them delivered twice: it counts 20."""

    def handlers(router: ServiceRouter) -> None:
        @router.hears(ConsentEnforced)
        async def count(event: ConsentEnforced, tx: Tx) -> None:
            """Count the event."""
            tally = await tx.get(Tally, "one") or Tally(id="one")
            tally.count += 1
            tx.save(tally)
            tx.emit(enforced(event.form_id))

    async with open_small_house(mongo, settings, handlers) as house:
        numbers = [*range(20), *range(10)]
        settled = await asyncio.gather(*(house.hear(enforced(f"{number:02}"), f"m{number}") for number in numbers))
        assert {"acknowledged"} == set(settled)
        assert [20] == [row["count"] for row in await house.rows("tallies")]
        assert {f"{number:02}": 1 for number in range(20)} == dict(Counter(said_in(house)))


async def test_a_message_that_meets_others_for_ever_is_tried_again_later(settings: Settings) -> None:
    """A rival is first every time: after 50 runs the message goes to a retry tier, as `Contended`, and is not lost."""
    runs = 0

    def handlers(router: ServiceRouter) -> None:
        @router.hears(ConsentEnforced)
        async def count(event: ConsentEnforced, tx: Tx) -> None:
            """Never get anywhere."""
            nonlocal runs
            runs += 1
            tally = await tx.get(Tally, "one") or Tally(id="one")
            await write_first(house, tally)
            tx.save(tally)

    mongo = Mongo(settings.mongodb_uri)
    async with open_small_house(mongo, settings, handlers) as house:
        assert "acknowledged" == await house.hear(enforced("f"), "m1")
        assert 50 == runs
        assert [("retry", "Contended")] == [(each.exchange, each.headers["x-reason"]) for each in house.sent.messages]
        assert [] == await house.rows("inbox")
    await mongo.close()
