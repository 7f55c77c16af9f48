"""What `consent` is made of. Wiring only."""

from __future__ import annotations

from services.consent.documents import Circumstances, Consent
from services.consent.handlers import router
from shared.events import answers
from shared.events.consent import (
    ConsentActivated,
    ConsentDayReached,
    ConsentEnded,
    ConsentNarrowed,
    SecrecyAssessmentAccepted,
)
from shared.policy.records import AskedQuestion, Assessment
from shared.register import SHAPES, keep_sealing
from shared.service import Service

service = Service(
    name="consent",
    router=router,
    shapes=(Consent, Circumstances, Assessment, AskedQuestion, *SHAPES),
    says=(ConsentActivated, ConsentNarrowed, ConsentEnded, ConsentDayReached, SecrecyAssessmentAccepted),
    tells=(
        answers.ConsentActivated,
        answers.ConsentEnded,
        answers.ConsentEnforcementConfirmed,
        answers.ConsentExpiring,
        answers.ConsentReviewRequired,
        answers.SubmissionWaiting,
        answers.SecrecyBasisAnswered,
    ),
    loops=(keep_sealing,),
)
