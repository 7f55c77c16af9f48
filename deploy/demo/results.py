"""What a run leaves behind for people to open: e-mails, what each agency got, the weekly pictures, the timeline."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from deploy.demo.check import Evidence
from deploy.demo.due import CANCELLATION, KINDS, MOVE
from deploy.demo.letters import Letter
from deploy.demo.pictures import file_name
from deploy.demo.rendered import draw


class Results:
    """The folder of results, empty when a run begins."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self.timeline = folder / "timeline.txt"

    def keep(self, seen: Evidence) -> None:
        """Write everything that came."""
        for agency in seen.registry.all:
            got = [each.__dict__ for each in seen.received if each.agency == agency.id]
            text = json.dumps(got, ensure_ascii=False, indent=2)
            self._file("agencies", f"{agency.id}.json").write_text(text + "\n", encoding="utf-8")
        for number, letter in enumerate(seen.letters, 1):
            if letter.raw:
                self._keep_letter("mails", f"{number:03}-{_plain(letter.kind)}-{letter.to}", letter)
        for name, letter in one_of_each(seen.letters):
            self._keep_letter("brev", name, letter)
        draw(sorted(self.folder.glob("brev/*.html")))
        for week, picture in seen.pictures.items():
            (self.folder / file_name(week)).write_text(picture.html, encoding="utf-8")

    def places(self) -> list[tuple[str, str, Path]]:
        """Return what is there to open: in Swedish, as a gloss, and where."""
        pictures = [("Lägesbild", "weekly picture", path) for path in sorted(self.folder.glob("veckobild-*.html"))]
        folders = [
            ("Ett brev av varje slag, att titta på", "one mail of each kind", "brev"),
            ("E-post", "mails", "mails"),
        ]
        mails = [(what, gloss, self.folder / name) for what, gloss, name in folders if (self.folder / name).exists()]
        agencies = ("Vad var och en fick", "what each agency got", self.folder / "agencies")
        return [*pictures, *mails, agencies, ("Tidslinjen", "this timeline", self.timeline)]

    def _keep_letter(self, folder: str, name: str, letter: Letter) -> None:
        self._file(folder, f"{name}.eml").write_bytes(letter.raw)
        self._file(folder, f"{name}.html").write_text(letter.html, encoding="utf-8")
        if letter.calendar:
            self._file(folder, f"{name}.ics").write_text(letter.calendar, encoding="utf-8", newline="")

    def _file(self, folder: str, name: str) -> Path:
        (self.folder / folder).mkdir(exist_ok=True)
        return self.folder / folder / name


def one_of_each(letters: Iterable[Letter]) -> list[tuple[str, Letter]]:
    """Return one letter of each kind, and one more of those for a red day, each with a name to keep it under.

    Where a kind goes to several, the last is taken: the first is the organiser's own.
    """
    found: dict[str, Letter] = {}
    for letter in letters:
        if letter.raw and letter.kind in KINDS:
            for_red_day = "-röd-dag" if letter.kind in (MOVE, CANCELLATION) and "röd dag" in letter.text else ""
            found[f"{KINDS.index(letter.kind) + 1}-{_plain(letter.kind)}{for_red_day}"] = letter
    return sorted(found.items())


def _plain(kind: str) -> str:
    return kind.lower().replace(" ", "-")
