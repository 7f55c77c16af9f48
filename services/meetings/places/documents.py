"""What is kept of the place track, each municipality's own: an id that another municipality uses is another thing.

Every fact is added under the municipality's `PlaceTrack`, which everybody who decides by it holds: two facts that come
at once can never miss each other, nor a fact and the agenda that shows it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.document import Document
from shared.events.event import Moment
from shared.transaction import Transaction

Effect = Literal["improved", "unchanged", "worse", "unclear"]
Judged = Literal["confirmed", "plausible", "weak", "refuted"]
WaitsFor = Literal["priority", "hypotheses", "measure"]


class Kept(BaseModel):
    """A part of what is kept."""

    model_config = ConfigDict(frozen=True)


class Wait(Kept):
    """Something that came before what it needs: what it is, whose, since when, and what it waits for."""

    waits_for: WaitsFor
    submission: str
    entity_id: str
    told_by: str
    since: Moment


class KeptArea(Kept):
    """An area that was put first in a week, its problem, who owns it and when it is followed up."""

    priority_id: str
    area: str
    problem: str
    owner: str
    follow_up_on: date


class KeptHypothesis(Kept):
    """Why it may happen: everything that has been said for and against, judged as it was judged last."""

    statement: str
    evidence_for: tuple[str, ...]
    evidence_against: tuple[str, ...]
    judged: Judged
    said_at: Moment


class DecidedMeasure(Kept):
    """A measure as it was decided."""

    priority_id: str
    what: str
    owner: str
    starts_on: date
    evaluate_on: date
    counted_category: str
    counted_area: str
    aimed_at_youths: bool
    decided_by: str
    decided_at: Moment
    fingerprint: str


class Evaluation(Kept):
    """What a measure came to."""

    evaluated_on: date
    effect: Effect
    comment: str | None
    evaluated_by: str
    fingerprint: str


class Present(Kept):
    """How many of an agency's function took part in an operation."""

    agency: str
    function: str
    count: int


class PlaceTrack(Document):
    """A municipality's place track: the weeks that have been decided, and the measures nobody has evaluated yet."""

    collection: ClassVar[str] = "place_tracks"

    weeks: tuple[str, ...] = ()
    to_evaluate: tuple[str, ...] = ()
    latest_at: datetime | None = None


class PriorityWeek(Document):
    """The areas that a municipality put first in an ISO week."""

    collection: ClassVar[str] = "priority_weeks"

    municipality: str
    iso_week: str
    areas: tuple[KeptArea, ...]
    decided_by: str
    decided_at: Moment
    fingerprint: str


class Priority(Document):
    """What is known of an area put first: why it happens, what is done. Without a week it is only where that waits."""

    collection: ClassVar[str] = "priorities"

    municipality: str
    priority_id: str
    heard_at: Moment
    iso_week: str | None = None
    area: str | None = None
    hypotheses: tuple[KeptHypothesis, ...] = ()
    measure_ids: tuple[str, ...] = ()
    wait: Wait | None = None


class Measure(Document):
    """A measure and what it came to. It counts when it has been decided and waits for nothing."""

    collection: ClassVar[str] = "measures"

    municipality: str
    measure_id: str
    heard_at: Moment
    decided: DecidedMeasure | None = None
    evaluation: Evaluation | None = None
    wait: Wait | None = None

    @property
    def counts(self) -> bool:
        """Say whether it is one of its priority's measures."""
        return self.decided is not None and self.wait is None


class JointOperation(Document):
    """A joint operation: how long, where, which functions of which agencies, and the commitment it is told for."""

    collection: ClassVar[str] = "joint_operations"

    municipality: str
    operation_id: str
    commitment_id: str
    began_at: Moment
    ended_at: Moment
    focus: str
    social_services_placed_at: str
    present: tuple[Present, ...]
    recorded_by: str
    recorded_at: Moment
    fingerprint: str


def own_id(municipality: str, id_: str) -> str:
    """Return the id under which a municipality's own thing is kept."""
    return f"{municipality}:{id_}"


async def place_track_of(tx: Transaction, municipality: str) -> PlaceTrack:
    """Return a municipality's place track and hold it: a commit fails if somebody adds to it meanwhile."""
    track = await tx.get(PlaceTrack, municipality) or PlaceTrack(id=municipality)
    tx.save(track)
    return track


async def priority_of(tx: Transaction, municipality: str, priority_id: str) -> Priority:
    """Return what is known of a priority, decided or not; to be saved by whoever adds to it."""
    id_ = own_id(municipality, priority_id)
    return await tx.get(Priority, id_) or Priority(
        id=id_, municipality=municipality, priority_id=priority_id, heard_at=tx.now
    )


async def measure_of(tx: Transaction, municipality: str, measure_id: str) -> Measure:
    """Return what is known of a measure, decided or not; to be saved by whoever adds to it."""
    id_ = own_id(municipality, measure_id)
    return await tx.get(Measure, id_) or Measure(
        id=id_, municipality=municipality, measure_id=measure_id, heard_at=tx.now
    )
