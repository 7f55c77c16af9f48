"""What can be found in a mail that somebody has sent, without trusting it: its parts, and headers cut short."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from itertools import islice
from typing import Literal

Became = Literal["read", "aside", "later"]
"""What is done with a mail: it is written down, is not for us, or cannot be written down just now."""
MOST_PARTS = 100
LONGEST_HEADER = 2_000


def parts_of(message: Message) -> list[Message]:
    """Return a mail's parts, itself first, at most a hundred."""
    return list(islice(message.walk(), MOST_PARTS))


def headers_of(part: Message, name: str) -> Iterator[str]:
    """Yield each header of that name, cut where none of ours is so long."""
    for value in part.get_all(name, []):
        yield str(value)[:LONGEST_HEADER]


def text_of(part: Message, most_bytes: int) -> str:
    """Return a part's text; nothing when it is longer than that. What is no UTF-8 in it is shown as such."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or len(content) > most_bytes:
        return ""
    return content.decode("utf-8", "replace")
