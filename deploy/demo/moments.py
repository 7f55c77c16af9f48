"""The story's moments in order: what agencies say, and between them what the house does by itself when its time comes.

Each carries the sentences that people read and, from `expected`, what it must lead to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.acts import HOUSE_ACTS, Act
from deploy.demo.due import Outcome
from deploy.demo.expected import Expectation
from deploy.demo.sayings import SAYINGS
from deploy.demo.story import Step, chapters, local, story
from shared.agencies import AgencyRegistry

MUNICIPALITY = "2182"
BEFORE = timedelta(minutes=15)
"""How long before the first message the house opens."""
END = local("2026-12-31T00:00")
"""What the house does by itself is told until then."""


@dataclass(frozen=True)
class Moment:
    """A moment that the clock is turned to. Without a step the house acts by itself."""

    at: datetime
    swedish: str
    english: str
    outcome: Outcome
    step: Step | None = None
    withheld_from: tuple[str, ...] = ()


def moments(registry: AgencyRegistry) -> list[Moment]:
    """Return every moment of the story with what it must lead to."""
    expect = Expectation(registry, MUNICIPALITY)
    found: list[Moment] = []
    acts = list(HOUSE_ACTS)
    for step in chapters():
        found += _by_itself(acts, expect, step.at)
        outcome = expect.of(step)
        swedish, english = SAYINGS[step.name]
        found.append(Moment(step.at, swedish, english, outcome, step, _withheld(expect, step, outcome)))
    return found + _by_itself(acts, expect, END)


def opening() -> datetime:
    """Return when the house opens."""
    return story()[0].at - BEFORE


def _by_itself(acts: list[Act], expect: Expectation, until: datetime) -> list[Moment]:
    """Return what the house does by itself before an instant, and take it off the list."""
    found = []
    while acts and local(acts[0].at) < until:
        act = acts.pop(0)
        found.append(Moment(local(act.at), act.swedish, act.english, act.outcome(expect)))
    return found


def _withheld(expect: Expectation, step: Step, outcome: Outcome) -> tuple[str, ...]:
    """Return which agencies of the form's scope an observation is kept from."""
    if step.event["type"] != "observation.submitted.v1":
        return ()
    told = {due.agency for due in outcome.messages if due.type == "observation.disclosed.v1"}
    return tuple(each for each in expect.in_scope() if each not in told | {step.agency})
