"""What `observations` is made of. Wiring only."""

from __future__ import annotations

from services.observations.documents import Concern, Observation
from services.observations.handlers import router
from services.observations.places import PlaceEvent, WeeklyReport
from shared.events import answers
from shared.events.consent import ConsentEnforced
from shared.events.observations import (
    BasisEndReached,
    ConcernNoticed,
    ObservationWaitReached,
    PlaceEventRegistered,
    WeeklyReportRegistered,
)
from shared.gate import Bases
from shared.register import SHAPES, keep_sealing
from shared.service import Service

service = Service(
    name="observations",
    router=router,
    shapes=(Observation, Concern, PlaceEvent, WeeklyReport, Bases, *SHAPES),
    says=(
        ConcernNoticed,
        ObservationWaitReached,
        BasisEndReached,
        PlaceEventRegistered,
        WeeklyReportRegistered,
        ConsentEnforced,
    ),
    tells=(answers.ObservationDisclosed, answers.DisclosureDenied, answers.SubmissionWaiting, answers.ConcernNoticed),
    loops=(keep_sealing,),
)
