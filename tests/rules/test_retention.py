"""The retention classes: every collection in exactly one, clocks that are read right, rows that come and go by date."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from shared.operators.dead_letters import ACTS
from shared.operators.erasing import SERVICES as DATABASES
from shared.operators.mail_command import ACTS as MAIL_ACTS
from shared.operators.retention_classes import (
    Place,
    classes_on,
    clock_of,
    persons_in,
    places_of,
    read_classes,
)
from shared.outbox import OUTBOX
from shared.service import Service
from shared.transaction import INBOX
from tests.house import SERVICES, VAULT_COLLECTIONS

TODAY = date(2026, 11, 16)
NOON = datetime(2026, 11, 16, 11, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
ONE = """
- {class: letters, what: brev, source: kommunens beslut, from: 2026-01-01, until: 2027-01-01, keep: P60D, then: delete,
   places: [{in: notifier.deliveries, clock: [ends_at]}]}
"""
CHANGED = ONE + ONE.replace("until: 2027-01-01, ", "").replace("2026-01-01", "2027-01-01").replace("P60D", "P1Y")


def _by_place() -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for each, place in places_of(classes_on(TODAY), DATABASES):
        named.setdefault(place.where, []).append(each.name)
    return named


def test_every_collection_belongs_to_exactly_one_class() -> None:
    """Whoever stores something new has to say how long it is kept; nothing is weeded by two clocks."""
    stored = {f"{service.name}.{shape.collection}" for service in SERVICES for shape in service.shapes}
    stored |= {f"{service.name}.{each}" for service in SERVICES for each in (INBOX, OUTBOX, ACTS)}
    stored |= {f"vault.{name}" for name in VAULT_COLLECTIONS}
    stored |= {f"agency_out.{ACTS}", f"notifier.{MAIL_ACTS}"}
    named = _by_place()
    assert {} == {where: classes for where, classes in named.items() if len(classes) != 1}
    assert set() == stored - set(named), "stored, and in no class"
    register_of_every_service = {where for where in named if ".register" in where}
    assert set() == set(named) - stored - register_of_every_service, "in a class, and stored nowhere"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_readme_names_the_class_of_what_it_stores(service: Service) -> None:
    """The column «kept for» says which class decides, so that it cannot say anything else for long."""
    readme = (ROOT / "services" / service.name / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Stores\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", section, re.MULTILINE)
    named = {where: f"class `{classes[0]}`" for where, classes in _by_place().items()}
    assert rows
    assert [] == [
        collection for collection, kept in rows if kept.partition(":")[0] != named.get(f"{service.name}.{collection}")
    ]


def test_a_class_that_weeds_has_a_clock_or_follows_something() -> None:
    """Else its rows would never be old, and nobody would notice."""
    for each in classes_on(TODAY):
        clocks = [bool(place.clock or place.follows) for place in each.places]
        assert each.then in ("stay", "itself") or any(clocks), each.name
        assert each.then != "delete" or all(clocks), each.name
        assert (each.keep is None) == (each.then in ("stay", "itself")), each.name


def test_a_changed_law_is_a_new_row_with_its_own_day() -> None:
    """On the last day of the old one that holds, from the next the new one."""
    classes = read_classes(CHANGED)
    (before,), (after,) = (classes_on(day, classes) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert (60, 1) == (before.keep.days, after.keep.years)  # type: ignore[union-attr]  # both have a time
    assert [] == classes_on(date(2025, 12, 31), classes)


@pytest.mark.parametrize(
    "wrong",
    [ONE + ONE, ONE.replace("P60D", "60 days"), ONE.replace("P60D", "P"), ONE.replace("clock", "klocka")],
    ids=["two in force", "no duration", "no length", "unknown field"],
)
def test_a_file_that_cannot_be_meant_is_refused(wrong: str) -> None:
    """A slip in the file must not turn into a weeding."""
    with pytest.raises(ValueError, match=r"letters|duration|Extra inputs"):
        read_classes(wrong)


def test_a_clock_is_the_first_that_has_begun() -> None:
    """An end, else the last day, else the first signature; a Swedish day, also for what was stored in UTC."""
    place = Place.model_validate({"in": "consent.consents", "clock": ["ended.at", "valid_to", "signatures.0.at"]})
    late = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    assert "2026-11-16" == clock_of(place, {"ended": {"at": late}, "valid_to": "2027-05-15"})
    assert "2027-05-15" == clock_of(place, {"ended": {"at": None}, "valid_to": "2027-05-15"})
    assert "2026-11-16" == clock_of(place, {"ended": None, "signatures": [{"at": late}]})
    assert clock_of(place, {"signatures": []}) is None


def test_everybody_a_row_is_about_is_found() -> None:
    """Also those in lists: minutes are about every youth in them."""
    place = Place.model_validate({"in": "meetings.minutes", "person": ["actions.person_ref", "prioritised.person_ref"]})
    row = {"actions": [{"person_ref": "a"}, {"person_ref": "b"}], "prioritised": [{"person_ref": "c"}]}
    assert {"a", "b", "c"} == persons_in(place, row)


def test_what_does_not_get_old_is_not_asked_how_old_it_is() -> None:
    """A class without a time has no question for old rows."""
    pictures = next(each for each in classes_on(TODAY) if each.name == "pictures")
    with pytest.raises(ValueError, match="pictures"):
        pictures.old_rows(pictures.places[0], NOON)
