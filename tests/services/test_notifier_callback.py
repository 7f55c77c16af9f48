"""What a mail provider hands over by HTTP: taken only from whom it may be, on disk before it is said to be taken."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.notifier.incoming.callback import PATH, TOKEN, callback
from services.notifier.incoming.mailbox import LARGEST_BYTES, forget_old_mails, mails_waiting
from shared.health import Health
from shared.outbox import real_now
from shared.settings import Settings

REPORT = b"Subject: Undelivered\r\n\r\n."
KIND = {"Content-Type": "message/rfc822"}
BEARER = {"Authorization": "Bearer a-long-token"}


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a folder for mails and a token for whoever posts them."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / TOKEN).write_text("a-long-token\n", encoding="utf-8")
    return settings.model_copy(update={"mail_bounces": tmp_path / "mails", "secrets_dir": secrets})


async def answer(own: Settings, content: bytes | AsyncIterator[bytes] = REPORT, **asked: object) -> int:
    """Post a mail to a notifier with these settings and return the answer's code."""
    method, headers = str(asked.get("method", "POST")), asked.get("headers", KIND | BEARER)
    assert isinstance(headers, dict)
    transport = httpx.ASGITransport(Health(_nothing_missing, callback(own)))
    async with httpx.AsyncClient(transport=transport, base_url="http://notifier") as client:
        return (await client.request(method, PATH, content=content, headers=headers)).status_code


async def _nothing_missing() -> list[str]:
    return []


def kept(own: Settings) -> list[bytes]:
    """Return the mails that wait for the reader."""
    assert own.mail_bounces is not None
    return [path.read_bytes() for path in mails_waiting(own.mail_bounces)]


async def test_what_is_taken_lies_whole_in_the_folder(own: Settings) -> None:
    """202 is said when the reader can read it; said twice it lies there once, and nothing half written is left."""
    assert [202, 202] == [await answer(own), await answer(own, headers=KIND | {"authorization": "Bearer a-long-token"})]

    assert [REPORT] == kept(own)
    assert own.mail_bounces is not None
    assert [] == list((own.mail_bounces / "tmp").iterdir())


@pytest.mark.parametrize(
    ("headers", "method", "code"),
    [
        (KIND, "POST", 401),
        (KIND | {"Authorization": "Bearer a-long-toke"}, "POST", 401),
        (KIND | {"Authorization": "Bearer "}, "POST", 401),
        (KIND | {"Authorization": "Basic a-long-token"}, "POST", 401),
        (BEARER | {"Content-Type": "application/json"}, "POST", 415),
        (BEARER, "POST", 415),
        (KIND | BEARER, "GET", 405),
    ],
)
async def test_what_is_not_taken_leaves_nothing(own: Settings, headers: dict[str, str], method: str, code: int) -> None:
    """Without the token, as another kind of content, or by another method: nothing is written."""
    assert code == await answer(own, headers=headers, method=method)
    assert [] == kept(own)


async def test_a_mail_that_is_too_large_is_not_taken(own: Settings) -> None:
    """Neither when its length says so, nor when it says none and grows too large on the way."""

    async def growing() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BYTES // 1_000_000 + 1):
            yield b"x" * 1_000_000

    assert [413, 413] == [await answer(own, b"x" * (LARGEST_BYTES + 1)), await answer(own, growing())]
    assert 202 == await answer(own, b"x" * LARGEST_BYTES)


@pytest.mark.parametrize("missing", ["token", "empty token", "folder"])
async def test_there_is_no_such_path_until_it_is_set_up(own: Settings, missing: str) -> None:
    """Without a token anybody could post, and without a folder nothing could be kept: 404."""
    if missing == "folder":
        own = own.model_copy(update={"mail_bounces": None})
    else:
        (own.secrets_dir / TOKEN).write_text("\n", encoding="utf-8")
        if missing == "token":
            (own.secrets_dir / TOKEN).unlink()

    assert 404 == await answer(own, headers=KIND | {"Authorization": "Bearer "})


async def test_a_folder_that_cannot_be_written_is_said(own: Settings) -> None:
    """503: whoever posts it keeps it and comes again."""
    assert own.mail_bounces is not None
    own.mail_bounces.write_text("no folder", encoding="utf-8")

    assert 503 == await answer(own)


def test_read_mails_are_deleted_when_what_they_quote_is_to_be_forgotten(tmp_path: Path) -> None:
    """A mail that is read is kept 30 days, one put aside 60, one that waits for ever."""
    days = {"read/1": 31, "read/2": 29, "aside/1": 61, "aside/2": 59, "new/1": 400}
    for name, age in days.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        came_at = real_now().timestamp() - age * 86_400
        os.utime(path, (came_at, came_at))

    assert 2 == forget_old_mails(tmp_path, real_now())
    left = {f"{path.parent.name}/{path.name}" for path in tmp_path.glob("*/*")}
    assert {"read/2", "aside/2", "new/1"} == left
