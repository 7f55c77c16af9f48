"""What the house says to every submission: taken in, refused, or still waiting for something."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from pydantic import Field

from shared.events.answers.answer import Answer, LocalMoment
from shared.intake.faults import Fault

REPORTED_AFTER: Final = timedelta(hours=24)
"""How long something waits before its agency is told so (`SubmissionWaiting`)."""


class SubmissionAccepted(Answer):
    """A submission has been taken in, once and for all."""

    submission_id: str
    type_: str = Field(alias="type")
    entity_id: str


class SubmissionRejected(Answer):
    """A submission has had no effect; `errors` lists every fault found."""

    submission_id: str
    type_: str = Field(alias="type")
    errors: tuple[Fault, ...]


class SubmissionWaiting(Answer):
    """What an agency sent still waits after 24 hours: for what, and what the agency can do."""

    type_: str = Field(alias="type")
    entity_id: str
    waiting_since: LocalMoment
    waits_for: Literal[
        "form", "signatures", "basis", "series", "minutes", "priority", "hypotheses", "measure"
    ]  # fmt: skip
    message: str
    you_can: tuple[str, ...]
