"""`samverkan policy`: show the table of law, and what a new row of it would do to what lies stored.

Neither changes anything. What a row would do is counted in `policy_effects.py`; no line names a person.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.clock import WallClock, local_day
from shared.operators.held_queue import NotPossible
from shared.operators.policy_effects import Effect, WhatIf
from shared.operators.terminal import AsJson, opened_database
from shared.operators.vault_room import opened_vault, seal_the_register
from shared.policy.bases import LawUnreadable, LegalBasis, read_row, the_law
from shared.policy.refusals import category_in_swedish, kind_in_swedish
from shared.settings import read_settings

policy = typer.Typer(help="Lagen som tabell: vem får lämna vad till vem, på vilken grund.", no_args_is_help=True)
_WHAT = {
    "assessment_closes": "bedömningar som skulle sluta gälla",
    "observation_opens": "iakttagelser som väntar och som skulle kunna bedömas",
    "observation_closes": "iakttagelser som väntar och som inte längre skulle kunna bedömas",
    "question_ways_change": "frågor där det som verksamheten kan göra skulle ändras",
    "question_answer_changes": "frågor där svaret skulle bli nej",
}
_WHY = {
    "must_be_made_again": "måste göras om enligt den nya lydelsen",
    "closed": "bestämmelsen gäller inte",
    "direction": "riktningen omfattas inte",
    "category": "kategorin omfattas inte",
    "age": "den unge är för gammal",
    "questions": "nya frågor måste besvaras",
    "assessment_closes": "bedömningen som svaret vilade på slutar gälla",
}


@policy.command("list")
def list_rows(
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Dagen; annars i dag.")] = None,
    as_json: AsJson = False,
) -> None:
    """Visa de rader som gäller en dag, också de som finns men inte får användas."""
    day = on.date() if on else local_day(WallClock(read_settings().clock_file).now())
    for row in the_law().on(day):
        typer.echo(row.model_dump_json(by_alias=True) if as_json else _in_words(row))


@policy.command("what-if")
def what_if(
    file: Annotated[Path, typer.Argument(metavar="ROW.yaml", help="En rad, skriven som i legal_bases.yaml.")],
    ids: Annotated[bool, typer.Option("--ids", help="Visa också id för det som berörs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Säg vad en ny rad skulle öppna och stänga av det som ligger lagrat. Ingenting ändras."""
    try:
        row = read_row(file)
        day, effects = asyncio.run(_effects_of(row))
    except LawUnreadable as error:
        raise NotPossible(f"Raden går inte att använda: {error}") from None
    if not as_json:
        typer.echo(f"{row.code} från {row.valid_from}, jämfört med tabellen den {day}:")
    for line in _lines(effects, ids, as_json):
        typer.echo(line)
    if not (effects or as_json):
        typer.echo("Inget av det som ligger lagrat skulle öppnas eller stängas.")


async def _effects_of(row: LegalBasis) -> tuple[date, list[Effect]]:
    async with opened_vault() as room, opened_database("consent") as consent, opened_database("observations") as seen:
        asked = WhatIf(row, the_law(), room, consent, seen)
        try:
            return asked.day, [effect async for effect in asked.effects()]
        finally:
            await seal_the_register(room)


def _lines(effects: list[Effect], ids: bool, as_json: bool) -> list[str]:
    """Return one line for each kind of effect, direction, category and reason, with how many it is."""
    alike: dict[tuple[str, str, str, str, str], list[str]] = defaultdict(list)
    for effect in effects:
        alike[
            effect.what, effect.cell.released_by, effect.cell.received_by, effect.cell.category, effect.reason
        ].append(effect.id)
    lines = []
    for (what, from_, to, category, reason), found in sorted(alike.items()):
        shown = sorted(found) if ids else []
        if as_json:
            counted: dict[str, Any] = {"what": what, "from": from_, "to": to, "category": category, "reason": reason}
            lines.append(json.dumps(counted | {"count": len(found)} | ({"ids": shown} if ids else {})))
            continue
        why = ", ".join(_WHY.get(part, part) for part in reason.split("+"))
        lines.append(f"{len(found):>6}  {_WHAT[what]}: {from_} → {to}, {category_in_swedish(category)} ({why})")
        lines += [f"        {id_}" for id_ in shown]
    return lines


def _in_words(row: LegalBasis) -> str:
    ways = "; ".join(
        f"{', '.join(map(kind_in_swedish, each.releasing))} → {', '.join(map(kind_in_swedish, each.receiving))}"
        for each in row.directions
    )
    covered = "alla" if row.categories == "all" else ", ".join(map(category_in_swedish, row.categories)) or "inga"
    facts = [
        f"{row.code}  {row.paragraph}  {row.name}",
        f"    {row.law}; från {row.valid_from}{f' till {row.valid_to}' if row.valid_to else ''}",
        *([] if row.enabled else [f"    FÅR INTE ANVÄNDAS: {row.disabled_because}"]),
        f"    {ways}{f'; under {row.age_below} år' if row.age_below else ''}; kategorier: {covered}",
        f"    undantaget: {row.excludes}",
        *(f"    {question.id}: {question.asks}{_wanted(question.must_be)}" for question in row.questions),
    ]
    return "\n".join(facts)


def _wanted(must_be: bool | None) -> str:
    return "" if must_be is None else f" (måste vara {'ja' if must_be else 'nej'})"
