"""What an agency sends from a file, and how what it receives is shown."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.operators.agency_client import STRUCTURED, letter, timeline
from shared.operators.dead_letters import Choice, DeadLetter
from shared.operators.held_queue import NotPossible

MESSAGES = Path(__file__).parent.parent / "messages"
SCHOOL = "2182-school"
SAMPLE = (MESSAGES / "in" / "observation.submitted.school.v1.json").read_bytes()
EVENT: dict[str, Any] = json.loads(SAMPLE)


def test_a_sample_is_sent_as_it_stands() -> None:
    """Structured mode is the file's own bytes, under the agency's key and the event's id."""
    sent = letter(SCHOOL, SAMPLE, binary=False)
    assert (SAMPLE, STRUCTURED, EVENT["id"]) == (sent.body, sent.content_type, sent.message_id)
    assert "2182-school.observation.submitted.v1" == sent.key


def test_binary_mode_has_the_attributes_as_headers_and_the_data_as_body() -> None:
    """CloudEvents 1.0, section 3.1: `ce-` headers, and `datacontenttype` as the content type."""
    sent = letter(SCHOOL, SAMPLE, binary=True)
    assert EVENT["data"] == json.loads(sent.body)
    assert "application/json" == sent.content_type
    assert {"ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time"} == set(sent.headers)


def test_a_place_in_the_event_can_be_set_to_json_or_text() -> None:
    """What is no JSON is text; a place that does not exist is an error and not a new branch."""
    changes = ["/id=another", "/data/category=wellbeing", "/data/payload/weeks/0=1", '/data/payload/new={"a": [2]}']
    event = json.loads(letter(SCHOOL, SAMPLE, binary=False, changes=changes).body)
    assert ("another", "wellbeing") == (event["id"], event["data"]["category"])
    assert (1, {"a": [2]}) == (event["data"]["payload"]["weeks"][0], event["data"]["payload"]["new"])
    for change in ("/nowhere/at/all=1", "/data/payload/weeks/99=1", "/data/payload/weeks/x=1", "/id/x=1"):
        with pytest.raises(NotPossible):
            letter(SCHOOL, SAMPLE, binary=False, changes=[change])


def test_anything_can_be_sent_when_its_type_is_given() -> None:
    """For trying bad input: the bytes as they are, under the key asked for."""
    for content in (b"not json", b"[1]", b"[" * 100_000, b"\xff"):
        with pytest.raises(NotPossible, match="--type"):
            letter(SCHOOL, content, binary=False)
        sent = letter(SCHOOL, content, binary=False, type_="observation.submitted.v1")
        assert (content, "2182-school.observation.submitted.v1") == (sent.body, sent.key)


@pytest.mark.parametrize("file", sorted((MESSAGES / "out").glob("*.json")), ids=lambda file: file.stem)
def test_the_timeline_never_shows_an_identity_number_or_a_summary(file: Path) -> None:
    """Every message of the contract becomes a line that may be read over a shoulder."""
    event = json.loads(file.read_bytes())
    line = timeline(SCHOOL, {"type": event["type"], "time": event["time"], "data": event["data"]})
    assert re.match(r"202[67]-", line)
    assert "201306152388" not in line
    assert "frånvaro" not in line


class Died(DeadLetter):
    """A dead letter as far as a choice looks at it."""

    def __init__(self, died_at: datetime | None) -> None:
        self.id, self.reason, self.type = "m1", "KeyError", "consent.ended.v1"
        self.died_at = died_at


def test_a_dead_letter_of_unknown_age_is_never_old_enough() -> None:
    """Choosing by age must not sweep in what may have died a moment ago."""
    now = datetime(2026, 11, 16, 8, tzinfo=UTC)
    old = Choice(older_than=timedelta(hours=1))
    ages = {None: False, now - timedelta(minutes=59): False, now - timedelta(minutes=60): True}
    assert ages == {died_at: old.takes(Died(died_at), now) for died_at in ages}


def test_a_choice_takes_what_fits_every_part_of_it() -> None:
    """What is left out does not matter; what is given has to fit."""
    letter_, now = Died(None), datetime(2026, 11, 16, 8, tzinfo=UTC)
    fitting = (Choice(), Choice(id="m1"), Choice(reason="KeyError", type="consent.ended.v1"))
    others = (Choice(id="m2"), Choice(id="m1", reason="ValueError"), Choice(type="consent.activated.v1"))
    assert [True] * 3 + [False] * 3 == [choice.takes(letter_, now) for choice in (*fitting, *others)]
