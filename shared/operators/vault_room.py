"""A way into the vault for operators' commands: its rows, its register, and whom an operator means.

A command's writes and the register rows that prove them are one commit in the vault's own database, and are sealed
before the command ends: an operator's act cannot be left out of the chain.
"""

from __future__ import annotations

import getpass
import logging
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
import typer

from shared import register
from shared.agencies import AgencyRegistry
from shared.clock import WallClock
from shared.mongo import Mongo, Stale, Taken
from shared.operators.held_queue import NotPossible
from shared.outgoing import Outgoing
from shared.person import HouseSecret, flaw_of, holds_number
from shared.room import Room
from shared.settings import Settings, read_settings
from shared.vault import Vault

VAULT = "vault"
LONGEST_REASON = 80
Youth = Annotated[
    str | None,
    typer.Option("--youth", help="Personnummer, 12 siffror; - läser det från standard in. Utelämnat: frågas."),
]
Municipality = Annotated[str, typer.Option("--municipality", help="Kommunens kod, fyra siffror.")]
Reason = Annotated[str, typer.Option("--reason", help="Ärendenummer eller kort orsak. Aldrig namn eller nummer.")]


async def _to_nobody(outgoing: Outgoing) -> None:
    raise NotPossible(f"Valvet säger ingenting: {outgoing.message_id}")


@asynccontextmanager
async def opened_vault() -> AsyncIterator[Room]:
    """Open the vault as a room of its own for as long as the block lasts, with a clear line for what is missing."""
    settings = read_settings()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))  # stdout is the command's
    mongo = Mongo(settings.mongodb_uri, settings.mongo_driver)
    try:
        room = await vault_room(settings, mongo)
        try:
            yield room
        finally:
            await room.vault.close()
    finally:
        await mongo.close()


async def vault_room(settings: Settings, mongo: Mongo) -> Room:
    """Return the vault's surroundings, the indexes of its register in place."""
    db = mongo.database(settings.database_prefix + VAULT)
    for shape in register.SHAPES:
        await db.ensure_indexes(shape.collection, shape.indexes)
    return Room(
        service=VAULT,
        settings=settings,
        db=db,
        clock=WallClock(settings.clock_file),
        agencies=AgencyRegistry.load(settings.agencies_file),
        secret=HouseSecret(settings.secret("house_secret")),
        vault=await Vault.open_in(mongo, db.name, settings.keyring()),
        post=_to_nobody,
        heard={},
    )


async def seal_the_register(room: Room) -> None:
    """Seal every row of the vault's register that lies unsealed. Somebody else may do it at the same time."""
    while True:
        try:
            if await register.seal_rows(room) == 0:
                return
        except (Stale, Taken):
            continue


def operator() -> str:
    """Return the user name of whoever runs the command."""
    return getpass.getuser()


def asked_number(youth: str | None) -> str:
    """Return the identity number that is meant: given, read from standard input for `-`, or asked for and not shown."""
    if youth is None:
        youth = str(typer.prompt("Personnummer", hide_input=True))
    number = (sys.stdin.readline() if youth == "-" else youth).strip()
    if flaw_of(number) is not None:
        raise NotPossible("Det är inget giltigt personnummer. Skriv det med tolv siffror.")
    return number


def person_meant(room: Room, youth: str | None, municipality: str) -> str:
    """Return the reference of the person an operator means; `NotPossible` for what cannot be one."""
    if not re.fullmatch("[0-9]{4}", municipality):
        raise NotPossible("Kommunens kod har fyra siffror, till exempel 2182.")
    return room.secret.person_ref(municipality, asked_number(youth))


def checked_reason(reason: str) -> str:
    """Return a reason fit for the register, which holds no names and no numbers of persons."""
    if not reason.strip() or len(reason) > LONGEST_REASON or not reason.isprintable() or holds_number(reason):
        raise NotPossible(f"Orsaken ska vara 1–{LONGEST_REASON} tecken utan personnummer; helst ett ärendenummer.")
    return reason.strip()
