"""What every command of `samverkan` shares: its usual options, and a way into a service's database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated

import typer

from shared.mongo import Database, Mongo
from shared.settings import read_settings

AsJson = Annotated[bool, typer.Option("--json", help="Skriv JSON, ett objekt per rad.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Visa bara vad som skulle göras.")]


def age(older_than: str | None) -> timedelta | None:
    """Return what `--older-than` says, None where it says nothing; typer tells people how it is written."""
    if older_than is None:
        return None
    if not (match := re.fullmatch("([0-9]+)([smhd])", older_than)):
        raise typer.BadParameter("till exempel 30m, 2h eller 7d", param_hint="--older-than")
    return timedelta(seconds=int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[match[2]])


@asynccontextmanager
async def opened_database(service: str) -> AsyncIterator[Database]:
    """Open the database of a service, or of what dead letters are filed under, for as long as the block lasts."""
    settings = read_settings()
    mongo = Mongo(settings.mongodb_uri, settings.mongo_driver)
    try:
        yield mongo.database(settings.database_prefix + service.replace(".", "_"))
    finally:
        await mongo.close()
