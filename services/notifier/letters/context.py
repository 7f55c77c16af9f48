"""Everything a template can see, and the texts that come of it.

`LetterContext` is closed: facts of one kind, the organiser's function, and whose name the house writes in. A template
that asks for more fails; give the context no field of free text.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import BaseModel, ConfigDict

from services.notifier.documents import Delivery
from services.notifier.facts.shapes import AnyFacts, Function, as_shown
from services.notifier.letters.words import FILTERS
from services.notifier.rules import day_words, shown_sender

Part = Literal["subject.txt", "body.txt", "body.html"]
Day = Literal["", "i dag", "i morgon"]
_TEXTS = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEXTS.filters.update(FILTERS)
_BLANK_LINES = re.compile(r"\n{3,}")


class LetterContext(BaseModel):
    """What a letter can say to one recipient on one day."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    facts: AnyFacts
    organiser: Function
    for_organiser: bool
    day: Day
    sender: Annotated[str, as_shown(shown_sender)]


class Forgotten(Exception):
    """The facts of a letter are not kept any more."""


def day_named(delivery: Delivery, sent_at: datetime) -> Day:
    """Return what a reader on the day of sending calls the meeting's day; only reminders say it."""
    # The last moment of a reminder is its meeting's start, and is known without reading its facts.
    return day_words(sent_at, delivery.not_after) if delivery.kind == "reminder" else ""


def context_of(delivery: Delivery, sender: str, sent_at: datetime, *, for_organiser: bool = False) -> LetterContext:
    """Return what the letters of a delivery can say on the day they are sent."""
    facts = delivery.facts
    if facts is None:
        raise Forgotten
    return LetterContext(
        facts=facts,
        organiser=delivery.organiser.function,
        for_organiser=for_organiser,
        day=day_named(delivery, sent_at),
        sender=shown_sender(sender),
    )


def text_of(part: Part, context: LetterContext) -> str:
    """Return one text of a letter, with no more than one blank line in a row."""
    template = _TEXTS.get_template(f"{context.facts.kind}/{part}")
    return _BLANK_LINES.sub("\n\n", template.render(letter=context, facts=context.facts).strip()) + "\n"
