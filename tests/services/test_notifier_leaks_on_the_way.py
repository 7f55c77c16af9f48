"""Every event the notifier hears, a person in each of its words, all the way: mails, gateway, logs and what is kept."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.notifier.channels.channel import Channel
from services.notifier.channels.gateway import body_of
from services.notifier.channels.smtp import Connection
from services.notifier.documents import Attempt
from services.notifier.facts.shapes import LetterKind
from services.notifier.incoming.mailbox import take_in_mails
from services.notifier.sending.suppressions import Suppression, mailbox_digest
from shared.events.event import Event
from shared.room import Room
from tests.house import House
from tests.services.calendar_replies import SERIES, a_reply
from tests.services.mail_sink import MailSink
from tests.services.notifier_room import HANDLERS, deliveries, hear, send_all
from tests.services.notifier_samples import (
    EVERY_KIND,
    POLICE,
    SOCIAL,
    actions_reminded,
    meeting_cancelled,
    meeting_moved,
    move_proposed,
    reminder_time_reached,
    series_announced,
)
from tests.services.poison import GUARDED_ELSEWHERE, NAME, NUMBERS, SPELLINGS, everything_in, persons_in, poisoned
from tests.services.test_notifier_bounces import a_report, put

GONE = POLICE.model_copy(update={"email": "borta@polisen.example"})
EXCEPTION: dict[str, Any] = {
    "occurrence": "2026-12-22T09:00:00",
    "starts_at": "2026-12-21T12:00:00Z",
    "ends_at": "2026-12-21T13:00:00Z",
    "place": "Kommunhuset",
    "sequence": 3,
}


def every_event() -> list[Event]:
    """Return events of every type the notifier hears, that bring forth letters of every kind."""
    changed = {"change": "changed", "sequence": 5, "exceptions": (EXCEPTION,), "invited": (POLICE,)}
    events = (
        series_announced(series_id="planned"),
        series_announced(series_id="changed", no_longer_invited=(SOCIAL,), **changed),
        series_announced(series_id="ended", change="ended", until=date(2026, 11, 10), sequence=9, next_at=None),
        meeting_moved(series_id="moved", meeting_id="moved:1"),
        meeting_cancelled(series_id="cancelled", meeting_id="cancelled:1"),
        move_proposed(series_id="asked", meeting_id="asked:1"),
        reminder_time_reached(series_id="reminded", meeting_id="reminded:1", invited=(POLICE, GONE)),
        actions_reminded(series_id="due"),
        actions_reminded(series_id="overdue", overdue=True, due_on=date(2026, 11, 13)),
    )
    assert set(HANDLERS) == {type(event) for event in events}
    return list(events)


class Told(Channel):
    """A channel that keeps what it is told."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    async def send(self, mail: Any, now: Any) -> Attempt:
        """Take a letter as a gateway would."""
        self.bodies.append(json.dumps(body_of(mail), ensure_ascii=False))
        return Attempt(at=now, reason="taken", code=202)

    async def close(self) -> None:
        """Let go of nothing."""


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "America/New_York"], ids=["with calendar parts", "without"])
async def test_nothing_in_any_event_comes_out_of_any_door(
    house: House,
    room: Room,
    connection: Connection,
    sink: MailSink,
    capsys: pytest.CaptureFixture[str],
    zone: str,
) -> None:
    """Letters of every kind are sent by both ways, and neither they nor a log line names anybody."""
    await room.db.put(Suppression.collection, gone(room))
    fields: set[str] = set()
    for spelling, event in zip(SPELLINGS * 2, every_event(), strict=False):
        strange, names = poisoned(event, f"{NAME} {spelling(NUMBERS[0])}")
        fields |= names
        await hear(room, in_zone(strange, zone))
    kinds: set[LetterKind] = set()
    await send_all(room, connection)
    kinds |= {delivery.kind for delivery in await deliveries(room)}
    await room.db.change("deliveries", {}, {"$set": {"state": "created", "letters.$[].state": "created"}})
    gateway = Told()
    await send_all(room, gateway)

    assert set(EVERY_KIND) == kinds
    assert {"place", "function", "before"} <= fields
    assert len(gateway.bodies) == len(sink.taken) >= 15
    assert (zone == "Europe/Stockholm") == any("text/calendar" in each.as_string() for each in sink.taken)
    said = [everything_in(each) for each in sink.taken] + gateway.bodies
    assert [] == [persons_in(each) for each in said if persons_in(each)]
    assert [] == persons_in(capsys.readouterr().out)


def gone(room: Room) -> dict[str, Any]:
    """Return the suppression of a mailbox, so that its letter is told of to the organiser."""
    digest = mailbox_digest(room.secret, GONE.email)
    return Suppression(id=digest, letter_id="earlier", reason="bounced", at=room.clock.now()).row()


def in_zone(event: Event, zone: str) -> Event:
    """Return the event with its meetings in that zone: only those of ours have a calendar part."""
    told = event.model_dump()
    for holder in (told, told.get("meeting", {})):
        if "timezone" in holder:
            holder["timezone"] = zone
    return type(event).model_validate(told)


async def test_a_rule_that_is_none_is_refused_and_not_quoted(room: Room) -> None:
    """A recurrence rule is read as one: a person in it is an error without the words."""
    for rule in (NAME, f"FREQ=WEEKLY;BYDAY={NAME}", f"FREQ=WEEKLY;X-{NUMBERS[0]}=1", f"FREQ=WEEKLY;COUNT={NUMBERS[0]}"):
        with pytest.raises(ValueError) as refused:  # noqa: PT011 - whatever its words, they quote nothing
            await hear(room, series_announced(rrule=rule))
        assert [] == persons_in(str(refused.value))
    assert [] == persons_in(json.dumps(await room.db.find("deliveries", {}), default=str))


async def test_what_comes_back_by_mail_is_neither_kept_nor_logged(
    house: House, room: Room, connection: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report's and a reply's own words, a person among them, are in no row and no line."""
    await hear(room, reminder_time_reached())
    await send_all(room, connection)
    lost = (await deliveries(room))[0].letters[0]
    words = f"{NAME} {NUMBERS[0]}".encode()
    put(tmp_path, "1.eml", a_report(lost.id).replace(b"a person", words))
    put(tmp_path, "2.eml", a_reply().replace(b"Kim fyller", words))
    put(tmp_path, "3.eml", b"Subject: " + words + b"\r\n\r\n" + words)

    assert 2 == await take_in_mails(room, tmp_path)

    assert SERIES in str([each.body for each in house.travelled])
    rows = [await room.db.find(name, {}) for name in ("deliveries", "suppressions", "inbox", "outbox", "last_words")]
    for said in (json.dumps(rows, default=str), str(house.travelled), capsys.readouterr().out):
        assert [] == persons_in(said)


def test_what_is_not_poisoned_is_named_with_its_reason() -> None:
    """A field joins the list only with a word on what guards it."""
    assert all(len(why) > 3 for why in GUARDED_ELSEWHERE.values())
