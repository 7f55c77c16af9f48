"""What a moment of the story must lead to: messages to agencies, letters, a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Content = dict[str, Any]


@dataclass(frozen=True)
class Due:
    """A message that an agency must get. `data` holds the fields that are fixed; a received message may have more."""

    agency: str
    type: str
    data: Content


@dataclass(frozen=True)
class DueLetter:
    """An e-mail that must come: to whom, of which kind, about the meeting that begins when."""

    to: str
    kind: str
    starts_at: datetime


@dataclass
class Outcome:
    """What one moment must lead to; `picture` is the week whose picture must be there."""

    messages: list[Due] = field(default_factory=list)
    letters: list[DueLetter] = field(default_factory=list)
    picture: str | None = None


def disclosed(agency: str, to: str, observation: Content, basis: Content) -> Due:
    """Return the telling of an agency's observation to another, on a basis."""
    content = {key: value for key, value in observation.items() if key != "concern_report"}
    data = {"released_by": agency, "received_by": to, "basis": basis, "observation": content}
    return Due(to, "observation.disclosed.v1", data)
