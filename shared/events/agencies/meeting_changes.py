"""What agencies say about meetings that are planned: changes of a series, of one occurrence, and who comes.

An occurrence is named by its original local start for ever. What comes before its series waits for it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.events.agencies.meetings import MeetingSeriesPlanned, OpenLine
from shared.events.agencies.submission import Day, Email, Id, Submission, WallClock
from shared.events.meetings import Answered


class MeetingSeriesChanged(MeetingSeriesPlanned):
    """A series is planned anew, for every meeting that has not begun. The highest `revision` counts; the plan is 1."""

    revision: Annotated[int, Field(ge=2, le=10_000)]
    moved_occurrences: Literal["kept", "replanned"] = "kept"

    @property
    def entity_id(self) -> str:
        """The revision of the series."""
        return f"{self.series_id}/{self.revision}"


class MeetingSeriesEnded(Submission):
    """No occurrence after a day is held."""

    series_id: Id
    last_on: Day

    @property
    def entity_id(self) -> str:
        """The series."""
        return self.series_id


class MeetingMoveRequested(Submission):
    """One occurrence is held at another local time, and perhaps another place."""

    series_id: Id
    occurrence: WallClock
    starts_at: WallClock
    place: OpenLine | None = None

    @property
    def entity_id(self) -> str:
        """The occurrence: its series and original local start."""
        return f"{self.series_id}/{self.occurrence.isoformat()}"


class MeetingCancellationRequested(Submission):
    """One occurrence is not held."""

    series_id: Id
    occurrence: WallClock

    @property
    def entity_id(self) -> str:
        """The occurrence: its series and original local start."""
        return f"{self.series_id}/{self.occurrence.isoformat()}"


class MeetingInvitationAnswered(Submission):
    """One who is called says whether the function comes; `email` is the mailbox that was called."""

    series_id: Id
    occurrence: WallClock
    email: Email
    answer: Answered

    @property
    def entity_id(self) -> str:
        """The occurrence: its series and original local start."""
        return f"{self.series_id}/{self.occurrence.isoformat()}"
