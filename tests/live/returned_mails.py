"""What comes back by mail in the leaking story, full of markers: a report, calendars' answers, and what is neither."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from deploy.demo.story import WEEKLY
from shared.mongo import Database
from tests.live.markers import Markers, Origin
from tests.services.calendar_replies import a_reply
from tests.services.test_notifier_bounces import a_report

PATIENCE_SECONDS = 60.0
BOUNCING, ANSWERING = "kommunpolis@polisen.example", "mottag@soderhamn.example"
"""Two that are called to the samples' weekly meeting."""


async def have_mails_returned(notifier: Database, folder: Path, markers: Markers, number: str) -> None:
    """Put mails into the folder, and return when the notifier has read them all: two of them about letters of ours."""
    row = await _letter_to(notifier, BOUNCING)
    lost = next(each for each in row["letters"] if each["recipient"]["email"] == BOUNCING)
    words = [markers.new(Origin("mail", "returned", "somebody", f"/{place}", "")) for place in range(3)]
    said = [f"{word} {number[:8]}-{number[8:]}".encode() for word in words]
    mails = (
        a_report(lost["id"]).replace(b"a person", said[0]),
        a_reply(series=WEEKLY, attendee=ANSWERING).replace(b"Kim fyller", said[1]),
        b"Subject: " + said[2] + b"\r\nFrom: " + said[2] + b" <x@y.example>\r\n\r\n" + said[2],
    )
    _put(folder, mails)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while _waiting_in(folder):  # noqa: ASYNC110 - another process empties it
            await asyncio.sleep(0.2)
    assert {"read": 2, "aside": 1} == _counts(folder)


def _put(folder: Path, mails: tuple[bytes, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for place, mail in enumerate(mails):
        partial = folder / f"{place}.part"
        partial.write_bytes(mail)
        partial.rename(folder / f"{place}.eml")


def _waiting_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.eml"))


def _counts(folder: Path) -> dict[str, int]:
    return {name: len(list((folder / name).iterdir())) for name in ("read", "aside")}


async def _letter_to(notifier: Database, mailbox: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            where = {"letters": {"$elemMatch": {"recipient.email": mailbox, "state": "sent"}}}
            if row := await notifier.find_one("deliveries", {**where, "series_id": WEEKLY, "state": "done"}):
                return row
            await asyncio.sleep(0.2)
