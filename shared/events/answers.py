"""What the house tells agencies: the fixed contract's other half, on `agency.out`.

The samples are law: names, order and local times as they show. Import it as a module (`answers.ConsentEnded`), since
several names are those of the house's own events too.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, JsonValue, NaiveDatetime

from shared.clock import LOCAL_ZONE
from shared.events.agencies.consents import Programme
from shared.events.agencies.submission import CLOSED, Part, PersonCategory
from shared.events.agencies.submission import Youth as Youth  # noqa: PLC0414 - services name it as a part of answers
from shared.events.consent import EndReason, EnforcingService
from shared.events.event import AgencyId, Event
from shared.events.meetings import Forum
from shared.intake.faults import Fault

ANSWER: Final = ConfigDict(**CLOSED, model_title_generator=lambda shape: f"{shape.__name__}Answer")
"""The title keeps an answer apart from the house's own event of the same name where both are described."""


def _on_local_clock(moment: datetime) -> datetime:
    return moment.astimezone(LOCAL_ZONE)


LocalMoment = Annotated[AwareDatetime, AfterValidator(_on_local_clock)]
"""An instant, written with the offset of Swedish time as the samples do."""


class Answer(Event):
    """Something the house tells one agency."""

    model_config = ANSWER

    def body(self) -> bytes:
        """Return the CloudEvent's data as it is sent; a field that does not apply is left out."""
        return self.model_dump_json(by_alias=True).encode()


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


class MayTell(Part):
    """What the receiver of the answer may tell, and whom."""

    received_by: tuple[AgencyId, ...] = Field(alias="to")
    categories: tuple[PersonCategory, ...]


class MayBeTold(Part):
    """What the receiver of the answer may be told, and by whom."""

    released_by: AgencyId = Field(alias="from")
    categories: tuple[PersonCategory, ...]


class ConsentActivated(Answer):
    """A consent is active; each agency of its scope learns its own part."""

    form_id: str
    youth: Youth
    programme: Programme
    valid_from: date
    valid_to: date
    you_may_tell: tuple[MayTell, ...]
    you_may_be_told: tuple[MayBeTold, ...]


class ConsentEnded(Answer):
    """A consent has ended: from now on nothing may be told on it."""

    form_id: str
    youth: Youth
    reason: EndReason
    ended_at: LocalMoment


class ConsentEnforcementConfirmed(Answer):
    """Every service that acts on consents has stopped."""

    form_id: str
    ended_at: LocalMoment
    confirmed_at: LocalMoment
    confirmed_by: tuple[EnforcingService, ...]


class Basis(Part):
    """What a disclosure rests on; `form_id` where it is a consent."""

    kind: str
    form_id: str | None = Field(default=None, exclude_if=lambda value: value is None)
    provision: str
    valid_until: date | None = Field(default=None, exclude_if=lambda value: value is None)


class DisclosedObservation(Part):
    """The observation as its agency sent it, without the question about a concern report."""

    observation_id: str
    youth: Youth
    observed_on: date
    category: str
    summary: str | None = Field(default=None, exclude_if=lambda value: value is None)
    payload: dict[str, JsonValue]


class ObservationDisclosed(Answer):
    """One observation, told to one lawful receiver."""

    disclosure_id: str
    released_by: AgencyId
    received_by: AgencyId
    disclosed_at: LocalMoment
    basis: Basis
    observation: DisclosedObservation


class DisclosureDenied(Answer):
    """A receiver the releasing agency named cannot be told: why, and what can be done."""

    observation_id: str
    received_by: AgencyId = Field(alias="to")
    code: str
    message: str
    you_can: tuple[str, ...]


class ConcernRule(Part):
    """How many agencies, within how many days."""

    agencies: int
    days: int


class ConcernNoticed(Answer):
    """An agency that can see observations from enough agencies learns of it, with only those it may see."""

    concern_id: str
    youth: Youth
    rule: ConcernRule
    seen_by: tuple[AgencyId, ...]
    observation_ids: tuple[str, ...]


class MeetingCalled(Answer):
    """An occurrence of a series is called; `occurrence` is its original local start."""

    series_id: str
    occurrence: NaiveDatetime
    starts_at: LocalMoment
    ends_at: LocalMoment
    forum: Forum
    place: str
    iso_week: str


class OpenAction(Part):
    """Something the receiver of the agenda still has to do."""

    action_id: str
    owner: AgencyId
    what: str
    due_on: date
    youth: Youth | None = Field(default=None, exclude_if=lambda value: value is None)


class AgendaConcern(Part):
    """A concern the receiver of the agenda may see, and the observations behind it that it may see."""

    concern_id: str
    youth: Youth
    observation_ids: tuple[str, ...]


class MeetingAgendaIssued(Answer):
    """Each agency's own agenda: only what it may be told of."""

    series_id: str
    occurrence: NaiveDatetime
    open_actions: tuple[OpenAction, ...]
    concerns: tuple[AgendaConcern, ...]


class WeeklyReportMissing(Answer):
    """The week's report had not come by the deadline."""

    iso_week: str
    deadline: LocalMoment


TYPES: Final[dict[str, type[Answer]]] = {
    shape.type: shape
    for shape in (
        SubmissionAccepted,
        SubmissionRejected,
        ConsentActivated,
        ConsentEnded,
        ConsentEnforcementConfirmed,
        ObservationDisclosed,
        DisclosureDenied,
        ConcernNoticed,
        MeetingCalled,
        MeetingAgendaIssued,
        WeeklyReportMissing,
    )
}
"""Every type the house tells agencies, by its name."""
