"""`samverkan hold`, `erase` and `retention` as processes on the tests' database: what an operator types and sees."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from deploy.local.infrastructure import Infrastructure
from shared.mongo import Mongo
from shared.person import HouseSecret
from shared.settings import Settings
from shared.vault import Erased, Vault
from tests.house import VAULT_COLLECTIONS

NUMBER = "198507099805"
PREFIX = "vault_commands_"
WHOM = ("--municipality", "2182", "--youth", "-")
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(infrastructure: Infrastructure, settings: Settings) -> Command:
    """Return a way to run a command, the number on standard input; the person is enrolled."""
    environment = infrastructure.environment | {"SAMVERKAN_DATABASE_PREFIX": PREFIX, "SAMVERKAN_KEY_SECONDS": "0.1"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "shared.operators.cli", *arguments]
        return subprocess.run(line, env=environment, input=f"{NUMBER}\n", capture_output=True, text=True, check=False)

    asyncio.run(_enrolled(settings))
    return run


def _ref(settings: Settings) -> str:
    return HouseSecret(settings.secret("house_secret")).person_ref("2182", NUMBER)


async def _enrolled(settings: Settings) -> None:
    mongo = Mongo(settings.mongodb_uri)
    for name in VAULT_COLLECTIONS:
        await mongo.database(f"{PREFIX}vault").delete(name, {})
    vault = await Vault.open_in(mongo, f"{PREFIX}vault", settings.keyring())
    await vault.enroll(_ref(settings), NUMBER)
    await vault.close()
    await mongo.close()


async def _number(settings: Settings) -> str | None:
    mongo = Mongo(settings.mongodb_uri)
    vault = await Vault.open_in(mongo, f"{PREFIX}vault", settings.keyring())
    try:
        return await vault.identity_number(_ref(settings))
    except Erased:
        return None
    finally:
        await vault.close()
        await mongo.close()


def test_a_person_is_held_released_and_erased(command: Command, settings: Settings) -> None:
    """Held: refused in one line. Released: gone, with the proof on standard output. No line shows the number."""
    ran = [held := command("hold", "set", *WHOM, "--reason", "dnr 9")]
    ran += [listed := command("hold", "list", "--json")]
    ran += [refused := command("erase", *WHOM, "--yes")]
    assert (0, 0, 1) == (held.returncode, listed.returncode, refused.returncode)
    assert _ref(settings) == json.loads(listed.stdout)["person_ref"]
    (line,) = refused.stderr.splitlines()
    assert "spärrad mot radering" in line
    ran += [command("hold", "lift", *WHOM, "--reason", "dnr 9"), dry := command("erase", *WHOM, "--dry-run", "--json")]
    assert 0 == dry.returncode
    assert {"vault.persons": 1, "vault.keys": 1} == json.loads(dry.stdout)["stored"]
    assert NUMBER == asyncio.run(_number(settings))
    ran += [erased := command("erase", *WHOM, "--yes", "--json", "--reason", "dnr 17")]
    proof = json.loads(erased.stdout.splitlines()[-1])["erased"]
    assert (_ref(settings), "dnr 17", 3) == (proof["person_ref"], proof["reason"], proof["seal"])
    assert asyncio.run(_number(settings)) is None
    ran += [again := command("erase", *WHOM, "--yes")]
    assert (1, True) == (again.returncode, proof["register_row"] in again.stderr)
    assert [] == [each.args for each in ran if NUMBER in each.stdout + each.stderr]


@pytest.mark.parametrize(
    "mistake",
    [
        ("erase", "--municipality", "2182", "--youth", "201306152389", "--yes"),
        ("erase", *WHOM, "--yes", "--reason", f"avser {NUMBER}"),
        ("erase", *WHOM, "--reason", "dnr 17"),
        ("hold", "lift", *WHOM, "--reason", "dnr 9"),
    ],
    ids=["no number", "number as reason", "not confirmed", "not held"],
)
def test_a_mistake_is_one_line_and_erases_nothing(
    command: Command, settings: Settings, mistake: tuple[str, ...]
) -> None:
    """Exit code 1, a line that says what to do, the person still there."""
    ran = command(*mistake)
    assert 1 == ran.returncode
    assert NUMBER not in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stderr.strip()
    assert NUMBER == asyncio.run(_number(settings))


def test_a_dry_run_of_the_retention_lists_every_class_that_weeds(command: Command) -> None:
    """One object a collection, as JSON."""
    ran = command("retention", "run", "--dry-run", "--json")
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert (0, True) == (ran.returncode, all(line["gone"] == 0 for line in lines))
    assert {"observations", "consents", "minutes", "letters", "persons"} <= {line["name"] for line in lines}
