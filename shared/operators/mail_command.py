"""`samverkan mail`: which letters there are, how each has fared and why, and one sent again.

Reads what the notifier has stored (`deliveries`, `suppressions`). `resend` is the only one that changes anything: who
asked stands in `mail_acts` before it is done, and a letter in a sender's hand is left alone.
"""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

import typer

from shared.clock import LOCAL_ZONE, WallClock
from shared.mongo import Database, Row
from shared.operators.held_queue import NotPossible
from shared.operators.terminal import AsJson, DryRun, opened_database
from shared.person import HouseSecret
from shared.settings import read_settings

mail = typer.Typer(help="Breven till mötenas deltagare: vilka de är, hur det gick och varför.", no_args_is_help=True)
ACTS = "mail_acts"
State = Literal["created", "claimed", "sent", "failed", "expired", "suppressed", "bounced", "withdrawn"]
_KINDS: Final[dict[str, str]] = {
    "invitation": "kallelse till serie",
    "change": "ändrad serie",
    "farewell": "inte längre kallad",
    "move": "flyttat möte",
    "cancellation": "inställt möte",
    "question": "fråga om röd dag",
    "reminder": "påminnelse",
    "actions_due": "åtgärder snart klara",
    "actions_overdue": "åtgärder försenade",
    "undelivered": "brev kom inte fram",
}
_STATES: Final[dict[str, str]] = {
    "created": "väntar på att skickas",
    "claimed": "skickas just nu",
    "sent": "skickat: e-postservern har tagit emot det",
    "failed": "inte skickat: det går inte att leverera",
    "expired": "inte skickat: det blev för sent",
    "suppressed": "inte skickat: brevlådan är spärrad",
    "bounced": "kom tillbaka",
    "withdrawn": "inte skickat: ett senare besked gäller i stället",
}
_WHY: Final[dict[str, str]] = {
    "taken": "E-postservern tog emot brevet.",
    "refused": "E-postservern sa nej till brevet. Det prövas inte igen. Fråga den som sköter e-posten om koden.",
    "recipient_refused": "E-postservern sa nej till mottagaren. Kontrollera adressen i serien och rätta den.",
    "deferred": "E-postservern bad oss försöka senare.",
    "timeout": "E-postservern svarade inte i tid.",
    "unreachable": "E-postservern gick inte att nå, eller kunde inte visa att den är den rätta. Fortsätter det: se "
    "SMTP_URL, och att servern erbjuder TLS med giltigt certifikat.",
    "no_mailbox": "Adressen är ingen e-postadress, eller flera. Rätta den i serien och kalla igen.",
    "unwritten": "Brevet gick inte att skriva. Loggen (letter not handled) säger var.",
    "suppressed": "Brevlådan är spärrad: ett tidigare brev togs inte emot eller kom tillbaka. Finns den: mail resend.",
    "bounced": "Brevet kom tillbaka: brevlådan finns inte eller tar inte emot. Den är spärrad om felet är dess eget.",
    "bounced_for_now": "En e-postserver på vägen meddelar att brevet dröjer eller inte kom fram den här gången.",
    "asked_for_again": "Någon bad att brevet skulle skickas igen.",
}


@dataclass(frozen=True)
class Found:
    """A letter, with the delivery it belongs to."""

    delivery: Row
    letter: Row

    @property
    def state(self) -> str:
        """Its state; a letter that waits in a claimed delivery is being sent."""
        is_claimed = self.letter["state"] == "created" and self.delivery["state"] == "claimed"
        return "claimed" if is_claimed else str(self.letter["state"])

    def facts(self) -> dict[str, Any]:
        """Return what identifies it, and its state."""
        return {
            "id": self.letter["id"],
            "state": self.state,
            "kind": self.delivery["kind"],
            "about": self.delivery["about"],
            "not_after": _local(self.delivery["not_after"]),
            "to": self.letter["recipient"]["email"] or None,
            "agency": self.letter["recipient"]["agency"],
            "next_attempt_at": _local(self.letter["next_attempt_at"]) if self.letter["state"] == "created" else None,
            "attempts": len(self.letter["attempts"]),
        }

    def attempts(self) -> list[dict[str, Any]]:
        """Return its attempts, oldest first."""
        return [
            {name: attempt.get(name) for name in ("reason", "code", "enhanced")} | {"at": _local(attempt["at"])}
            for attempt in self.letter["attempts"]
        ]

    def reasons(self) -> Iterator[str]:
        """Yield a line in plain Swedish for the state and for each attempt."""
        yield f"Brevet är {_STATES[self.state]}." if self.state != "bounced" else "Brevet kom tillbaka."
        for attempt in self.attempts():
            codes = " ".join(str(code) for code in (attempt["code"], attempt["enhanced"]) if code)
            yield f"{attempt['at']}  {_WHY[attempt['reason']]}{f' (kod {codes})' if codes else ''}"
        if self.state == "created":
            yield f"Nästa försök: {_local(self.letter['next_attempt_at'])} eller när sändningstiden börjar."
        if not self.letter["recipient"]["email"]:
            yield "Adressen är glömd: det brevet gällde är över sedan mer än 30 dagar."


@mail.command("list")
def list_letters(
    state: Annotated[State | None, typer.Option(help="Bara de i det läget.")] = None,
    about: Annotated[str | None, typer.Option(help="Bara de om det mötet, eller om den serien och dess möten.")] = None,
    limit: Annotated[int, typer.Option(help="Högst så många, de senast skrivna.", min=1)] = 200,
    as_json: AsJson = False,
) -> None:
    """Visa breven, de senast skrivna först: senast när de får gå, sort, läge, id och mottagare."""
    found = asyncio.run(_listed(about, state, limit))
    for each in found:
        facts = each.facts()
        kind, to = _KINDS[facts["kind"]], facts["to"] or "-"
        line = f"{facts['not_after']}  {kind:<20}  {facts['state']:<10}  {facts['id']}  {to}"
        typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else line)
    if not as_json:
        typer.echo(f"{len(found)} brev.", err=True)


@mail.command()
def show(letter_id: str, as_json: AsJson = False) -> None:
    """Visa ett brev: till vem, om vad, läge och alla försök. Vad det säger visas inte."""
    found = asyncio.run(_one(letter_id))
    facts = found.facts() | {"tries": found.attempts()}
    text = "\n".join(f"{name}: {value}" for name, value in facts.items())
    typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else text)


@mail.command()
def why(letter_id: str, as_json: AsJson = False) -> None:
    """Säg med ord varför ett brev är där det är, och vad som kan göras."""
    reasons = list(asyncio.run(_one(letter_id)).reasons())
    typer.echo(json.dumps({"id": letter_id, "why": reasons}, ensure_ascii=False) if as_json else "\n".join(reasons))


@mail.command()
def resend(letter_id: str, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Skicka ett brev en gång till, och häv spärren för dess brevlåda. Går ut när sändningstiden tillåter."""
    settings = read_settings()
    now = WallClock(settings.clock_file).now()

    async def ask() -> Found:
        async with opened_database("notifier") as db:
            return await send_again(db, HouseSecret(settings.secret("house_secret")), letter_id, now, dry_run=dry_run)

    found = asyncio.run(ask())
    line = f"{letter_id} {'skulle skickas' if dry_run else 'skickas'} igen till {found.letter['recipient']['email']}."
    facts = {"id": letter_id, "resent": not dry_run}
    typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else line)


async def send_again(
    db: Database, secret: HouseSecret, letter_id: str, now: datetime, *, dry_run: bool = False
) -> Found:
    """Make a letter due now and lift its mailbox's suppression; `NotPossible` says why it cannot be done."""
    found = await letter_named(db, letter_id)
    email = found.letter["recipient"]["email"]
    if found.letter["state"] == "created":
        raise NotPossible("Brevet väntar redan på att skickas.")
    if not email:
        raise NotPossible("Adressen är glömd: det brevet gällde är över sedan mer än 30 dagar.")
    if found.letter["state"] == "withdrawn":
        raise NotPossible("Ett senare besked gäller i stället: brevet skulle säga fel.")
    if found.delivery["not_after"] <= now:
        raise NotPossible("Det brevet gäller har börjat eller är över: brevet kommer för sent.")
    if not dry_run:
        act = {"_id": str(uuid4()), "at": now, "by": getpass.getuser(), "act": "resend", "letter_id": letter_id}
        await db.put(ACTS, act)
        # Lifted first: the loops may take the letter the moment it is due.
        await db.delete("suppressions", {"_id": secret.code("mailbox", email.casefold())})
        if not await _made_due(db, found, now):
            raise NotPossible("Andra brev i samma försändelse skickas just nu. Försök igen om en stund.")
    return found


async def _made_due(db: Database, found: Found, now: datetime) -> bool:
    """Make a letter due, unless somebody holds or has changed its delivery since it was read."""
    place = f"letters.{found.delivery['letters'].index(found.letter)}"
    again = {"at": now, "reason": "asked_for_again", "code": None, "enhanced": None, "wait_seconds": 0, "report": None}
    due = {"state": "created", "next_attempt_at": now}
    change = {
        "$set": {**due, f"{place}.state": "created", f"{place}.next_attempt_at": now},
        "$push": {f"{place}.attempts": again},
        "$inc": {"version": 1},
    }
    mine = {"_id": found.delivery["_id"], "version": found.delivery["version"], "state": {"$ne": "claimed"}}
    return bool(await db.change_each("deliveries", mine, change))


async def letter_named(db: Database, letter_id: str) -> Found:
    """Return the letter of that id; `NotPossible` when there is none."""
    row = await db.find_one("deliveries", {"letters.id": letter_id})
    letter = next((each for each in row["letters"] if each["id"] == letter_id), None) if row else None
    if row is None or letter is None:
        raise NotPossible(f"Det finns inget brev {letter_id}. Se samverkan mail list.")
    return Found(row, letter)


async def letters_in(db: Database, about: str | None = None, state: str | None = None, limit: int = 200) -> list[Found]:
    """Return the letters written last, about one meeting or series or in one state if asked for."""
    where = {"$or": [{"about": about}, {"series_id": about}]} if about else {}
    rows = await db.find("deliveries", where, sort=[("made_at", -1), ("_id", 1)])
    found = (Found(row, letter) for row in rows for letter in row["letters"])
    return [each for each in found if state in (None, each.state)][:limit]


async def _listed(about: str | None, state: str | None, limit: int) -> list[Found]:
    async with opened_database("notifier") as db:
        return await letters_in(db, about, state, limit)


async def _one(letter_id: str) -> Found:
    async with opened_database("notifier") as db:
        return await letter_named(db, letter_id)


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M:%S}"
