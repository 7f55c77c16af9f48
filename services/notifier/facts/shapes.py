"""What a letter can know: one closed shape of facts for each kind, and not one field of free text.

Everything is a number, a moment, a day or a word of ours, save the place and the functions, which pass `shown_place`
and `shown_function` or are refused. Never add a field that an agency's own words fit into: a test walks them all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from itertools import islice
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from services.notifier.facts.rule import Rule
from services.notifier.rules import shown_function, shown_place
from shared.agencies import AgencyKind
from shared.events.meetings import Forum

LetterKind = Literal[
    "invitation", "change", "farewell", "move", "cancellation", "question", "reminder",
    "actions_due", "actions_overdue", "undelivered",
]  # fmt: skip
LocalStart = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]
"""Wall-clock time without zone, stored as text: MongoDB would take it for UTC."""


def as_shown(guard: Callable[[str], str]) -> AfterValidator:
    """Return what refuses every text that a guard would change."""

    def refuse_unguarded(text: str) -> str:
        if guard(text) != text:
            raise ValueError("not a text that a letter may show")
        return text

    return AfterValidator(refuse_unguarded)


Place = Annotated[str, as_shown(shown_place)]
Function = Annotated[str, as_shown(shown_function)]


class Facts(BaseModel):
    """What all shapes have: they are closed, never change, and never quote what they refuse."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    forum: Forum


class Exceptional(BaseModel):
    """An occurrence of a series that is held at another time or place, or (`starts_at` None) not at all."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    occurrence: LocalStart
    starts_at: AwareDatetime | None
    ends_at: AwareDatetime | None
    place: Place | None


class SeriesFacts(Facts):
    """A whole series as it is now: whether its wall clock is Sweden's, and when its next meetings begin (`coming`).

    `starts_at` is the first start of the rule, `last_on` its last day that counts.
    """

    kind: Literal["invitation", "change", "farewell"]
    starts_at: LocalStart
    duration_minutes: Annotated[int, Field(ge=1)]
    by_stockholm: bool
    rule: Rule
    last_on: date | None
    place: Place
    exceptions: tuple[Exceptional, ...]
    coming: tuple[AwareDatetime, ...]
    next_at: AwareDatetime | None
    has_ended: bool

    def starts_after(self, local: datetime, limit: int) -> list[datetime]:
        """Return at most so many local starts that the rule gives after a local time, none after the last day."""
        return list(islice(self.rule.starts_until(self.starts_at, self.last_on, after=local), limit))


class Occasion(Facts):
    """One meeting; `occurrence` is its original local start, its name in every calendar."""

    occurrence: LocalStart
    by_stockholm: bool
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    place: Place


class ReminderFacts(Occasion):
    """A meeting that begins soon."""

    kind: Literal["reminder"] = "reminder"


class MoveFacts(Occasion):
    """A meeting at another time or place than those called were told before, or one that is held after all."""

    kind: Literal["move"] = "move"
    was_at: AwareDatetime
    reason: Literal["organiser", "red_day"]


class CancellationFacts(Occasion):
    """A meeting that is not held, and when the next one of the series is, where that is known."""

    kind: Literal["cancellation"] = "cancellation"
    reason: Literal["organiser", "red_day"]
    next_at: AwareDatetime | None


class QuestionFacts(Occasion):
    """A meeting that falls on a red day, when it could be held instead, and by when an answer is needed."""

    kind: Literal["question"] = "question"
    proposals: tuple[AwareDatetime, ...]
    answer_by: AwareDatetime


class ActionsFacts(Facts):
    """So many actions from a forum's meetings, of one agency, that are due on a day and not reported as done."""

    kind: Literal["actions_due", "actions_overdue"]
    owner: AgencyKind | None
    due_on: date
    actions: Annotated[int, Field(ge=1)]


class UndeliveredFacts(Facts):
    """That a letter could not be delivered: of which kind, to which function of what kind of agency, about when."""

    kind: Literal["undelivered"] = "undelivered"
    letter: LetterKind
    function: Function
    agency: AgencyKind | None
    meets_at: AwareDatetime | None


def _of_known_kind(facts: object) -> object:
    # Asked for here, since pydantic quotes a kind that it does not know.
    if isinstance(facts, dict) and facts.get("kind") not in get_args(LetterKind):
        raise ValueError("not a kind of letter")
    return facts


AnyFacts = Annotated[
    Annotated[
        SeriesFacts | ReminderFacts | MoveFacts | CancellationFacts | QuestionFacts | ActionsFacts | UndeliveredFacts,
        Field(discriminator="kind"),
    ],
    BeforeValidator(_of_known_kind),
]
