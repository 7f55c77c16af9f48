"""What a run leaves behind for people to open: e-mails, what each agency got, the weekly pictures, the timeline."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from deploy.demo.check import Evidence
from deploy.demo.letters import Letter
from deploy.demo.pictures import file_name


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
                self._keep_letter(number, letter)
        for week, picture in seen.pictures.items():
            (self.folder / file_name(week)).write_text(picture.html, encoding="utf-8")

    def places(self) -> list[tuple[str, str, Path]]:
        """Return what is there to open: in Swedish, as a gloss, and where."""
        pictures = [("Lägesbild", "weekly picture", path) for path in sorted(self.folder.glob("veckobild-*.html"))]
        mails = [("E-post", "mails", self.folder / "mails")] if (self.folder / "mails").exists() else []
        agencies = ("Vad var och en fick", "what each agency got", self.folder / "agencies")
        return [*pictures, *mails, agencies, ("Tidslinjen", "this timeline", self.timeline)]

    def _keep_letter(self, number: int, letter: Letter) -> None:
        name = f"{number:02}-{letter.kind.lower()}-{letter.to}"
        self._file("mails", f"{name}.eml").write_bytes(letter.raw)
        self._file("mails", f"{name}.html").write_text(letter.html, encoding="utf-8")

    def _file(self, folder: str, name: str) -> Path:
        (self.folder / folder).mkdir(exist_ok=True)
        return self.folder / folder / name
