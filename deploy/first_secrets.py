"""Makes the secrets of a container house at its first start: `python -m deploy.first_secrets HOUSE BROKER`.

`compose.yaml` runs it before anything else; the two folders are volumes, read-only for everybody else. A secret that is
there is left alone, so an operator's own secrets, put there beforehand, are the ones that count. The house's are for
their owner alone; the broker's stand in a volume of its own and are read by the broker's own user.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

from shared.agencies import AgencyRegistry
from shared.settings import Settings

ADMINISTRATOR = "samverkan"
_HOST = "rabbitmq"


def keep(house: Path, broker: Path, agencies_file: Path) -> None:
    """Write what is missing: the house's secrets and agencies' passwords, and the broker's administrator."""
    password = secrets.token_urlsafe(24)
    administrator = f"default_user = {ADMINISTRATOR}\ndefault_pass = {password}\n"
    _keep(broker / "administrator.conf", administrator.encode(), mode=0o644)
    password = (broker / "administrator.conf").read_text(encoding="utf-8").split()[-1]
    _keep(house / "rabbitmq_url", f"amqp://{ADMINISTRATOR}:{password}@{_HOST}:5672/".encode())
    _keep(house / "rabbitmq_management_url", f"http://{ADMINISTRATOR}:{password}@{_HOST}:15672".encode())
    _keep(house / "house_secret", secrets.token_hex(32).encode())
    _keep(house / "vault_master_key", secrets.token_bytes(96))
    for agency in AgencyRegistry.load(agencies_file).all:
        _keep(house / "agencies" / agency.id, secrets.token_urlsafe(24).encode())


def _keep(path: Path, secret: bytes, mode: int = 0o600) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{path.name}.part")
        partial.touch(mode=mode)
        partial.write_bytes(secret)
        partial.rename(path)  # A secret is there whole or not at all.


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Path(sys.argv[2]), Settings.model_fields["agencies_file"].default)
