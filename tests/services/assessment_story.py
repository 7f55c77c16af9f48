"""What the tests of assessments, and of questions before telling, say to a house."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from tests.house import changed, sample
from tests.services.consent_story import SOCIAL

MADE, ACCEPTED = "secrecy-assessment.made.v1", "secrecy-assessment.accepted.v1"
ASKED, ANSWERED = "secrecy-basis.asked.v1", "secrecy-basis.answered.v1"
DISCLOSED = "observation.disclosed.v1"
YOUTH = sample("in", MADE)["data"]["youth"]
"""The assessment's, and the question's."""
CHILD = sample("in", "consent-form.issued.v1")["data"]["youth"]
ASSESSMENT = sample("in", MADE)["data"]["assessment_id"]
MADE_AT = datetime.fromisoformat("2026-11-16T10:00:30+01:00")


def made(**changes: Any) -> dict[str, Any]:
    """Return the sample's assessment, changed."""
    return changed(MADE, changes)


def observed(**changes: Any) -> dict[str, Any]:
    """Return an observation by the social services about the assessment's youth."""
    seen = {"observation_id": str(uuid4()), "youth": YOUTH, "category": "risk_environment", **changes}
    return changed("observation.submitted.police.v1", seen) | {"source": f"/agency/{SOCIAL}"}


def asked(**changes: Any) -> dict[str, Any]:
    """Return the sample's question under an id of its own, changed."""
    return changed(ASKED, {"question_id": str(uuid4()), **changes})
