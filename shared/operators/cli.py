"""`samverkan`: start a service, prepare the broker, speak as an agency, look after what the house keeps.

Wiring only: what a command does stands in the module it calls. Whatever goes wrong reaches people as one line.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import logging
import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pymongo.errors import PyMongoError
from typer.core import TyperGroup

from shared.agencies import AgenciesFileWrong, AgencyRegistry
from shared.operators import agency_client, provision
from shared.operators.dead_command import dead
from shared.operators.erase_command import erase, hold
from shared.operators.held_queue import OUT_OF_REACH, NotPossible, held_queue
from shared.operators.mail_command import mail
from shared.operators.meetings_command import meetings
from shared.operators.policy_command import policy
from shared.operators.register_command import register
from shared.operators.retention_command import retention
from shared.operators.terminal import AsJson, DryRun, opened_database
from shared.operators.waiting_command import waiting
from shared.settings import read_settings


class OneLine(TyperGroup):
    """Turns what can go wrong outside the house into one line on standard error and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (NotPossible, AgenciesFileWrong) as error:
            line = str(error)
        except OUT_OF_REACH as error:
            line = f"RabbitMQ svarar inte, eller nekar: {type(error).__name__} {error}"
        except PyMongoError as error:
            line = f"Databasen svarar inte, eller nekar: {type(error).__name__}"
        typer.echo(" ".join(line.split()), err=True)
        raise typer.Exit(1)


logging.getLogger("aiormq").addHandler(logging.NullHandler())  # what it has to say reaches people as our one line
app = typer.Typer(cls=OneLine, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
agencies = typer.Typer(help="Verksamheterna och deras rättigheter i RabbitMQ.", no_args_is_help=True)
app.add_typer(agencies, name="agencies")
app.add_typer(mail, name="mail")
app.add_typer(meetings, name="meetings")
app.add_typer(policy, name="policy")
app.add_typer(register, name="register")
app.command()(dead)
app.command()(waiting)
app.command()(erase)
app.command()(hold)
app.command()(retention)


@app.callback()
def samverkan() -> None:
    """Samverkan: tjänsterna, verksamheterna, registret, lagen och det som väntar."""


@app.command()
def run(service: str) -> None:
    """Kör en tjänst tills den ombeds sluta."""
    if not re.fullmatch("[a-z]+", service) or importlib.util.find_spec(f"services.{service}") is None:
        raise NotPossible(f"Det finns ingen tjänst {service}.")
    importlib.import_module(f"services.{service}.app").service.run()


@agencies.command()
def apply(
    file: Annotated[Path | None, typer.Argument(help="Annars den fil som SAMVERKAN_AGENCIES anger.")] = None,
    dry_run: DryRun = False,
    prune: Annotated[bool, typer.Option("--prune", help="Ta bort dem som filen inte längre nämner.")] = False,
    as_json: AsJson = False,
) -> None:
    """Gör filen med verksamheter gällande i RabbitMQ: användare, rättigheter och köer."""
    settings = read_settings()
    if not settings.rabbitmq_management_url:
        raise NotPossible("RABBITMQ_MANAGEMENT_URL saknas: http://användare:lösenord@värd:port")
    ids = [agency.id for agency in AgencyRegistry.load(file or settings.agencies_file).all]
    keys = provision.passwords(ids, settings.secrets_dir, settings.embedded)
    broker = provision.Broker(settings.rabbitmq_management_url, settings.rabbitmq_url)
    marks = {"created": "+", "changed": "~", "removed": "-", "left": "inte i filen, men kvar:"}
    count = 0
    for change, name in provision.apply(broker, keys, prune, dry_run):
        count += change != "left"
        row = json.dumps({"change": change, "name": name}, ensure_ascii=False)
        typer.echo(row if as_json else f"{marks[change]} {name}")
    if not as_json:
        typer.echo(f"{count} ändringar{' skulle göras' * dry_run}." if count else "Inget att ändra.")


@app.command()
def publish(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    sender: Annotated[str, typer.Option("--as", help="Verksamheten som säger det.")],
    mode: Annotated[Literal["structured", "binary"], typer.Option(help="CloudEvents-läge.")] = "structured",
    changes: Annotated[list[str] | None, typer.Option("--set", help="/json/pekare=värde; JSON, annars text.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Typen, när innehållet inte säger den.")] = None,
    wait: Annotated[float, typer.Option(help="Vänta så många sekunder på husets svar.")] = 0,
) -> None:
    """Skicka meddelanden som en verksamhet. Slutar med 1 om något avvisas eller blir obesvarat."""
    letters = [agency_client.letter(sender, f.read_bytes(), mode == "binary", changes or (), type_) for f in files]
    url, ids = agency_client.url_as(read_settings(), sender), {letter.message_id for letter in letters}

    async def send() -> bool:
        async for letter in agency_client.publish(url, sender, letters):
            typer.echo(f"skickat {letter.key}  {letter.message_id}")
        answers = [got async for got in agency_client.answers(url, sender, ids, wait)] if wait else []
        for got in answers:
            typer.echo(agency_client.timeline(sender, got))
        unanswered = ids - {got["correlation_id"] for got in answers} if wait else set()
        if unanswered:
            typer.echo(f"Inget svar inom {wait:g} s på {', '.join(sorted(unanswered))}.", err=True)
        return not unanswered and all(got["type"] == "submission.accepted.v1" for got in answers)

    if not asyncio.run(send()):
        raise typer.Exit(1)


@app.command()
def listen(
    agency: str,
    seconds: Annotated[float | None, typer.Option(help="Sluta efter så många sekunder.")] = None,
    ack: Annotated[bool, typer.Option("--ack/--keep", help="Ta emot på riktigt, eller låt ligga kvar.")] = False,
    as_json: AsJson = False,
) -> None:
    """Visa vad en verksamhet får. Meddelandena ligger kvar om inte --ack anges."""
    url = agency_client.url_as(read_settings(), agency)

    async def show() -> None:
        async with held_queue(url, agency_client.queue_of(agency)) as queue:
            async for message in queue.arriving(seconds):
                got = agency_client.received(message)
                typer.echo(json.dumps(got, ensure_ascii=False) if as_json else agency_client.timeline(agency, got))
                if ack:
                    await message.ack()

    with suppress(KeyboardInterrupt):
        asyncio.run(show())


@app.command()
def picture(
    municipality: str, iso_week: str, out: Annotated[Path | None, typer.Option(help="Fil att skriva till.")] = None
) -> None:
    """Skriv ut veckans lägesbild (HTML) för en kommun, till exempel 2080 2026-W46."""

    async def read() -> dict[str, Any] | None:
        async with opened_database("reporting") as db:
            return await db.find_one("pictures", {"_id": f"{municipality}:{iso_week}"})

    if (row := asyncio.run(read())) is None:
        raise NotPossible(f"Det finns ingen lägesbild för {municipality} {iso_week}.")
    if out is None:
        typer.echo(row["html"])
    else:
        out.write_text(row["html"], encoding="utf-8")


if __name__ == "__main__":
    app()
