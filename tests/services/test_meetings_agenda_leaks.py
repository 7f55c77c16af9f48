"""An agenda with something under every point: where a youth and free text may stand on it, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from services.meetings.agendas.points import WITHHELD, points_of, secrecy_reminder
from shared.events import answers
from tests.house import House
from tests.services.agenda_samples import areas, decide, measure
from tests.services.meetings_samples import (
    MEETING_OVER,
    NUMBER,
    OTHER_NUMBER,
    POLICE,
    SOCIAL,
    activated,
    at,
    concern,
    ended,
    hear,
    last_agenda,
    minutes,
    plan,
)

FREE_TEXT = {"what", "area", "problem"}
"""What people wrote: about a youth in an action's `what`, about places in the others."""
FIXED_TEXT = {"secrecy_reminder", "heading"}
AS_PLANNED = {"function"}
CODES = re.compile(r"[!-~]{1,120}")
"""Ids, codes, days and moments: visible ASCII, no space."""


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each plain value with the name of the field that holds it."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from leaves(inner, key)
        case list():
            for inner in value:
                yield from leaves(inner, name)
        case _:
            yield name, value


def texts_of(shape: type[BaseModel]) -> Iterator[str]:
    """Yield the names of all fields, however deep, that may hold any text."""
    for name, field in shape.model_fields.items():
        inner = list(_shapes_in(field.annotation))
        if field.annotation is str or str in get_args(field.annotation):
            yield name
        for each in inner:
            yield from texts_of(each)


def _shapes_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _shapes_in(each)


async def full_agendas(house: House) -> None:
    """Let the second meeting's agendas go out with something under every point."""
    others = minutes()["data"]["actions"][0] | {"action_id": "action-2", "what": "Ring Bertil på Storgatan 5"}
    others["youth"] = {"personal_identity_number": OTHER_NUMBER}
    youths = [activated(house), activated(house, number=OTHER_NUMBER, form="form-2")]
    await hear(house, plan(), *youths)
    await decide(house, areas("Centrum"), measure("Centrum", what="Mer belysning i gången"))
    await house.turn_clock(MEETING_OVER)
    await hear(house, minutes(actions=[*minutes()["data"]["actions"], others]))
    await hear(house, concern(house, SOCIAL), concern(house, SOCIAL, OTHER_NUMBER, "concern-2"))
    await house.turn_clock(at("2026-11-30T09:05"))
    await hear(house, ended(house, form="form-2").model_copy(update={"person_ref": youths[1].person_ref}))


async def test_free_text_stands_only_in_actions_and_places_and_a_youth_only_where_one_is_named(house: House) -> None:
    """Every other value is a code, a sentence of the house's own, or a function as the series was planned."""
    await full_agendas(house)
    agenda = last_agenda(house, SOCIAL)
    assert set(answers.MeetingAgendaIssued.model_fields) == set(agenda)
    ours = {secrecy_reminder("weekly_social_police"), *(each.heading for each in points_of("weekly_social_police"))}
    planned = {each["function"] for each in (*plan()["data"]["participants"], plan()["data"]["organiser"])}
    for name, value in leaves(agenda):
        if name in FIXED_TEXT:
            assert value in ours
        elif name in AS_PLANNED:
            assert value in planned
        elif name not in FREE_TEXT:
            assert isinstance(value, bool | int) or CODES.fullmatch(value), name
        assert (NUMBER == value) is (name == "personal_identity_number")


async def test_a_youth_whose_basis_has_ended_has_left_the_agenda_with_everything_said_about_them(house: House) -> None:
    """The other youth's action stands as a number and a day; no concern, no priority, no text of theirs is left."""
    await full_agendas(house)
    agenda = last_agenda(house, SOCIAL)
    assert OTHER_NUMBER not in str(agenda)
    assert "Bertil" not in str(agenda)
    assert ["action-2"] == [each["action_id"] for each in agenda["open_actions"] if each["what"] == WITHHELD]
    assert ["concern-1"] == [each["concern_id"] for each in agenda["concerns"]]


async def test_what_is_kept_of_an_agenda_holds_ids_and_codes_and_no_text(house: House) -> None:
    """Neither a number, nor what was agreed about a youth, nor what was decided about a place."""
    await full_agendas(house)
    kept = await house.rows("meetings", "agendas")
    assert kept
    for text in (NUMBER, OTHER_NUMBER, "vårdnadshavare", "Bertil", "belysning", "Centrum", "Otrygghet", "@"):
        assert text not in str([each["issued"] for each in kept]).replace("2026-W47-Centrum", "")


async def test_nobody_elses_agenda_tells_of_an_action_but_by_its_number(house: House) -> None:
    """The police read that social services were given two actions; not which, about whom or what."""
    await full_agendas(house)
    agenda = last_agenda(house, POLICE)
    assert [{"owner": SOCIAL, "actions": 2}] == agenda["decisions"]["actions"]
    assert [] == agenda["open_actions"]
    for text in ("action-2", "vårdnadshavare", "Bertil", OTHER_NUMBER):
        assert text not in str(agenda)


def test_no_field_was_added_that_could_hold_free_text() -> None:
    """Whoever adds one has to say here what it may hold."""
    ids = {"series_id", "action_id", "concern_id", "observation_ids", "form_id", "assessment_id", "provision"}
    ids |= {"priority_id", "measure_id", "iso_week", "owner", "by", "agency", "personal_identity_number"}
    assert set(texts_of(answers.MeetingAgendaIssued)) <= ids | FREE_TEXT | FIXED_TEXT | AS_PLANNED
    assert FREE_TEXT | FIXED_TEXT | AS_PLANNED <= set(texts_of(answers.MeetingAgendaIssued))
