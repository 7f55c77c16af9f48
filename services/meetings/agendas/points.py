"""An agenda's points in their fixed order (domain.md 4.2 and 4.4), and the sentences that stand on every agenda.

A point's name is the field that holds its content. The order is what people rely on: nobody skips last week's actions.
"""

from __future__ import annotations

from typing import Final

from shared.events.answers.agendas import AgendaPoint, PointName
from shared.events.meetings import Forum
from shared.policy.forums import forum_rule

_ABOUT_PERSONS: Final[dict[PointName, str]] = {
    "attendance": "Närvaro och påminnelse om sekretess",
    "open_actions": "Åtgärder från förra mötet",
    "concerns": "Ny oro, var och en med sin grund",
    "priorities": "Prioriteringar i varje verksamhets eget uppdrag",
    "places": "Platser och trender",
    "decisions": "Beslut: vem gör vad, och när",
    "next_meeting": "Nästa möte",
}
_ABOUT_PLACES: Final[dict[PointName, str]] = {
    "attendance": "Närvaro och påminnelse: inga uppgifter om enskilda",
    "places": "Platser: förra veckans områden först, sedan veckans",
    "decisions": "Beslut: vem gör vad, och när",
    "next_meeting": "Nästa möte",
}
_SECRECY: Final = (
    "Sekretess gäller mellan myndigheter, och mellan självständiga verksamhetsgrenar i samma kommun "
    "(8 kap. 1 och 2 §§ offentlighets- och sekretesslagen). Lämna bara de uppgifter som ett samtycke eller en "
    "sekretessbrytande bestämmelse öppnar för just den mottagaren. Utan grund: inget namn, och ingen beskrivning som "
    "går att känna igen. Det som sägs här får inte föras vidare utan en egen grund."
)
_NOBODY: Final = (
    "Mötet handlar om platser, aldrig om personer: nämn inte någon enskild, varken vid namn eller så att den går att "
    "känna igen. Är ni oroliga för ett barn, gör en orosanmälan till socialtjänsten."
)
WITHHELD: Final = "Åtgärd om en enskild person. Uppgiften får inte lämnas ut här; se er egen dokumentation."
"""What stands instead of an action's text where nobody may tell its owner about the youth."""


def points_of(forum: Forum) -> tuple[AgendaPoint, ...]:
    """Return a forum's points, in order."""
    headings = _ABOUT_PERSONS if forum_rule(forum).persons else _ABOUT_PLACES
    return tuple(AgendaPoint(number=n, name=name, heading=text) for n, (name, text) in enumerate(headings.items(), 1))


def secrecy_reminder(forum: Forum) -> str:
    """Return what is read out before the meeting begins."""
    return _SECRECY if forum_rule(forum).persons else _NOBODY
