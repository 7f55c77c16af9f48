"""Whole letters as they were last read and found good: headers, text, HTML and calendar of every kind.

A letter that has changed on purpose is read in the difference shown and then renewed:
`SAMVERKAN_GOLDEN=renew .venv/bin/pytest tests/services/test_notifier_golden.py`; the new files are part of the commit.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from difflib import unified_diff
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from services.notifier.documents import Delivery
from tests.services.notifier_samples import (
    CHRISTMAS_EVE,
    EVERY_KIND,
    MEETING,
    ORGANISER,
    a_cancellation,
    a_change,
    a_move,
    a_reminder,
    an_invitation,
    arrived,
    parts_of,
    text_in,
)

GOLDEN = Path(__file__).parent / "golden"
RENEW = os.environ.get("SAMVERKAN_GOLDEN") == "renew"
BY_EXCEPTION = {"occurrence": datetime(2026, 12, 24, 9), "meeting_id": CHRISTMAS_EVE["meeting_id"], "sequence": 3}
LETTERS: dict[str, Callable[..., Delivery]] = {
    **{str(kind): make for kind, make in EVERY_KIND.items()},
    "invitation_to_organiser": partial(an_invitation, ORGANISER),
    "invitation_with_listed_days": partial(an_invitation, rrule="FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2,4"),
    "invitation_by_another_clock": partial(
        an_invitation, timezone="Europe/Helsinki", next_at=datetime(2026, 11, 24, 7, tzinfo=UTC)
    ),
    "change_that_ends": partial(a_change, change="ended", until=date(2026, 12, 15), exceptions=()),
    "change_that_leaves_nothing": partial(
        a_change, change="ended", until=date(2026, 11, 20), exceptions=(), next_at=None
    ),
    "move_off_red_day": partial(
        a_move, reason="red_day", was_at=CHRISTMAS_EVE["starts_at"], **BY_EXCEPTION,
        starts_at=datetime(2026, 12, 23, 8, tzinfo=UTC), ends_at=datetime(2026, 12, 23, 9, tzinfo=UTC),
    ),
    "move_to_another_place": partial(
        a_move, starts_at=MEETING["starts_at"], ends_at=MEETING["ends_at"], place="Kommunhuset, Köpmangatan 12"
    ),
    "cancellation_for_red_day": partial(
        a_cancellation, reason="red_day", next_at=datetime(2027, 1, 12, 8, tzinfo=UTC), **CHRISTMAS_EVE
    ),
    "reminder_to_organiser": partial(a_reminder, ORGANISER),
}  # fmt: skip


def written_out(letter: EmailMessage) -> str:
    """Return all of a letter as somebody who reviews it wants to read it."""
    parts = parts_of(letter)
    headers = [f"{name}: {value}" for name, value in letter.items()]
    sections = {"headers": "\n".join(headers) + "\n"} | {
        str(part["Content-Type"]): text_in(part) for part in parts.values()
    }
    return "\n".join(f"=== {name}\n{text}" for name, text in sections.items())


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_the_one_that_was_reviewed(name: str) -> None:
    """Nothing in a letter of this kind differs from the file that was read and found good."""
    now, path = written_out(arrived(LETTERS[name]())), GOLDEN / f"{name}.txt"
    if RENEW:
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")

    reviewed = path.read_text(encoding="utf-8").splitlines(keepends=True)
    differences = "".join(unified_diff(reviewed, now.splitlines(keepends=True), "reviewed", "now"))

    assert not differences, f"{name}: to be read, then renewed as the module says\n{differences}"


def test_every_reviewed_letter_is_still_written() -> None:
    """No file is left of a letter that does not exist any more, and every kind of letter has one."""
    assert set(LETTERS) == {path.stem for path in GOLDEN.glob("*.txt")}
