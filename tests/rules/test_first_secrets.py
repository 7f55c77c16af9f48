"""The secrets of a container house: made once, and for their owner alone."""

from __future__ import annotations

from pathlib import Path

from deploy.first_secrets import keep
from shared.settings import Settings

AGENCIES: Path = Settings.model_fields["agencies_file"].default


def test_the_houses_secrets_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """Only the broker's user reads the administrator's password, which it knows anyway."""
    house, broker = tmp_path / "house", tmp_path / "broker"
    keep(house, broker, AGENCIES)
    files = [path for path in house.rglob("*") if path.is_file()]
    assert {"house_secret", "vault_master_key", "rabbitmq_url", "2182-school"} <= {path.name for path in files}
    assert {0o600} == {path.stat().st_mode & 0o777 for path in files}
    assert 0o700 == (house / "agencies").stat().st_mode & 0o777
    assert [(broker / "administrator.conf")] == list(broker.iterdir())


def test_a_secret_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """What is sealed under a secret would be lost with it."""
    house, broker = tmp_path / "house", tmp_path / "broker"
    keep(house, broker, AGENCIES)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    keep(house, broker, AGENCIES)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
