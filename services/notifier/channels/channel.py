"""What the notifier asks of a way out. A new kind of it, such as secure digital communication, is a new module here."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from services.notifier.documents import Attempt
from services.notifier.letters.letter import Mail


class Channel(Protocol):
    """A way out for letters, for one task at a time. What has no answer within the patience given is an answer too."""

    async def send(self, mail: Mail, now: datetime) -> Attempt:
        """Hand over a letter and return what came of it; never raise for what the other side does."""

    async def close(self) -> None:
        """Let go of the other side; the next letter opens the way again."""
