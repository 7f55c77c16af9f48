"""Agencies of every kind, a row of law and an assessment, for the tests of the table of law."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from shared.agencies import AUTHORITIES, Agency, AgencyKind, AgencyRegistry, Municipality
from shared.policy.assessing import Judgement

KINDS: tuple[AgencyKind, ...] = ("police", "social_services", "school", "leisure", "coordinator", "housing", "church")
AUTHORITY_KINDS = tuple(kind for kind in KINDS if kind in AUTHORITIES)
NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
BORN = date(2008, 3, 3)
ANSWERS = {
    "concrete_circumstances": "Upprepade uppgifter om rekrytering.",
    "unsuitable": False,
    "concerns_committed_crime": False,
}


def agency_of(kind: AgencyKind, municipality: str = "2182") -> str:
    """Return the id of the one agency of that kind there."""
    return f"{municipality}-{kind.replace('_', '-')}"


AGENCIES = AgencyRegistry(
    [Agency(id=agency_of(kind, code), kind=kind, name=kind) for code in ("2182", "2080") for kind in KINDS],
    [Municipality(code="2182", name="Ett", county="21"), Municipality(code="2080", name="Två", county="20")],
)


def judgement(**changes: Any) -> Judgement:
    """Return an assessment under 10:18 a that holds, changed."""
    told: dict[str, Any] = {
        "sender": agency_of("social_services"),
        "provision": "osl_10_18a_under21",
        "released_by": agency_of("social_services"),
        "received_by": (agency_of("police"),),
        "categories": ("risk_environment",),
        "answers": ANSWERS,
        "decided_at": NOW,
        "valid_until": date(2026, 11, 30),
        "born": BORN,
    }
    return Judgement(**told | changes)


def written_row(**changes: Any) -> dict[str, Any]:
    """Return a row as it may stand in a file of its own, changed; a change to None leaves the field out."""
    row: dict[str, Any] = {
        "code": "osl_10_18a_under21",
        "name": "Förebygga brott",
        "paragraph": "10 kap. 18 a § OSL",
        "law": "lag (2026:1)",
        "valid_from": "2026-12-16",
        "directions": [{"from": ["social_services"], "to": ["police", "school"]}],
        "age_below": 18,
        "categories": "all",
        "excludes": "ingenting",
        "longest_days": 30,
        "on_request": True,
        "own_initiative": True,
        "questions": [
            {"id": "concrete_circumstances", "asks": "Vilka?", "answer": "text"},
            {
                "id": "is_needed",
                "asks": "Behövs det?",
                "answer": "yes_no",
                "must_be": True,
                "otherwise": {"sv": "Det måste behövas.", "en": "It must be needed."},
            },
        ],
        "you_can": "make_assessment_osl_10_18a_under21",
        "advice": "bedöma enligt 10 kap. 18 a § OSL",
        "source": "en proposition",
    }
    return {name: value for name, value in (row | changes).items() if value is not None}
