"""What `consent` is made of. Wiring only."""

from __future__ import annotations

from services.consent.documents import Consent
from services.consent.handlers import router
from shared.events import answers
from shared.events.consent import ConsentActivated, ConsentDayReached, ConsentEnded, ConsentNarrowed
from shared.service import Service

service = Service(
    name="consent",
    router=router,
    shapes=(Consent,),
    says=(ConsentActivated, ConsentNarrowed, ConsentEnded, ConsentDayReached),
    tells=(answers.ConsentActivated, answers.ConsentEnded, answers.ConsentEnforcementConfirmed),
)
