"""The registers of what has been told: whether each is whole, and which observations they say have been told."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.mongo import Mongo
from shared.operators.register_check import checked
from shared.operators.register_command import keepers
from shared.person import HouseSecret
from shared.register import Entry, still_told
from shared.settings import Settings


@dataclass
class Registers:
    """What `samverkan register verify` finds wrong, and the message id of each observation told."""

    flaws: list[str] = field(default_factory=list)
    disclosed: list[str] = field(default_factory=list)


async def checked_registers(settings: Settings, mongo: Mongo) -> Registers:
    """Check the register of everyone who keeps one."""
    found, secret = Registers(), HouseSecret(settings.secret("house_secret"))
    for name in keepers():
        db = mongo.database(settings.database_prefix + name)
        found.flaws += [f"{name}: {flaw.text}" for flaw in (await checked(db, secret)).flaws]
        rows = [Entry.of(row) for row in await db.find(Entry.collection, {}, sort=[("at", 1)])]
        found.disclosed += [row.about for row in still_told(rows) if row.what == "observation"]
    return found
