"""What can never stand in a letter: the closed context, and whatever an agency writes into its free words."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from jinja2 import UndefinedError
from pydantic import ValidationError

from services.notifier.facts.shapes import LetterKind
from services.notifier.letters import context as contexts
from services.notifier.letters.context import LetterContext, context_of
from services.notifier.rules import FUNCTION_UNSHOWN, PLACE_UNSHOWN
from shared.events.meetings import Invited
from tests.services.notifier_samples import (
    CALLED_AT,
    EVERY_KIND,
    ORGANISER,
    POLICE,
    Page,
    arrived,
    parts_of,
    text_in,
)
from tests.services.poison import NAME, NUMBERS, SPELLINGS, both_ways, persons_in

POISON = f"hos {NAME} 20130615-2388"
KINDS = pytest.mark.parametrize("kind", EVERY_KIND)
AROUND = st.text(max_size=30) | st.sampled_from(
    ("<script>alert(1)</script>", "\r\nBcc: x@y.se\r\n\r\n", "{{ letter }}")
)


def test_every_template_is_among_those_searched_for_leaks() -> None:
    """A new kind of letter is a folder of templates, and its leaks are looked for like the others'."""
    folders = {path.parent.name for path in Path(contexts.__file__).parent.glob("*/subject.*")}

    assert folders == set(EVERY_KIND) == set(get_args(LetterKind))
    assert {kind: kind for kind in EVERY_KIND} == {kind: make(POLICE).kind for kind, make in EVERY_KIND.items()}


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a nested value: the object or list, and the name or number in it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield value, name
        yield from places_in(each)


@KINDS
def test_no_field_of_a_context_holds_a_person(kind: LetterKind) -> None:
    """Put into any field of any depth, or beside it, a person's name and number are refused, and never quoted."""
    context = context_of(EVERY_KIND[kind](POLICE), "Samverkan", CALLED_AT).model_dump(mode="json")
    assert LetterContext.model_validate(context)
    count = len(list(places_in(context)))
    for place in range(count):
        changed = copy.deepcopy(context)
        holder, name = list(places_in(changed))[place]
        for poisoned_name in (name, "youth") if isinstance(holder, dict) else (name,):
            before = dict(holder) if isinstance(holder, dict) else list(holder)
            holder[poisoned_name] = POISON
            with pytest.raises(ValidationError) as refused:
                LetterContext.model_validate(changed)
            if poisoned_name != "kind":  # pydantic names a tag it does not know; ours is never said from outside
                assert [] == persons_in(str(refused.value)), (name, poisoned_name)
            holder.clear()
            holder.update(before) if isinstance(holder, dict) else holder.extend(before)
    assert 8 < count


@KINDS
def test_a_template_that_asks_for_more_fails(kind: LetterKind) -> None:
    """A field that the context lacks is an error, never an empty place in a letter."""
    context = context_of(EVERY_KIND[kind](POLICE), "Samverkan", CALLED_AT)

    for asked in ("letter.youth", "facts.youth", "youth"):
        with pytest.raises(UndefinedError):
            contexts._TEXTS.from_string(f"{{{{ {asked} }}}}").render(letter=context, facts=context.facts)


@st.composite
def persons(draw: st.DrawFn) -> str:
    """Return text that holds a person's number in one of its spellings, and a name."""
    number, spelling = draw(st.sampled_from(NUMBERS)), draw(st.sampled_from(SPELLINGS))
    return f"{draw(AROUND)} {spelling(number)} {NAME} {draw(AROUND)}"


def strange(kind: LetterKind, text: str) -> dict[str, Any]:
    """Return an event whose every word that letters show is that text, and that has a field too many."""
    told: dict[str, Any] = {"organiser": ORGANISER.model_copy(update={"function": text}), "youth_name": text}
    return told if kind.startswith("actions") else told | {"place": text}


@KINDS
@settings(max_examples=40)
@given(text=persons())
def test_a_poisoned_event_leaks_nothing(kind: LetterKind, text: str) -> None:
    """Whatever stands in an event's free words, the letter is the one with the two fixed texts in their place."""
    recipient = Invited(agency=POLICE.agency, function=text, email=POLICE.email)
    nobody = POLICE.model_copy(update={"function": FUNCTION_UNSHOWN})
    harmless = strange(kind, FUNCTION_UNSHOWN) | ({} if kind.startswith("actions") else {"place": PLACE_UNSHOWN})
    make = EVERY_KIND[kind]

    said = both_ways(make(recipient, **strange(kind, text)))

    assert [] == persons_in(said)
    assert both_ways(make(nobody, **harmless)) == said


@KINDS
@settings(max_examples=40)
@given(text=st.text(max_size=200))
def test_an_agencys_words_stay_words(kind: LetterKind, text: str) -> None:
    """Any text as place or function leaves the headers, the HTML's tags and the calendar's lines as they are."""
    make = EVERY_KIND[kind]
    clean, strange_one = arrived(make()), arrived(make(**strange(kind, text)))
    clean_parts, parts = parts_of(clean), parts_of(strange_one)

    assert clean.items() == strange_one.items()
    assert Page(text_in(clean_parts["text/html"])).tags == Page(text_in(parts["text/html"])).tags
    assert lines_of(clean_parts) == lines_of(parts)


def lines_of(parts: dict[str, Any]) -> list[list[str]]:
    """Return the names of each event's lines in the calendar part, if there is one."""
    calendar = parts.get("text/calendar")
    events = Calendar.from_ical(calendar.get_content()).walk("VEVENT") if calendar else []
    return [sorted(event.keys()) for event in events]


def test_the_search_finds_persons_however_they_are_written() -> None:
    """Names in any capitals, numbers in every spelling, folded as calendars and headers fold: the search can fail."""
    for spelling in SPELLINGS:
        assert [NUMBERS[0]] == persons_in(f"rum {spelling(NUMBERS[0])}.")
    assert NAME.split() == persons_in("KIM Qvarn\r\n bäck")
    assert [] == persons_in("Polisstationen, rum 3, kl. 09.00")
