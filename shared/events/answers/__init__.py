"""What the house tells agencies: the fixed contract's other half, on `agency.out`.

The samples are law: names, order and local times as they show. Import it as a module (`answers.ConsentEnded`), since
several names are those of the house's own events too.
"""

from __future__ import annotations

from typing import Final

from shared.events.agencies.submission import Youth
from shared.events.answers.agendas import AgendaConcern, MeetingAgendaIssued, OpenAction
from shared.events.answers.answer import Answer
from shared.events.answers.consents import (
    ConsentActivated,
    ConsentEnded,
    ConsentEnforcementConfirmed,
    ConsentExpiring,
    ConsentReviewRequired,
    MayBeTold,
    MayTell,
)
from shared.events.answers.disclosures import (
    Basis,
    ConcernNoticed,
    ConcernRule,
    DisclosedObservation,
    DisclosureDenied,
    ObservationDisclosed,
    SecrecyBasisAnswered,
)
from shared.events.answers.meetings import (
    ActionOverdue,
    MeetingCalled,
    MeetingCancelled,
    MeetingMoved,
    MeetingMoveProposed,
    WeeklyReportMissing,
)
from shared.events.answers.submissions import (
    SubmissionAccepted,
    SubmissionRejected,
    SubmissionWaiting,
)

TYPES: Final[dict[str, type[Answer]]] = {
    shape.type: shape
    for shape in (
        SubmissionAccepted,
        SubmissionRejected,
        ConsentActivated,
        ConsentEnded,
        ConsentEnforcementConfirmed,
        ConsentExpiring,
        ConsentReviewRequired,
        SubmissionWaiting,
        SecrecyBasisAnswered,
        ObservationDisclosed,
        DisclosureDenied,
        ConcernNoticed,
        MeetingCalled,
        MeetingMoved,
        MeetingCancelled,
        MeetingMoveProposed,
        MeetingAgendaIssued,
        ActionOverdue,
        WeeklyReportMissing,
    )
}
"""Every type the house tells agencies, by its name."""

__all__ = [
    "TYPES",
    "ActionOverdue",
    "AgendaConcern",
    "Answer",
    "Basis",
    "ConcernNoticed",
    "ConcernRule",
    "ConsentActivated",
    "ConsentEnded",
    "ConsentEnforcementConfirmed",
    "ConsentExpiring",
    "ConsentReviewRequired",
    "DisclosedObservation",
    "DisclosureDenied",
    "MayBeTold",
    "MayTell",
    "MeetingAgendaIssued",
    "MeetingCalled",
    "MeetingCancelled",
    "MeetingMoveProposed",
    "MeetingMoved",
    "ObservationDisclosed",
    "OpenAction",
    "SecrecyBasisAnswered",
    "SubmissionAccepted",
    "SubmissionRejected",
    "SubmissionWaiting",
    "WeeklyReportMissing",
    "Youth",
]
