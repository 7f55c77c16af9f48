"""Events with a person in every word that has room for one, and letters turned inside out to look for them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from services.notifier.channels.gateway import body_of
from services.notifier.documents import Delivery
from tests.services.notifier_samples import arrived, mail_of, parts_of, text_in

Shape = TypeVar("Shape", bound=BaseModel)

NAME = "Kim Qvarnbäck"
NUMBERS = ("201306152388", "198507099805", "191212121212")
SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    lambda number: number[2:],
    lambda number: f"{number[:8]}-{number[8:]}",
    lambda number: f"{number[2:8]}+{number[8:]}",
    lambda number: f"{number[:4]} {number[4:6]} {number[6:8]} {number[8:]}",
    lambda number: f"{number[:8]}\u200b{number[8:]}",
)
GUARDED_ELSEWHERE = {
    "series_id": "an id: no number gets in at the door (`Id`), and it is the calendars' name for the series",
    "meeting_id": "made by meetings from the series' id and a moment",
    "email": "a mailbox: it is written to, or it is none",
    "rrule": "read as a rule or refused whole; a test of its own",
    "timezone": "the name of a zone or refused whole; a test of its own",
    "until": "a day",
}
"""What is not poisoned with the rest, and why."""


def poisoned(event: Shape, text: str) -> tuple[Shape, set[str]]:
    """Return the event with that text in each field that takes it, and in one too many; and the fields' names."""
    told, names = event.model_dump(), set()
    for holder, name in list(_texts_in(told)):
        before, holder[name] = holder[name], text
        try:
            type(event).model_validate(told)
            names.add(name)
        except ValidationError:
            holder[name] = before
    for holder in list(_objects_in(told)):
        holder["youth_name"] = text
    return type(event).model_validate(told), names


def _objects_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for each in inner:
        yield from _objects_in(each)


def _texts_in(told: Any) -> Iterator[tuple[dict[str, Any], str]]:
    for holder in _objects_in(told):
        for name, value in holder.items():
            if isinstance(value, str) and name not in GUARDED_ELSEWHERE:
                yield holder, name


def everything_in(letter: EmailMessage) -> str:
    """Return all that a letter says, decoded: headers, texts and calendar."""
    said = [f"{name}: {value}" for name, value in letter.items()]
    said += [text_in(part) for part in parts_of(letter).values()]
    return "\n".join(said)


def both_ways(delivery: Delivery) -> str:
    """Return all that a delivery's one letter says, as an e-mail and as a gateway is told it."""
    told = json.dumps(body_of(mail_of(delivery)), ensure_ascii=False)
    return f"{everything_in(arrived(delivery))}\n{told}"


def persons_in(text: str) -> list[str]:
    """Return the names and numbers of persons that a text holds, however they are spaced or folded."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    digits = re.sub(r"[^0-9]", "", unfolded)
    numbers = [number for number in NUMBERS if number[2:] in digits]
    return numbers + [name for name in NAME.split() if name.casefold() in unfolded.casefold()]
