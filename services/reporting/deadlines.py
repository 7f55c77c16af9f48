"""The deadlines of weekly reports: each is an event posted early, and each that comes posts the next.

The chain must never be left without its next link: in a municipality whose deadline is not posted nobody is asked for a
report again until the service starts anew.
"""

from __future__ import annotations

from services.reporting.documents import week_asked_about_last
from services.reporting.weeks import deadline_of, week_to_ask_about
from shared.agencies import Agency
from shared.events import answers
from shared.events.reporting import WeekDeadlineReached
from shared.ids import name_id
from shared.transaction import Transaction


async def post_deadlines(tx: Transaction) -> None:
    """At start: post the deadline of each municipality's first week not asked about; that one posts the next."""
    for municipality in tx.agencies.municipalities:
        asked = await week_asked_about_last(tx, municipality.code)
        post_deadline(tx, municipality.code, week_to_ask_about(asked, tx.now))


def post_deadline(tx: Transaction, municipality: str, iso_week: str) -> None:
    """Post the week's deadline early; one that has passed already is due now."""
    reached = WeekDeadlineReached(municipality=municipality, iso_week=iso_week)
    tx.emit(reached, due_at=deadline_of(iso_week), key=f"week-deadline:{municipality}:{iso_week}")


def ask_for_report(tx: Transaction, agency: Agency, iso_week: str) -> None:
    """Tell the agency, and it alone, that its report is missing."""
    deadline = deadline_of(iso_week)
    tx.tell(
        agency.id,
        answers.WeeklyReportMissing(iso_week=iso_week, deadline=deadline),
        message_id=name_id("weekly-report-missing", agency.id, iso_week),
    )
