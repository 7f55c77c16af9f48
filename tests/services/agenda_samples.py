"""What the tests of agendas say about places and answers, and how they read an agenda's points."""

from __future__ import annotations

from typing import Any

from tests.house import House, changed
from tests.services.meetings_samples import COORDINATOR, POLICE, SOCIAL, hear, last_agenda

ISSUED = {"series_id", "occurrence", "open_actions", "concerns"}
"""What the contract's own sample holds; everything else is optional."""


def areas(*names: str, iso_week: str = "2026-W47", follow_up_on: str = "2026-11-24") -> dict[str, Any]:
    """Return the decision that these areas come first in a week, all owned by the police."""
    decided = [
        {
            "priority_id": f"{iso_week}-{name}",
            "area": name,
            "problem": f"Otrygghet i {name}",
            "owner": POLICE,
            "follow_up_on": follow_up_on,
        }
        for name in names
    ]
    return _said("priority-areas.decided.v1", {"iso_week": iso_week, "areas": decided})


def measure(area: str, id_: str = "measure-1", evaluate_on: str = "2026-11-24", **changes: Any) -> dict[str, Any]:
    """Return the decision of a measure in one of week 47's areas."""
    fields = {"measure_id": id_, "priority_id": f"2026-W47-{area}", "owner": SOCIAL, "evaluate_on": evaluate_on}
    return _said("measure.decided.v1", fields | changes)


def evaluated(id_: str = "measure-1") -> dict[str, Any]:
    """Return what a measure came to, on the day before the first meeting."""
    return _said("measure.evaluated.v1", {"measure_id": id_, "evaluated_on": "2026-11-23"})


def moved(to: str, occurrence: str = "2026-11-24T09:00:00") -> dict[str, Any]:
    """Return the request to hold a meeting at another local start."""
    return changed("meeting-move.requested.v1", {"occurrence": occurrence, "starts_at": to})


def cancelled(occurrence: str = "2026-11-24T09:00:00") -> dict[str, Any]:
    """Return the request not to hold a meeting."""
    return changed("meeting-cancellation.requested.v1", {"occurrence": occurrence})


def _said(type_: str, fields: dict[str, Any]) -> dict[str, Any]:
    return changed(type_, fields) | {"source": f"/agency/{COORDINATOR}"}


async def answer(house: House, said: str) -> None:
    """Let social services answer the first meeting's invitation."""
    house.say(SOCIAL, changed("meeting-invitation.answered.v1", {"answer": said}))
    await hear(house)


async def decide(house: House, *decided: dict[str, Any]) -> None:
    """Let the coordinator say these things, each of which must be accepted."""
    await hear(house, *decided)
    assert not house.told(COORDINATOR, "submission.rejected.v1"), "something was rejected"


def point(house: House, agency: str, name: str) -> Any:
    """Return one point of the agency's last agenda; None where there is nothing to say."""
    return last_agenda(house, agency).get(name)
