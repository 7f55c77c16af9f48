"""What closes something is tried again for as long as it takes: a service that gave it up would go on telling."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.events.consent import ConsentActivated, ConsentEnded, ConsentNarrowed
from shared.messaging import ServiceRouter
from shared.mongo import Mongo
from shared.outgoing import EVENTS, RETRY, Outgoing
from shared.settings import Settings
from shared.transaction import Tx
from tests.plumbing.small_house import NAME, open_small_house

ENDED = ConsentEnded(
    form_id="f", person_ref="p", revision=2, reason="withdrawn", ended_at=datetime(2026, 11, 30, 13, 5, tzinfo=UTC)
)


def test_the_events_that_close_a_consent_are_never_given_up() -> None:
    """An end and a narrowing are; an opening that is set aside tells nobody too much."""
    assert [True, True, False] == [each.never_given_up for each in (ConsentEnded, ConsentNarrowed, ConsentActivated)]


async def test_an_end_that_fails_goes_round_in_the_last_tier_until_it_succeeds(
    mongo: Mongo, settings: Settings
) -> None:
    """Twice as many failures as there are tiers: no dead letter, the last tier again and again, then it is done."""
    failures = 2 * len(settings.retry_seconds)
    seen: list[str] = []

    def handlers(router: ServiceRouter) -> None:
        @router.hears(ConsentEnded)
        async def stop(event: ConsentEnded, tx: Tx) -> None:
            """Stop, once the faults are over."""
            seen.append(event.form_id)
            if len(seen) <= failures:
                raise RuntimeError

    async with open_small_house(mongo, settings, handlers) as small:
        sent = Outgoing(EVENTS, ConsentEnded.type, ENDED.model_dump_json().encode(), "m1")
        await small.deliver(f"{NAME}.{ConsentEnded.type}", sent, EVENTS)
        for _ in range(failures):
            await small.let_the_tier_return()
        tiers = [each.headers["seconds"] for each in small.sent.messages]
        assert {RETRY} == {each.exchange for each in small.sent.messages}
        assert [
            *settings.retry_seconds,
            *[settings.retry_seconds[-1]] * (failures - len(settings.retry_seconds)),
        ] == tiers
        assert failures + 1 == len(seen)
        assert 1 == len(await small.rows("inbox"))
