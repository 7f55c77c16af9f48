"""JSON read without surprises: what two parsers could understand differently, or a database could not keep, is refused.

Nothing here recurses in Python, so no message can exhaust the stack.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Final

from shared.intake.faults import Fault, Rejected, fault, pointer_to

DEEPEST: Final = 20
MOST_KEYS: Final = 1000
_INT64: Final = range(-(2**63), 2**63)
_BEYOND: Final = 2**64


def read_json(body: bytes) -> Any:
    """Return the JSON value in UTF-8 bytes; Rejected with `not_json` or `too_large`.

    Refused beside broken JSON: NaN and Infinity, and a name that stands twice in an object. Numbers too big to keep
    come out as ones `content_faults` reports.
    """
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_each_name_once,
            parse_constant=_refuse_constant,
            parse_int=lambda digits: int(digits) if len(digits) < 25 else _BEYOND,
        )
    except RecursionError:
        raise Rejected([fault("too_large", why="nesting")]) from None
    except ValueError:
        raise Rejected([fault("not_json")]) from None


def content_faults(data: object) -> list[Fault]:
    """Return what is too large or cannot be kept in a message's data: `payload` objects are measured by themselves."""
    payloads = dict(_payloads(data))
    apart = {id(payload) for payload in payloads.values()}
    found = _measured(data, "", apart)
    for pointer, payload in payloads.items():
        found += _measured(payload, pointer, set())
    return found


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise Rejected([fault("not_json", why="duplicate_key")])
    return names


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _payloads(data: object) -> Iterator[tuple[str, object]]:
    if not isinstance(data, dict):
        return
    if isinstance(data.get("payload"), dict | list):
        yield "/payload", data["payload"]
    events = data.get("place_events")
    for place, event in enumerate(events if isinstance(events, list) else ()):
        if isinstance(event, dict) and isinstance(event.get("payload"), dict | list):
            yield f"/place_events/{place}/payload", event["payload"]


def _measured(root: object, pointer: str, apart: set[int]) -> list[Fault]:
    found: list[Fault] = []
    keys = 0
    waiting: list[tuple[object, tuple[str | int, ...], int]] = [(root, (), 1)]
    while waiting:
        value, path, depth = waiting.pop()
        if isinstance(value, dict | list):
            if depth > DEEPEST:
                return [fault("too_large", pointer, why="nesting")]
            keys += len(value) if isinstance(value, dict) else 0
            if keys > MOST_KEYS:
                return [fault("too_large", pointer, why="keys")]
            inside = value.items() if isinstance(value, dict) else enumerate(value)
            waiting.extend((each, (*path, step), depth + 1) for step, each in inside if id(each) not in apart)
            unkept = [step for step, _ in inside if isinstance(step, str)] if isinstance(value, dict) else []
            if not all(map(_can_be_kept, unkept)):
                found.append(fault("wrong_value", pointer + pointer_to(path), why="characters"))
        elif not _can_be_kept(value):
            why = "characters" if isinstance(value, str) else "number_range"
            found.append(fault("wrong_value", pointer + pointer_to(path), why=why))
    return found[::-1]


def _can_be_kept(value: object) -> bool:
    """Say whether the database keeps a string or number as it was sent."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or value in _INT64
