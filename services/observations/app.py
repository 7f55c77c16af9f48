"""What `observations` is made of. Wiring only."""

from __future__ import annotations

from services.observations.documents import Concern, Disclosure, Observation
from services.observations.handlers import router
from services.observations.places import PlaceEvent, WeeklyReport
from shared.events import answers
from shared.events.consent import ConsentEnforced
from shared.events.observations import ConcernNoticed, PlaceEventRegistered, WeeklyReportRegistered
from shared.gate import Bases
from shared.service import Service

service = Service(
    name="observations",
    router=router,
    shapes=(Observation, Disclosure, Concern, PlaceEvent, WeeklyReport, Bases),
    says=(ConcernNoticed, PlaceEventRegistered, WeeklyReportRegistered, ConsentEnforced),
    tells=(answers.ObservationDisclosed, answers.ConcernNoticed),
)
