"""What time it is, and which day and week that is in Sweden. Everything else is handed the moment.

`SAMVERKAN_CLOCK` names a file that holds an offset in seconds; demo and tests turn the house's clock with it.
Leases never use this clock: they measure real time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Europe/Stockholm")
CLOCK_TOLERANCE = timedelta(minutes=15)
"""How far an agency's clock may be ahead of the house's."""


def local_day(moment: datetime) -> date:
    """Return the day it is in Sweden at an aware instant."""
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone has no local day")
    return moment.astimezone(LOCAL_ZONE).date()


def start_of(day: date) -> datetime:
    """Return the local midnight that a day begins with."""
    return datetime.combine(day, time.min, LOCAL_ZONE)


def iso_week_of(day: date) -> str:
    """Return a day's ISO 8601 week, such as `2026-W53`; 31 December may well be in week 1 of the next year."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


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
