"""What must never stand where it does not belong: the young person's number, and the words of what was observed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from deploy.demo.story import Step

_SHORTEST = 5
"""Shorter words than this, and days, stand anywhere by chance."""


class Secrets:
    """The story's secrets, taken from its own messages."""

    def __init__(self, steps: Iterable[Step]) -> None:
        sent = [(step.event["type"], step.event["data"]) for step in steps]
        open_words = {word for type_, data in sent if type_.startswith("meeting-series.") for word in _words(data)}
        self._numbers = {data["youth"]["personal_identity_number"] for _, data in sent if "youth" in data}
        observed = [data for type_, data in sent if type_ == "observation.submitted.v1"]
        self._observed = {
            word
            for data in observed
            for word in (*_words(data["payload"]), data.get("summary", ""))
            if len(word) >= _SHORTEST and any(map(str.isalpha, word)) and word not in open_words
        }
        self._others = {each["what"] for _, data in sent for each in data.get("actions", ())}
        answered = [answer for _, data in sent for answer in data.get("answers", {}).values()]
        self._others |= {answer for answer in answered if isinstance(answer, str)}

    def names_youth(self, text: str) -> bool:
        """Say whether a text holds an identity number, however it is written."""
        plain = re.sub(r"[\s\-+]", "", text)
        return any(number[2:] in plain for number in self._numbers)

    def tells(self, text: str) -> bool:
        """Say whether a text holds words of an observation, an action or an assessment about a youth."""
        return any(word in text for word in self._observed | self._others)

    def in_(self, text: str) -> bool:
        """Say whether a text holds any of it."""
        return self.names_youth(text) or self.tells(text)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
