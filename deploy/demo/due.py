"""What a moment of the story must lead to: messages to agencies, letters, a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Content = dict[str, Any]


@dataclass(frozen=True)
class Due:
    """A message that an agency must get. `data` holds the fields that are fixed; a received message may have more."""

    agency: str
    type: str
    data: Content


INVITATION, REMINDER, MOVE, CANCELLATION = "Kallelse", "Påminnelse", "Flyttat", "Inställt"
QUESTION, SOON_DUE, OVERDUE = "Svara senast", "Klart senast", "Inte rapporterat som klart"
KINDS = (INVITATION, REMINDER, MOVE, CANCELLATION, QUESTION, SOON_DUE, OVERDUE)
"""Each kind of e-mail, as its subject begins."""


@dataclass(frozen=True)
class DueLetter:
    """An e-mail that must come: to whom, of which kind, and the meeting or day that it is about.

    Of a series that is its first meeting, of a meeting that is moved its new time.
    """

    to: str
    kind: str
    about: datetime | date


@dataclass(frozen=True)
class DuePicture:
    """A week's picture that must be there, and how many meetings it must show as called, held and so on."""

    iso_week: str
    called: int
    held: int
    not_quorate: int
    cancelled: int


@dataclass
class Outcome:
    """What one moment must lead to."""

    messages: list[Due] = field(default_factory=list)
    letters: list[DueLetter] = field(default_factory=list)
    picture: DuePicture | None = None

    def and_(self, other: Outcome) -> Outcome:
        """Return what two things lead to that happen at one moment."""
        return Outcome(self.messages + other.messages, self.letters + other.letters, self.picture or other.picture)


def disclosed(agency: str, to: str, observation: Content, basis: Content) -> Due:
    """Return the telling of an agency's observation to another, on a basis."""
    content = {key: value for key, value in observation.items() if key != "concern_report"}
    data = {"released_by": agency, "received_by": to, "basis": basis, "observation": content}
    return Due(to, "observation.disclosed.v1", data)
