"""What is written to whom, how long to wait, and what an agency's free text may say in a letter: pure decisions.

Never let an agency's words into a letter past `shown_place` or `shown_function`: they are the only free text there is.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from unicodedata import decimal

from shared.events.meetings import Invited

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=30)
KEPT_AFTER_MEETING = timedelta(days=30)

PLACE_UNSHOWN = "se kallelsen i tjänsten"
FUNCTION_UNSHOWN = "samordnare"

# The server wants credentials or encryption (RFC 4954, RFC 3207): the house is at fault, not the letter.
_HOUSE_AT_FAULT = frozenset({530, 534, 535, 538})

# Year, month, day (a coordination number has 60 added) and four more, the first of which may be a letter in interim
# numbers. No boundaries: digits before or after must not hide it. Commas end a number, so that an address may stand
# beside a telephone number.
_IDENTITY_NUMBER = re.compile(
    r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])[\dA-Z]\d{3}", re.IGNORECASE
)
_BETWEEN_DIGITS = re.compile(r"(?<=\d)(?:[^\w,;:()]|_)+(?=[\dA-Z]?\d)", re.IGNORECASE)
_PLACE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,120}")
_FUNCTION = re.compile(r"[^\W\d_](?:[^\W\d_]|[ ,/&-]){0,59}")


def recipients_of(organiser: Invited, invited: tuple[Invited, ...]) -> tuple[Invited, ...]:
    """Return who gets a letter: the organiser and those invited, one for each mailbox, whatever its capitals."""
    by_mailbox: dict[str, Invited] = {}
    for recipient in (organiser, *invited):
        by_mailbox.setdefault(recipient.email.casefold(), recipient)
    return tuple(by_mailbox.values())


def has_begun(starts_at: datetime, now: datetime) -> bool:
    """Return whether it is too late to write about a meeting: a late reminder is worse than none."""
    return now >= starts_at


def is_refused_for_good(code: int) -> bool:
    """Return whether a mail server's no to a letter is final (RFC 5321, 4.2.1): 5xx is, anything else is not yet."""
    return 500 <= code < 600 and code not in _HOUSE_AT_FAULT


def wait_after(attempts: int, luck: float) -> timedelta:
    """Return how long to wait after so many attempts: doubled each time, at most 30 min, less `luck` (0–1) times half.

    Luck keeps a thousand letters that failed together from coming back together.
    """
    doublings = min(attempts - 1, 20)  # more would only overflow
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT) * (1 - luck / 2)


def next_attempt_at(now: datetime, attempts: int, luck: float, starts_at: datetime) -> datetime:
    """Return when to try again, or the meeting's start if that comes first: then the letter expires on time."""
    return min(now + wait_after(attempts, luck), starts_at)


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


def shown_function(function: str) -> str:
    """Return a function as a letter may show it: letters, spaces and hyphens, at most 60, as `socialsekreterare`."""
    function = function.strip()
    return function if _FUNCTION.fullmatch(function) else FUNCTION_UNSHOWN
