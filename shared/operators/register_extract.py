"""The extract of the register that a youth or a guardian has a right to: who was told what, by whom, when, on what.

A guardian never sees what is secret from guardians (OSL 12 kap. 3 §), nor that the youth has asked for an extract; from
18 the youth alone decides over the secrecy, and a guardian gets none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from shared.agencies import AgencyRegistry
from shared.clock import LOCAL_ZONE, local_day
from shared.person import age_on, birth_date
from shared.policy.bases import the_law
from shared.policy.refusals import category_in_swedish
from shared.register import Entry, still_told

For = Literal["youth", "guardian"]
OF_AGE = 18
TOO_OLD = (
    "Den unge har fyllt 18 år och råder själv över sekretessen (OSL 12 kap. 2 §). Utdraget lämnas bara till den unge."
)
_WHAT = {
    "observation": "en iakttagelse",
    "concern": "att flera verksamheter har sett något, och en iakttagelse bakom det,",
    "agenda": "på en dagordning att det finns en iakttagelse",
}
_ACTS = {
    "asked": "{by} frågade om uppgifter får lämnas till {to}{about}. Svaret: {code}.",
    "assessed": "{by} gjorde en bedömning om att lämna uppgifter till {to}{about}{basis}.",
    "denied": "{by} fick inte lämna en iakttagelse till {to}{about}. Skäl: {code}.",
    "taken_back": "{by} skulle ha lämnat {what} till {to}{about}, men det togs tillbaka innan det gick ut.",
    "disclosed": "{by} lämnade {what} till {to}{about}{basis}.",
    "read": "{who} läste uppgifter.",
    "exported": "{who} tog ut ett utdrag ur registret.",
    "erased": "Uppgifterna raderades av {who}.",
    "held": "Radering stoppades av {who}.",
    "released": "Stoppet för radering hävdes av {who}.",
    "purged": "Uppgifter gallrades.",
}
_OPERATORS_OWN = {act: {"about", "code"} for act in ("held", "released", "erased")}
"""By act, the fields that are an operator's: the reason in free words, and the person's reference or key."""
_CODES = {
    "no_basis": "det saknas samtycke eller annan rättslig grund",
    "basis_ended": "samtycket eller bedömningen gäller inte längre",
    "not_an_authority": "mottagaren är ingen myndighet",
    "has_basis": "ja, det finns en grund",
}


def is_refused(number: str, whom: For, now: datetime) -> bool:
    """Say whether somebody who asks as a guardian is refused: from the youth's 18th birthday."""
    return whom == "guardian" and age_on(birth_date(number), local_day(now)) >= OF_AGE


def rows_for(rows: Iterable[Entry], whom: For) -> list[Entry]:
    """Return the rows of an extract, oldest first. A telling that was taken back stands once, as taken back.

    Nobody has said of a question or an assessment whether what lies behind it is secret from the guardians: the youth
    alone sees them. A telling that rests on one stands with its basis, unless it is secret itself.
    """
    hidden = ("asked", "assessed")
    open_to_all = (row for row in rows if not (row.secret_from_guardian or row.act in hidden))
    shown = sorted(rows if whom == "youth" else open_to_all, key=lambda row: row.at)
    told = {row.id for row in still_told(shown)}
    return [row for row in shown if row.act != "disclosed" or row.id in told]


def exported(person_ref: str, whom: For, by: str, at: datetime, id_: str) -> Entry:
    """Return the row that says that an extract was taken out. That the youth has asked is nothing for a guardian."""
    return Entry(
        act="exported",
        at=at,
        about=id_,
        person_ref=person_ref,
        code=f"for_{whom}",
        decided_by=by,
        secret_from_guardian=whom == "youth",
    )


def as_facts(row: Entry) -> dict[str, Any]:
    """Return a row as JSON and CSV have it: nothing of how the chain is made, nor of an operator's reasons."""
    hidden = {"version", "mac", "person_ref", "secret_from_guardian"}
    return row.model_dump(mode="json", exclude=hidden | _OPERATORS_OWN.get(row.act, set()))


def as_text(rows: list[Entry], agencies: AgencyRegistry, at: datetime) -> str:
    """Return the extract as somebody without a system reads it, in Swedish."""
    counts = Counter(row.act for row in rows)
    head = [
        f"Utdrag ur registret över utlämnade uppgifter, {_moment(at)}.",
        f"{counts['disclosed']} utlämnanden, {counts['denied']} nekade, {counts['asked']} frågor.",
        "Vad en iakttagelse innehåller lämnas ut av den verksamhet som har skrivit den.",
        "",
    ]
    return "\n".join(head + [f"{_moment(row.at)}  {_sentence(row, agencies)}" for row in rows]) + "\n"


def _sentence(row: Entry, agencies: AgencyRegistry) -> str:
    category = f" om {category_in_swedish(row.category)}" if row.category else ""
    sentence = _ACTS[row.act].format(
        by=_name(agencies, row.released_by),
        to=_name(agencies, row.received_by),
        about=category,
        what=_WHAT.get(row.what or "", "uppgifter"),
        basis=_basis(row),
        code=_CODES.get(row.code or "", row.code or "–"),
        who=row.decided_by,
    )
    return sentence[0].upper() + sentence[1:]


def _basis(row: Entry) -> str:
    if row.provision is None:
        return ""
    wordings = [each.paragraph for each in the_law().rows if each.code == row.provision]
    kind = {"consent": "samtycke", "assessment": "bedömning"}.get(row.basis_kind or "", "grund")
    until = f", gäller till och med {row.valid_until}" if row.valid_until else ""
    return f" med stöd av {kind} ({wordings[-1] if wordings else row.provision}{until})"


def _name(agencies: AgencyRegistry, agency_id: str | None) -> str:
    known = agencies.get(agency_id or "")
    return known.name if known else agency_id or "okänd verksamhet"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(LOCAL_ZONE):%Y-%m-%d kl. %H.%M}"
