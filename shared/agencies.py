"""The agencies the house serves, read from one file (`agencies.yaml`).

An id's first digits say where the agency stands; its kind says whether it is an authority. Only authorities are on
the person track, so nothing may guess an agency that the file does not name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from shared.events.event import AgencyId

AgencyKind = Literal[
    "police", "social_services", "school", "leisure", "coordinator",
    "housing", "church", "transit", "insurer", "retail", "county_board", "other",
]  # fmt: skip
AUTHORITIES: Final[frozenset[AgencyKind]] = frozenset({"police", "social_services", "school", "leisure", "coordinator"})
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class AgenciesFileWrong(ValueError):
    """The file of agencies cannot be used; the text is one line that says why."""


class ConcernRule(BaseModel):
    """How many agencies must have seen something, within how many days, for a concern to be noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    agencies: int = Field(default=3, ge=2)
    days: int = Field(default=28, ge=1)


class Municipality(BaseModel):
    """A municipality in the house, by its code (kommunkod) and its county's (länskod)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    name: Name
    county: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
    concern_rule: ConcernRule = ConcernRule()


class Agency(BaseModel):
    """One party. School, social services and leisure of one municipality are three: secrecy holds between them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: AgencyId
    kind: AgencyKind
    name: Name
    authority: bool | None = None
    owes_weekly_report: bool = False

    @property
    def municipality(self) -> str | None:
        """The municipality's code, or None for a county board."""
        return municipality_of(self.id)

    @property
    def is_authority(self) -> bool:
        """Whether it may be on the person track: by its kind, unless the file says otherwise."""
        return self.kind in AUTHORITIES if self.authority is None else self.authority


def municipality_of(agency_id: str) -> str | None:
    """Return the code of the municipality an agency stands in; None for a county's, whose id begins with two digits."""
    prefix = agency_id.partition("-")[0]
    return prefix if len(prefix) == 4 else None


class _AgenciesFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    municipalities: list[Municipality]
    agencies: list[Agency]


class AgencyRegistry:
    """All agencies and municipalities of the house, by id and code, in the file's order."""

    def __init__(self, agencies: list[Agency], municipalities: list[Municipality]) -> None:
        """Take what the file holds; AgenciesFileWrong where the parts do not fit together."""
        _refuse_twice("agency", [each.id for each in agencies])
        _refuse_twice("municipality", [each.code for each in municipalities])
        self._agencies = {each.id: each for each in agencies}
        self._municipalities = {each.code: each for each in municipalities}
        for agency in agencies:
            self._place(agency)

    @classmethod
    def load(cls, path: Path | str) -> AgencyRegistry:
        """Read a file; AgenciesFileWrong with one line when it cannot be used."""
        try:
            content: Any = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
            file = _AgenciesFile.model_validate(content)
            return cls(file.agencies, file.municipalities)
        except OSError as error:
            raise AgenciesFileWrong(f"{path}: cannot be read ({error.strerror})") from None
        except (UnicodeDecodeError, yaml.YAMLError) as error:
            raise AgenciesFileWrong(f"{path}: is not YAML in UTF-8: {' '.join(str(error).split())}") from None
        except ValidationError as error:
            raise AgenciesFileWrong(f"{path}: {_lines_of(error)}") from None
        except AgenciesFileWrong as error:
            raise AgenciesFileWrong(f"{path}: {error}") from None

    def get(self, agency_id: str) -> Agency | None:
        """Return an agency, or None for an id the file does not name."""
        return self._agencies.get(agency_id)

    @property
    def all(self) -> tuple[Agency, ...]:
        """Every agency."""
        return tuple(self._agencies.values())

    @property
    def municipalities(self) -> tuple[Municipality, ...]:
        """Every municipality."""
        return tuple(self._municipalities.values())

    def municipality(self, code: str) -> Municipality | None:
        """Return a municipality by its code."""
        return self._municipalities.get(code)

    def agencies_in(self, municipality: str) -> tuple[Agency, ...]:
        """Return a municipality's own agencies."""
        return tuple(each for each in self._agencies.values() if each.municipality == municipality)

    def concern_rule(self, municipality: str | None) -> ConcernRule:
        """Return the municipality's rule for a concern, the usual one where it has none of its own."""
        known = self._municipalities.get(municipality or "")
        return known.concern_rule if known else ConcernRule()

    def _place(self, agency: Agency) -> None:
        code = agency.municipality
        if (agency.kind == "county_board") != (code is None):
            raise AgenciesFileWrong(f"agency {agency.id}: a county board has two digits in its id, all others four")
        if code is None and agency.is_authority:
            raise AgenciesFileWrong(f"agency {agency.id}: who is told about persons stands in a municipality")
        if code is None or code in self._municipalities:
            return
        if agency.is_authority:
            raise AgenciesFileWrong(f"agency {agency.id}: municipality {code} is not listed under municipalities")
        # The place track needs no more of a municipality than its code; a person reference would.
        self._municipalities[code] = Municipality(code=code, name=code, county=code[:2])


def _refuse_twice(what: str, ids: list[str]) -> None:
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise AgenciesFileWrong(f"{what} {', '.join(twice)} stands twice")


def _lines_of(error: ValidationError) -> str:
    # `input` is fine to leave out and `msg` fine to show: the file holds no personal data.
    found = (f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in error.errors())
    return "; ".join(found)
