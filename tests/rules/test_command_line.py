"""What goes wrong on the command line is one line and an exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from shared.operators.cli import app

NOWHERE = {
    "RABBITMQ_URL": "amqp://guest:hush@127.0.0.1:1/",
    "RABBITMQ_MANAGEMENT_URL": "http://guest:hush@127.0.0.1:1",
    "MONGODB_URI": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=10",
    "SAMVERKAN_EMBEDDED": "1",
}
AGENCIES = "municipalities: []\nagencies:\n  - {id: 2080-church, kind: church, name: Svenska kyrkan}\n"


@pytest.mark.parametrize(
    "command",
    [
        "run nothing",
        "run ../etc",
        "agencies apply no-such-file.yaml",
        "agencies apply agencies.yaml",
        "listen 2080-church --seconds 0",
        "publish raw --as 2080-church",
        "publish raw --as 2080-church --type place-event.submitted.v1",
        "waiting",
        "waiting --agency ../etc",
        "meetings preview",
        "dead list consent",
        "dead discard consent",
    ],
)
def test_a_command_that_cannot_be_done_says_why_in_one_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1, one line on standard error, no stack trace and no password."""
    (tmp_path / "agencies.yaml").write_text(AGENCIES, encoding="utf-8")
    (tmp_path / "raw").write_bytes(b"hej")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, command.split(), env=NOWHERE)
    assert (1, "") == (result.exit_code, result.stdout)
    assert 1 == len(result.stderr.strip().splitlines())
    assert "hush" not in result.stderr


@pytest.mark.parametrize("older_than", ["1", "2 weeks", "-3h", ""])
def test_an_age_that_is_none_is_a_mistake_in_the_command(older_than: str) -> None:
    """A word that is no age must not turn into `any age`."""
    for command in (["dead", "discard", "consent"], ["waiting"]):
        assert 2 == CliRunner().invoke(app, [*command, "--older-than", older_than], env=NOWHERE).exit_code
