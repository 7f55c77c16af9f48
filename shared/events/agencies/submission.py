"""What every submission from an agency is, and the fields that several of them share.

A submission refuses fields it does not know, so a misspelt name is never silently dropped. Checks that need the
register of agencies run where it is given as validation context, which is when a message comes in.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from datetime import date, datetime
from functools import cache
from typing import Annotated, Final, Literal, TypeVar
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    JsonValue,
    NaiveDatetime,
    StringConstraints,
    ValidationInfo,
)

from shared.agencies import AgencyRegistry
from shared.events.event import AgencyId, Event
from shared.intake.faults import fault, refusal
from shared.person import flaw_of

DayOrMoment = TypeVar("DayOrMoment", date, datetime)
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_BREAKS_A_LINE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")
CLOSED: Final = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)
"""How the contract's shapes are read, in both directions: nothing unknown in them, and no value quoted in an error."""


class Part(BaseModel):
    """An object inside a submission or an answer."""

    model_config = CLOSED


class Submission(Event):
    """Something an agency says it did. Subclasses are the contract's types."""

    model_config = CLOSED

    @property
    def entity_id(self) -> str:
        """The id of what the submission is about, in the sender's own words; unique for a sender and a type."""
        raise NotImplementedError


def _known(agency_id: str, info: ValidationInfo) -> str:
    if isinstance(info.context, AgencyRegistry) and info.context.get(agency_id) is None:
        raise refusal(fault("unknown_agency"))
    return agency_id


def _authority(agency_id: str, info: ValidationInfo) -> str:
    if not_authorities([agency_id], info):
        raise refusal(fault("not_an_authority"))
    return agency_id


def _valid_number(number: str) -> str:
    flaw = flaw_of(number)
    if flaw is not None:
        raise refusal(fault("invalid_personal_identity_number", why="" if flaw == "form" else flaw))
    return number


def _no_number(id_: str) -> str:
    # The whole of it: inside an id any run of digits may happen to be valid.
    if flaw_of(id_.replace("-", "")) is None:
        raise refusal(fault("wrong_value", why="identity_number"))
    return id_


def _written_moment(value: object) -> object:
    # Read here, because pydantic would also take a text of digits as seconds since 1970.
    if not isinstance(value, str):
        return value
    try:
        if _MOMENT.fullmatch(value) is None:
            raise ValueError
        return datetime.fromisoformat(value.upper())
    except ValueError:
        raise refusal(fault("wrong_value", why="moment")) from None


def _day_in_reach(day: DayOrMoment) -> DayOrMoment:
    # Far from the edges of the calendar, so that no rule that adds months or changes zones can fall off it.
    if not 1900 <= day.year < 2200:
        raise refusal(fault("wrong_value", why="date"))
    return day


def _says_something(text: str) -> str:
    if not text.strip():
        raise refusal(fault("wrong_value", why="empty"))
    return text


def _one_line(text: str) -> str:
    if _BREAKS_A_LINE.search(text):
        raise refusal(fault("wrong_value", why="characters"))
    return text


def _one_address(text: str) -> str:
    # The address goes into a mail header as it stands: the checker refuses line breaks, lists and display names,
    # and letters beyond ASCII would need every mail server on the way to speak SMTPUTF8.
    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise refusal(fault("wrong_value", why="email")) from None
    if not text.isascii():
        raise refusal(fault("wrong_value", why="email"))
    return text


def _existing_week(text: str) -> str:
    try:
        date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
    except ValueError:
        raise refusal(fault("wrong_value", why="iso_week")) from None
    return text


def _existing_zone(name: str) -> str:
    if name not in _zones():
        raise refusal(fault("wrong_value", why="timezone"))
    return name


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def whole_number(value: object) -> object:
    """Refuse what is not an integer: a `Literal` of numbers would take true for 1 and 1.0 for 1."""
    if type(value) is not int:
        raise refusal(fault("wrong_type", why="int_type"))
    return value


def twice(values: Iterable[Hashable]) -> list[int]:
    """Return the places of values that stand earlier in the list too."""
    first_at: dict[Hashable, int] = {}
    return [place for place, value in enumerate(values) if first_at.setdefault(value, place) != place]


def refuse_repeats(ids: Iterable[str], field: str) -> None:
    """Refuse a list of objects in which an id stands twice; each fault points at the later one's `field`."""
    places = twice(ids)
    if places:
        raise refusal(*(fault("wrong_value", f"/{place}/{field}", why="twice") for place in places))


def not_authorities(agency_ids: list[str], info: ValidationInfo) -> list[int]:
    """Return the places of agencies the register names but does not count as authorities."""
    if not isinstance(info.context, AgencyRegistry):
        return []
    agencies = [info.context.get(each) for each in agency_ids]
    return [place for place, agency in enumerate(agencies) if agency is not None and not agency.is_authority]


KnownAgency = Annotated[AgencyId, AfterValidator(_known)]
"""An agency of the register."""

AuthorityAgency = Annotated[KnownAgency, AfterValidator(_authority)]
"""An agency of the register that may be on the person track."""

PersonalIdentityNumber = Annotated[str, AfterValidator(_valid_number)]
Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}\z"), AfterValidator(_no_number)]
"""An id of the sender's making: 1-100 visible ASCII characters, no personal identity number. It travels openly."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}\z")]
"""A provision or a question of the table of law (`shared/policy/legal_bases.yaml`)."""

Day = Annotated[date, AfterValidator(_day_in_reach)]
Instant = Annotated[AwareDatetime, BeforeValidator(_written_moment), AfterValidator(_day_in_reach)]
WallClock = Annotated[NaiveDatetime, BeforeValidator(_written_moment), AfterValidator(_day_in_reach)]
"""Local time as a clock on the wall shows it, without an offset."""

Prose = Annotated[str, AfterValidator(_says_something)]
"""Text of any length with something in it."""

Line = Annotated[str, StringConstraints(max_length=300), AfterValidator(_says_something), AfterValidator(_one_line)]
"""A short text without line breaks: it may stand in a mail or a calendar entry."""

Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_one_address)]
IsoWeek = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-W[0-9]{2}\z"), AfterValidator(_existing_week)]
ZoneName = Annotated[str, AfterValidator(_existing_zone)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}\z")]
Payload = dict[str, JsonValue]
"""The agency's own JSON object, kept as sent."""

PersonCategory = Literal[
    "school_absence", "school_performance", "behaviour", "wellbeing", "risk_environment", "substance_use",
    "violence_or_threat", "online_environment", "family_situation", "support_measure", "other",
]  # fmt: skip
PlaceCategory = Literal[
    "vandalism", "suspected_drug_activity", "disorderly_gathering", "youth_gathering_place", "violence_or_threat",
    "burglary_theft", "arson_vehicle_fire", "reckless_driving", "littering", "unsafe_place_environment",
    "incident_against_staff", "planned_event", "social_media_rumour", "absence_trend", "other",
]  # fmt: skip


class Youth(Part):
    """Whom it is about. The number is used here once; everywhere else the youth is a `person_ref`."""

    personal_identity_number: PersonalIdentityNumber
