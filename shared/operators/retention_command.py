"""`samverkan retention run`: what an operator is shown of the weeding. What is done stands in `weeding.py`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress

from shared.operators.terminal import AsJson, DryRun
from shared.operators.vault_room import opened_vault, operator
from shared.operators.weeding import Outcome, weed


def retention(
    act: Annotated[Literal["run"], typer.Argument(help="run: gallra det vars tid är ute.")],
    only: Annotated[list[str] | None, typer.Option("--class", help="Bara den klassen; kan upprepas.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Gallra efter klasserna i shared/policy/retention.yaml. Spärrade personer rörs inte. Kan köras om."""

    async def run() -> None:
        progress = Progress(console=Console(stderr=True), transient=True, disable=as_json)
        async with opened_vault() as room:
            with progress:
                task = progress.add_task("gallrar", total=None)

                def tell(where: str, seen: int) -> None:
                    progress.update(task, description=f"{where}: {seen} prövade")

                async for outcome in weed(room, only or (), operator(), dry_run=dry_run, tell=tell):
                    if as_json:
                        typer.echo(json.dumps({"act": act, "dry_run": dry_run, **asdict(outcome)}, ensure_ascii=False))
                    else:
                        typer.echo(_line(outcome, dry_run))

    asyncio.run(run())


def _line(outcome: Outcome, dry_run: bool) -> str:
    went = f"{outcome.gone} {'skulle gallras' if dry_run else 'gallrade'}"
    kept = [f"{outcome.held} spärrade"] * bool(outcome.held) + [f"{outcome.needed} behövs än"] * bool(outcome.needed)
    oldest = [f"äldst från {outcome.oldest}"] if outcome.oldest else []
    proofs = [f"bevis {', '.join(outcome.proofs)}"] if outcome.proofs else []
    return f"{outcome.name:<14} {outcome.where:<32} " + "; ".join([went, *oldest, *kept, *proofs])
