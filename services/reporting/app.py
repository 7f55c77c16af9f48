"""What `reporting` is made of. Wiring only."""

from __future__ import annotations

from services.reporting.deadlines import post_deadlines
from services.reporting.documents import Meeting, Picture, Week
from services.reporting.handlers import router
from shared.events import answers
from shared.events.consent import ConsentEnforced
from shared.events.reporting import WeekDeadlineReached
from shared.service import Service

service = Service(
    name="reporting",
    router=router,
    shapes=(Week, Meeting, Picture),
    says=(WeekDeadlineReached, ConsentEnforced),
    tells=(answers.WeeklyReportMissing,),
    on_start=post_deadlines,
)
