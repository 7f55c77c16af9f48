"""What agencies have received, and how it is compared with what they should have: by meaning, not by order.

A deviation is told with names of fields only. Never put a received value into a text: it may be an identity number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from deploy.demo.due import Due

ANSWERS = ("submission.accepted.v1", "submission.rejected.v1")
_HOUSES_OWN = {"concern_id"}
_KEPT_AS_SENT = {"observation"}


@dataclass(frozen=True)
class Received:
    """One message as an agency's own system got it."""

    agency: str
    type: str
    time: str
    message_id: str
    correlation_id: str
    data: dict[str, Any]

    @property
    def text(self) -> str:
        """Everything it says, as one text to search in."""
        return json.dumps(self.data, ensure_ascii=False)

    def differs_in(self, due: Due) -> list[str]:
        """Return the fields in which it is not what was due."""
        return [key for key, value in due.data.items() if _meaning(self.data.get(key), key) != _meaning(value, key)]

    def is_(self, due: Due) -> bool:
        """Say whether this is the message that was due."""
        return (self.agency, self.type) == (due.agency, due.type) and not self.differs_in(due)


def paired(due: Iterable[Due], received: Iterable[Received]) -> tuple[list[Due], list[Received]]:
    """Return what was due and did not come, and what came and was not due."""
    over, missing = list(received), []
    for each in due:
        match = next((got for got in over if got.is_(each)), None)
        if match is None:
            missing.append(each)
        else:
            over.remove(match)
    return missing, over


def told(missing: Due, over: Iterable[Received]) -> str:
    """Return one line about a message that did not come, or came otherwise."""
    line = f"{missing.agency} har inte fått {missing.type}"
    near = [got.differs_in(missing) for got in over if (got.agency, got.type) == (missing.agency, missing.type)]
    return f"{line} som väntat: {', '.join(sorted(near, key=len)[0])} är annorlunda" if near else line


def _meaning(value: Any, key: str) -> Any:
    """Return a value so that two which mean the same are equal: lists without order, without the house's own ids."""
    if key in _KEPT_AS_SENT:
        return json.dumps(value, sort_keys=True)
    if isinstance(value, list):
        return sorted((_meaning(each, key) for each in value), key=json.dumps)
    if isinstance(value, dict):
        withheld = {"what"} if "action_id" in value and "youth" not in value else set()
        left_out = _HOUSES_OWN | withheld
        return {name: _meaning(each, name) for name, each in sorted(value.items()) if name not in left_out}
    return value
