"""`/live` and `/ready`. Live never depends on the broker: an outage must not restart every process.

Ready means that every subscriber really has a consumer and the database answers. A connection that is merely up says
neither. A service may answer on further paths of its own, on the same port.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

CHECK_SECONDS = 3
CACHED_SECONDS = 2

Check = Callable[[], Awaitable[list[str]]]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
"""What answers one path (ASGI 3.0). It is called for requests alone, and guards itself."""


class Health:
    """A small ASGI application. `check` returns what is missing, in words without personal data."""

    def __init__(self, check: Check, routes: Mapping[str, App] | None = None) -> None:
        self._check = check
        self._routes = dict(routes or {})
        self._checked_at = -CACHED_SECONDS - 1.0
        self._missing: list[str] = ["not checked yet"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the two questions, and what the service answers besides; anything else is 404."""
        if scope["type"] == "lifespan":
            await _live_and_die(receive, send)
            return
        match scope["path"]:
            case "/live":
                await respond(send, 200, {"live": True})
            case "/ready":
                missing = await self.missing()
                await respond(send, 503 if missing else 200, {"ready": not missing, "missing": missing})
            case path if scope["type"] == "http" and path in self._routes:
                await self._routes[path](scope, receive, send)
            case _:
                await respond(send, 404, {"paths": ["/live", "/ready"]})

    async def missing(self) -> list[str]:
        """Return what keeps the service from being ready; the answer is kept for two seconds."""
        if time.monotonic() - self._checked_at > CACHED_SECONDS:
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    self._missing = await self._check()
            except Exception as error:  # noqa: BLE001 - whatever keeps the check from an answer is the answer
                self._missing = [type(error).__name__]
            self._checked_at = time.monotonic()
        return self._missing


async def _live_and_die(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def respond(send: Send, status: int, answer: dict[str, Any]) -> None:
    """Answer a request with JSON."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
