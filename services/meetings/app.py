"""What `meetings` is made of. Wiring only."""

from __future__ import annotations

from services.meetings.agendas.documents import Docket, MeetingAgendas
from services.meetings.handlers import router
from services.meetings.minutes.documents import Minutes
from services.meetings.series.documents import Meeting, Series
from shared.events import answers
from shared.events.consent import ConsentEnforced
from shared.events.meetings import AgendaTimeReached, CallTimeReached, MeetingCalled, MeetingHeld, ReminderTimeReached
from shared.gate import Bases
from shared.register import SHAPES, keep_sealing
from shared.service import Service

service = Service(
    name="meetings",
    router=router,
    shapes=(Series, Meeting, MeetingAgendas, Minutes, Docket, Bases, *SHAPES),
    says=(MeetingCalled, ReminderTimeReached, CallTimeReached, AgendaTimeReached, MeetingHeld, ConsentEnforced),
    tells=(answers.MeetingCalled, answers.MeetingAgendaIssued, answers.DisclosureDenied),
    loops=(keep_sealing,),
)
