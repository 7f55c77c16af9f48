"""What the notifier does by itself, until it is told to stop: send what is due, hear what came back, forget the old.

An outage never ends a loop. After one the holders of outcomes write first: who cannot claim waits longer than they do.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from services.notifier.channels.channel import Channel
from services.notifier.channels.gateway import Gateway
from services.notifier.channels.smtp import Connection, MailServer
from services.notifier.documents import forget_addresses
from services.notifier.incoming.mailbox import forget_old_mails, take_in_mails
from services.notifier.letters.addresses import NoMailbox, sender_of
from services.notifier.rules import SendWindow
from services.notifier.sending.claims import Found
from services.notifier.sending.sending import REST_SECONDS, Pace, WayOut, send_batch
from shared.logs import log
from shared.outbox import real_now
from shared.relay import rest
from shared.room import Room
from shared.settings import Settings

LOOPS = 2
"""While one writes down, the other sends."""
CONNECTIONS = 4
"""Of each loop."""
OUTAGE_REST_SECONDS = 10.0
MAILS_EVERY_SECONDS = 5.0
GATEWAY_TOKEN = "mail_gateway_token"  # noqa: S105 - the name of a file
FORGET_EVERY_SECONDS = 3600.0


async def send_due(room: Room) -> None:
    """Send what is due over a few connections until the service stops; each finishes the letter in its hand."""
    ways = _ways_out(room.settings)
    async with asyncio.TaskGroup() as loops:
        for out in ways:
            loops.create_task(_send_over(room, out))


async def _send_over(room: Room, out: WayOut) -> None:
    while not room.stopping.is_set():
        pause = REST_SECONDS
        try:
            if await send_batch(room, out):
                continue
        except Exception as error:  # noqa: BLE001 - no database: the claims lapse, the letters are claimed anew
            log().warning("sending stopped short", error=type(error).__name__)
            pause = OUTAGE_REST_SECONDS
        await _close(out.channels)
        await rest(room.stopping, pause)
    await _close(out.channels)


async def _close(channels: Sequence[Channel]) -> None:
    await asyncio.gather(*[channel.close() for channel in channels])


def _ways_out(settings: Settings) -> list[WayOut]:
    """Return how letters leave, for each loop; for a bad setting print one line and leave."""
    try:
        sender, window = sender_of(settings.mail_from), SendWindow.of(settings.mail_window)
        pace = Pace(settings.mail_per_second) if settings.mail_per_second else None
        found = Found()
        return [WayOut(sender, _channels(settings), window, pace, found) for _ in range(LOOPS)]
    except NoMailbox:
        sys.stderr.write("SAMVERKAN_MAIL_FROM: en avsändare, som Samverkan <samverkan@kommunen.example>\n")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
    raise SystemExit(2)


def _channels(settings: Settings) -> list[Channel]:
    if settings.mail_gateway_url:
        has_token = (settings.secrets_dir / GATEWAY_TOKEN).is_file()
        token = settings.secret(GATEWAY_TOKEN).decode() if has_token else None
        return [Gateway(settings.mail_gateway_url, token) for _ in range(CONNECTIONS)]
    server = MailServer.at(settings.smtp_url or "")
    return [Connection(server) for _ in range(CONNECTIONS)]


async def read_mails(room: Room) -> None:
    """Read what came back by mail, if `SAMVERKAN_MAIL_BOUNCES` says in which folder it is put."""
    folder = room.settings.mail_bounces
    while not room.stopping.is_set():
        try:
            if folder is not None:
                await take_in_mails(room, folder)
        except Exception as error:  # noqa: BLE001 - the mail stays where it is and is read again
            log().warning("could not read mails", error=type(error).__name__)
        await rest(room.stopping, MAILS_EVERY_SECONDS)


async def forget_old(room: Room) -> None:
    """Take the addresses out of old letters and delete old mails, once an hour."""
    while not room.stopping.is_set():
        try:
            if forgotten := await forget_addresses(room.db, room.clock.now()):
                log().info("addresses forgotten", deliveries=forgotten)
            if room.settings.mail_bounces is not None:
                forget_old_mails(room.settings.mail_bounces, real_now())
        except Exception as error:  # noqa: BLE001 - an hour later it is tried again
            log().warning("could not forget addresses", error=type(error).__name__)
        await rest(room.stopping, FORGET_EVERY_SECONDS)
