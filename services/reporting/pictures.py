"""A week's picture: made when its deadline has passed, and made again only when what it shows has changed.

An edition that has been made is never made anew with other figures: what people have printed keeps its number.
"""

from __future__ import annotations

from services.reporting.documents import Week, picture_of
from services.reporting.page import weekly_page
from services.reporting.rules import figures_of
from shared.transaction import Transaction


async def make_picture(tx: Transaction, week: Week) -> None:
    """Make the week's picture, or its next edition when what it shows has changed."""
    figures = figures_of(week.facts, week.iso_week, tx.agencies.agencies_in(week.municipality))
    picture = await picture_of(tx, week)
    if picture.figures == figures:
        return
    picture.edition += 1
    picture.published_at = tx.now
    picture.figures = figures
    name = _name_of(tx, week.municipality)
    picture.html = weekly_page(name, week.iso_week, figures, picture.edition, picture.published_at)
    tx.save(picture)


def _name_of(tx: Transaction, municipality: str) -> str:
    """Return the municipality's name; one that the registry knows by its code alone is called by it."""
    known = tx.agencies.municipality(municipality)
    return known.name if known and known.name != known.code else f"Kommun {municipality}"
