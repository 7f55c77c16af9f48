"""The words for people: agencies by their short names, and each kind of message as half a sentence.

No text made here holds anything about the young person beyond category and day. Never an identity number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from babel.dates import format_date

from deploy.demo.due import CANCELLATION, INVITATION, MOVE, OVERDUE, QUESTION, REMINDER, SOON_DUE
from shared.agencies import Agency, AgencyRegistry

_KINDS = {
    "police": "Polisen",
    "social_services": "Socialtjänsten",
    "school": "Skolan",
    "leisure": "Fritidsgården",
    "coordinator": "Samordnaren",
}
_CATEGORIES = {"school_absence": "skolfrånvaro", "risk_environment": "riskmiljö", "behaviour": "beteende"}
_MEETINGS = {"weekly_social_police": ("veckomötet", "veckomöten"), "sspf": ("SSPF-mötet", "SSPF-möten")}
_MAILED = {
    INVITATION: ("kallelse till alla möten från {}", "one invitation for the series"),
    REMINDER: ("påminnelse om mötet {}", "reminder"),
    MOVE: ("mötet är flyttat till {}", "moved"),
    CANCELLATION: ("mötet {} är inställt", "cancelled"),
    QUESTION: ("fråga om mötet {}", "question to the organiser"),
    SOON_DUE: ("åtgärder som ska vara klara {}", "actions soon due"),
    OVERDUE: ("åtgärder som skulle ha varit klara {}", "actions overdue"),
}

Content = dict[str, Any]


class Names:
    """What agencies are called here: the authorities of the story's municipality by kind, others by their own name."""

    def __init__(self, registry: AgencyRegistry, municipality: str) -> None:
        self._registry = registry
        self._municipality = municipality
        self._names = {each.id: self._name(each, municipality) for each in registry.all}

    def __getitem__(self, agency_id: str) -> str:
        return self._names.get(agency_id, agency_id)

    def all(self, agency_ids: Iterable[str]) -> str:
        """Return several as one text, `Polisen och Faxeholmen`; those of other municipalities by their number."""
        asked = set(agency_ids)
        chosen = [each for each in self._registry.all if each.id in asked]
        names = [self[each.id] for each in chosen if each.municipality == self._municipality]
        elsewhere = Counter(each.municipality for each in chosen if each.municipality != self._municipality)
        names += [f"{count} verksamheter i {self._place(code)}" for code, count in elsewhere.items()]
        return " och ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))

    def _place(self, code: str | None) -> str:
        known = self._registry.municipality(code or "")
        return known.name if known else "länet"

    @staticmethod
    def _name(agency: Agency, municipality: str) -> str:
        return _KINDS.get(agency.kind, agency.name) if agency.municipality == municipality else agency.name


def said(type_: str, data: Content, names: Names) -> tuple[str, str]:
    """Return what a message tells its receiver, in Swedish and as a gloss."""
    return _SAID[type_](data, names) if type_ in _SAID else (type_, "")


def day(text: str) -> str:
    """Return an ISO date, or the date of an instant, as `15 maj 2027`."""
    return str(format_date(date.fromisoformat(text[:10]), "d MMMM y", locale="sv"))


def _count(number: int, one: str, many: str) -> str:
    return f"en {one}" if number == 1 else f"{number} {many}"


def _disclosed(data: Content, names: Names) -> tuple[str, str]:
    category = data["observation"]["category"]
    by = names[data["released_by"]]
    what = _CATEGORIES.get(category, category)
    if data["basis"]["kind"] == "assessment":
        return f"iakttagelse från {by} ({what}), med stöd av bedömningen", "told, on the assessment"
    return f"iakttagelse från {by} ({what}), med stöd av samtycket", "told, on the consent"


def _answered(data: Content, _names: Names) -> tuple[str, str]:
    return (f"ja. {data['message']}", "may") if data["answer"] == "may" else (f"nej. {data['message']}", "may not")


def _concern(data: Content, names: Names) -> tuple[str, str]:
    days, seen_by = data["rule"]["days"], names.all(data["seen_by"])
    return f"besked om oro: {seen_by} har sett något inom {days} dagar", "concern noticed, from what each may see"


def called_together(calls: list[Content]) -> tuple[str, str]:
    """Return what several callings at once tell their receiver."""
    days = sorted(datetime.fromisoformat(each["starts_at"]) for each in calls)
    first, last = (format_date(each, "d MMMM", locale="sv") for each in (days[0], days[-1]))
    meetings = _MEETINGS[calls[0]["forum"]][1]
    return f"kallelser till {len(calls)} {meetings}, {first} – {last}", f"{len(calls)} meetings called"


def mailed(kind: str, about: str) -> tuple[str, str]:
    """Return what an e-mail of a kind is about, in Swedish and as a gloss."""
    swedish, english = _MAILED.get(kind, (f"{kind} om {{}}", "e-mail"))
    return swedish.format(about), english


def _called(data: Content, _names: Names) -> tuple[str, str]:
    when = _when(data["starts_at"])
    return f"kallelse till {_MEETINGS[data['forum']][0]} {when}, {data['place']}", "meeting called"


def _moved(data: Content, _names: Names) -> tuple[str, str]:
    return f"mötet {day(data['occurrence'])} är flyttat till {_when(data['starts_at'])}, {data['place']}", "moved"


def _cancelled(data: Content, _names: Names) -> tuple[str, str]:
    why = "röd dag, och ingen har svarat" if data["reason"] == "red_day" else "sammankallande har ställt in det"
    return f"mötet {day(data['occurrence'])} är inställt: {why}", "cancelled"


def _proposed(data: Content, _names: Names) -> tuple[str, str]:
    days = " eller ".join(
        format_date(datetime.fromisoformat(each), "d MMMM", locale="sv") for each in data["proposals"]
    )
    text = f"mötet {day(data['occurrence'])} faller på {data['red_day'].lower()}: hålls det {days}?"
    return f"{text} Svar senast {_when(data['answer_by'])}, annars ställs det in", "asked about a red day"


def _when(text: str) -> str:
    at = datetime.fromisoformat(text)
    return f"{format_date(at, 'EEEE d MMMM', locale='sv')} kl. {at:%H.%M}"


def _agenda(data: Content, _names: Names) -> tuple[str, str]:
    youths, actions = len(data["concerns"]), data["open_actions"]
    unnamed = sum("youth" not in each for each in actions)
    text = f"dagordning med {_count(youths, 'ungdom', 'ungdomar')}" if youths else "dagordning utan någon ungdom"
    if len(actions) > unnamed:
        text += f" och {_count(len(actions) - unnamed, 'åtgärd', 'åtgärder')} kvar att göra"
    if unnamed:
        text += f"; {_count(unnamed, 'åtgärd', 'åtgärder')} står kvar utan uppgift om vem det gäller"
    return text, "own agenda"


_SAID: dict[str, Callable[[Content, Names], tuple[str, str]]] = {
    "submission.accepted.v1": lambda _data, _names: ("mottaget", "accepted"),
    "submission.rejected.v1": lambda _data, _names: ("avvisat", "rejected"),
    "consent.activated.v1": lambda data, _names: (
        f"samtycket gäller {day(data['valid_from'])} – {day(data['valid_to'])}",
        "consent active, each its own part",
    ),
    "consent.ended.v1": lambda _data, _names: (
        "samtycket har upphört, inget mer får lämnas ut",
        "consent ended",
    ),
    "consent-review.required.v1": lambda data, _names: (
        f"samtycket ska ses över till {day(data['due_on'])}: barnets egen inställning är inte antecknad",
        "review required",
    ),
    "consent-enforcement.confirmed.v1": lambda data, _names: (
        f"bekräftat: {len(data['confirmed_by'])} tjänster har slutat lämna ut",
        "enforcement confirmed",
    ),
    "observation.disclosed.v1": _disclosed,
    "disclosure.denied.v1": lambda data, names: (f"får inte lämnas till {names[data['to']]}", "denied"),
    "secrecy-basis.answered.v1": _answered,
    "concern.noticed.v1": _concern,
    "meeting.called.v1": _called,
    "meeting.moved.v1": _moved,
    "meeting.cancelled.v1": _cancelled,
    "meeting-move.proposed.v1": _proposed,
    "action.overdue.v1": lambda data, names: (
        f"en åtgärd som {names[data['owner']]} har skulle ha varit klar {day(data['due_on'])}",
        "action overdue",
    ),
    "submission.waiting.v1": lambda _data, _names: (
        "iakttagelsen väntar: ingen grund öppnar för den ännu",
        "waits for a basis",
    ),
    "meeting-agenda.issued.v1": _agenda,
    "weekly-report.missing.v1": lambda data, _names: (
        f"veckorapporten för vecka {int(data['iso_week'][-2:])} saknas",
        "report missing",
    ),
}
