"""`samverkan dead`: list, show, replay and discard dead letters. What is done stands in `dead_letters.py`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress

from shared.operators import dead_letters
from shared.operators.dead_letters import Choice, Clerk, DeadLetter, Do
from shared.operators.held_queue import HeldQueue, NotPossible, held_queue
from shared.operators.terminal import AsJson, DryRun, age, opened_database
from shared.operators.vault_room import opened_vault, operator, seal_the_register
from shared.register import Entry
from shared.settings import read_settings


def dead(
    act: Literal["list", "show", "replay", "discard"],
    service: Annotated[str, typer.Argument(help="Tjänsten; agency.out för det som verksamheter inte tagit emot.")],
    id_: Annotated[str | None, typer.Option("--id")] = None,
    reason: Annotated[str | None, typer.Option(help="Orsaken, som list visar den.")] = None,
    type_: Annotated[str | None, typer.Option("--type")] = None,
    older_than: Annotated[str | None, typer.Option(help="Ålder: 30m, 2h eller 7d.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="discard utan urval.")] = False,
    body: Annotated[bool, typer.Option("--body", help="show: även innehållet. Läsningen antecknas.")] = False,
    rate: Annotated[float, typer.Option(help="Högst så många i sekunden.", min=0.01)] = 100,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Visa, spela om eller kasta det som ingen tjänst klarade av. Varje åtgärd antecknas innan den görs."""
    choice = Choice(id_, reason, type_, age(older_than))
    if act == "discard" and choice == Choice() and not everything:
        raise NotPossible("Ange ett urval, eller --all för att kasta allt.")
    acts = {"replay": dead_letters.replay, "discard": dead_letters.discard} | (
        {"show": _read_on_the_record} if body else {}
    )
    words = {"replay": "omspelade", "discard": "kastade"}
    show = None if act in words and not (dry_run or as_json) else partial(_print, act == "show", body, as_json)
    done, refused = asyncio.run(_go_through(service, choice, None if dry_run else acts.get(act), 1 / rate, show))
    if not as_json:
        left = f", {refused} ligger kvar" if refused else ""
        typer.echo(f"{done} {'skulle bli ' * dry_run}{words.get(act, 'visade')}{left}.", err=True)
    if refused:
        raise typer.Exit(1)


async def _go_through(
    service: str, choice: Choice, do: Do | None, pause: float, show: Callable[[DeadLetter], None] | None
) -> tuple[int, int]:
    refused = done = 0
    bar = Progress(console=Console(stderr=True), transient=True, disable=show is not None)
    async with held_queue(read_settings().rabbitmq_url, f"{service}.dead") as queue, opened_database(service) as db:
        clerk = Clerk(operator(), partial(db.put, dead_letters.ACTS))
        with bar:
            task = bar.add_task(queue.name, total=queue.count)
            async for letter, refusal in dead_letters.gone_through(queue, choice, do, clerk, pause):
                refused, done = refused + bool(refusal), done + (not refusal)
                if refusal:
                    bar.console.print(refusal)
                elif show:
                    show(letter)
                bar.advance(task)
    return done, refused


async def _read_on_the_record(queue: HeldQueue, letter: DeadLetter, clerk: Clerk) -> None:
    """Write a reading of content down among the acts and in the register, before anything is shown."""
    await dead_letters.read(queue, letter, clerk)
    async with opened_vault() as room:
        async with room.transaction() as tx:
            tx.record(Entry(act="read", at=tx.now, about=letter.id or "-", decided_by=operator()))
        await seal_the_register(room)


def _print(whole: bool, body: bool, as_json: bool, letter: DeadLetter) -> None:
    facts = letter.facts()
    if whole:
        facts |= {"headers": letter.headers} | ({"body": letter.message.body.decode(errors="replace")} if body else {})
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, default=str))
    elif whole:
        typer.echo("".join(f"{name}: {value}\n" for name, value in facts.items()))
    else:
        typer.echo(f"{facts['died_at'] or '-':<32}  {letter.reason:<20}  {letter.origin:<44}  {letter.id}")
