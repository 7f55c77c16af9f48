"""`samverkan erase` and `samverkan hold`: what an operator is asked and shown.

What is done stands in `erasing.py` and `holding.py`. No line shows an identity number; a person is shown by reference.
"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Literal

import typer

from shared.operators import erasing, holding
from shared.operators.held_queue import NotPossible
from shared.operators.terminal import AsJson, DryRun
from shared.operators.vault_room import (
    Municipality,
    Reason,
    Youth,
    checked_reason,
    opened_vault,
    operator,
    person_meant,
)
from shared.room import Room


def erase(
    municipality: Municipality,
    youth: Youth = None,
    reason: Reason = "begäran",
    yes: Annotated[bool, typer.Option("--yes", help="Fråga inte om det är säkert.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Radera en person: nyckeln går, så att allt om personen blir oläsbart, också i säkerhetskopior utan nyckeln."""

    async def run() -> None:
        async with opened_vault() as room:
            person_ref = person_meant(room, youth, municipality)
            why = checked_reason(reason)
            await _show_what_goes(room, person_ref, as_json)
            if dry_run:
                return
            if not yes and not typer.confirm("Det går inte att ångra. Radera personen?", err=True):
                raise NotPossible("Ingenting har raderats.")
            typer.echo(
                f"Raderat. Väntar {erasing.seconds_until_dark(room):g} s tills ingen tjänst har nyckeln.", err=True
            )
            proof = (await erasing.erase(room, person_ref, why, operator())).facts()
            if as_json:
                typer.echo(json.dumps({"erased": proof}, ensure_ascii=False))
                return
            typer.echo("Bevis, som det står i valvets register:")
            typer.echo("".join(f"  {name}: {value}\n" for name, value in proof.items()), nl=False)

    asyncio.run(run())


def hold(
    act: Literal["set", "lift", "list"],
    municipality: Annotated[str | None, typer.Option("--municipality", help="Kommunens kod, fyra siffror.")] = None,
    youth: Youth = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Ärendenummer eller kort orsak; krävs.")] = None,
    as_json: AsJson = False,
) -> None:
    """Spärra en person mot radering och gallring, häv spärren, eller visa spärrarna."""

    async def run() -> None:
        async with opened_vault() as room:
            if act == "list":
                for person_ref, held in await holding.all_held(room):
                    row = {"person_ref": person_ref, **held.model_dump(mode="json")}
                    typer.echo(json.dumps(row, ensure_ascii=False) if as_json else "  ".join(row.values()))
                return
            if municipality is None or reason is None:
                raise NotPossible("Ange --municipality och --reason.")
            person_ref, why = person_meant(room, youth, municipality), checked_reason(reason)
            do = {"set": holding.hold, "lift": holding.release}[act]
            entry = await do(room, person_ref, why, operator())
            done = {"act": entry.act, "person_ref": person_ref, "register_row": entry.id}
            said = {"held": "Spärrad mot radering och gallring", "released": "Spärren är hävd"}[entry.act]
            typer.echo(json.dumps(done) if as_json else f"{said}. Registerrad: {entry.id}")

    asyncio.run(run())


async def _show_what_goes(room: Room, person_ref: str, as_json: bool) -> None:
    await erasing.refuse_held(room, person_ref)
    stored = await erasing.stored_about(room, person_ref)
    if as_json:
        typer.echo(json.dumps({"person_ref": person_ref, "stored": stored}, ensure_ascii=False))
        return
    typer.echo(
        f"Person {person_ref}. Blir oläsbart:" if stored else f"Person {person_ref}. Ingenting finns om personen."
    )
    for name, count in stored.items():
        typer.echo(f"  {name}: {count}")
