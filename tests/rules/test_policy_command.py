"""`samverkan policy`: the table as people read it, and clear words for a row that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from typer.testing import CliRunner

from shared.operators.cli import app
from tests.rules.policy_parts import written_row


def _run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["policy", *words])
    return result.exit_code, result.output


def test_the_table_is_shown_as_of_a_day() -> None:
    """The wording of the day with its paragraph; one row a line as JSON."""
    code, text = _run("list", "--on", "2025-03-31")
    assert (0, True, False) == (code, "2013 års lydelse" in text, "lagen (2025:170)" in text)
    code, text = _run("list", "--on", "2026-11-16", "--json")
    rows = [json.loads(line) for line in text.splitlines()]
    assert 0 == code
    assert {"2025-04-01"} == {row["valid_from"] for row in rows if row["code"] == "osl_10_18a_under21"}
    assert [{"from": ["police"], "to": ["school", "leisure"]}] == [
        way for row in rows if row["code"] == "osl_10_27_general_clause" for way in row["directions"]
    ]


def test_what_may_not_be_used_says_so_and_why() -> None:
    """A row that is not enabled is shown with its reason."""
    _, text = _run("list", "--on", "2026-11-16")
    assert "FÅR INTE ANVÄNDAS: första dag och undantag är inte slutligt kontrollerade" in text


def test_a_row_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    """Every fault with its place, on one line, and exit code 1; a file that is not there likewise."""
    file = tmp_path / "row.yaml"
    file.write_text(yaml.safe_dump(written_row(paragraph=None, longest_days=0)), encoding="utf-8")
    code, text = _run("what-if", str(file))
    assert (1, 1) == (code, len(text.splitlines()))
    assert all(part in text for part in ("Raden går inte att använda", "paragraph: Field required", "longest_days"))
    code, text = _run("what-if", str(tmp_path / "none.yaml"))
    assert (1, True) == (code, "No such file" in text)
