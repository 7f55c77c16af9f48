"""`samverkan meetings preview`: what will be held week by week, and what happens on each red day.

It only looks: at the series that are stored, or at a plan in a file before anybody has been sent it. Both are asked the
same pure question as the house asks itself (`shared.recurrence.standings`), so the answer is what the house will do.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer
from pydantic import ValidationError

from shared.agencies import AgencyRegistry
from shared.clock import WallClock
from shared.events.agencies import MeetingSeriesPlanned
from shared.intake.cloudevent import MISSING, Envelope, read_envelope
from shared.intake.faults import Fault, Rejected, faults_of
from shared.intake.strict_json import content_faults
from shared.mongo import Database
from shared.operators.agency_client import STRUCTURED
from shared.operators.held_queue import NotPossible
from shared.operators.meetings_lines import Previewed, as_row, lines_of, week_of
from shared.operators.terminal import AsJson, opened_database
from shared.outgoing import JSON
from shared.recurrence.calendar import starts_after
from shared.recurrence.facts import Revision, SeriesFacts
from shared.recurrence.plans import faults_in_plan
from shared.recurrence.standings import HORIZON, standings
from shared.settings import Settings, read_settings

meetings = typer.Typer(help="Mötena: vad som hålls, flyttas och ställs in.", no_args_is_help=True)
MOST_WEEKS: Final = 104


@meetings.command()
def preview(
    weeks: Annotated[
        int, typer.Option(min=1, max=MOST_WEEKS, help="Så många veckor, från i dag eller från seriens första möte.")
    ] = HORIZON.days // 7,
    series: Annotated[str | None, typer.Option(help="Bara den serien.", metavar="ID")] = None,
    plan: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Ett meddelande meeting-series.planned.v1, inte skickat än."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Visa vecka för vecka vilka möten som hålls, och vad som händer på röda dagar. Ingenting ändras.

    Utan --plan visas de serier som är planerade. Med --plan läses filen, och inget behöver vara igång.
    """
    if plan is not None and series is not None:
        raise typer.BadParameter("går inte att ange tillsammans med --series", param_hint="--plan")
    settings = read_settings() if plan is None else _settings_without_a_house()
    now = WallClock(settings.clock_file).now()
    if plan is None:
        found = asyncio.run(_stored(series))
    else:
        try:
            found = [planned_in(plan.read_bytes(), AgencyRegistry.load(settings.agencies_file), now)]
        except Rejected as no:
            _tell_faults(no.faults, as_json=as_json)
            raise typer.Exit(1) from None
    _print([previewed(facts, now, timedelta(weeks=weeks)) for facts in found], weeks, as_json=as_json)


def planned_in(content: bytes, agencies: AgencyRegistry, now: datetime) -> SeriesFacts:
    """Return the series that a message plans, a CloudEvent or its data alone; Rejected with every fault found."""
    envelope = _envelope_of(content)
    type_ = envelope.attribute("type")
    if type_ not in (None, MeetingSeriesPlanned.type):
        raise NotPossible(f"Filen är ett annat meddelande än {MeetingSeriesPlanned.type}.")
    faults = [*envelope.faults] if envelope.data is MISSING else [*envelope.faults, *content_faults(envelope.data)]
    if faults and (envelope.data is MISSING or len(faults) > len(envelope.faults)):
        raise Rejected(faults)
    try:
        plan = MeetingSeriesPlanned.model_validate_json(
            json.dumps(envelope.data), strict=True, context=agencies, by_alias=True, by_name=False
        )
        kinds = [agency.kind for each in plan.called if (agency := agencies.get(each.agency)) is not None]
        faults += faults_in_plan(plan, plan.organiser.agency, now, kinds)
    except ValidationError as error:
        faults += faults_of(error)
    if faults:
        raise Rejected(faults)
    return SeriesFacts().with_revision(Revision(number=1, plan=plan, taken_in_at=now))


def _settings_without_a_house() -> Settings:
    try:
        # Nothing is opened, so the two addresses that every process must be told are not asked for.
        return Settings(rabbitmq_url="amqp://unused", mongodb_uri="mongodb://unused")
    except ValidationError as error:
        names = ", ".join(".".join(map(str, each["loc"])) for each in error.errors(include_input=False))
        raise NotPossible(f"Värdet går inte att använda: {names}") from None


def _envelope_of(content: bytes) -> Envelope:
    try:
        read: Any = json.loads(content)
    except (ValueError, RecursionError):
        read = None
    is_event = isinstance(read, dict) and "data" in read and "series_id" not in read
    attributes = {"specversion": "1.0", "id": "-", "source": "-", "type": MeetingSeriesPlanned.type}
    headers = {} if is_event else {f"ce-{name}": value for name, value in attributes.items()}
    return read_envelope(content, headers, STRUCTURED if is_event else JSON)


async def series_in(db: Database, series: str | None = None) -> list[SeriesFacts]:
    """Return what decides each planned series, or one by its id; `NotPossible` where there is no such."""
    rows = await db.find("series", {} if series is None else {"_id": series})
    found = [SeriesFacts.model_validate(row.get("facts", {})) for row in rows]
    if series is not None and not found:
        raise NotPossible("Det finns ingen serie med det id:t. Utan --series visas alla.")
    if series is not None and found[0].plan is None:
        raise NotPossible("Serien är inte planerad: det som har kommit om den väntar på meeting-series.planned.v1.")
    return [each for each in found if each.plan is not None]


async def _stored(series: str | None) -> list[SeriesFacts]:
    async with opened_database("meetings") as db:
        return await series_in(db, series)


def previewed(facts: SeriesFacts, now: datetime, length: timedelta) -> Previewed:
    """Return how a planned series stands for so long, from now or from its first start if that is later."""
    plan = facts.plan
    if plan is None:
        raise ValueError("a series that is not planned has no meetings")
    zone = ZoneInfo(plan.timezone)
    first = next(starts_after(plan, now.astimezone(zone).replace(tzinfo=None)), plan.starts_at).replace(tzinfo=zone)
    begin = now if plan.starts_at.replace(tzinfo=zone) <= now else first
    # One week of a weekly meeting is one meeting: the next one begins where the week ends.
    return Previewed(plan, standings(facts, now, begin + length - timedelta.resolution))


def _print(found: list[Previewed], weeks: int, *, as_json: bool) -> None:
    if as_json:
        for each in found:
            for standing in each.standings:
                typer.echo(json.dumps(as_row(each.plan, standing), ensure_ascii=False))
        return
    lines = lines_of(found)
    for week, group in groupby(lines, key=lambda line: week_of(line.day)):
        typer.echo(week)
        for line in group:
            typer.echo(f"  {line.text}")
    if not lines:
        typer.echo(f"Inget möte på {weeks} {'vecka' if weeks == 1 else 'veckor'}.")


def _tell_faults(faults: tuple[Fault, ...], *, as_json: bool) -> None:
    for each in faults:
        if as_json:
            typer.echo(each.model_dump_json())
        else:
            typer.echo(f"{each.pointer or 'meddelandet'}: {each.message}", err=True)
