"""`samverkan meetings preview` of a plan in a file: what will be held, and clear words for a plan that cannot be."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shared.operators.cli import app
from shared.operators.meetings_command import previewed
from shared.operators.meetings_lines import Previewed, lines_of
from tests.house import sample
from tests.rules.meetings_plans import FIFTH, FIRST, NOW, SECOND, asked_to, facts_of, planned

NO_HOUSE = dict.fromkeys(("RABBITMQ_URL", "MONGODB_URI", "SAMVERKAN_SECRETS", "SAMVERKAN_CLOCK"))
"""None of what a process of the house is told. The plans lie so far ahead that no clock matters."""
NOWHERE = {"RABBITMQ_URL": "amqp://127.0.0.1:1/", "MONGODB_URI": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=10"}


def plan(**changes: Any) -> dict[str, Any]:
    """Return the sample's series, planned for 2036, as the message that plans it."""
    event = sample("in", "meeting-series.planned.v1")
    event["data"] |= {"starts_at": "2036-12-05T09:00:00", "until": "2037-06-30", "rrule": "FREQ=WEEKLY;BYDAY=FR"}
    event["data"] |= changes
    return event


def run(tmp_path: Path, content: object, *words: str) -> tuple[int, str, str]:
    """Preview what a file holds; returns the exit code, what was said and what was complained of."""
    file = tmp_path / "plan.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    result = CliRunner().invoke(app, ["meetings", "preview", "--plan", str(file), *words], env=NO_HOUSE)
    return result.exit_code, result.stdout, result.stderr


def lines(**moved: Any) -> str:
    """Return what is shown of the sample's weeks with these requests of its organiser."""
    facts = facts_of(planned(), *moved.get("requests", []))
    return "\n".join(line.text for line in lines_of([previewed(facts, NOW, timedelta(weeks=8))]))


def test_a_plan_is_previewed_week_by_week_without_a_house(tmp_path: Path) -> None:
    """Eight weeks from its first meeting, under the ISO week, with time, forum and place; nothing has to run."""
    code, text, complaint = run(tmp_path, plan())
    assert (0, "") == (code, complaint)
    rows = text.splitlines()
    assert "Vecka 49, 1–7 december 2036" == rows[0]
    assert "  fredag 5 december kl. 09.00–10.00  veckomöte socialtjänst–polis  Polisstationen, rum 3" == rows[1]
    assert "Vecka 1, 29 december–4 januari 2037" in rows
    assert 8 == len([row for row in rows if row.startswith("  ")])


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("skip", "fredag 26 december kl. 09.00–10.00  veckomöte socialtjänst–polis  Annandag jul: hålls inte"),
        ("previous_working_day", "flyttat från fredag 26 december kl. 09.00: Annandag jul"),
        ("next_working_day", "flyttat till måndag 29 december kl. 09.00, vecka 1: Annandag jul"),
        (
            "ask_coordinator",
            "Annandag jul: sammankallande ska svara senast onsdag 17 december kl. 12.00 (tisdag 23 december kl. 09.00 ",
        ),
    ],
)
def test_a_red_day_says_which_it_is_and_what_happens(tmp_path: Path, policy: str, expected: str) -> None:
    """Not held, moved, or asked about until a day and hour, with the days there are to choose from."""
    code, text, _ = run(tmp_path, plan(red_day_policy=policy))
    assert 0 == code
    assert expected in text


def test_a_meeting_moved_to_another_week_stands_in_both(tmp_path: Path) -> None:
    """Where it would have been, and where it is."""
    _, text, _ = run(tmp_path, plan(red_day_policy="next_working_day"))
    week, next_week = text.split("Vecka 52, ")[1].split("Vecka 1, ")[:2]
    assert "flyttat till måndag 29 december kl. 09.00, vecka 1" in week
    assert "måndag 29 december kl. 09.00–10.00" in next_week


def test_what_the_organiser_has_moved_or_cancelled_says_so() -> None:
    """Another time, another place alone, or not at all."""
    requests = [
        asked_to(FIRST, FIRST.replace(day=23, hour=13), place="Rum 4"),
        asked_to(SECOND, SECOND, place="Rum 5"),
        asked_to(FIFTH, None),
    ]
    text = lines(requests=requests)
    moved = "måndag 23 november kl. 13.00–14.00  veckomöte socialtjänst–polis  Rum 4  flyttat från tisdag 24 november"
    assert f"{moved} kl. 09.00, av sammankallande" in text
    assert "Rum 5  på annan plats, av sammankallande" in text
    assert "tisdag 22 december kl. 09.00–10.00  veckomöte socialtjänst–polis  inställt av sammankallande" in text


def test_a_red_day_that_nobody_answered_about_says_so() -> None:
    """And a meeting that would be moved to a day on which the series meets already says that."""
    asked = facts_of(
        planned(starts_at=FIRST.replace(day=27), rrule="FREQ=WEEKLY;BYDAY=FR", red_day_policy="ask_coordinator")
    )
    text = "\n".join(line.text for line in lines_of([previewed(asked, NOW + timedelta(days=36), timedelta(weeks=2))]))
    assert "Juldagen: hålls inte, ingen svarade i tid" in text
    daily = facts_of(planned(rrule="FREQ=DAILY", red_day_policy="next_working_day"))
    text = "\n".join(line.text for line in lines_of([previewed(daily, NOW, timedelta(weeks=8))]))
    assert "Julafton: hålls inte, serien möts redan arbetsdagen efter" in text


def test_several_series_are_told_apart_by_their_ids_and_another_zone_by_its_name() -> None:
    """One list in order of time."""
    one, other = planned(), planned(series_id="s2", timezone="Europe/Helsinki", forum="sspf")
    found = [Previewed(plan, previewed(facts_of(plan), NOW, timedelta(weeks=1)).standings) for plan in (one, other)]
    assert [
        "tisdag 24 november kl. 09.00–10.00 (Europe/Helsinki)  SSPF  Rum 3  s2",
        "tisdag 24 november kl. 09.00–10.00  veckomöte socialtjänst–polis  Rum 3  s1",
    ] == [line.text for line in lines_of(found)]


def test_as_json_each_occurrence_is_a_row(tmp_path: Path) -> None:
    """With its name, its state, local times with offset, and what a red day asks."""
    code, text, _ = run(tmp_path, plan(), "--json", "--weeks", "4")
    rows = [json.loads(line) for line in text.splitlines()]
    assert 0 == code
    assert ["2036-W49", "2036-W50", "2036-W51", "2036-W52"] == [row["iso_week"] for row in rows]
    assert {"called": 3, "asked": 1} == {
        state: [row["state"] for row in rows].count(state) for state in ("called", "asked")
    }
    assert ("2036-12-05T09:00:00+01:00", "2036-12-05T10:00:00+01:00") == (rows[0]["starts_at"], rows[0]["ends_at"])
    asked = rows[-1]
    assert ("2036-12-26T09:00:00", None, "Annandag jul") == (asked["occurrence"], asked["starts_at"], asked["red_day"])
    assert ("2036-12-17T12:00:00+01:00", 2) == (asked["answer_by"], len(asked["proposals"]))


def test_the_data_alone_is_a_plan_too(tmp_path: Path) -> None:
    """The CloudEvent's envelope may be left out."""
    assert run(tmp_path, plan()) == run(tmp_path, plan()["data"])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            plan(rrule="FREQ=SECONDLY", until="2036-02-30"),
            ["/rrule: Skriv en RFC 5545-regel", "/until: Skriv ett datum"],
        ),
        (plan(red_day_policy="never", duration_minutes=4), ["/red_day_policy: Tillåtna värden", "/duration_minutes: "]),
        (plan(starts_at="2036-12-04T09:00:00"), ["/starts_at: Första starten är inte en dag som regeln"]),
        (plan(starts_at="2020-12-04T09:00:00", until="2020-12-31"), ["/until: Serien har inget möte kvar"]),
        (plan(titel="x")["data"], ["/titel: Fältet finns inte"]),
        (plan() | {"id": ""}, ["meddelandet: "]),
        ({}, ["/series_id: ", "/rrule: "]),
        (b"not json", ["meddelandet: "]),
    ],
)
def test_a_plan_that_is_wrong_is_told_every_fault_in_swedish(
    tmp_path: Path, content: object, expected: list[str]
) -> None:
    """The faults with which the house would refuse it, one a line with its place; exit code 1 and nothing else."""
    code, text, complaint = run(tmp_path, content)
    assert (1, "") == (code, text)
    assert not [part for part in expected if part not in complaint]
    code, text, complaint = run(tmp_path, content, "--json")
    assert (1, "") == (code, complaint)
    assert {"pointer", "code", "message", "message_en"} == set(json.loads(text.splitlines()[0]))


def test_another_message_than_a_plan_is_one_clear_line(tmp_path: Path) -> None:
    """A file of minutes is not previewed as a broken plan."""
    code, text, complaint = run(tmp_path, sample("in", "meeting-minutes.recorded.v1"))
    assert (1, "", "Filen är ett annat meddelande än meeting-series.planned.v1.\n") == (code, text, complaint)


@pytest.mark.parametrize(
    "words", ["--weeks 0", "--weeks 105", "--weeks x", "--plan no-such-file", "--plan . --series s1"]
)
def test_a_mistake_in_the_command_is_told_as_one(words: str) -> None:
    """Too few or too many weeks, a file that is not there, a file and a stored series at once: exit code 2."""
    result = CliRunner().invoke(app, ["meetings", "preview", *words.split()], env=NOWHERE)
    assert (2, "") == (result.exit_code, result.stdout)
