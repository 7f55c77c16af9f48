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
from shared.events.agencies.follow_up import (
    ActionCompleted,
    CauseAnalysisMade,
    JointOperationCarriedOut,
    MeasureDecided,
    MeasureEvaluated,
    PriorityAreasDecided,
)
from shared.events.agencies.meeting_changes import (
    MeetingCancellationRequested,
    MeetingInvitationAnswered,
    MeetingMoveRequested,
    MeetingSeriesChanged,
    MeetingSeriesEnded,
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
        MeetingSeriesChanged,
        MeetingSeriesEnded,
        MeetingMoveRequested,
        MeetingCancellationRequested,
        MeetingInvitationAnswered,
        MeetingMinutesRecorded,
        ActionCompleted,
        PriorityAreasDecided,
        CauseAnalysisMade,
        MeasureDecided,
        MeasureEvaluated,
        JointOperationCarriedOut,
    )
}
"""Every type that is received, by its name."""

FROM_ANYONE: Final = frozenset({PlaceEventSubmitted.type, WeeklyReportSubmitted.type})
"""The types that an agency that is no authority may send."""

ALL_CONTRACT_TYPES: Final = frozenset(
    {
        *TYPES,
        "promise.made.v1",
        "situation-report.approved.v1",
    }
)
"""Every type the contract names, received or not."""

__all__ = [
    "ALL_CONTRACT_TYPES",
    "FROM_ANYONE",
    "TYPES",
    "ActionCompleted",
    "CauseAnalysisMade",
    "ConsentFormDeclined",
    "ConsentFormIssued",
    "ConsentFormSigned",
    "ConsentWithdrawalReceived",
    "GuardianPreventionRecorded",
    "GuardianshipChanged",
    "JointOperationCarriedOut",
    "MeasureDecided",
    "MeasureEvaluated",
    "MeetingCancellationRequested",
    "MeetingInvitationAnswered",
    "MeetingMinutesRecorded",
    "MeetingMoveRequested",
    "MeetingSeriesChanged",
    "MeetingSeriesEnded",
    "MeetingSeriesPlanned",
    "ObservationSubmitted",
    "PersonCategory",
    "PlaceCategory",
    "PlaceEventSubmitted",
    "PriorityAreasDecided",
    "ProtectedIdentitySet",
    "SecrecyAssessmentMade",
    "SecrecyBasisAsked",
    "Submission",
    "WeeklyReportSubmitted",
    "Youth",
]
