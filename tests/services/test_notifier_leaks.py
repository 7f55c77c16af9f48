"""What can never stand in a letter: the closed context, and whatever an agency writes into its free words."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from jinja2 import UndefinedError
from pydantic import ValidationError

from services.notifier.documents import LetterKind
from services.notifier.letters import letter
from services.notifier.letters.letter import LetterContext, context_of
from services.notifier.rules import FUNCTION_UNSHOWN, PLACE_UNSHOWN
from shared.events.meetings import Invited
from tests.services.notifier_samples import (
    CALLED_AT,
    ORGANISER,
    POLICE,
    Page,
    a_reminder,
    an_invitation,
    arrived,
    parts_of,
    text_in,
)


def test_the_context_of_a_letter_is_closed() -> None:
    """A letter knows these fields and no others, and refuses free text in the two that are words."""
    context = context_of(an_invitation(), "Samverkan", CALLED_AT)

    assert {"meeting", "starts_at", "ends_at", "place", "organiser", "for_organiser", "day", "sender"} == set(
        LetterContext.model_fields
    )
    for poisoned in (
        {"youth": "Kim"},
        {"place": "hos 201306152388"},
        {"organiser": "201306152388"},
        {"meeting": "möte om Kim"},
        {"day": "hos Kim"},
    ):
        with pytest.raises(ValidationError):
            LetterContext.model_validate({**context.model_dump(), **poisoned})


def test_a_template_that_asks_for_more_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field that the context lacks is an error, never an empty place in a letter."""
    template = letter._TEXTS.from_string("{{ letter.youth }}")

    with pytest.raises(UndefinedError):
        template.render(letter=context_of(an_invitation(), "Samverkan", CALLED_AT))


NUMBERS = ("201306152388", "198507099805", "191212121212")
SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    lambda number: number[2:],
    lambda number: f"{number[:8]}-{number[8:]}",
    lambda number: f"{number[2:8]}+{number[8:]}",
    lambda number: f"{number[:4]} {number[4:6]} {number[6:8]} {number[8:]}",
    lambda number: f"{number[:8]}\u200b{number[8:]}",
)
AROUND = st.text(max_size=30) | st.sampled_from(
    ("<script>alert(1)</script>", "\r\nBcc: x@y.se\r\n\r\n", "{{ letter }}")
)


@st.composite
def poisoned(draw: st.DrawFn) -> tuple[str, str]:
    """Return a person's number, and text that holds it in one of its spellings."""
    number, spelling = draw(st.sampled_from(NUMBERS)), draw(st.sampled_from(SPELLINGS))
    return number, f"{draw(AROUND)} {spelling(number)} {draw(AROUND)}"


def everything_in(letter: EmailMessage) -> str:
    """Return all that a letter says, decoded: headers, texts and calendar."""
    said = [f"{name}: {value}" for name, value in letter.items()]
    said += [text_in(part) for part in parts_of(letter).values()]
    return "\n".join(said)


def strange(text: str) -> dict[str, Any]:
    """Return a meeting whose every free word is that text, and that has a field too many."""
    organiser = Invited(agency=ORGANISER.agency, function=text, email=ORGANISER.email)
    return {"place": text, "organiser": organiser, "timezone": text, "youth_name": text}


@settings(deadline=None)
@given(poisoned())
def test_a_poisoned_event_leaks_nothing(poison: tuple[str, str]) -> None:
    """Whatever stands in an event's free words, the letter is the one with the two fixed texts in their place."""
    number, text = poison
    recipient = Invited(agency=POLICE.agency, function=text, email=POLICE.email)
    harmless = {"place": PLACE_UNSHOWN, "organiser": ORGANISER.model_copy(update={"function": FUNCTION_UNSHOWN})}
    nobody = POLICE.model_copy(update={"function": FUNCTION_UNSHOWN})

    for make in (an_invitation, a_reminder):
        said = everything_in(arrived(make(recipient, **strange(text))))

        assert number not in said
        assert everything_in(arrived(make(nobody, **harmless))) == said


@settings(deadline=None)
@given(st.text(max_size=200))
def test_an_agencys_words_stay_words(text: str) -> None:
    """Any text as place or function leaves the headers, the HTML's tags and the calendar's lines as they are."""
    clean, strange_one = arrived(an_invitation()), arrived(an_invitation(POLICE, **strange(text)))
    clean_parts, parts = parts_of(clean), parts_of(strange_one)
    event, clean_event = (
        Calendar.from_ical(p["text/calendar"].get_content()).walk("VEVENT")[0] for p in (parts, clean_parts)
    )

    assert clean.items() == strange_one.items()
    assert Page(text_in(clean_parts["text/html"])).tags == Page(text_in(parts["text/html"])).tags
    assert clean_event.keys() == event.keys()


def test_every_template_is_among_those_searched_for_leaks() -> None:
    """A new kind of letter is a folder of templates, and its leaks are looked for like the others'."""
    folders = {path.parent.name for path in Path(letter.__file__).parent.glob("*/subject.*")}

    assert folders == {make(POLICE).kind for make in (an_invitation, a_reminder)} == set(get_args(LetterKind))
