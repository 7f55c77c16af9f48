"""The e-mails that came: read back from the mail sink's folder, as anybody could who finds them on the way.

With a mail server of somebody else's (`SMTP_URL`) they cannot be read here; what is known then is that the server took
them, from the notifier's own record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from babel.dates import format_date, format_datetime

from deploy.demo.due import (
    CANCELLATION,
    INVITATION,
    KINDS,
    MOVE,
    OVERDUE,
    QUESTION,
    REMINDER,
    SOON_DUE,
    DueLetter,
)
from shared.clock import LOCAL_ZONE
from shared.mongo import Database, Row

_KEPT_AS = {
    "invitation": INVITATION,
    "reminder": REMINDER,
    "move": MOVE,
    "cancellation": CANCELLATION,
    "question": QUESTION,
    "actions_due": SOON_DUE,
    "actions_overdue": OVERDUE,
}
_DAY = r"[a-zåäö]+dag [0-9]{1,2} [a-z]+"
_WHEN = (
    re.compile(rf"^Tid: ({_DAY} kl\. [0-9]{{2}}\.[0-9]{{2}})", re.M),
    re.compile(rf"({_DAY}(?: kl\. [0-9]{{2}}\.[0-9]{{2}})?)"),
)


@dataclass(frozen=True)
class Letter:
    """One e-mail. `text` is all of it, every part decoded; empty where it cannot be read here."""

    to: str
    kind: str
    about: str
    message_id: str
    text: str = ""
    html: str = ""
    calendar: str = ""
    raw: bytes = b""

    def is_(self, due: DueLetter) -> bool:
        """Say whether this is the e-mail that was due."""
        return (self.to, self.kind, self.about) == (due.to, due.kind, when(due.about))


class Mailbox:
    """Where the house's e-mails end up."""

    def __init__(self, folder: Path | None, notifier: Database) -> None:
        self.readable = folder is not None
        self._folder = folder
        self._notifier = notifier

    async def letters(self) -> list[Letter]:
        """Return every e-mail so far, oldest first."""
        if self._folder is not None:
            return [_read(path.read_bytes()) for path in sorted(self._folder.glob("*.eml"))]
        deliveries = await self._notifier.find("deliveries", {}, sort=[("made_at", 1)])
        return [
            Letter(
                letter["recipient"]["email"],
                _KEPT_AS.get(str(row["kind"]), str(row["kind"])),
                _kept_about(row["facts_as_stored"]),
                str(letter["id"]),
            )
            for row in deliveries
            for letter in row["letters"]
            if letter["state"] == "sent"
        ]


def when(about: datetime | date) -> str:
    """Return how an e-mail writes when a meeting begins, `tisdag 24 november kl. 09.00`, or a day."""
    if not isinstance(about, datetime):
        return format_date(about, "EEEE d MMMM", locale="sv")
    starts_at = about
    return format_datetime(starts_at, "EEEE d MMMM 'kl.' HH.mm", tzinfo=LOCAL_ZONE, locale="sv")


def paired_letters(due: Iterable[DueLetter], letters: Iterable[Letter]) -> tuple[list[DueLetter], list[Letter]]:
    """Return what was due and did not come, and what came and was not due."""
    over, missing = list(letters), []
    for each in due:
        match = next((letter for letter in over if letter.is_(each)), None)
        if match is None:
            missing.append(each)
        else:
            over.remove(match)
    return missing, over


def _read(raw: bytes) -> Letter:
    mail = message_from_bytes(raw, policy=policy.default)
    if not isinstance(mail, EmailMessage):
        raise TypeError("not an e-mail")
    parts = {part.get_content_type(): _content(part) for part in mail.walk() if not part.is_multipart()}
    plain = parts.get("text/plain", "")
    subject = str(mail["Subject"])
    about = next((found[1] for pattern in _WHEN if (found := pattern.search(plain))), "")
    headers = "".join(f"{name}: {value}\n" for name, value in mail.items())
    return Letter(
        to=str(mail["X-Envelope-To"]),
        kind=next((kind for kind in KINDS if subject.startswith(kind)), subject),
        about=about,
        message_id=str(mail["Message-ID"]),
        text=headers + "\n".join(parts.values()),
        html=parts.get("text/html", ""),
        calendar=parts.get("text/calendar", ""),
        raw=raw,
    )


def _kept_about(facts: Row) -> str:
    """Return what a kept letter is about: a series' next meeting, a meeting, or a day."""
    if "due_on" in facts:
        return when(date.fromisoformat(facts["due_on"]))
    about = facts.get("next_at" if facts["kind"] == "invitation" else "starts_at")
    return when(about) if about else ""


def _content(part: EmailMessage) -> str:
    content = part.get_content()
    return content if isinstance(content, str) else bytes(content).decode(errors="replace")
