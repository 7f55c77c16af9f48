"""What agencies say: the fixed contract, one class for each type the house receives.

The contract's samples are law. A type not in `TYPES` is answered with `unknown_type`, another version of a type the
contract names with `unknown_version`.
"""

from __future__ import annotations

from typing import Final

from shared.events.agencies.assessments import SecrecyAssessmentMade, SecrecyBasisAsked
from shared.events.agencies.circumstances import GuardianPreventionRecorded, GuardianshipChanged, ProtectedIdentitySet
from shared.events.agencies.consents import (
    ConsentFormDeclined,
    ConsentFormIssued,
    ConsentFormSigned,
    ConsentWithdrawalReceived,
)
from shared.events.agencies.meetings import MeetingMinutesRecorded, MeetingSeriesPlanned
from shared.events.agencies.observations import ObservationSubmitted, PlaceEventSubmitted, WeeklyReportSubmitted
from shared.events.agencies.submission import PersonCategory, PlaceCategory, Submission, Youth

TYPES: Final[dict[str, type[Submission]]] = {
    shape.type: shape
    for shape in (
        ConsentFormIssued,
        ConsentFormSigned,
        ConsentFormDeclined,
        ConsentWithdrawalReceived,
        GuardianPreventionRecorded,
        GuardianshipChanged,
        ProtectedIdentitySet,
        SecrecyAssessmentMade,
        SecrecyBasisAsked,
        ObservationSubmitted,
        PlaceEventSubmitted,
        WeeklyReportSubmitted,
        MeetingSeriesPlanned,
        MeetingMinutesRecorded,
    )
}
"""Every type that is received, by its name."""

FROM_ANYONE: Final = frozenset({PlaceEventSubmitted.type, WeeklyReportSubmitted.type})
"""The types that an agency that is no authority may send."""

ALL_CONTRACT_TYPES: Final = frozenset(
    {
        *TYPES,
        "meeting-move.requested.v1",
        "meeting-cancellation.requested.v1",
        "meeting-invitation.answered.v1",
        "action.completed.v1",
        "priority-areas.decided.v1",
        "cause-analysis.made.v1",
        "measure.decided.v1",
        "measure.evaluated.v1",
        "joint-operation.carried-out.v1",
        "promise.made.v1",
        "situation-report.approved.v1",
    }
)
"""Every type the contract names, received or not."""

__all__ = [
    "ALL_CONTRACT_TYPES",
    "FROM_ANYONE",
    "TYPES",
    "ConsentFormDeclined",
    "ConsentFormIssued",
    "ConsentFormSigned",
    "ConsentWithdrawalReceived",
    "GuardianPreventionRecorded",
    "GuardianshipChanged",
    "MeetingMinutesRecorded",
    "MeetingSeriesPlanned",
    "ObservationSubmitted",
    "PersonCategory",
    "PlaceCategory",
    "PlaceEventSubmitted",
    "ProtectedIdentitySet",
    "SecrecyAssessmentMade",
    "SecrecyBasisAsked",
    "Submission",
    "WeeklyReportSubmitted",
    "Youth",
]
