"""Letters sent by aiosmtplib and nothing else: `python -m tests.live.bare_loop PORT CONNECTIONS COUNT < LETTER`.

What the notifier's rate is held against: the same letter over the same number of connections, with no database, no
claims and no outcomes. It prints letters a second.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator

from aiosmtplib import SMTP

SENDER, RECIPIENT = "samverkan@kommunen.example", "polis@polisen.example"


async def send_many(port: int, connections: int, count: int, letter: bytes) -> float:
    """Send that many letters, each with a Message-ID of its own, and return how many went a second."""
    numbers = iter(range(count))
    opened = [SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False) for _ in range(connections)]
    await asyncio.gather(*[smtp.connect() for smtp in opened])
    begun = time.monotonic()
    await asyncio.gather(*[_send(smtp, numbers, letter) for smtp in opened])
    seconds = time.monotonic() - begun
    await asyncio.gather(*[smtp.quit() for smtp in opened])
    return count / seconds


async def _send(smtp: SMTP, numbers: Iterator[int], letter: bytes) -> None:
    for number in numbers:
        await smtp.sendmail(SENDER, [RECIPIENT], b"Message-ID: <bare-%d@x.example>\r\n" % number + letter)


if __name__ == "__main__":
    _port, _connections, _count = map(int, sys.argv[1:])
    _rate = asyncio.run(send_many(_port, _connections, _count, sys.stdin.buffer.read()))
    sys.stdout.write(f"{_rate:.1f}\n")
