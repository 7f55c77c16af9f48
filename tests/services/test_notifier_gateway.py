"""Letters handed to an HTTP gateway: the same words for what came of them as over SMTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from services.notifier.channels.gateway import Gateway, asked_wait
from services.notifier.documents import Attempt
from services.notifier.sending.loops import _ways_out
from shared.room import Room
from tests.house import House
from tests.services.mail_sink import free_port
from tests.services.notifier_room import ALONE, hear, letters, send_all, states
from tests.services.notifier_samples import a_reminder, an_invitation, mail_of, reminder_time_reached

NOW = datetime(2026, 11, 16, 7, 0, 5, tzinfo=UTC)
MAIL = mail_of(an_invitation())


@dataclass
class GatewaySink:
    """What a gateway was told, and what it answers next: status, headers, seconds of silence before."""

    url: str
    orders: list[tuple[int, dict[str, str], float]] = field(default_factory=list)
    told: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)


@contextmanager
def gateway_sink() -> Iterator[GatewaySink]:
    """Run a gateway in a thread of its own."""
    sink = GatewaySink(f"http://127.0.0.1:{free_port()}/letters")

    def answer(request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        sink.told.append((dict(request.headers), json.loads(body)))
        status, headers, silence = sink.orders.pop(0) if sink.orders else (202, {}, 0.0)
        time.sleep(silence)
        request.send_response(status)
        for name, value in ({"Content-Length": "0"} | headers).items():
            request.send_header(name, value)
        request.end_headers()

    quiet: dict[str, Any] = {"do_POST": answer, "log_message": lambda *_: None}
    answering: Any = type("Answering", (BaseHTTPRequestHandler,), quiet)
    server = ThreadingHTTPServer(("127.0.0.1", int(sink.url.split(":")[2].split("/")[0])), answering)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()


async def send_once(url: str, patience_seconds: float = 5.0) -> Attempt:
    """Hand over one letter over a way of its own."""
    gateway = Gateway(url, "a-key", patience_seconds)
    attempt = await gateway.send(MAIL, NOW)
    await gateway.close()
    return attempt


async def test_a_letter_is_told_whole_and_under_its_own_key() -> None:
    """The gateway gets all parts as text, our key, and the delivery's id as the key that makes a repeat harmless."""
    with gateway_sink() as sink:
        assert Attempt(at=NOW, reason="taken", code=202) == await send_once(sink.url)
        await send_once(sink.url)

    (headers, body), (again, _) = sink.told
    assert MAIL.id == headers["Idempotency-Key"] == again["Idempotency-Key"] == body["id"]
    assert "Bearer a-key" == headers["Authorization"]
    assert ("omradespolis@polisen.example", "Kallelse: veckomöte varje tisdag") == (body["to"], body["subject"])
    assert "METHOD:REQUEST" in body["calendar"]
    assert "ATTENDEE" in body["calendar"]
    assert None is mail_of(a_reminder()).calendar


@pytest.mark.parametrize(
    ("status", "headers", "reason", "wait"),
    [
        (200, {}, "taken", 0),
        (400, {}, "refused", 0),
        (422, {}, "refused", 0),
        (401, {}, "deferred", 0),
        (404, {}, "deferred", 0),
        (409, {}, "deferred", 0),
        (429, {"Retry-After": "120"}, "deferred", 120),
        (429, {"Retry-After": "soon"}, "deferred", 0),
        (500, {}, "deferred", 0),
        (503, {"Retry-After": "99999999"}, "deferred", 3600),
        (302, {"Location": "http://127.0.0.1:1/"}, "deferred", 0),
    ],
)
async def test_the_gateways_status_decides(status: int, headers: dict[str, str], reason: str, wait: int) -> None:
    """4xx is final, but not where the house is at fault or too early; 5xx and redirects are tried again."""
    with gateway_sink() as sink:
        sink.orders.append((status, headers, 0.0))
        attempt = await send_once(sink.url)

    assert (reason, status, wait) == (attempt.reason, attempt.code, attempt.wait_seconds)
    assert 1 == len(sink.told)


async def test_silence_and_nobody_there_are_answers_too() -> None:
    """A gateway that says nothing costs the patience given; a closed door is unreachable."""
    with gateway_sink() as sink:
        sink.orders.append((200, {}, 1.0))
        assert "timeout" == (await send_once(sink.url, patience_seconds=0.2)).reason
    assert "unreachable" == (await send_once(f"http://127.0.0.1:{free_port()}/")).reason


async def test_a_wait_asked_for_is_kept(house: House, room: Room) -> None:
    """After 429 with Retry-After the letter comes back no earlier, and then goes under the same key."""
    with gateway_sink() as sink:
        sink.orders.append((429, {"Retry-After": "600"}, 0.0))
        gateway = Gateway(sink.url)
        await hear(room, reminder_time_reached(**ALONE))
        await send_all(room, gateway)
        (put_off,) = await letters(room)
        assert put_off.next_attempt_at >= house.clock.now() + timedelta(seconds=600)

        house.clock.moment = put_off.next_attempt_at
        await send_all(room, gateway)
        await gateway.close()

    assert ["sent"] == await states(room)
    assert 1 == len({headers["Idempotency-Key"] for headers, _ in sink.told})


def test_retry_after_may_be_a_date() -> None:
    """RFC 9110 allows seconds or a date; one that has passed asks for nothing."""
    assert 90 == asked_wait("Mon, 16 Nov 2026 07:01:35 GMT", NOW)
    assert 0 == asked_wait("Mon, 16 Nov 2026 06:00:00 GMT", NOW)
    assert 0 == asked_wait("-5", NOW)


@pytest.mark.parametrize(
    "url", ["ftp://gateway.example", "gateway.example", "http://gateway.example/letters", "https://"]
)
def test_a_gateway_without_encryption_is_refused(url: str) -> None:
    """Letters go encrypted or not at all, except to this machine itself."""
    with pytest.raises(ValueError, match=r"^SAMVERKAN_MAIL_GATEWAY_URL: [^\n]+$"):
        Gateway(url)


async def test_a_setting_chooses_the_way(room: Room) -> None:
    """With a gateway's address every letter goes there, and no mail server is needed."""
    chosen = {"mail_gateway_url": "https://gateway.example/letters", "smtp_url": None}
    ways = _ways_out(room.settings.model_copy(update=chosen))

    assert {Gateway} == {type(channel) for way in ways for channel in way.channels}
