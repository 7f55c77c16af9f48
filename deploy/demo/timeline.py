"""The story on paper: a heading for each day, a sentence for each moment, and under it who got what.

Everything goes to the screen and, without colour, to a file. What is shown is what came, not what was expected.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from babel.dates import format_date
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.demo.letters import Letter
from deploy.demo.moments import Moment
from deploy.demo.pictures import Picture
from deploy.demo.received import ANSWERS, Received
from deploy.demo.sayings import CHAPTERS
from deploy.demo.words import Names, called_together, mailed, said
from shared.clock import LOCAL_ZONE

WIDTH = 118


class Paper:
    """The screen and the file that keeps what was written there."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("w", encoding="utf-8")
        self._screen = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
        self._plain = Console(file=self._file, width=WIDTH, highlight=False)

    def write(self, *parts: RenderableType) -> None:
        """Write to both."""
        for part in parts:
            self._screen.print(part)
            with self._plain.capture() as written:
                self._plain.print(part)
            self._file.write("".join(f"{line.rstrip()}\n" for line in written.get().splitlines()))
        self._file.flush()

    def line(self, swedish: str, english: str = "", style: str = "") -> None:
        """Write one line with its gloss."""
        self.write(_glossed(swedish, english, style))


class Timeline:
    """Writes the moments."""

    def __init__(self, paper: Paper, names: Names) -> None:
        self._paper = paper
        self._names = names
        self._day: date | None = None
        self._written_to: list[str] = []
        self._chapter = 0

    def write(self, moment: Moment, got: list[Received], letters: list[Letter], picture: Picture | None) -> None:
        """Write a moment with everything that came of it."""
        at = moment.at.astimezone(LOCAL_ZONE)
        if moment.step is not None and moment.step.chapter != self._chapter:
            self._chapter, self._day = moment.step.chapter, None
            swedish, english = CHAPTERS[self._chapter]
            self._paper.write("", _glossed(swedish, english, "bold underline"))
        if at.date() != self._day:
            self._day = at.date()
            swedish = str(format_date(self._day, "EEEE d MMMM y", locale="sv")).capitalize()
            week = f", vecka {self._day.isocalendar().week}"
            self._paper.write("", _glossed(swedish + week, f"{self._day:%A %-d %B}", "bold"))
        entry = Table.grid(padding=(0, 2))
        entry.add_column(no_wrap=True)
        entry.add_column(overflow="fold")
        entry.add_row(f"  {at:%H.%M}", _glossed(moment.swedish, moment.english))
        for row in self._came(moment, got, letters, picture):
            entry.add_row("", row)
        self._paper.write(entry)

    def _came(
        self, moment: Moment, got: list[Received], letters: list[Letter], picture: Picture | None
    ) -> Iterable[Text]:
        by_text: dict[tuple[str, str], list[str]] = {}
        for each in sorted(got, key=lambda each: each.type not in ANSWERS):
            together = [one.data for one in got if (one.agency, one.type) == (each.agency, "meeting.called.v1")]
            is_one_of_many = each.type == "meeting.called.v1" and len(together) > 1
            text = called_together(together) if is_one_of_many else said(each.type, each.data, self._names)
            receivers_of_it = by_text.setdefault(text, [])
            receivers_of_it += [each.agency] if each.agency not in receivers_of_it else []
        for (swedish, english), receivers in by_text.items():
            yield _glossed(f"→ {self._names.all(receivers)}: {swedish}", english)
        told = {each.agency for each in got if each.type == "observation.disclosed.v1"}
        if kept_from := [each for each in moment.withheld_from if each not in told]:
            is_first = moment.step is not None and moment.step.chapter == 1
            by = "samtycket" if is_first else "bedömningen"
            why = f"{by} omfattar det inte" if told else "det finns inget samtycke"
            yield _glossed(f"✗ inte till {self._names.all(kept_from)}: {why}", "not told")
        for subject in dict.fromkeys((letter.kind, letter.about) for letter in letters):
            to = sorted(letter.to for letter in letters if (letter.kind, letter.about) == subject)
            addressees = "samma mottagare" if to == self._written_to else ", ".join(to)
            self._written_to = to
            swedish, english = mailed(*subject)
            yield _glossed(f"✉ {len(to)} mejl: {swedish}, till {addressees}", english)
        if picture is not None:
            yield _glossed(f"▣ lägesbild: {_figures(picture)}", "the week's picture")


def _figures(picture: Picture) -> str:
    reports = len(picture.received) + len(picture.missing)
    held, cancelled = picture.meetings["held"], picture.meetings["cancelled"]
    meetings = {0: "inget möte hållet", 1: "ett möte hållet"}.get(held, f"{held} möten hållna")
    meetings += f" av {picture.meetings['called']}" if held else ""
    meetings += f", {cancelled} inställt" if cancelled else ""
    meetings += ", inte beslutsfört" if picture.meetings["not_quorate"] else ""
    count = sum(picture.places.values())
    places = {0: "inga platshändelser", 1: "en platshändelse"}.get(count, f"{count} platshändelser")
    return f"{len(picture.received)} av {reports} veckorapporter inne, {places}, {meetings}"


def _glossed(swedish: str, english: str, style: str = "") -> Text:
    text = Text(swedish, style=style)
    return text.append(f" ({english})", style="not bold dim") if english else text
