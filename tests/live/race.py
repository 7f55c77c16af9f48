"""A race: observations stream in while consents are withdrawn. What is sent, when each message came, what was told."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any

from aio_pika.abc import AbstractIncomingMessage

from deploy.demo.story import LEISURE, POLICE, SCHOOL, SOCIAL, story
from shared.clock import LOCAL_ZONE
from shared.ids import name_id
from shared.mongo import Mongo
from shared.outbox import OUTBOX
from shared.register import Entry, still_told
from shared.settings import Settings
from tests.live.agency_side import AgencySide
from tests.live.campaign import Campaign
from tests.live.youths import OBSERVED, Submission, number_of_series

AGENCIES = (SOCIAL, SCHOOL, POLICE, LEISURE)
PATIENCE_SECONDS = 240
STREAM_SECONDS = 6
"""For how long observations stream in, at least: longer than tellings are held."""
DISCLOSED = "observation.disclosed.v1"
_STORY = {step.name: step.event for step in story()}


@dataclass
class TimedSide(AgencySide):
    """Agencies that also note when each message came to their queue, by its id."""

    came_at: dict[str, datetime] = field(default_factory=dict)

    def _listener(self, agency_id: str) -> Any:
        keep = super()._listener(agency_id)

        async def noted(message: AbstractIncomingMessage) -> None:
            self.came_at.setdefault(str(message.message_id), datetime.now(UTC))
            await keep(message)

        return noted

    def of_type(self, type_: str) -> list[tuple[str, dict[str, Any]]]:
        """Return message id and data of everything of one type that any agency has received."""
        return [
            (id_, got["data"])
            for messages in self.received.values()
            for id_, got in messages.items()
            if got["type"] == type_
        ]

    async def until(self, type_: str, count: int, **where: str) -> None:
        """Return when so many messages of a type have come whose data say this."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while count > sum(where.items() <= data.items() for _, data in self.of_type(type_)):  # noqa: ASYNC110 - polled
                await asyncio.sleep(0.02)


@dataclass
class Outcome:
    """What a race came to. `late` are tellings on the register decided after their consent's end, not taken back."""

    observations: int
    told: int
    taken_back: int
    late: list[Entry]
    messages: int
    without_row: set[str]
    without_message: set[str]
    came_after_end: int
    confirmed_seconds: list[float]
    accepted_seconds: list[float]
    heard_seconds: list[float]

    def line(self, name: str) -> str:
        """It as a row of a table."""
        p50, p99 = (percentile(self.confirmed_seconds, share) for share in (50, 99))
        return (
            f"| {name} | {self.observations} | {self.told + self.taken_back} | {self.taken_back} | {len(self.late)} "
            f"| {self.messages} | {len(self.without_row)} | {len(self.without_message)} | {self.came_after_end} "
            f"| {p50:.2f} | {p99:.2f} | {max(self.accepted_seconds):.2f} | {max(self.heard_seconds):.2f} |\n"
        )


HEADING = (
    "\n| consents | observations | tellings decided | taken back | told, decided after the end | messages "
    "| without row | rows without message | came after the end | confirmed p50 s | p99 s | accepted, longest s "
    "| end heard, longest s |"
    "\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
)


@dataclass
class Race:
    """Youths with a consent each, observations about them, and every consent withdrawn in the middle."""

    campaign: Campaign
    settings: Settings
    observations: int
    serials: range

    async def run(self, side: TimedSide) -> Outcome:
        """Let the consents begin, send the observations and in their midst the withdrawals, and count."""
        consents = [event for serial in self.serials for event in _consent_of(serial)]
        await side.submit(consents)
        await side.until("consent.activated.v1", len(AGENCIES) * len(self.serials))
        sent = [_observation(place, self.serials) for place in range(self.observations)]
        answered, told = len(side.answer_ids), len(side.of_type(DISCLOSED))
        withdrawals = asyncio.create_task(self._withdraw(side, answered + self.observations // 3, told + 1))
        for observation in sent:
            await side.submit([observation])
            await asyncio.sleep(STREAM_SECONDS / len(sent))
        await withdrawals
        forms = [_form_id(serial) for serial in self.serials]
        await side.until("consent-enforcement.confirmed.v1", len(forms))
        await self.campaign.until_quiet(side, len(consents) + len(sent) + len(forms))
        return await self._counted(side)

    async def _withdraw(self, side: TimedSide, answered: int, told: int) -> None:
        """Withdraw each consent, when a third of the observations are in and the first telling has gone out."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(side.answer_ids) < answered or len(side.of_type(DISCLOSED)) < told:  # noqa: ASYNC110 - polled
                await asyncio.sleep(0.005)
        for serial in self.serials:
            await side.submit([_withdrawal(serial)])
            await asyncio.sleep(0.1 if len(self.serials) > 1 else 0)

    async def _counted(self, side: TimedSide) -> Outcome:
        ended = {data["form_id"]: _moment(data["ended_at"]) for _, data in side.of_type("consent.ended.v1")}
        enforced = {data["form_id"]: id_ for id_, data in side.of_type("consent-enforcement.confirmed.v1")}
        accepted = {data["entity_id"]: id_ for id_, data in side.of_type("submission.accepted.v1")
                    if data["type"] == "consent-withdrawal.received.v1"}  # fmt: skip
        rows = await self._rows()
        told = still_told(rows)
        forms = {_form_id(serial) for serial in self.serials}
        messages = {id_: data for id_, data in side.of_type(DISCLOSED) if data["basis"]["form_id"] in forms}
        told_of_observations = {row.about for row in told if row.what == "observation"}
        came_late = [id_ for id_, data in messages.items() if side.came_at[id_] > ended[data["basis"]["form_id"]]]
        return Outcome(
            observations=self.observations,
            told=len(told_of_observations),
            taken_back=sum(row.act == "taken_back" and row.what == "observation" for row in rows),
            late=[row for row in told if row.at > ended[str(row.basis_id)]],
            messages=len(messages),
            without_row=set(messages) - told_of_observations,
            without_message=told_of_observations - set(messages),
            came_after_end=len(came_late),
            confirmed_seconds=[
                (side.came_at[enforced[form]] - side.came_at[accepted[form]]).total_seconds() for form in enforced
            ],
            accepted_seconds=[(side.came_at[accepted[form]] - ended[form]).total_seconds() for form in enforced],
            heard_seconds=await self._heard(ended),
        )

    async def _rows(self) -> list[Entry]:
        forms = [_form_id(serial) for serial in self.serials]
        mongo = Mongo(self.settings.mongodb_uri)
        try:
            db = mongo.database(self.settings.database_prefix + "observations")
            assert [] == await db.find(OUTBOX, {"resting_on": {"$in": forms}})
            found = await db.find(Entry.collection, {"basis_id": {"$in": forms}}, sort=[("at", 1)])
            return [Entry.of(row) for row in found]
        finally:
            await mongo.close()

    async def _heard(self, ended: dict[str, datetime]) -> list[float]:
        """Return how long after its end `observations` had heard of each consent's end."""
        mongo = Mongo(self.settings.mongodb_uri)
        try:
            consents = mongo.database(self.settings.database_prefix + "consent")
            rows = await consents.find("consents", {"_id": {"$in": [_form_id(serial) for serial in self.serials]}})
            return [(row["enforced_at"]["observations"] - ended[row["_id"]]).total_seconds() for row in rows]
        finally:
            await mongo.close()


def percentile(values: list[float], share: int) -> float:
    """Return the value below which that share, in percent, of the values lie."""
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[share - 1]


def _form_id(serial: int) -> str:
    return name_id("race form", str(serial))


def _consent_of(serial: int) -> list[Submission]:
    """Return a form that is valid from today, and both guardians' signatures of now."""
    now = datetime.now(LOCAL_ZONE)
    days = {"valid_from": f"{now:%Y-%m-%d}", "valid_to": f"{now + timedelta(days=150):%Y-%m-%d}"}
    signed = {"signed_at": now.isoformat()}
    return [
        _changed("form issued", serial, SOCIAL, {"form_id": _form_id(serial), **days}),
        _changed("first guardian signs", serial, SOCIAL, {"form_id": _form_id(serial), **signed}),
        _changed("second guardian signs", serial, SOCIAL, {"form_id": _form_id(serial), **signed}),
    ]


def _observation(place: int, serials: range) -> Submission:
    name = list(OBSERVED)[place % len(OBSERVED)]
    # Every youth is observed by all three in turn: the youth changes when they have been through.
    serial = serials[place // len(OBSERVED) % len(serials)]
    day = f"{datetime.now(LOCAL_ZONE):%Y-%m-%d}"
    changes = {"observation_id": name_id("race", str(serials.start), str(place)), "observed_on": day}
    return _changed(name, serial, OBSERVED[name], changes, str(place))


def _withdrawal(serial: int) -> Submission:
    changes = {"form_id": _form_id(serial), "received_at": datetime.now(LOCAL_ZONE).isoformat()}
    return _changed("guardian withdraws", serial, SOCIAL, changes)


def _changed(name: str, serial: int, agency: str, changes: dict[str, str], part: str = "") -> Submission:
    event = copy.deepcopy(_STORY[name])
    event["id"] = name_id("race", name, str(serial), part)
    event["time"] = datetime.now(LOCAL_ZONE).isoformat()
    event["data"] |= changes
    if "youth" in event["data"]:
        event["data"]["youth"]["personal_identity_number"] = number_of_series(serial)
    return agency, event


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
