"""What `meetings` is made of. Wiring only."""

from __future__ import annotations

from services.meetings.agendas.documents import Docket, MeetingAgendas
from services.meetings.handlers import router
from services.meetings.minutes.actions import Completion
from services.meetings.minutes.documents import Minutes
from services.meetings.places.documents import JointOperation, Measure, PlaceTrack, Priority, PriorityWeek
from services.meetings.series.documents import Meeting, Series
from services.meetings.series.invitations import InvitationAnswers
from shared.events import answers
from shared.events.consent import ConsentEnforced
from shared.events.meetings import (
    ActionReminderIssued,
    ActionTimeReached,
    AgendaTimeReached,
    EarlyWaitReached,
    FollowUpWaitReached,
    MeetingCalled,
    MeetingCancelled,
    MeetingHeld,
    MeetingMoved,
    MeetingMoveProposed,
    MeetingSeriesAnnounced,
    ReminderTimeReached,
    SeriesTimeReached,
)
from shared.gate import Bases
from shared.register import SHAPES, keep_sealing
from shared.service import Service

service = Service(
    name="meetings",
    router=router,
    shapes=(
        Series,
        Meeting,
        MeetingAgendas,
        Minutes,
        Completion,
        InvitationAnswers,
        Docket,
        PlaceTrack,
        PriorityWeek,
        Priority,
        Measure,
        JointOperation,
        Bases,
        *SHAPES,
    ),
    says=(
        MeetingSeriesAnnounced,
        MeetingCalled,
        MeetingMoved,
        MeetingCancelled,
        MeetingMoveProposed,
        ReminderTimeReached,
        SeriesTimeReached,
        AgendaTimeReached,
        MeetingHeld,
        ActionTimeReached,
        ActionReminderIssued,
        EarlyWaitReached,
        FollowUpWaitReached,
        ConsentEnforced,
    ),
    tells=(
        answers.MeetingCalled,
        answers.MeetingMoved,
        answers.MeetingCancelled,
        answers.MeetingMoveProposed,
        answers.MeetingAgendaIssued,
        answers.ActionOverdue,
        answers.DisclosureDenied,
        answers.SubmissionWaiting,
    ),
    loops=(keep_sealing,),
)
