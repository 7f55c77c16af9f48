"""What the tests of consent say to a house, and where they look afterwards."""

from __future__ import annotations

import json
from typing import Any

from services.consent.documents import Consent
from shared.events.event import Event
from shared.outgoing import event_message
from tests.house import House, changed, sample

SOCIAL, SCHOOL, POLICE, LEISURE = "2182-social-services", "2182-school", "2182-police", "2182-leisure"
SCOPE = [SCHOOL, SOCIAL, POLICE, LEISURE]
FORM_ID = sample("in", "consent-form.issued.v1")["data"]["form_id"]
ACTIVATED, ENDED = "consent.activated.v1", "consent.ended.v1"
CONFIRMED = "consent-enforcement.confirmed.v1"
EXPIRING, REVIEW, WAITING = "consent.expiring.v1", "consent-review.required.v1", "submission.waiting.v1"
ONE_ROW = [{"from": SCHOOL, "to": [POLICE], "categories": ["school_absence", "behaviour"]}]


def issued(**changes: Any) -> dict[str, Any]:
    """Return the sample's form, changed."""
    return changed("consent-form.issued.v1", changes)


def signed(guardian: str | None = "g1", **changes: Any) -> dict[str, Any]:
    """Return a signature by a guardian of the sample's form, or by the youth."""
    return changed("consent-form.signed.v1", {"signatory": _signatory(guardian), **changes})


def withdrawn(guardian: str | None = "g2", **changes: Any) -> dict[str, Any]:
    """Return a withdrawal, as the sample has it: the whole consent, on 1 December 14.05."""
    return changed("consent-withdrawal.received.v1", {"signatory": _signatory(guardian), **changes})


def declined(guardian: str | None = "g2", **changes: Any) -> dict[str, Any]:
    """Return a no to the form, as the sample has it: on 17 November 9.00."""
    return changed("consent-form.declined.v1", {"signatory": _signatory(guardian), **changes})


def prevented(guardian: str = "g2", **changes: Any) -> dict[str, Any]:
    """Return that a guardian is prevented, as the sample has it: on 18 November 10.00."""
    return changed("guardian-prevention.recorded.v1", {"guardian_id": guardian, **changes})


def guardianship_changed(**changes: Any) -> dict[str, Any]:
    """Return a change of custody, as the sample has it: on 7 December."""
    return changed("guardianship.changed.v1", changes)


def identity_protected(**changes: Any) -> dict[str, Any]:
    """Return a protected identity, as the sample has it: registration protected on 9 December."""
    return changed("protected-identity.set.v1", changes)


def about(number: str) -> dict[str, Any]:
    """Return the field that says which youth it is."""
    return {"youth": {"personal_identity_number": number}}


def _signatory(guardian: str | None) -> dict[str, str]:
    return {"role": "guardian", "guardian_id": guardian} if guardian else {"role": "youth"}


async def say(house: House, *events: dict[str, Any], agency: str = SOCIAL) -> list[dict[str, Any]]:
    """Send each as the agency, let everything happen, and return the faults of the last answer."""
    for event in events:
        house.say(agency, event | {"source": f"/agency/{agency}"})
        await house.settle()
    [answer] = house.answers_to(agency, events[-1]["id"])
    return list(answer.get("errors", []))


def codes(faults: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return where and what the faults are."""
    return [(fault["pointer"], fault["code"]) for fault in faults]


async def kept(house: House) -> Consent:
    """Return the consent as stored."""
    [row] = await house.rows("consent", "consents")
    return Consent.of(row)


def said(house: House, type_: str) -> list[dict[str, Any]]:
    """Return the internal events of a type that consent has said."""
    return [
        json.loads(each.body) for each in house.travelled if each.routing_key == type_ and each.exchange == "events"
    ]


async def hear(house: House, event: Event, times: int = 1) -> None:
    """Have an internal event heard, each time under an id of its own."""
    for _ in range(times):
        await house.post(event_message(event, "test", house.clock.now()))
        await house.settle()
