"""The story of Söderhamn told to a live house with a marker in every free text, and much that is said wrongly besides.

Every contract type is said at least once, each refusal is provoked by a message full of markers, and one message ends
as a dead letter after its retry tiers.
"""

from __future__ import annotations

import copy
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.demo.play import until_nothing
from deploy.demo.settled import Workings
from deploy.demo.story import COORDINATOR, HOUSING, LEISURE, POLICE, SCHOOL, SOCIAL, local, story
from shared.clock import WallClock
from shared.ids import name_id
from shared.mongo import Mongo
from shared.settings import Settings
from tests.house import sample
from tests.live.markers import Event, Markers
from tests.live.one_agency import OneAgency, speaking_as
from tests.live.returned_mails import have_mails_returned
from tests.live.test_dead_letters import has_died, refusing

OF_PLACES = "2080-coordinator"
"""Who decides about places in the contract's samples."""
CAST = (SOCIAL, SCHOOL, POLICE, LEISURE, COORDINATOR, HOUSING, OF_PLACES)
MINUTE = timedelta(minutes=1)


def turn(clock: Path, moment: datetime) -> None:
    """Make it that moment for every process that reads the file."""
    partial = clock.with_suffix(".part")
    partial.write_text(f"{(moment - datetime.now(UTC)).total_seconds():.3f}", encoding="utf-8")
    partial.replace(clock)


@dataclass
class LeakingStory:
    """The story being told: who speaks, the clock, and what has been said."""

    settings: Settings
    clock: Path
    markers: Markers
    returned: Path
    agencies: dict[str, OneAgency] = field(default_factory=dict)
    said: list[tuple[str, Event]] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)

    async def play(self) -> None:
        """Tell it from beginning to end."""
        mongo = Mongo(self.settings.mongodb_uri)
        async with AsyncExitStack() as open_:
            open_.push_async_callback(mongo.close)
            for agency_id in CAST:
                self.agencies[agency_id] = await open_.enter_async_context(speaking_as(self.settings, agency_id))
            workings = Workings(self.settings, mongo, WallClock(self.clock))
            async with workings:
                await self._well_said(workings)
                await self._badly_said()
                await self._failing()
                await until_nothing(workings.unfinished)

    async def _well_said(self, workings: Workings) -> None:
        first, second = self.markers.numbers
        for step in story():
            turn(self.clock, step.at)
            await self._say(step.agency, step.event, first)
            if step.name == "second guardian signs":
                await self._about_another(step.at + MINUTE, second)
            if step.name in ("weekly report", "minutes recorded"):
                await until_nothing(workings.unfinished)
        for moment in ("2026-12-01T07:05", "2026-12-02T12:00"):  # a reminder, and the day after
            turn(self.clock, local(moment))
            await until_nothing(workings.unfinished)
        await have_mails_returned(workings.database("notifier"), self.returned, self.markers, first)
        await until_nothing(workings.unfinished)
        await self._circumstances(local("2026-12-02T12:10"), second)
        await self._meetings_and_places(first)

    async def _about_another(self, at: datetime, number: str) -> None:
        """An assessment for a youth without consent, questions, and a form that comes to nothing."""
        seen = _like("observation.submitted.police.v1", observation_id=name_id("leak", "seen"), observed_on=_day(at))
        assessed = _like("secrecy-assessment.made.v1", decided_at=at.isoformat(), valid_until=_day(at, 10))
        asked = _like("secrecy-basis.asked.v1")
        form = name_id("leak", "declined form")
        issued = _like("consent-form.issued.v1", form_id=form)
        guardian = {"signatory": {"role": "guardian", "guardian_id": "g1"}, "form_id": form}
        await self._say(SOCIAL, seen, number)
        await self._say(SOCIAL, assessed, number)
        await self._say(_sender(asked), asked, number)
        await self._say(SOCIAL, issued, number)
        await self._say(
            SOCIAL, _like("guardian-prevention.recorded.v1", form_id=form, recorded_at=at.isoformat()), number
        )
        await self._say(SOCIAL, _like("consent-form.declined.v1", **guardian, declined_at=at.isoformat()), number)

    async def _circumstances(self, at: datetime, number: str) -> None:
        turn(self.clock, at)
        await self._say(SOCIAL, _like("guardianship.changed.v1", changed_on=_day(at)), number)
        await self._say(SOCIAL, _like("protected-identity.set.v1", set_on=_day(at)), number)

    async def _meetings_and_places(self, number: str) -> None:
        """Who comes, what is moved, cancelled, changed and ended; then what is decided about places."""
        coming = {"occurrence": "2026-12-08T09:00:00"}
        await self._say(SOCIAL, _like("meeting-invitation.answered.v1", **coming), number)
        await self._say(SOCIAL, _like("action.completed.v1"), number)
        for name in ("meeting-move.requested", "meeting-cancellation.requested"):
            await self._say(COORDINATOR, _like(f"{name}.v1"), number)
        changed = _like("meeting-series.changed.v1")
        changed["data"]["participants"].pop()  # who is called no more has a letter too
        await self._say(COORDINATOR, changed, number)
        for name in ("meeting-series.ended", "joint-operation.carried-out"):
            await self._say(COORDINATOR, _like(f"{name}.v1"), number)
        for name in ("priority-areas.decided", "cause-analysis.made", "measure.decided"):
            await self._say(OF_PLACES, _like(f"{name}.v1"), number)
        await self._say(OF_PLACES, _like("measure.evaluated.v1", evaluated_on="2026-12-02"), number)

    async def _badly_said(self) -> None:
        """Each is full of markers and is refused: what it says must not come back out of another door."""
        first, _ = self.markers.numbers
        for spoilt in _SPOILT:
            for name, agency in _SPOILT_IN:
                event = self._marked(agency, _like(name), first)
                spoilt(event)
                await self._ask(agency, event)
        place = self._marked(HOUSING, _like("place-event.submitted.v1", place_event_id=name_id("leak", "place")), first)
        place["data"]["description"] += f", {first[:8]}-{first[8:]} var där"
        await self._ask(HOUSING, place)
        seen = next(step.event for step in story() if step.name == "school submits")
        await self._ask(SCHOOL, self._marked(SCHOOL, seen | {"id": name_id("leak", "conflict")}, first))
        for body in (b"[1, 2", b'{"specversion": "1.0"}', b"\xff\xfe"):
            text = json.dumps(self._marked(SCHOOL, _like("observation.submitted.school.v1"), first)["data"])
            await self._raw(SCHOOL, body + text.encode())
        for type_ in ("observation.submitted.v9", "observation.guessed.v1"):
            unknown = self._marked(SCHOOL, _like("observation.submitted.school.v1"), first)
            await self._ask(SCHOOL, unknown | {"type": type_})
        await self._ask(HOUSING, self._marked(HOUSING, _like("observation.submitted.school.v1"), first))

    async def _failing(self) -> None:
        """One that the database refuses until it is dead, and one whose sender nobody vouches for."""
        first, _ = self.markers.numbers
        dying = self._marked(
            SCHOOL, _like("observation.submitted.school.v1", observation_id=name_id("leak", "dies")), first
        )
        async with refusing(self.settings, "observations"):
            await self.agencies[SCHOOL].say(dying)
            await has_died(self.settings, dying["id"])
        nobodys = self._marked(SCHOOL, _like("observation.submitted.school.v1"), first)
        sent = await self.agencies[SCHOOL].say(nobodys, user_id=None)
        await has_died(self.settings, sent)
        self.said += [(SCHOOL, dying), (SCHOOL, nobodys)]

    def _marked(self, agency: str, event: Event, number: str) -> Event:
        return self.markers.marked(agency, event | {"source": f"/agency/{agency}"}, number)

    async def _say(self, agency: str, event: Event, number: str) -> None:
        event = self._marked(agency, event, number)
        await self._ask(agency, event)
        answer = self.agencies[agency].answers[event["id"]][0]
        assert event["id"] in self.accepted, f"{event['type']} was to be accepted: {answer.codes}"

    async def _ask(self, agency: str, event: Event) -> None:
        answer = await self.agencies[agency].asks(event)
        self.said.append((agency, event))
        (self.rejected if answer.codes else self.accepted).add(event["id"])

    async def _raw(self, agency: str, body: bytes) -> None:
        sender = self.agencies[agency]
        answer = await sender.answer_to(await sender.send(body, "observation.submitted.v1"))
        assert answer.codes


def _unknown_field(event: Event) -> None:
    words = _marked_text(event)
    event["data"][words] = words


def _wrong_number(event: Event) -> None:
    number = next(iter(_numbers_in(event["data"])))
    number["personal_identity_number"] = number["personal_identity_number"][:-1] + "x"


def _wrong_kinds(event: Event) -> None:
    """Put texts where codes, days and lists are meant."""
    words = _marked_text(event)
    for name in ("category", "observed_on", "decided_at", "valid_from", "categories", "held", "collected_by", "from"):
        if name in event["data"]:
            event["data"][name] = words


def _marked_text(event: Event) -> str:
    return next(text for text in _texts_in(event["data"]) if "qzx" in text)


def _too_deep(event: Event) -> None:
    content: Any = dict(event["data"])
    for _ in range(30):
        content = {"djup": content}
    event["data"]["payload"] = content


_SPOILT_IN = (
    ("observation.submitted.school.v1", SCHOOL),
    ("secrecy-assessment.made.v1", SOCIAL),
    ("consent-form.issued.v1", SOCIAL),
    ("meeting-minutes.recorded.v1", COORDINATOR),
)
_SPOILT = (_unknown_field, _wrong_number, _wrong_kinds, _too_deep)


def _numbers_in(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [value] if isinstance(value, dict) and "personal_identity_number" in value else []
    return found + [each for one in inner for each in _numbers_in(one)]


def _texts_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts_in(one)]


def _like(name: str, **changes: Any) -> Event:
    event = copy.deepcopy(sample("in", name))
    event["id"] = name_id("leak", name, str(time.monotonic_ns()))
    event["data"] |= changes
    return event


def _sender(event: Event) -> str:
    return str(event["source"]).rpartition("/")[2]


def _day(at: datetime, days: int = 0) -> str:
    return (at + timedelta(days=days)).date().isoformat()
