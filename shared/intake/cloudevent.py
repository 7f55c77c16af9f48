"""A CloudEvent 1.0 read from a message, in binary mode (`ce-` headers) or structured mode.

It reads whatever it gets: headers may be of any AMQP type and the body anything at all. What cannot be read is a
fault beside the other faults, never a crash. A `traceparent`, whole or broken, is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from typing import Any, Final

from shared.clock import whole_milliseconds
from shared.intake.faults import Fault, Rejected, fault
from shared.intake.strict_json import read_json

LARGEST: Final = 256 * 1024
_PREFIXES: Final = ("ce-", "cloudevents_", "cloudevents:")
_REQUIRED: Final = ("specversion", "id", "source", "type")
_RFC3339: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
MISSING: Final = object()
"""The data of an event that has none that can be read; the faults say why."""


@dataclass
class Envelope:
    """What could be read of an event: its attributes, its data, and what was wrong with it."""

    attributes: Mapping[str, object]
    data: Any = MISSING
    faults: list[Fault] = field(default_factory=list)

    def attribute(self, name: str) -> str | None:
        """Return an attribute that is a text with something in it, or None."""
        value = self.attributes.get(name)
        return value if isinstance(value, str) and value else None

    @property
    def said_at(self) -> datetime | None:
        """Return its `time`, None where that is missing or cannot be read."""
        return _moment_in(self.attributes.get("time"))


def read_envelope(body: bytes, headers: Mapping[str, object], content_type: str | None) -> Envelope:
    """Read a message; every fault of the envelope is in the result."""
    media, is_utf8 = _media_type(content_type)
    structured = media == "application/cloudevents+json"
    envelope = Envelope({} if structured else _from_headers(headers))
    if len(body) > LARGEST:
        envelope.faults.append(fault("too_large"))
        if structured:
            return envelope
    elif not structured and media != "application/json":
        envelope.faults.append(fault("not_a_cloudevent", why="content_type"))
    elif not is_utf8:
        envelope.faults.append(fault("not_json"))
    else:
        _read_body(envelope, body, structured)
    if envelope.attributes or not structured:
        envelope.faults.extend(_attribute_faults(envelope, structured))
    return envelope


def _read_body(envelope: Envelope, body: bytes, structured: bool) -> None:
    try:
        content = read_json(body)
    except Rejected as no:
        envelope.faults.extend(no.faults)
        return
    if not structured:
        envelope.data = content
    elif isinstance(content, dict) and content:
        envelope.attributes = content
        if "data" in content:
            envelope.data = content["data"]
        else:
            envelope.faults.append(fault("not_a_cloudevent", why="data_content_type"))
    else:
        envelope.faults.append(fault("not_a_cloudevent"))


def _attribute_faults(envelope: Envelope, structured: bool) -> list[Fault]:
    found = []
    missing = [name for name in _REQUIRED if envelope.attribute(name) is None]
    if missing:
        found.append(fault("not_a_cloudevent", why="missing", names=", ".join(missing)))
    if "specversion" not in missing and envelope.attribute("specversion") != "1.0":
        found.append(fault("not_a_cloudevent", why="specversion"))
    if envelope.attributes.get("time") is not None and envelope.said_at is None:
        found.append(fault("not_a_cloudevent", why="time"))
    data_type = envelope.attributes.get("datacontenttype") if structured else None
    if data_type is not None and not _is_json(data_type):
        found.append(fault("not_a_cloudevent", why="data_content_type"))
    return found


def _from_headers(headers: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in headers.items():
        prefix = next((each for each in _PREFIXES if str(name).lower().startswith(each)), None)
        if prefix is not None:
            found.setdefault(str(name).lower().removeprefix(prefix), _text(value))
    return found


def _text(value: object) -> object:
    if isinstance(value, bytes | bytearray):
        # Undecodable bytes become a text no attribute allows, rather than an error.
        return bytes(value).decode("utf-8", errors="replace")
    return value


def _media_type(content_type: object) -> tuple[str, bool]:
    """Return the media type in lower case, and whether its charset, where one is given, is UTF-8 or part of it."""
    header = Message()
    header["content-type"] = "".join(letter for letter in str(content_type or "") if letter.isprintable()) or "none"
    charset = header.get_param("charset", "utf-8")
    is_utf8 = str(charset).lower() in {"utf-8", "utf8", "us-ascii"}
    return header.get_content_type() if content_type else "", is_utf8


def _is_json(media_type: object) -> bool:
    media, is_utf8 = _media_type(media_type)
    return is_utf8 and (media == "application/json" or media.endswith("+json"))


def _moment_in(text: object) -> datetime | None:
    match = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:
        return whole_milliseconds(datetime.fromisoformat(f"{match[1]}{match[2] or ''}{match[3]}".upper()))
    except ValueError:
        return None
