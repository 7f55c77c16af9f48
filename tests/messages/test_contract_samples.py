"""The contract's samples: every one of a type the house knows parses, and comes out again as it went in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.events import answers
from shared.events.agencies import ALL_CONTRACT_TYPES, TYPES, Submission

HERE = Path(__file__).parent
IN = sorted((HERE / "in").glob("*.json"))
OUT = sorted((HERE / "out").glob("*.json"))
TOLD_LATER = {
    "promise.progress-changed.v1",
    "situation-report.delivered.v1",
}


def sample(path: Path) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return event


def of_types(paths: list[Path], types: dict[str, Any]) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in paths if sample(path)["type"] in types]


def read(shape: type[Submission | answers.Answer], data: object) -> Submission | answers.Answer:
    return shape.model_validate_json(json.dumps(data), strict=True, by_alias=True, by_name=False)


@pytest.mark.parametrize("path", of_types(IN, TYPES))
def test_what_agencies_say_comes_out_as_it_went_in(path: Path) -> None:
    """A submission's sample is read strictly and loses nothing."""
    event = sample(path)
    submission = read(TYPES[event["type"]], event["data"])
    assert event["data"] == json.loads(submission.model_dump_json(by_alias=True, exclude_none=True))


@pytest.mark.parametrize("path", of_types(OUT, answers.TYPES))
def test_what_the_house_tells_comes_out_as_it_went_in(path: Path) -> None:
    """An answer's body is the sample's data, field for field and in its order."""
    event = sample(path)
    answer = read(answers.TYPES[event["type"]], event["data"])
    assert isinstance(answer, answers.Answer)
    assert json.dumps(event["data"]) == json.dumps(json.loads(answer.body()))


def test_every_type_agencies_may_say_has_a_sample_and_the_reverse() -> None:
    """The list of contract types is exactly what the samples show."""
    assert {sample(path)["type"] for path in IN} == ALL_CONTRACT_TYPES


def test_every_sample_the_house_tells_is_known_or_comes_later() -> None:
    """No answer of the contract is forgotten."""
    assert {sample(path)["type"] for path in OUT} == set(answers.TYPES) | TOLD_LATER


def test_a_class_is_found_by_the_type_it_says() -> None:
    """An answer kept as type and data can be read back."""
    assert all(type_ == shape.type for type_, shape in answers.TYPES.items())


def test_the_houses_times_are_local() -> None:
    """A time given in UTC is told with the offset of Swedish time, as the samples write it."""
    told = answers.WeeklyReportMissing.model_validate({"iso_week": "2026-W46", "deadline": "2026-11-16T09:00:00Z"})
    assert b'{"iso_week":"2026-W46","deadline":"2026-11-16T10:00:00+01:00"}' == told.body()


def test_a_payload_is_told_with_its_empty_values() -> None:
    """Fields that do not apply are left out of an answer, but nothing inside an agency's own payload is."""
    event = sample(HERE / "out" / "observation.disclosed.v1.json")
    event["data"]["observation"]["payload"] = {"room": None, "rows": [None, 1.5]}
    del event["data"]["observation"]["summary"]
    assert event["data"] == json.loads(answers.ObservationDisclosed.model_validate(event["data"]).body())
