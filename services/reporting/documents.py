"""What `reporting` stores: a week's facts, the picture last made of it, and what has been said of each meeting.

None of it holds anything about a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from services.reporting.facts import WeekFacts
from services.reporting.meetings import MeetingFacts
from services.reporting.rules import Figures
from shared.document import Document, Index
from shared.transaction import Transaction


def week_id(municipality: str, iso_week: str) -> str:
    """Return the id of a municipality's week and of its picture, such as `2182:2026-W46`."""
    return f"{municipality}:{iso_week}"


class Week(Document):
    """One municipality's ISO week: the facts received so far, and when it was asked what is missing."""

    collection: ClassVar[str] = "weeks"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("which_week_was_asked_about_last", (("municipality", 1), ("iso_week", -1))),
    )

    municipality: str
    iso_week: str
    facts: WeekFacts = WeekFacts()
    asked_at: datetime | None = None


class Meeting(Document):
    """One meeting as last said: a move takes it from one week to another, and each must know."""

    collection: ClassVar[str] = "meetings"

    municipality: str
    facts: MeetingFacts
    starts_at: datetime


class Picture(Document):
    """The latest edition of a week's picture: its figures and the page that shows them."""

    collection: ClassVar[str] = "pictures"

    municipality: str
    iso_week: str
    edition: int = 0
    published_at: datetime | None = None
    figures: Figures | None = None
    html: str = ""


async def week_in(tx: Transaction, municipality: str, iso_week: str) -> Week:
    """Return the municipality's week, a new one if nothing is known of it."""
    id_ = week_id(municipality, iso_week)
    return await tx.get(Week, id_) or Week(id=id_, municipality=municipality, iso_week=iso_week)


async def picture_of(tx: Transaction, week: Week) -> Picture:
    """Return the week's picture, edition 0 if none has been made."""
    known = await tx.get(Picture, week.id)
    return known or Picture(id=week.id, municipality=week.municipality, iso_week=week.iso_week)


async def week_asked_about_last(tx: Transaction, municipality: str) -> str | None:
    """Return the latest week whose deadline has been acted on, None if there is none."""
    asked = {"municipality": municipality, "asked_at": {"$ne": None}}
    weeks = await tx.find(Week, asked, sort=[("iso_week", -1)], limit=1)
    return weeks[0].iso_week if weeks else None
