"""Every environment variable the house reads, once, typed. A bad value is one clear line and exit code 2."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from shared.keys.kms import Keyring, KmsMissing, KmsSettings, keyring_of


class Settings(KmsSettings):
    """What a process is told by its environment. The field's alias is the variable's name."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    rabbitmq_url: str = Field(alias="RABBITMQ_URL", repr=False)
    rabbitmq_management_url: str | None = Field(default=None, alias="RABBITMQ_MANAGEMENT_URL", repr=False)
    mongodb_uri: str = Field(alias="MONGODB_URI", repr=False)
    smtp_url: str | None = Field(default=None, alias="SMTP_URL", repr=False)
    mongo_driver: Literal["pymongo", "motor"] = Field(default="pymongo", alias="MONGO_DRIVER")
    database_prefix: str = Field(default="samverkan_", alias="SAMVERKAN_DATABASE_PREFIX", pattern=r"^[a-z0-9_]{1,30}$")
    agencies_file: Path = Field(default=Path("deploy/local/agencies.yaml"), alias="SAMVERKAN_AGENCIES")
    secrets_dir: Path = Field(default=Path("var/secrets"), alias="SAMVERKAN_SECRETS")
    embedded: bool = Field(default=False, alias="SAMVERKAN_EMBEDDED")
    health_port: int = Field(default=8080, alias="SAMVERKAN_HEALTH_PORT", ge=0, le=65535)
    health_host: str = Field(default="127.0.0.1", alias="SAMVERKAN_HEALTH_HOST")
    clock_file: Path | None = Field(default=None, alias="SAMVERKAN_CLOCK")
    mail_window: str = Field(default="07-18", alias="SAMVERKAN_MAIL_WINDOW")
    mail_per_second: float = Field(default=0, alias="SAMVERKAN_MAIL_PER_SECOND", ge=0)
    mail_gateway_url: str | None = Field(default=None, alias="SAMVERKAN_MAIL_GATEWAY_URL", repr=False)
    mail_bounces: Path | None = Field(default=None, alias="SAMVERKAN_MAIL_BOUNCES")
    mail_from: str = Field(default="Samverkan <samverkan@kommunen.example>", alias="SAMVERKAN_MAIL_FROM")
    retry_seconds: Annotated[tuple[int, ...], NoDecode] = Field(default=(5, 60, 600), alias="SAMVERKAN_RETRY_SECONDS")
    hold_seconds: float = Field(default=2, alias="SAMVERKAN_HOLD_SECONDS", ge=0, le=60)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", alias="SAMVERKAN_LOG_LEVEL")

    @field_validator("retry_seconds", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Read `5,60,600`: seconds, at least one, each at least 1."""
        if isinstance(value, str):
            value = tuple(int(part) for part in value.split(","))
        if not isinstance(value, tuple) or any(second < 1 for second in value):
            raise ValueError("seconds, such as 5,60,600")
        return value

    @field_validator("rabbitmq_url")
    @classmethod
    def _heartbeat(cls, value: str) -> str:
        """Give the URL a heartbeat: without one a silent connection is noticed only after minutes."""
        if not value.startswith(("amqp://", "amqps://")):
            raise ValueError("amqp://user:password@host:port/vhost")
        return value if "heartbeat=" in value else value + ("&" if "?" in value else "?") + "heartbeat=10"

    @field_validator("mongodb_uri")
    @classmethod
    def _mongodb(cls, value: str) -> str:
        """Refuse what is no MongoDB address before a driver does so with a stack trace."""
        if not value.startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("mongodb://host:port/")
        return value

    def secret(self, name: str) -> bytes:
        """Return the secret kept in the file `name`; `SystemExit` with one line when it is not there."""
        path = self.secrets_dir / name
        try:
            return path.read_bytes().strip()
        except OSError:
            sys.stderr.write(f"Hemligheten {name} saknas: lägg den i {path} (SAMVERKAN_SECRETS pekar ut mappen).\n")
            raise SystemExit(2) from None

    def keyring(self) -> Keyring:
        """Return what the vault's keys are guarded by; `SystemExit` with one line that names all that is missing."""
        try:
            return keyring_of(self, self.secrets_dir)
        except KmsMissing as missing:
            sys.stderr.write(f"{missing}\n")
            raise SystemExit(2) from None


def read_settings() -> Settings:
    """Read the environment; for a missing or bad value print one line each and leave with exit code 2.

    An address holds a password, so it may stand in the secrets folder instead: `rabbitmq_url` for `RABBITMQ_URL`.
    """
    folder = Path(os.environ.get("SAMVERKAN_SECRETS") or "var/secrets")
    try:
        return Settings(_secrets_dir=folder if folder.is_dir() else None)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            name = ".".join(str(part) for part in fault["loc"])
            sys.stderr.write(f"{name}: {fault['msg'].removeprefix('Value error, ')}\n")
        raise SystemExit(2) from None
