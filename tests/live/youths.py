"""Many youths' worth of submissions, made from the contract's samples.

The identity numbers are of the series that Skatteverket keeps free for tests (birth numbers 238 and 239).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from deploy.demo.story import HOUSING, LEISURE, POLICE, SCHOOL, SOCIAL, story
from shared.ids import name_id

_STORY = {step.name: step for step in story()}
OBSERVED = {"school submits": SCHOOL, "police submit": POLICE, "youth centre submits": LEISURE}
DISCLOSURES_A_YOUTH = 8
"""By the sample form's scope: school to three, police to two, youth centre to three."""
NOTICED_A_YOUTH = (SOCIAL, SCHOOL, POLICE)
"""Those who see all three; the youth centre is not told what the police have seen."""
SUBMISSIONS_A_YOUTH = 8

Submission = tuple[str, dict[str, Any]]


def number_of_series(serial: int) -> str:
    """Return an identity number of the test series for a child born in 2012 or 2013."""
    born = date(2012, 1, 1) + timedelta(days=serial % 700)
    digits = f"{born:%Y%m%d}{238 + serial // 700 % 2}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits[2:]))
    return f"{digits}{-total % 10}"


def submissions_of(serial: int) -> Iterator[Submission]:
    """Yield what agencies submit about one youth, and two place events, each with ids of its own."""
    form_id = name_id("campaign form", str(serial))
    for name in ("form issued", "first guardian signs", "second guardian signs"):
        yield _changed(name, serial, SOCIAL, {"form_id": form_id})
    for name, agency in OBSERVED.items():
        yield _changed(name, serial, agency, {"observation_id": name_id(name, str(serial))})
    for place in range(2):
        changes = {"place_event_id": name_id("campaign place", str(serial), str(place))}
        yield _changed("place event", serial, HOUSING, changes, str(place))


def _changed(name: str, serial: int, agency: str, changes: dict[str, str], part: str = "") -> Submission:
    event = copy.deepcopy(_STORY[name].event)
    event["id"] = name_id("campaign", name, str(serial), part)
    event["data"] |= changes
    if "youth" in event["data"]:
        event["data"]["youth"]["personal_identity_number"] = number_of_series(serial)
    return agency, event
