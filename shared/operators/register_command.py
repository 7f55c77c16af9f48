"""`samverkan register`: check the registers, or take out the extract that a youth or a guardian has a right to.

What is checked stands in `register_check`, what an extract holds in `register_extract`. No line shows a number.
"""

from __future__ import annotations

import asyncio
import csv
import importlib
import io
import json
import pkgutil
from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import Progress

from shared.operators import register_extract
from shared.operators.held_queue import NotPossible
from shared.operators.register_check import Checked, checked
from shared.operators.register_extract import For
from shared.operators.terminal import AsJson, opened_database
from shared.operators.vault_room import (
    VAULT,
    Municipality,
    Youth,
    asked_number,
    opened_vault,
    operator,
    seal_the_register,
)
from shared.person import HouseSecret
from shared.register import Entry
from shared.room import Room
from shared.settings import read_settings

register = typer.Typer(help="Registret över utlämnade uppgifter.", no_args_is_help=True)
Format = Literal["text", "json", "csv"]


@register.command()
def verify(
    head: Annotated[
        list[str] | None, typer.Option("--head", help="En försegling som noterats: TJÄNST:NUMMER:KOD. Flera går bra.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Kontrollera att inget i registren är ändrat, tillagt eller borttaget; skriv ut huvudet att notera."""
    noted = _noted(head or [])
    found = {name: asyncio.run(_checked(name, noted.get(name))) for name in keepers()}
    for name, outcome in found.items():
        _show(name, outcome, as_json)
    if any(outcome.flaws for outcome in found.values()):
        raise typer.Exit(1)


@register.command()
def export(
    municipality: Municipality,
    whom: Annotated[For, typer.Option("--for", help="Vem som har begärt utdraget.")],
    youth: Youth = None,
    form: Annotated[Format, typer.Option("--format")] = "text",
    out: Annotated[Path | None, typer.Option("--out", help="Fil; annars skrivs det ut här.")] = None,
) -> None:
    """Ta ut det utdrag som en ung eller en vårdnadshavare har rätt till. Uttaget antecknas i registret."""
    if out is not None and out.exists():
        raise NotPossible(f"{out} finns redan. Ange en ny fil.")
    written = asyncio.run(_extract(municipality, asked_number(youth), whom, form))
    if out is None:
        typer.echo(written, nl=False)
    else:
        out.touch(mode=0o600)
        out.write_text(written, encoding="utf-8")
        typer.echo(f"Utdraget finns i {out}. Ingen annan än du kan läsa filen.", err=True)


def keepers() -> list[str]:
    """Return the names of those that keep a register: the services that store one, and the vault."""
    services = importlib.import_module("services")
    names = sorted(each.name for each in pkgutil.iter_modules(services.__path__))
    shapes = {name: importlib.import_module(f"services.{name}.app").service.shapes for name in names}
    return [name for name in names if Entry in shapes[name]] + [VAULT]


def _noted(heads: list[str]) -> dict[str, str]:
    noted = {}
    for each in heads:
        name, _, rest = each.partition(":")
        if name not in keepers() or not rest.partition(":")[0].isdigit() or not rest.partition(":")[2]:
            raise NotPossible(f"{each} är inget huvud: TJÄNST:NUMMER:KOD, så som verify skriver det.")
        noted[name] = rest
    return noted


async def _checked(name: str, noted: str | None) -> Checked:
    secret = HouseSecret(read_settings().secret("house_secret"))
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        async with opened_database(name) as db:
            return await checked(db, secret, noted, lambda rows: bar.update(task, completed=rows))


def _show(name: str, found: Checked, as_json: bool) -> None:
    head = f"{name}:{found.head}" if found.head else None
    if as_json:
        flaws = [{"where": flaw.where, "code": flaw.code, "text": flaw.text} for flaw in found.flaws]
        facts = {"register": name, "rows": found.rows, "seals": found.seals, "head": head, "flaws": flaws}
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    verdict = f"{len(found.flaws)} fel" if found.flaws else "inga fel"
    typer.echo(f"{name}: {found.rows} rader, {found.seals} förseglingar, {verdict}.")
    for flaw in found.flaws:
        typer.echo(f"  {flaw.text}")
    if head:
        typer.echo(f"  Huvud att notera: {head}")


async def _extract(municipality: str, number: str, whom: For, form: Format) -> str:
    async with opened_vault() as room:
        now = room.clock.now()
        if register_extract.is_refused(number, whom, now):
            raise NotPossible(register_extract.TOO_OLD)
        if room.agencies.municipality(municipality) is None:
            raise NotPossible(f"Kommunen {municipality} finns inte i huset.")
        person_ref = room.secret.person_ref(municipality, number)
        rows = register_extract.rows_for(await _rows_about(person_ref), whom)
        await _record(room, person_ref, whom)
        if form == "text":
            return register_extract.as_text(rows, room.agencies, now)
    facts = [register_extract.as_facts(row) for row in rows]
    if form == "json":
        return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
    written = io.StringIO()
    sheet = csv.DictWriter(written, fieldnames=list(register_extract.as_facts(Entry(act="read", at=now, about=""))))
    sheet.writeheader()
    sheet.writerows(facts)
    return written.getvalue()


async def _rows_about(person_ref: str) -> list[Entry]:
    found = []
    for name in keepers():
        async with opened_database(name) as db:
            found += [Entry.of(row) for row in await db.find(Entry.collection, {"person_ref": person_ref})]
    return found


async def _record(room: Room, person_ref: str, whom: For) -> None:
    """Write down that the extract is taken out, before anybody sees it."""
    async with room.transaction() as tx:
        tx.record(register_extract.exported(person_ref, whom, operator(), tx.now, str(uuid4())))
    await seal_the_register(room)
