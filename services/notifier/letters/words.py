"""How letters say things in Swedish: moments by Sweden's clock, forums, how often a series meets, who somebody is.

Pure functions of facts; the templates use them as filters. Nothing here may pass on a text that came from outside.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from babel.dates import format_date, format_datetime

from services.notifier.facts.rule import in_words
from services.notifier.facts.shapes import AnyFacts, Exceptional, Facts, LetterKind, MoveFacts, Occasion, SeriesFacts
from shared.agencies import AgencyKind
from shared.clock import LOCAL_ZONE, local_day
from shared.events.meetings import Forum
from shared.working_days import red_days

Meeting = Literal["veckomöte", "SSPF-möte", "SIG-möte", "EST-möte"]
MEETINGS: dict[Forum, Meeting] = {
    "weekly_social_police": "veckomöte",
    "sspf": "SSPF-möte",
    "sig": "SIG-möte",
    "est": "EST-möte",
}
_AGENCIES: dict[AgencyKind, str] = {
    "police": "polisen",
    "social_services": "socialtjänsten",
    "school": "skolan",
    "leisure": "fritid",
    "coordinator": "samordnaren",
    "housing": "bostadsbolaget",
    "church": "kyrkan",
    "transit": "kollektivtrafiken",
    "insurer": "försäkringsbolaget",
    "retail": "handeln",
    "county_board": "länsstyrelsen",
    "other": "en annan verksamhet",
}
_LETTERS: dict[LetterKind, str] = {
    "invitation": "kallelsen till",
    "change": "beskedet om ändring av",
    "farewell": "beskedet om ändrad kallelse till",
    "move": "beskedet om flytt av",
    "cancellation": "beskedet om det inställda",
    "question": "frågan om",
    "reminder": "påminnelsen om",
    "actions_due": "påminnelsen om åtgärder från",
    "actions_overdue": "beskedet om åtgärder från",
    "undelivered": "beskedet om",
}


def meeting(facts: Facts) -> Meeting:
    """Return what the forum's meetings are called."""
    return MEETINGS[facts.forum]


def moment(at: datetime) -> str:
    """Return such as `tisdag 17 november kl. 09.00`."""
    return format_datetime(at, "EEEE d MMMM 'kl.' HH.mm", tzinfo=LOCAL_ZONE, locale="sv")


def day_at(at: datetime) -> str:
    """Return the day of a moment, such as `tisdag 1 december`."""
    return day(local_day(at))


def day(on: date) -> str:
    """Return such as `tisdag 1 december`."""
    return format_date(on, "EEEE d MMMM", locale="sv")


def day_and_year(on: date) -> str:
    """Return such as `tisdag 15 juni 2027`."""
    return format_date(on, "EEEE d MMMM y", locale="sv")


def week(at: datetime) -> int:
    """Return the ISO week, as Swedish calendars number weeks."""
    return at.astimezone(LOCAL_ZONE).isocalendar().week


def span(facts: Occasion) -> str:
    """Return such as `tisdag 17 november kl. 09.00–10.00`; over midnight both days are named."""
    begins, ends = facts.starts_at.astimezone(LOCAL_ZONE), facts.ends_at.astimezone(LOCAL_ZONE)
    if begins.date() == ends.date():
        return f"{moment(begins)}–{ends:%H.%M}"
    return f"{moment(begins)} – {moment(ends)}"


def often(facts: SeriesFacts) -> str | None:
    """Return such as `varje tisdag kl. 09.00–10.00`; None where the rule or its clock cannot be said in few words."""
    words = in_words(facts.rule, facts.starts_at) if facts.by_stockholm else None
    if words is None:
        return None
    ends = facts.starts_at + timedelta(minutes=facts.duration_minutes)
    return f"{words} kl. {facts.starts_at:%H.%M}–{ends:%H.%M}"


def rhythm(facts: SeriesFacts) -> str | None:
    """Return the same without the time of day: `varje tisdag`."""
    return in_words(facts.rule, facts.starts_at) if facts.by_stockholm else None


def exceptional(each: Exceptional, facts: SeriesFacts) -> str:
    """Return what holds of one occurrence instead of the rule."""
    usual = day(each.occurrence.date())
    if each.starts_at is None:
        return f"{usual}: inget möte"
    ends = each.ends_at or each.starts_at + timedelta(minutes=facts.duration_minutes)
    where = f", {each.place}" if each.place is not None and each.place != facts.place else ""
    return f"{usual}: i stället {moment(each.starts_at)}–{ends.astimezone(LOCAL_ZONE):%H.%M}{where}"


def coming_of(exceptions: tuple[Exceptional, ...], facts: SeriesFacts) -> list[Exceptional]:
    """Return the exceptions of a series that are not past when its next meeting begins."""
    next_at = facts.next_at
    if next_at is None:
        return []
    first = next_at.astimezone(LOCAL_ZONE).replace(tzinfo=None)
    return [each for each in exceptions if each.occurrence >= first or (each.starts_at or next_at) > next_at]


def capital(text: str) -> str:
    """Return a text with its first letter as at the beginning of a sentence."""
    return text[0].upper() + text[1:]


def red_day(facts: Occasion) -> str:
    """Return the name of the red day that a meeting would have been on."""
    return str(red_days().get(facts.occurrence.date()) or "Dagen")


def is_at_same_time(facts: MoveFacts) -> bool:
    """Say whether a meeting keeps its time: its place is new, or it is held after all, or although the day is red."""
    return facts.was_at == facts.starts_at


def agency(kind: AgencyKind | None) -> str:
    """Return what kind of agency it is, in the definite form."""
    return _AGENCIES[kind or "other"]


def letter_about(kind: LetterKind) -> str:
    """Return a kind of letter, up to what it is about: `påminnelsen om`."""
    return _LETTERS[kind]


def counted(actions: int) -> str:
    """Return such as `2 åtgärder`."""
    return f"{actions} åtgärd" if actions == 1 else f"{actions} åtgärder"


def has_calendar(facts: AnyFacts) -> bool:
    """Say whether a letter with these facts carries a calendar part: only where the series goes by Sweden's clock."""
    return facts.kind in CALENDAR_KINDS and getattr(facts, "by_stockholm", False)


CALENDAR_KINDS: frozenset[LetterKind] = frozenset({"invitation", "change", "farewell", "move", "cancellation"})
FILTERS = {
    each.__name__: each
    for each in (
        meeting, moment, day, day_and_year, week, span, often, rhythm, exceptional, red_day, is_at_same_time, agency,
        letter_about, counted, has_calendar, day_at, capital, coming_of,
    )
}  # fmt: skip
