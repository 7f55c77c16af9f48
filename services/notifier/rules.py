"""What is written to whom, how long to wait, and what an agency's free text may say in a letter: pure decisions.

Never let an agency's words into a letter past `shown_place` or `shown_function`: they are the only free text there is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Literal
from unicodedata import decimal
from zoneinfo import ZoneInfo

from shared.clock import LOCAL_ZONE
from shared.events.meetings import Invited
from shared.working_days import is_working_day

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=30)
KEPT_AFTER_MEETING = timedelta(days=30)
SERIES_TOLD = timedelta(days=30)
"""How long it is worth trying to tell somebody what holds of a series."""
ACTIONS_TOLD = timedelta(days=14)
"""The same for what is due, or could not be delivered."""
LEAST_NOTICE = timedelta(hours=1)
"""A letter that the send window would bring closer to its meeting than this does not wait for the window."""

PLACE_UNSHOWN = "se kallelsen i tjänsten"
FUNCTION_UNSHOWN = "samordnare"
SENDER_UNSHOWN = "Samverkan"

# The server wants credentials or encryption (RFC 4954, RFC 3207): the house is at fault, not the letter.
_HOUSE_AT_FAULT = frozenset({530, 534, 535, 538})

# What a 5xx to a recipient says of its mailbox (RFC 3463, 3.2 and 3.3): that it is not there, or takes nothing. 5.7 is
# about us: the server does not want our letters, and the next sender's may well be let in.
_MAILBOX_AT_FAULT = re.compile(r"5\.[12]\.\d+")

# Year, month, day (a coordination number has 60 added) and four more, the first of which may be a letter in interim
# numbers. No boundaries: digits before or after must not hide it. Commas end a number, so that an address may stand
# beside a telephone number.
_IDENTITY_NUMBER = re.compile(
    r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])[\dA-Z]\d{3}", re.IGNORECASE
)
_BETWEEN_DIGITS = re.compile(r"(?<=\d)(?:[^\w,;:()]|_)+(?=[\dA-Z]?\d)", re.IGNORECASE)
_PLACE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,120}")
_FUNCTION = re.compile(r"[^\W\d_](?:[^\W\d_]|[ ,/&-]){0,59}")


def recipients_of(*called: Invited) -> tuple[Invited, ...]:
    """Return who gets a letter: one for each mailbox, whatever its capitals, the first that has it."""
    by_mailbox: dict[str, Invited] = {}
    for recipient in called:
        by_mailbox.setdefault(recipient.email.casefold(), recipient)
    return tuple(by_mailbox.values())


def is_too_late(not_after: datetime, now: datetime) -> bool:
    """Return whether it is too late to write: a reminder that comes late is worse than none."""
    return now >= not_after


@cache
def has_zone_of_ours(timezone: str) -> bool:
    """Say whether a zone's clocks have shown Sweden's time since 2020 and will until 2038, as those of Oslo do.

    Calendars are given times in Europe/Stockholm alone: its rules are the only ones in the calendar part.
    """
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        return False
    noons = (datetime(2020, 1, 1, 12) + timedelta(hours=12 * step) for step in range(13_149))  # noqa: DTZ001 - wall clock
    return all(at.replace(tzinfo=zone).utcoffset() == at.replace(tzinfo=LOCAL_ZONE).utcoffset() for at in noons)


def is_refused_for_good(code: int) -> bool:
    """Return whether a mail server's no to a letter is final (RFC 5321, 4.2.1): 5xx is, anything else is not yet."""
    return 500 <= code < 600 and code not in _HOUSE_AT_FAULT


def ends_the_mailbox(code: int | None, enhanced: str | None) -> bool:
    """Return whether a final no to a recipient means that its mailbox is to get no more letters."""
    return code is not None and is_refused_for_good(code) and (not enhanced or bool(_MAILBOX_AT_FAULT.match(enhanced)))


@dataclass(frozen=True)
class SendWindow:
    """When letters go out: from one local time to another on working days. Without times they go out always."""

    opens: time | None = None
    closes: time | None = None

    @classmethod
    def of(cls, text: str) -> SendWindow:
        """Read `07-18` or `07:30-16:00`, local time; `alltid` is no window. `ValueError` for anything else."""
        if text == "alltid":
            return cls()
        wrong = ValueError("SAMVERKAN_MAIL_WINDOW: till exempel 07-18 eller 07:30-16:00, annars alltid")
        match = re.fullmatch(r"(\d\d)(?::(\d\d))?-(\d\d)(?::(\d\d))?", text)
        if match is None:
            raise wrong
        try:
            opens, closes = time(int(match[1]), int(match[2] or 0)), time(int(match[3]), int(match[4] or 0))
        except ValueError:
            raise wrong from None
        if opens >= closes:
            raise wrong
        return cls(opens, closes)


def may_go_at(now: datetime, needed_by: datetime, window: SendWindow) -> datetime:
    """Return when a letter may go: now, or when the window opens next, if that is not too close to what it is for."""
    if window.opens is None or window.closes is None:
        return now
    local = now.astimezone(LOCAL_ZONE)
    day = local.date() if local.time() < window.closes else local.date() + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    opens_at = datetime.combine(day, window.opens, LOCAL_ZONE)
    return now if opens_at <= now or opens_at > needed_by - LEAST_NOTICE else opens_at.astimezone(now.tzinfo)


def day_words(sent_at: datetime, starts_at: datetime) -> Literal["", "i dag", "i morgon"]:
    """Return how somebody who reads a letter on the day it was sent calls the day of the meeting, in Sweden."""
    days = (starts_at.astimezone(LOCAL_ZONE).date() - sent_at.astimezone(LOCAL_ZONE).date()).days
    return "i dag" if days == 0 else "i morgon" if days == 1 else ""


def wait_after(attempts: int, luck: float) -> timedelta:
    """Return how long to wait after so many attempts: doubled each time, at most 30 min, less `luck` (0–1) times half.

    Luck keeps a thousand letters that failed together from coming back together.
    """
    doublings = min(attempts - 1, 20)  # more would only overflow
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT) * (1 - luck / 2)


def next_attempt_at(
    now: datetime, attempts: int, luck: float, not_after: datetime, asked: timedelta = timedelta(0)
) -> datetime:
    """Return when to try again, or the last moment if that comes first: then the letter expires on time.

    `asked` is the shortest wait that the other side has asked for.
    """
    return min(now + max(wait_after(attempts, luck), asked), not_after)


def may_hold_identity_number(text: str) -> bool:
    """Return whether something in a text reads as a personal identity or coordination number, however it is spaced.

    Check digits are left out: a mistyped number still points at somebody.
    """
    digits_plain = "".join(str(decimal(sign)) if sign.isdecimal() else sign for sign in text)
    return _IDENTITY_NUMBER.search(_BETWEEN_DIGITS.sub("", digits_plain)) is not None


def shown_place(place: str) -> str:
    """Return a place as a letter may show it: one line of at most 120 characters that names nobody by number."""
    place = place.strip()
    return place if _PLACE.fullmatch(place) and not may_hold_identity_number(place) else PLACE_UNSHOWN


def shown_sender(name: str) -> str:
    """Return the house's own name as a letter may show it, such as `Söderhamns kommun`: at most 60 characters."""
    return name if _PLACE.fullmatch(name) and len(name) <= 60 and not may_hold_identity_number(name) else SENDER_UNSHOWN


def shown_function(function: str) -> str:
    """Return a function as a letter may show it: letters, spaces and hyphens, at most 60, as `socialsekreterare`."""
    function = function.strip()
    return function if _FUNCTION.fullmatch(function) else FUNCTION_UNSHOWN
