"""The direction table: which provision lets whom tell whom, from when to when, after which questions.

It is read once and checked whole, so a table with a gap in it stops the service and never answers. Anything that no
row in force lists is refused; nothing may make an exception in code. Source: `legal_bases.yaml`, row by row.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from shared.agencies import AUTHORITIES, AgencyKind
from shared.events.agencies.submission import Code, PersonCategory

FILE: Final = Path(__file__).with_name("legal_bases.yaml")
Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class LawUnreadable(ValueError):
    """A row, or a table of them, cannot be used; the text is one line that says why."""


class Row(BaseModel):
    """A part of the table: nothing unknown in it, and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Otherwise(Row):
    """What to do when a question has the other answer."""

    sv: Text
    en: Text


class Question(Row):
    """What an assessment must answer: a text, or yes or no with the one answer under which the provision holds."""

    id: Code
    asks: Text
    answer: Literal["text", "yes_no"]
    must_be: bool | None = None
    otherwise: Otherwise | None = None

    @model_validator(mode="after")
    def _says_what_it_must_be(self) -> Self:
        if (self.answer == "yes_no") != (self.must_be is not None and self.otherwise is not None):
            raise ValueError("must_be and otherwise belong to yes_no, and only there")
        return self


class Direction(Row):
    """From each of these kinds of agency to each of those."""

    releasing: tuple[AgencyKind, ...] = Field(alias="from", min_length=1)
    receiving: tuple[AgencyKind, ...] = Field(alias="to", min_length=1)

    @field_validator("releasing", "receiving")
    @classmethod
    def _authorities_only(cls, kinds: tuple[AgencyKind, ...]) -> tuple[AgencyKind, ...]:
        if others := sorted(set(kinds) - AUTHORITIES):
            raise ValueError(
                f"{', '.join(others)}: nothing about persons goes to or comes from others than authorities"
            )
        return kinds


class LegalBasis(Row):
    """One provision in one wording. `valid_to` is the last day it is in force; ages are in whole years."""

    code: Code
    name: Text
    paragraph: Text
    law: Text
    valid_from: date
    valid_to: date | None = None
    enabled: bool = True
    disabled_because: Text | None = None
    chosen_by: Literal["assessment", "consent"] = "assessment"
    directions: tuple[Direction, ...] = Field(min_length=1)
    age_below: int | None = Field(default=None, ge=1, le=100)
    categories: Literal["all"] | tuple[PersonCategory, ...]
    excludes: Text
    longest_days: int = Field(ge=1, le=366)
    on_request: bool
    own_initiative: bool
    questions: tuple[Question, ...]
    you_can: Code
    advice: Text
    offered: Literal["in_its_direction", "whoever_receives", "never"] = "in_its_direction"
    source: Text

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        if self.enabled == (self.disabled_because is not None):
            raise ValueError("disabled_because belongs to a row that is not enabled, and only there")
        ids = [question.id for question in self.questions]
        if len(set(ids)) < len(ids):
            raise ValueError("a question stands twice")
        if self.enabled and self.chosen_by == "assessment" and not ids:
            raise ValueError("an assessment without questions would be no assessment")
        return self

    def is_in_force(self, day: date) -> bool:
        """Say whether the wording is in force that day, enabled or not."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def allows(self, from_: AgencyKind, to: AgencyKind) -> bool:
        """Say whether it lets one kind of agency tell the other."""
        return any(from_ in each.releasing and to in each.receiving for each in self.directions)

    def covers(self, category: str) -> bool:
        """Say whether content of this category may be told on it."""
        return self.categories == "all" or category in self.categories

    def allows_age(self, age: int) -> bool:
        """Say whether it holds for somebody of that age in whole years."""
        return self.age_below is None or age < self.age_below


class LegalBases:
    """All rows, in the table's order. No two rows of one code are in force the same day."""

    def __init__(self, rows: Iterable[LegalBasis]) -> None:
        """Take the rows; LawUnreadable where two of one code overlap."""
        self.rows: Final = tuple(rows)
        by_code: dict[str, list[LegalBasis]] = {}
        for row in self.rows:
            by_code.setdefault(row.code, []).append(row)
        self._by_code = {code: sorted(rows, key=lambda row: row.valid_from) for code, rows in by_code.items()}
        for code, dated in self._by_code.items():
            for earlier, later in pairwise(dated):
                if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                    raise LawUnreadable(f"{code}: two rows are in force on {later.valid_from}")

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code, each once."""
        return tuple(self._by_code)

    def in_force(self, code: str, day: date) -> LegalBasis | None:
        """Return the provision's wording of that day, enabled or not; None where it has none."""
        return next((row for row in reversed(self._by_code.get(code, [])) if row.is_in_force(day)), None)

    def on(self, day: date) -> tuple[LegalBasis, ...]:
        """Return every row in force that day, in the table's order, those that are not enabled too."""
        return tuple(row for row in self.rows if row.is_in_force(day))

    def upholds(self, code: str, category: str, decided_on: date, day: date) -> bool:
        """Say whether an assessment decided on a day is still carried by the law of a later one.

        The wording it was decided under must be in force still: what a new wording asks, nobody has answered.
        """
        row = self.in_force(code, day)
        return row is not None and row.enabled and row.covers(category) and row.valid_from <= decided_on

    def with_row(self, row: LegalBasis) -> LegalBases:
        """Return the table with one row more; the wording before it ends the day before. LawUnreadable: no place."""
        eve = row.valid_from - timedelta(days=1)
        if any((old.code, old.valid_from) == (row.code, row.valid_from) for old in self.rows):
            raise LawUnreadable(f"{row.code}: there is a row from {row.valid_from} already; a changed law is a new row")
        replaced = self.in_force(row.code, row.valid_from)
        cut = [old.model_copy(update={"valid_to": eve}) if old is replaced else old for old in self.rows]
        return LegalBases([*cut, row])


def rows_in(content: Any) -> LegalBases:
    """Return the table that a YAML file's content holds; LawUnreadable with every fault on one line."""
    try:
        return LegalBases([LegalBasis.model_validate(row) for row in content["rows"]])
    except (KeyError, TypeError):
        raise LawUnreadable("the file must have a list under rows") from None
    except ValidationError as error:
        raise LawUnreadable(_line_of(error)) from None


def read_row(path: Path) -> LegalBasis:
    """Read one row from a file of its own; LawUnreadable with every fault on one line."""
    try:
        return LegalBasis.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise LawUnreadable(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise LawUnreadable(f"{path}: is not YAML in UTF-8: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise LawUnreadable(f"{path}: {_line_of(error)}") from None


@cache
def the_law() -> LegalBases:
    """Return the house's table."""
    return rows_in(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def _line_of(error: ValidationError) -> str:
    # The table holds no personal data, so what is wrong may be quoted.
    found = (f"{'.'.join(map(str, each['loc'])) or 'the row'}: {each['msg']}" for each in error.errors())
    return f"{error.title}: {'; '.join(found)}"
