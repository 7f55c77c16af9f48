"""A mail server as fast as Python allows, so that it is no bottleneck: it takes everything and counts Message-IDs."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.services.mail_sink import free_port

_MESSAGE_ID = re.compile(rb"^Message-ID: *<([^>]+)>", re.MULTILINE | re.IGNORECASE)
_WORDS = {b"DATA": b"354 go on\r\n", b"EHLO": b"250-sink\r\n250 8BITMIME\r\n", b"QUIT": b"221 bye\r\n"}


@dataclass
class CountingSink:
    """What has been taken: how often each Message-ID, and when (`time.monotonic`) the first and the last new one."""

    port: int
    taken: Counter[str] = field(default_factory=Counter)
    first_at: float = 0.0
    last_new_at: float = 0.0

    def take(self, letter: bytes) -> None:
        """Count a letter."""
        found = _MESSAGE_ID.search(letter)
        name = found[1].decode() if found else "none"
        self.first_at = self.first_at if self.taken else time.monotonic()
        self.taken[name] += 1
        if self.taken[name] == 1:
            self.last_new_at = time.monotonic()

    def forget(self) -> None:
        """Begin to count anew."""
        self.taken.clear()


class _Conversation(asyncio.BufferedProtocol):
    def __init__(self, sink: CountingSink) -> None:
        self._sink = sink
        self._room = bytearray(65_536)
        self._got = bytearray()
        self._is_letter = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        self._got += self._room[:nbytes]
        while True:
            ending = b"\r\n.\r\n" if self._is_letter else b"\r\n"
            end = self._got.find(ending)
            if end < 0:
                return
            said = bytes(self._got[:end])
            del self._got[: end + len(ending)]
            self._answer(said)

    def _answer(self, said: bytes) -> None:
        if self._is_letter:
            self._sink.take(said)
            self._is_letter = False
            self._transport.write(b"250 OK\r\n")
            return
        word = said[:4].upper()
        self._is_letter = word == b"DATA"
        self._transport.write(_WORDS.get(word, b"250 OK\r\n"))
        if word == b"QUIT":
            self._transport.close()


@contextmanager
def counting_sink() -> Iterator[CountingSink]:
    """Run the mail server in a thread of its own."""
    sink, loop = CountingSink(free_port()), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncio.Server:
        return await loop.create_server(lambda: _Conversation(sink), "127.0.0.1", sink.port)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(timeout=10)
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
