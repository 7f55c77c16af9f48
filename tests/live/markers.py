"""Words that are found again: each free text of each message to the house gets one of its own, wherever it may turn up.

Which fields are free text is read from the contract's classes, so a new type or field is marked without anybody
thinking of it; what may stand in the open is named here, field by field.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from shared.events.agencies import FROM_ANYONE, TYPES

Event = dict[str, Any]
_PLAN = frozenset(
    {"/title", "/timezone", "/rrule", "/red_day_policy", "/place", "/organiser/function", "/organiser/email",
     "/participants/*/function", "/participants/*/email", "/reminders/*"}
)  # fmt: skip
ABOUT_PLACES = FROM_ANYONE | {
    "priority-areas.decided.v1",
    "cause-analysis.made.v1",
    "measure.decided.v1",
    "measure.evaluated.v1",
    "joint-operation.carried-out.v1",
}
"""What is said of places, screened for persons and kept readable."""
OPEN: dict[str, frozenset[str]] = {
    "consent-form.issued.v1": frozenset({"/form_version"}),
    "meeting-series.planned.v1": _PLAN,
    "meeting-series.changed.v1": _PLAN,
    "meeting-move.requested.v1": frozenset({"/place"}),
    "meeting-invitation.answered.v1": frozenset({"/email"}),
    "meeting-minutes.recorded.v1": frozenset({"/attendance/*/function"}),
    "place-event.submitted.v1": frozenset({"/area"}),
    "weekly-report.submitted.v1": frozenset({"/place_events/*/area"}),
}  # fmt: skip
"""What mails, invitations and the week's picture are made of: titles, places, areas, functions and their mailboxes."""
NUMBER = "personal_identity_number"
_MARKER = re.compile("qzx[a-p]{4}kv")
_CODED = frozenset({"enum", "const", "pattern", "format"})


@dataclass(frozen=True)
class Origin:
    """Where a marker was put: the message's id, its type and sender, and the pointer into its data."""

    submission_id: str
    type: str
    sender: str
    pointer: str
    entity_id: str

    @property
    def is_about_a_place(self) -> bool:
        """Say whether it stands in what is said without persons, which is kept readable."""
        return self.type in ABOUT_PLACES


@dataclass
class Markers:
    """All markers given out, and the identity numbers in use."""

    numbers: tuple[str, ...]
    origins: dict[str, Origin] = field(default_factory=dict)

    def marked(self, sender: str, event: Event, number: str) -> Event:
        """Return the event about that person, with a marker of its own in each of its free texts."""
        schema = TYPES[event["type"]].model_json_schema(by_alias=True)
        marking = _Marking(self, event, sender, number, schema.get("$defs", {}))
        return event | {"data": marking.filled(schema, copy.deepcopy(event["data"]), "", "data")}

    def new(self, origin: Origin) -> str:
        """Return a word that stands nowhere else."""
        letters = "".join(chr(ord("a") + int(digit, 16)) for digit in f"{len(self.origins):04x}")
        marker = f"qzx{letters}kv"
        self.origins[marker] = origin
        return marker

    def found_in(self, text: str) -> set[str]:
        """Return the markers and the identity numbers that a text holds, numbers however they are written."""
        found = {each for each in _MARKER.findall(text.lower()) if each in self.origins}
        return found | {number for number, pattern in self._patterns.items() if pattern.search(text)}

    @property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {number: _written(number) for number in self.numbers}


def _written(number: str) -> re.Pattern[str]:
    return re.compile(f"(?<![0-9])(?:{number[:2]})?{number[2:8]}[-+ \u2010-\u2015]?{number[8:]}(?![0-9])")


@dataclass
class _Marking:
    """One message being marked."""

    markers: Markers
    event: Event
    sender: str
    number: str
    definitions: dict[str, Any]

    def filled(self, schema: dict[str, Any], value: Any, pointer: str, name: str) -> Any:
        """Return the value with its free texts marked; an optional text that is missing is put in."""
        schema = self._shape_of(schema, value)
        match schema.get("type"):
            case "object" if "properties" in schema:
                return self._with_properties(schema["properties"], value, pointer)
            case "object" if name == "answers":
                return {key: self._text(pointer) if isinstance(each, str) else each for key, each in value.items()}
            case "object":
                return self._own_json(pointer)
            case "array" if value is not None:
                return [self.filled(schema["items"], each, f"{pointer}/*", name) for each in value]
            case "string" if name == NUMBER:
                return self.number
            case "string" if self._is_free(schema, pointer):
                return self._text(pointer)
        return value

    def _with_properties(self, properties: dict[str, Any], value: dict[str, Any], pointer: str) -> dict[str, Any]:
        filled = {}
        for name, inner in properties.items():
            below = f"{pointer}/{name}"
            if name in value or self._is_free(self._shape_of(inner, ""), below):
                filled[name] = self.filled(inner, value.get(name), below, name)
        return filled

    def _shape_of(self, schema: dict[str, Any], value: Any) -> dict[str, Any]:
        if "$ref" in schema:
            schema = self.definitions[schema["$ref"].rpartition("/")[2]]
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices is None:
            return schema
        kind = {dict: "object", list: "array", bool: "boolean"}.get(type(value), "string")
        shapes = [self._shape_of(each, value) for each in choices]
        return next((each for each in shapes if each.get("type") == kind), shapes[0])

    def _is_free(self, schema: dict[str, Any], pointer: str) -> bool:
        is_text = schema.get("type") == "string" and not _CODED & set(schema)
        return is_text and pointer not in OPEN.get(self.event["type"], ())

    def _text(self, pointer: str) -> str:
        marker = self._marker(pointer)
        if self.event["type"] in ABOUT_PLACES:
            return f"sett igen {marker}"
        return f"Kim {marker} ({self.number[:8]}-{self.number[8:]})"

    def _own_json(self, pointer: str) -> dict[str, Any]:
        key, deep = self._marker(f"{pointer}/key"), self._marker(f"{pointer}/key/deep")
        content: dict[str, Any] = {key: {deep: [self._text(f"{pointer}/value"), {"x": self._text(f"{pointer}/deep")}]}}
        return content if self.event["type"] in ABOUT_PLACES else content | {"nummer": self.number}

    def _marker(self, pointer: str) -> str:
        content = self.event["data"]
        entity_id = next((str(content[key]) for key in _ENTITY_IDS if key in content), "")
        return self.markers.new(Origin(self.event["id"], self.event["type"], self.sender, pointer, entity_id))


_ENTITY_IDS: Iterable[str] = ("observation_id", "assessment_id", "form_id", "place_event_id", "series_id")
