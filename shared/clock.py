"""What time it is. Everything else is handed the moment.

`SAMVERKAN_CLOCK` names a file that holds an offset in seconds; demo and tests turn the house's clock with it.
Leases never use this clock: they measure real time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Europe/Stockholm")


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """Return the instant as aware UTC with whole milliseconds, as MongoDB stores it."""


class WallClock:
    """The machine's clock, plus the offset in the file if there is one."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._file = offset_file
        self._read_at = -1.0
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """Return the house's time."""
        return whole_milliseconds(datetime.now(UTC) + self._current_offset())

    def _current_offset(self) -> timedelta:
        if self._file is None or not self._file.exists():
            return timedelta(0)
        changed_at = self._file.stat().st_mtime
        if changed_at != self._read_at:
            self._read_at = changed_at
            self._offset = timedelta(seconds=float(self._file.read_text(encoding="utf-8")))
        return self._offset


def whole_milliseconds(moment: datetime) -> datetime:
    """Cut an instant to what MongoDB keeps."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
