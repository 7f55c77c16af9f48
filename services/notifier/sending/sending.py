"""The loops that send: claim letters, hand each to the way out, write down what came of it.

At least once. A process that dies between the server's yes and the commit leaves a claim that lapses, and the letters
of that delivery whose outcome was not written yet go out again under the same Message-ID. An outcome is kept in hand
until it is written, whatever the database does: forgotten, it would make a letter go out twice.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from random import random

from services.notifier.channels.channel import Channel
from services.notifier.documents import (
    Attempt,
    Delivery,
    Letter,
)
from services.notifier.last_words import withdraw_outdated
from services.notifier.letters.addresses import NoMailbox
from services.notifier.letters.letter import letter_of
from services.notifier.rules import SendWindow, is_too_late, may_go_at
from services.notifier.sending.claims import Found, claim_due, renew, written
from services.notifier.sending.suppressions import Suppression, mailbox_digest, suppressed_among, suppression_of
from services.notifier.sending.undelivered import put_down, word_to_organiser
from shared.logs import log
from shared.mongo import COMMIT_SECONDS, OUTAGE
from shared.outbox import real_now
from shared.relay import rest
from shared.room import Room

DELIVERIES = 4
"""How many deliveries a loop claims at once."""
LEASE = timedelta(seconds=4)
"""How long a killed process's letters lie still. A database away for longer stops the sending, and may repeat some."""
RENEW_SECONDS = 1.0
RECORD_SECONDS = 1.0
"""A delivery is written down when its last letter is done, and meanwhile as often as this."""
REST_SECONDS = 0.25


@dataclass
class WayOut:
    """How letters leave: from whom, when, how fast, and over which channels."""

    sender: Address
    channels: Sequence[Channel]  # one letter at a time each
    window: SendWindow = field(default_factory=SendWindow)
    pace: Pace | None = None
    found: Found = field(default_factory=Found)


class Pace:
    """At most so many letters a second from this process, over however many channels."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._next = 0.0

    def wait_from(self, now: float) -> float:
        """Take the next turn, and return how many seconds from now it comes."""
        mine = max(self._next, now)
        self._next = mine + self._gap
        return mine - now


@dataclass
class InHand:
    """A claimed delivery, and how many of its letters are not done with."""

    delivery: Delivery
    left: int
    recorded_at: float
    suppressions: list[Suppression] = field(default_factory=list)
    words: list[Delivery] = field(default_factory=list)  # to the organiser, of letters that came to nothing
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_lost: bool = False

    @property
    def may_send(self) -> bool:
        """Whether the lease still runs: after it another may hold the letters."""
        until = self.delivery.lease_until
        return not self.is_lost and until is not None and real_now() < until


@dataclass
class Round:
    """What one claim brought, and what is left of it to send."""

    room: Room
    out: WayOut
    held: list[InHand] = field(default_factory=list)
    waiting: deque[tuple[InHand, Letter]] = field(default_factory=deque)
    suppressed: dict[str, str] = field(default_factory=dict)  # letters to closed mailboxes, and what closed each


async def send_batch(room: Room, out: WayOut) -> int:
    """Send the letters that have been due longest, shared out over the channels; return in how many deliveries."""
    now = room.clock.now()
    work = Round(room, out)
    claimed = await claim_due(room.db, now, LEASE, DELIVERIES, out.found)
    await withdraw_outdated(room.db, claimed)
    for delivery in claimed:
        due = delivery.due(now)
        work.held.append(InHand(delivery, len(due), asyncio.get_running_loop().time()))
        if (may_go := may_go_at(now, delivery.needed_by(now), out.window)) > now:
            for letter in due:
                letter.next_attempt_at = may_go
        else:
            work.waiting.extend((work.held[-1], letter) for letter in due)
    if work.held:
        await _send_round(work)
    return len(work.held)


async def _send_round(work: Round) -> None:
    renewing = asyncio.create_task(_keep_leases(work))
    try:
        secret = work.room.secret
        digests = {letter.id: mailbox_digest(secret, letter.recipient.email) for _, letter in work.waiting}
        closed = await suppressed_among(work.room.db, set(digests.values()))
        work.suppressed = {letter_id: closed[digest] for letter_id, digest in digests.items() if digest in closed}
        async with asyncio.TaskGroup() as carriers:
            for channel in work.out.channels[: len(work.waiting)]:
                carriers.create_task(_carry(work, channel))
    finally:
        renewing.cancel()
        for hand in work.held:
            if hand.delivery.claim is not None and not hand.is_lost:
                await record(work.room, hand, is_last=True)


async def _keep_leases(work: Round) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await renew(work.room.db, [hand.delivery for hand in work.held if not hand.is_lost], LEASE)
        except Exception as error:  # noqa: BLE001 - not lengthened, the leases end and no further letter is begun
            log().warning("leases not renewed", error=type(error).__name__)


async def _carry(work: Round, channel: Channel) -> None:
    while work.waiting and not work.room.stopping.is_set():
        hand, letter = work.waiting.popleft()
        if not hand.may_send:
            continue
        if work.out.pace is not None:
            await asyncio.sleep(work.out.pace.wait_from(asyncio.get_running_loop().time()))
        await _send_one(work, hand, letter, channel)
        hand.left -= 1
        if not hand.left:
            await record(work.room, hand, is_last=True)
        elif asyncio.get_running_loop().time() > hand.recorded_at + RECORD_SECONDS:
            await record(work.room, hand)


async def _send_one(work: Round, hand: InHand, letter: Letter, channel: Channel) -> None:
    now = work.room.clock.now()
    delivery = hand.delivery
    if is_too_late(delivery.not_after, now):
        letter.expire()
        return
    attempt = Attempt(at=now, reason="unwritten")
    try:
        if letter.id in work.suppressed:
            attempt = Attempt(at=now, reason="suppressed")
        else:
            attempt = await channel.send(letter_of(delivery, letter, work.out.sender, now), now)
    except NoMailbox:
        attempt = Attempt(at=now, reason="no_mailbox")
    except Exception as error:  # noqa: BLE001 - what cannot be written holds up no other, and comes again
        log().warning("letter not handled", delivery_id=letter.id, error=type(error).__name__)
    letter.note(attempt, random(), delivery.not_after)  # noqa: S311 - spreads attempts
    closed_by = work.suppressed.get(letter.id)
    if suppression := suppression_of(letter, attempt, work.room.secret):
        hand.suppressions.append(suppression)
        closed_by = suppression.letter_id
    if word := word_to_organiser(work.room, delivery, letter, closed_by):
        hand.words.append(word)


async def record(room: Room, hand: InHand, *, is_last: bool = False) -> None:
    """Write down what is known of a delivery, and give up its claim with the last of it.

    Nothing is written where another has claimed it since. While the database is away the outcome is kept in hand.
    """
    async with hand.writing:
        if is_last:
            hand.delivery.let_go()
        is_written = hand.is_lost
        while not is_written:
            try:
                async with asyncio.timeout(COMMIT_SECONDS):
                    is_written = await _write(room, hand)
            except OUTAGE:
                if room.stopping.is_set():
                    raise
                await rest(room.stopping, REST_SECONDS)
    if is_last:
        _report(hand)


async def _write(room: Room, hand: InHand) -> bool:
    """Write, and say whether that is all there is to do. First what follows from outcomes: it may be put down twice."""
    await put_down(room, hand.words, hand.suppressions)
    hand.recorded_at = asyncio.get_running_loop().time()
    if await written(room.db, hand.delivery):
        return True
    row = await room.db.find_one(Delivery.collection, {"_id": hand.delivery.id})
    if row and (row["version"], row["claim"]) == (hand.delivery.version + 1, hand.delivery.claim):
        hand.delivery.version += 1  # our own, written when the answer was lost: written again, with what is known now
        return False
    hand.is_lost = True
    return True


def _report(hand: InHand) -> None:
    if hand.is_lost:
        log().warning("claim lost", delivery_id=hand.delivery.id)
        return
    counts = Counter(
        (letter.state, letter.attempts[-1].reason if letter.attempts else None) for letter in hand.delivery.letters
    )
    for (state, reason), count in counts.items():
        log().info("letters handled", delivery_id=hand.delivery.id, state=state, reason=reason, deliveries=count)
