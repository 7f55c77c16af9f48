"""What every message is: a frozen model whose type and routing key follow from the class name.

`ConsentEnded` is `consent.ended.v1`; `ConsentEndedV2` would be `consent.ended.v2`, a new type and a new key.
The last word of the name is what happened, the words before it are to whom.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

AgencyId = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}([0-9]{2})?-[a-z0-9-]{2,40}$")]
"""`<kommunkod>-<name>` or `<länskod>-county-board`; also the agency's RabbitMQ user name."""

Moment = AwareDatetime
"""An aware instant; stored and sent as UTC."""

_NAME = re.compile(r"^(?P<words>[A-Za-z]+?)(V(?P<version>[0-9]+))?$")


def type_of(class_name: str) -> str:
    """Return the message type of an event class: `MeetingSeriesPlanned` gives `meeting-series.planned.v1`."""
    match = _NAME.match(class_name)
    if match is None:
        raise ValueError(f"{class_name} is not a name for an event class")
    words = [word.lower() for word in re.findall(r"[A-Z][a-z]*", match["words"])]
    return f"{'-'.join(words[:-1])}.{words[-1]}.v{match['version'] or 1}"


class Event(BaseModel):
    """Something that has happened. Subclasses say what, in one sentence; it is the AsyncAPI text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    never_given_up: ClassVar[bool] = False

    def __init_subclass__(cls, *, type: str | None = None, never_given_up: bool = False, **kwargs: Any) -> None:
        """Derive the type; `type=` is for the contract's few names that do not follow the rule.

        `never_given_up` is for what closes something: it is tried again for as long as it takes, never set aside as a
        dead letter, and a service takes it before all its other work.
        """
        super().__init_subclass__(**kwargs)
        cls.type = type or type_of(cls.__name__)
        cls.never_given_up = never_given_up


class Cell(BaseModel):
    """One row of a consent's scope: who may tell whom what about the youth."""

    model_config = ConfigDict(frozen=True)

    released_by: AgencyId
    received_by: AgencyId
    category: str
