"""«May we tell them this today?» on real processes: each question answered once and rightly, and how soon it was."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.demo.story import HOUSING, LEISURE, POLICE, SCHOOL, SOCIAL
from deploy.local.processes import ServiceProcesses
from shared.clock import local_day
from shared.ids import name_id
from shared.settings import Settings
from tests.house import sample
from tests.live.agency_side import AgencySide
from tests.live.conftest import samverkan
from tests.live.youths import Submission, number_of_series
from tests.rules.policy_parts import written_row

SECONDS = int(os.environ.get("SAMVERKAN_QUESTION_SECONDS", "6"))
A_SECOND = 50
YOUTHS = 20
"""The even ones have an assessment for the police, the odd ones a consent for what the school tells them."""
ANSWERED = "secrecy-basis.answered.v1"
NO_BASIS, NOT_AN_AUTHORITY = ("may_not", "no_basis"), ("may_not", "not_an_authority")
MAY = ("may", "has_basis")
Question = tuple[str, str, str, str]
ASKED: tuple[Question, ...] = (
    (SOCIAL, POLICE, "risk_environment", "assessment"),
    (SCHOOL, POLICE, "school_absence", "consent"),
    (POLICE, SCHOOL, "behaviour", ""),
    (LEISURE, HOUSING, "behaviour", "never"),
)
"""Who asks about whom to tell what, and which kind of basis would open it."""


@pytest.mark.live
@pytest.mark.timeout(600)
async def test_every_question_is_answered_once_and_rightly(
    services: ServiceProcesses, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """50 questions a second from four agencies; the time from sending to answer is printed, never asserted."""
    side = AgencySide(settings)
    await side.open((SOCIAL, SCHOOL, POLICE, LEISURE))
    try:
        await side.submit(_bases())
        await _until(lambda: side.count("consent.activated.v1")[SCHOOL] == YOUTHS // 2)
        await _until(lambda: len(side.answer_ids) >= len(list(_bases())))
        questions = list(_questions(SECONDS * A_SECOND))
        sent_at = await _ask(side, [(agency, event) for agency, event, _ in questions])
        await _until(lambda: sum(side.count(ANSWERED).values()) >= len(questions))
    finally:
        await side.close()
    given = _given(side)
    soon = sorted(side.received_at[message_id] - sent_at[id_] for id_, [(message_id, _)] in given.items())
    with capsys.disabled():
        sys.stdout.write(_table(soon))
    assert 0 == sum(side.count("submission.rejected.v1").values())
    assert {event["data"]["question_id"]: expected for _, event, expected in questions} == {
        id_: (answer["answer"], answer["code"]) for id_, [(_, answer)] in given.items()
    }
    assert len(questions) == sum(side.count(ANSWERED).values())


@pytest.mark.live
async def test_what_a_new_row_would_do_is_asked_of_the_running_house(
    services: ServiceProcesses, environment: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    """The command counts the running assessment that the new wording would close, and names no person."""
    side, serial = AgencySide(settings), YOUTHS + 1
    await side.open((SOCIAL,))
    try:
        await side.submit([_assessment(serial)])
        await _until(lambda: side.count("submission.accepted.v1")[SOCIAL] == 1)
    finally:
        await side.close()
    file = tmp_path / "row.yaml"
    tomorrow = local_day(datetime.now(UTC)) + timedelta(days=1)
    file.write_text(yaml.safe_dump(written_row(valid_from=str(tomorrow))), encoding="utf-8")
    text = samverkan(environment, "policy", "what-if", str(file), "--json", "--ids")
    effects = [json.loads(line) for line in text.splitlines()]
    closing = [each for each in effects if each["what"] == "assessment_closes" and f"a-{serial}" in each["ids"]]
    assert [("questions", POLICE)] == [(each["reason"], each["to"]) for each in closing]
    assert number_of_series(serial) not in text
    assert "bedömningar som skulle sluta gälla" in samverkan(environment, "policy", "what-if", str(file))


def _given(side: AgencySide) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    given: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for messages in side.received.values():
        for message_id, got in messages.items():
            if got["type"] == ANSWERED:
                given.setdefault(got["data"]["question_id"], []).append((message_id, got["data"]))
    return given


def _bases() -> Iterator[Submission]:
    today, now = local_day(datetime.now(UTC)), datetime.now(UTC).isoformat()
    for serial in range(YOUTHS):
        youth = {"personal_identity_number": number_of_series(serial)}
        if serial % 2 == 0:
            yield _assessment(serial)
            continue
        form_id = f"f-{serial}"
        scope = [{"from": SCHOOL, "to": [POLICE], "categories": ["school_absence"]}]
        days = {"valid_from": str(today), "valid_to": str(today + timedelta(days=90))}
        yield _changed("consent-form.issued.v1", serial, form_id=form_id, youth=youth, scope=scope, **days)
        for guardian in sample("in", "consent-form.issued.v1")["data"]["guardians"]:
            who = {"role": "guardian", "guardian_id": guardian["guardian_id"]}
            yield _changed("consent-form.signed.v1", serial, form_id=form_id, signatory=who, signed_at=now)


def _assessment(serial: int) -> Submission:
    now = datetime.now(UTC)
    youth = {"personal_identity_number": number_of_series(serial)}
    days = {"decided_at": now.isoformat(), "valid_until": str(local_day(now) + timedelta(days=7))}
    return _changed("secrecy-assessment.made.v1", serial, assessment_id=f"a-{serial}", youth=youth, **days)


def _questions(count: int) -> Iterator[tuple[str, dict[str, Any], tuple[str, str]]]:
    for turn, (agency, to, category, opened_by) in enumerate(islice(cycle(ASKED), count)):
        serial = turn // len(ASKED) % YOUTHS
        youth = {"personal_identity_number": number_of_series(serial)}
        _, event = _changed(
            "secrecy-basis.asked.v1", turn, question_id=f"q-{turn}", youth=youth, to=to, category=category
        )
        expected = MAY if opened_by == ("consent" if serial % 2 else "assessment") else NO_BASIS
        yield agency, event | {"source": f"/agency/{agency}"}, NOT_AN_AUTHORITY if opened_by == "never" else expected


def _changed(name: str, serial: int, **changes: Any) -> Submission:
    event = copy.deepcopy(sample("in", name))
    event["data"] |= changes
    event["id"] = name_id("live question", name, str(serial), str(sorted(changes.items())))
    return SOCIAL, event


async def _ask(side: AgencySide, questions: list[Submission]) -> dict[str, float]:
    """Send the questions at an even pace, whatever becomes of those before; return when each was sent."""
    sent_at: dict[str, float] = {}
    begun, tasks = time.monotonic(), []
    for turn, (agency, event) in enumerate(questions):
        await asyncio.sleep(max(0.0, begun + turn / A_SECOND - time.monotonic()))
        sent_at[event["data"]["question_id"]] = time.monotonic()
        tasks.append(asyncio.create_task(side.submit([(agency, event)])))
    await asyncio.gather(*tasks)
    return sent_at


async def _until(holds: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "the house does not answer"
        await asyncio.sleep(0.1)


def _table(soon: list[float]) -> str:
    at = {name: soon[min(len(soon) - 1, int(len(soon) * share))] for name, share in (("p50", 0.5), ("p99", 0.99))}
    return (
        "\n| questions | a second | p50 | p99 | max |\n|---:|---:|---:|---:|---:|"
        f"\n| {len(soon)} | {A_SECOND} | {at['p50']:.3f} s | {at['p99']:.3f} s | {soon[-1]:.3f} s |\n"
    )
