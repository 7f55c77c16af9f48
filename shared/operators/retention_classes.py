"""The retention classes as dated data: what is stored where, from when its time runs, and what happens then.

Pure: the day comes as an argument. A class that is not in force on that day does not weed; a row without a clock is
never old.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from dateutil.relativedelta import relativedelta
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shared.clock import local_day, start_of

RETENTION_FILE = Path(__file__).parents[1] / "policy" / "retention.yaml"
VAULT = "vault"
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?")
Row = dict[str, Any]


def _duration(text: object) -> object:
    """Read an ISO 8601 duration of whole years, months and days."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) and len(text) > 2 else None
    if match is None:
        raise ValueError("an ISO 8601 duration of years, months and days, such as P36M")
    years, months, days = (int(each or 0) for each in match.groups())
    return relativedelta(years=years, months=months, days=days)


Duration = Annotated[Any, BeforeValidator(_duration)]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Longer(_Read):
    """Rows that are kept for another time than their class."""

    where: Row
    keep: Duration


class Place(_Read):
    """A collection, and how its rows get old."""

    where: str = Field(alias="in", pattern=r"^(\*|[a-z_]+)\.[a-z_]+$")
    clock: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    longer: Longer | None = None
    follows: str | None = None
    needed: Literal["living_basis"] | None = None
    listed_in: str | None = None
    at_erasure: Literal["delete"] | None = None

    @property
    def database(self) -> str:
        """The service, or `vault`; `*` for every service."""
        return self.where.split(".")[0]

    @property
    def collection(self) -> str:
        """The collection's name."""
        return self.where.split(".")[1]

    def about(self, person_ref: str) -> Row:
        """Return the question for the rows about a person."""
        return {"$or": [{path: person_ref} for path in self.person]}


class RetentionClass(_Read):
    """What is kept for one reason and goes in one way."""

    name: str = Field(alias="class", pattern=r"^[a-z_]+$")
    what: str
    source: str
    in_force_from: date = Field(alias="from")
    until: date | None = None
    keep: Duration | None
    then: Literal["delete", "erase_person", "stay", "itself"]
    places: tuple[Place, ...]

    def is_in_force(self, on: date) -> bool:
        """Say whether the class holds on a day."""
        return self.in_force_from <= on and (self.until is None or on < self.until)

    def old_rows(self, place: Place, at: datetime) -> Row:
        """Return the question for the rows of a place whose time is up at that instant; ValueError without a time.

        Of what follows something else age is asked only where its time has begun.
        """
        if self.keep is None:
            raise ValueError(f"{self.name} does not get old")
        if place.follows and not place.clock:
            return {}
        today = local_day(at)
        old = _older(place.clock, today - self.keep)
        if place.follows:
            return {"$or": [old, {"$nor": [{path: {"$exists": True}} for path in place.clock]}]}
        if place.longer is None:
            return old
        much_older = _older(place.clock, today - place.longer.keep)
        return {"$or": [{"$and": [old, {"$nor": [place.longer.where]}]}, {"$and": [much_older, place.longer.where]}]}


def classes_on(day: date, rows: Iterable[RetentionClass] | None = None) -> list[RetentionClass]:
    """Return the classes in force on a day, in the file's order."""
    return [each for each in (_from_file() if rows is None else rows) if each.is_in_force(day)]


def read_classes(text: str) -> tuple[RetentionClass, ...]:
    """Read the classes; ValueError where a row has the wrong form or two of one name are in force together."""
    classes = tuple(RetentionClass.model_validate(row) for row in yaml.safe_load(text))
    for one in classes:
        if sum(other.name == one.name and other.is_in_force(one.in_force_from) for other in classes) > 1:
            raise ValueError(f"two rows of the class {one.name} are in force on one day")
    return classes


def places_of(classes: Iterable[RetentionClass], services: Iterable[str]) -> Iterator[tuple[RetentionClass, Place]]:
    """Yield each place with its class, one for each service where the file says every service."""
    for each in classes:
        for place in each.places:
            names = services if place.database == "*" else [place.database]
            for name in names:
                yield each, place.model_copy(update={"where": f"{name}.{place.collection}"})


def clock_of(place: Place, row: Row) -> str | None:
    """Return the day a row's time began, as ISO text; None where it has not begun."""
    for path in place.clock:
        value: Any = row
        for step in path.split("."):
            value = _stepped(value, step)
        if value is not None:
            return local_day(value).isoformat() if isinstance(value, datetime) else str(value)[:10]
    return None


def persons_in(place: Place, row: Row) -> set[str]:
    """Return the persons a row is about."""
    return {person for path in place.person for person in _found(row, path.split("."))}


def _stepped(value: Any, step: str) -> Any:
    if isinstance(value, list):
        return value[int(step)] if step.isdigit() and int(step) < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


def _found(value: Any, path: list[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _found(each, path)
    elif not path:
        yield from [value] if isinstance(value, str) else []
    elif isinstance(value, dict):
        yield from _found(value.get(path[0]), path[1:])


def _older(clock: tuple[str, ...], day: date) -> Row:
    """Return the question for rows whose clock began on or before a day. Days and local starts are stored as text."""
    next_day = day + timedelta(days=1)
    questions: list[Row] = []
    for place, path in enumerate(clock):
        begun = {"$or": [{path: {"$lt": start_of(next_day)}}, {path: {"$lt": next_day.isoformat()}}]}
        questions.append({"$and": [*({earlier: None} for earlier in clock[:place]), begun]})
    return {"$or": questions}


@cache
def _from_file() -> tuple[RetentionClass, ...]:
    return read_classes(RETENTION_FILE.read_text(encoding="utf-8"))
