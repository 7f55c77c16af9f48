"""The page of a week's picture: what it says in Swedish, what it hides, and that everybody can read it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import get_args

from services.reporting.facts import ConcernSeen, Fact, MeetingSeen, PlaceEventSeen, ReportSeen, Standing, WeekFacts
from services.reporting.page import CATEGORY_NAMES, FORUM_NAMES, span_of, weekly_page
from services.reporting.rules import figures_of
from services.reporting.weeks import deadline_of, monday_of
from shared.agencies import Agency
from shared.events.agencies import PlaceCategory
from shared.events.meetings import Forum

HOUSING = Agency(id="2182-housing-ohman", kind="housing", name="Öhmans bostäder", owes_weekly_report=True)
CHURCH = Agency(id="2182-church", kind="church", name="Ålsjö församling", owes_weekly_report=True)
POLICE = Agency(id="2182-police", kind="police", name="Polisen Söderhamn")
AGENCIES = (HOUSING, CHURCH, POLICE)


def place(number: int, area: str = "Centrum", category: str = "vandalism", severity: int = 1) -> PlaceEventSeen:
    return PlaceEventSeen.model_validate(
        {
            "place_event_id": str(number),
            "area": area,
            "category": category,
            "severity": severity,
            "day": date(2026, 11, 11),
        }
    )


def report(agency: Agency, registered_at: datetime, *, nil_report: bool = False) -> ReportSeen:
    return ReportSeen(agency_id=agency.id, nil_report=nil_report, place_events=0, registered_at=registered_at)


def facts_of(*facts: Fact) -> WeekFacts:
    week = WeekFacts()
    for fact in facts:
        week = week.plus(fact)
    return week


def page_of(*facts: Fact, agencies: tuple[Agency, ...] = AGENCIES, edition: int = 1) -> str:
    figures = figures_of(facts_of(*facts), "2026-W46", agencies)
    return weekly_page("Söderhamns kommun", "2026-W46", figures, edition, datetime(2026, 11, 16, 9, 0, tzinfo=UTC))


def test_spans_of_days_are_written_as_people_write_them() -> None:
    """One month, two months, two years."""
    spans = [
        span_of(monday_of(week), monday_of(week) + timedelta(days=6)) for week in ("2026-W46", "2026-W49", "2026-W53")
    ]
    assert ["9–15 november 2026", "30 november – 6 december 2026", "28 december 2026 – 3 januari 2027"] == spans


def test_every_category_and_forum_has_its_swedish_name() -> None:
    """A code never stands on the page."""
    assert set(get_args(PlaceCategory)) == set(CATEGORY_NAMES)
    assert set(get_args(Forum)) == set(FORUM_NAMES)


def test_the_page_says_who_is_missing_late_and_had_nothing_to_report() -> None:
    """The words that the meeting reads."""
    ten = deadline_of("2026-W46")
    page = page_of(report(HOUSING, ten + timedelta(hours=1)), report(POLICE, ten, nil_report=True), edition=2)
    for words in ("Ålsjö församling", "Saknas", "Sen", "Nollrapport", "måndag 16 november 2026 kl. 10.00", "Utgåva 2"):
        assert words in page


def test_the_page_of_an_empty_week_says_so() -> None:
    """Nothing reported is an answer too, and looks like one."""
    page = page_of(agencies=())
    for words in ("Inga händelser rapporterade den här veckan.", "Inga möten", "Ingen aktör", "Ingen oro"):
        assert words in page


def meetings_page(*standings: Standing) -> str:
    week = WeekFacts()
    for number, standing in enumerate(standings):
        week = week.with_meeting(MeetingSeen(meeting_id=str(number), forum="sspf", standing=standing))
    figures = figures_of(week, "2026-W46", AGENCIES)
    return weekly_page("Söderhamns kommun", "2026-W46", figures, 1, datetime(2026, 11, 16, 9, 0, tzinfo=UTC))


def test_the_page_says_how_the_weeks_meetings_went() -> None:
    """Called and held as numbers; held without all, cancelled, not held and without minutes in words."""
    page = meetings_page("called", "held", "not_quorate", "not_held", "cancelled", "cancelled")
    assert '<td class="number">4</td><td class="number">2</td>' in page
    for words in (
        "1 möte hölls fast någon som måste vara med saknades",
        "2 inställda möten",
        "1 möte blev inte av",
        "1 möte utan anteckning än",
        "möten hållna av kallade, 2 inställda</dt><dd>2 av 4</dd>",
    ):
        assert words in page


def test_a_week_whose_only_meeting_is_cancelled_says_so() -> None:
    """It is not a week without meetings, and nothing is missing from it."""
    page = meetings_page("cancelled")
    assert "1 inställt möte" in page
    assert '<td class="number">0</td><td class="number">0</td>' in page
    assert "utan anteckning" not in page
    assert "Inga möten" not in page


def test_the_page_shows_no_small_number_of_persons() -> None:
    """One youth and four youths give the same page."""
    one, four = page_of(ConcernSeen(mark="a")), page_of(*(ConcernSeen(mark=mark) for mark in "abcd"))
    assert one == four
    assert '<p class="band">Färre än 5 unga</p>' in one


def test_what_agencies_wrote_is_escaped() -> None:
    """An area name cannot carry markup into the page."""
    page = page_of(place(1, area="<script>alert(1)</script>"))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """No scripts, no outside resources: it is the same on paper, off line and in ten years."""
    page = page_of(place(1))
    assert not re.search(r"<script|<link|<img|<iframe|https?:|url\(|@import|\son\w+=", page)


class Outline(HTMLParser):
    """What a page is built of: ids, what refers to them, scopes, and whether every element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.referred: list[str] = []
        self.headers_without_scope = 0
        self.pictures_without_name = 0
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.ids += [known["id"] or ""] if "id" in known else []
        self.referred += (known.get("aria-labelledby") or "").split()
        self.headers_without_scope += tag == "th" and "scope" not in known
        self.pictures_without_name += tag == "svg" and (known.get("role") != "img" or "aria-labelledby" not in known)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing stays open."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_can_be_read_without_seeing_it() -> None:
    """Swedish is declared, headers have scopes, every bar has a name and a description, ids are unique."""
    page = page_of(place(1), place(2, category="littering", severity=3), report(HOUSING, deadline_of("2026-W46")))
    outline = Outline(page)
    assert '<html lang="sv">' in page
    assert (0, 0, []) == (outline.headers_without_scope, outline.pictures_without_name, outline.open)
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.referred) <= set(outline.ids)
    assert '<title id="bar-1-title">Nedskräpning, Centrum: 1</title>' in page
    assert "Allvarlighetsgrad: 1 hög." in page


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` or `#rgb` (WCAG 2.1)."""
    digits = colour.removeprefix("#")
    pairs = [digits[i : i + 2] for i in (0, 2, 4)] if len(digits) == 6 else [digit * 2 for digit in digits]
    parts = [int(pair, 16) / 255 for pair in pairs]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_text_colour_stands_out_from_its_ground() -> None:
    """At least 4.5 to 1 for each pair that the style sheet puts together (WCAG 2.1, 1.4.3)."""
    page = page_of()
    colours = dict(re.findall(r"--(\w+): (#\w+)", page))
    pairs = [(colours[text], colours[ground]) for text in ("ink", "quiet") for ground in ("paper", "ground")]
    pairs += [("#fff", colours["deep"]), *re.findall(r"\{ color: (#\w+); background: (#\w+); \}", page)]
    assert 8 == len(pairs)
    for text, ground in pairs:
        lighter, darker = sorted((luminance(text), luminance(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, ground)
