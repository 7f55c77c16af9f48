"""The week's picture as a page that people read: Swedish, self-contained, without scripts or outside resources.

Everything that came from an agency is escaped by the template engine. The page shows figures only, so it can say
nothing that `Figures` does not hold.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.reporting.rules import BAND_WIDTH, Figures
from services.reporting.weeks import deadline_of, monday_of
from shared.clock import LOCAL_ZONE

FORUM_NAMES = {
    "weekly_social_police": "Veckomöte socialtjänst–polis",
    "sspf": "SSPF",
    "sig": "Sociala insatsgrupper (SIG)",
    "est": "Effektiv samordning för trygghet (EST)",
}
CATEGORY_NAMES = {  # With soft hyphens where a word is too long for a telephone's width.
    "vandalism": "Skadegörelse",
    "suspected_drug_activity": "Misstänkt narkotika\u00adhantering",
    "disorderly_gathering": "Ordnings\u00adstörande samling",
    "youth_gathering_place": "Samlingsplats för unga",
    "violence_or_threat": "Våld eller hot",
    "burglary_theft": "Inbrott eller stöld",
    "arson_vehicle_fire": "Bilbrand eller anlagd brand",
    "reckless_driving": "Buskörning, A-traktor",
    "littering": "Nedskräpning",
    "unsafe_place_environment": "Otrygg, mörk eller ödslig plats",
    "incident_against_staff": "Incident mot personal",
    "planned_event": "Arrangemang",
    "social_media_rumour": "Ryktesspridning",
    "absence_trend": "Frånvarotrend",
    "other": "Övrigt",
}
SEVERITY_NAMES = ("låg", "medel", "hög")


def weekly_page(municipality_name: str, iso_week: str, figures: Figures, edition: int, published_at: datetime) -> str:
    """Return one edition of a week's picture as an HTML document."""
    monday = monday_of(iso_week)
    year, week = iso_week.split("-W")
    return _PAGES.get_template("weekly_picture.html").render(
        municipality_name=municipality_name,
        edition=edition,
        published_at=published_at,
        figures=figures,
        areas=[(area, list(rows)) for area, rows in groupby(figures.places, key=lambda row: row.area)],
        year=year,
        week=int(week),
        days=span_of(monday, monday + timedelta(days=6)),
        deadline=deadline_of(iso_week),
        forum_names=FORUM_NAMES,
        category_names=CATEGORY_NAMES,
        severity_names=SEVERITY_NAMES,
        band_width=BAND_WIDTH,
    )


def span_of(first: date, last: date) -> str:
    """Return two days as people write a span: `9–15 november 2026`, `28 december 2026 – 3 januari 2027`."""
    end = _day(last, "d MMMM y")
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    return f"{_day(first, 'd MMMM' if first.year == last.year else 'd MMMM y')} – {end}"


def moment_text(moment: datetime) -> str:
    """Return a moment as people here say it: `måndag 16 november 2026 kl. 10.00`."""
    return format_datetime(moment, "EEEE d MMMM y 'kl.' HH.mm", tzinfo=LOCAL_ZONE, locale="sv")


def short_moment_text(moment: datetime) -> str:
    """Return a moment for a table: `mån 16 nov. kl. 10.00`."""
    return format_datetime(moment, "EEE d MMM 'kl.' HH.mm", tzinfo=LOCAL_ZONE, locale="sv")


def band_text(band: tuple[int, int]) -> str:
    """Return a band of counts in words: `Inga`, `Färre än 5`, `5–9`."""
    lowest, highest = band
    if highest == 0:
        return "Inga"
    return f"Färre än {highest + 1}" if lowest == 1 else f"{lowest}–{highest}"


def severity_texts(by_severity: tuple[int, int, int]) -> list[str]:
    """Return a row's severities in words, the gravest first: `1 hög`, `2 låg`."""
    named = zip(by_severity, SEVERITY_NAMES, strict=True)
    return [f"{count} {name}" for count, name in reversed(list(named)) if count]


def _day(day: date, pattern: str) -> str:
    return format_date(day, pattern, locale="sv")


_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters.update(moment=moment_text, short_moment=short_moment_text, band=band_text, severities=severity_texts)
