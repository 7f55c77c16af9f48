"""What a meeting's agendas are made from, before anybody has asked who may be told what."""

from __future__ import annotations

from dataclasses import dataclass

from services.meetings.agendas.shown import ShownFunction, ShownNextMeeting
from services.meetings.minutes.actions import FollowedAction
from services.meetings.minutes.documents import KeptPriority, Minutes
from services.meetings.places.follow_up import PlacesOnAgenda


@dataclass(frozen=True)
class Facts:
    """The same for every agency that is called. `municipality` is whose places are spoken of.

    `last` are the minutes of the meeting before, `priorities` those of them whose youths have not been erased since.
    """

    speaks_of_persons: bool
    municipality: str | None
    expected: tuple[ShownFunction, ...] = ()
    actions: tuple[FollowedAction, ...] = ()
    priorities: tuple[KeptPriority, ...] = ()
    last: Minutes | None = None
    places: PlacesOnAgenda | None = None
    next_meeting: ShownNextMeeting | None = None
