"""The check on paper: one row per agency, one line per check of the whole house, and every deviation by name."""

from __future__ import annotations

from collections import Counter

from rich.table import Table
from rich.text import Text

from deploy.demo.check import Evidence, checks
from deploy.demo.story import POLICE, SCHOOL, SOCIAL
from deploy.demo.timeline import Paper
from deploy.demo.words import Names

_KINDS = {
    "submission.accepted.v1": ("svar", "svar"),
    "submission.rejected.v1": ("avvisning", "avvisningar"),
    "consent.activated.v1": ("samtycke gäller", "samtycken gäller"),
    "consent.ended.v1": ("samtycke slut", "samtycken slut"),
    "consent-review.required.v1": ("översyn", "översyner"),
    "consent-enforcement.confirmed.v1": ("bekräftat stopp", "bekräftade stopp"),
    "observation.disclosed.v1": ("iakttagelse", "iakttagelser"),
    "disclosure.denied.v1": ("nekad utlämning", "nekade utlämningar"),
    "secrecy-basis.answered.v1": ("svar på en fråga", "svar på frågor"),
    "concern.noticed.v1": ("oro", "oro"),
    "meeting.called.v1": ("kallelse", "kallelser"),
    "meeting.moved.v1": ("flyttat möte", "flyttade möten"),
    "meeting.cancelled.v1": ("inställt möte", "inställda möten"),
    "meeting-move.proposed.v1": ("fråga om röd dag", "frågor om röda dagar"),
    "action.overdue.v1": ("sen åtgärd", "sena åtgärder"),
    "submission.waiting.v1": ("besked om väntan", "besked om väntan"),
    "meeting-agenda.issued.v1": ("dagordning", "dagordningar"),
    "weekly-report.missing.v1": ("saknad veckorapport", "saknade veckorapporter"),
}


def write_verdict(paper: Paper, seen: Evidence, names: Names, stopped: list[str]) -> bool:
    """Write the check and say whether all is as it should be. `stopped` tells why the story was broken off."""
    paper.write("")
    paper.line("Kontroll: vad var och en har fått, och inte har fått", "who must and must not have got what", "bold")
    rows = {each.id: seen.agency_deviations(each.id) for each in seen.registry.all}
    paper.write(_table(seen, names, rows), "")
    found = checks(seen)
    for check in found:
        paper.line(f"{_mark(check.deviations)} {check.swedish}", check.english, "red" if check.deviations else "")
    if not seen.letters_readable:
        paper.line("– Breven har lämnats till en annan e-postserver och kan inte läsas här", "mails not read", "yellow")
    deviations = stopped + [line for lines in rows.values() for line in lines]
    deviations += [f"{check.swedish}: {line}" for check in found for line in check.deviations]
    paper.write("")
    if deviations:
        paper.line("Detta stämmer inte:", "deviations", "bold red")
        for line in deviations:
            paper.line(f"  ✗ {line}", style="red")
    else:
        paper.line("Allt stämmer.", "Everything is as it should be.", "bold green")
    return not deviations


def _table(seen: Evidence, names: Names, rows: dict[str, list[str]]) -> Table:
    table = Table(show_lines=False, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("Verksamhet")
    table.add_column("Fick / skulle få", justify="right")
    table.add_column("Har fått", ratio=3)
    table.add_column("Får inte ha fått", ratio=2)
    for agency_id, deviations in rows.items():
        got = Counter(each.type for each in seen.received if each.agency == agency_id)
        due = sum(each.agency == agency_id for moment in seen.played for each in moment.outcome.messages)
        table.add_row(
            Text(_mark(deviations), style="red" if deviations else "green"),
            names[agency_id],
            f"{got.total()} / {due}",
            ", ".join(_counted(type_, count) for type_, count in got.items()) or "ingenting",
            _must_not(seen, names, agency_id),
        )
    return table


def _must_not(seen: Evidence, names: Names, agency_id: str) -> str:
    due = [each for moment in seen.played for each in moment.outcome.messages if each.agency == agency_id]
    types = {each.type for each in due}
    if "consent.activated.v1" not in types:
        return "något om en enskild"
    told = {each.data["released_by"] for each in due if each.type == "observation.disclosed.v1"}
    makers = [step.agency for step in seen.steps if step.event["type"] == "observation.submitted.v1"]
    hidden = [names[by] for by in dict.fromkeys(makers) if by not in told | {agency_id}]
    found = [f"iakttagelse från {', '.join(hidden)}"] if hidden else []
    if "concern.noticed.v1" not in types:
        found.append("besked om oro")
    found.append("skolans sista iakttagelse" if agency_id != SCHOOL else "något nytt efter återkallelsen")
    if agency_id not in (SOCIAL, POLICE):
        found.append("något om 17-åringen")
    return ", ".join(found)


def _counted(type_: str, count: int) -> str:
    one, many = _KINDS.get(type_, (type_, type_))
    return f"{count} {one if count == 1 else many}"


def _mark(deviations: list[str]) -> str:
    return "✗" if deviations else "✓"
