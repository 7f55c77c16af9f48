"""Who guards the keys of the vault: a master key in a file, or a key service, by `SAMVERKAN_KMS`.

Here settings and secrets become the three documents that the driver asks for. What is missing is named, all of it at
once, before a service starts: a house without its keys must not begin to take in anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field
from pydantic_settings import BaseSettings

MASTER_KEY = "vault_master_key"
MASTER_KEY_BYTES = 96
_ACCOUNT: Final[dict[str, dict[str, str]]] = {
    "local": {"key": MASTER_KEY},
    "aws": {
        "accessKeyId": "aws_access_key_id",
        "secretAccessKey": "aws_secret_access_key",
        "sessionToken?": "aws_session_token",
    },
    "azure": {"tenantId": "kms_tenant", "clientId": "kms_client", "clientSecret": "azure_client_secret"},
    "gcp": {"email": "kms_email", "privateKey": "gcp_private_key"},
    "kmip": {"endpoint": "kms_endpoint"},
}
"""The driver's `kms_providers`: its field, and the setting (`kms_…`) or secret that fills it; `?` may be missing."""
_MASTER: Final[dict[str, dict[str, str]]] = {
    "local": {},
    "aws": {"region": "kms_region", "key": "kms_key", "endpoint?": "kms_endpoint"},
    "azure": {"keyVaultEndpoint": "kms_endpoint", "keyName": "kms_key", "keyVersion?": "kms_key_version"},
    "gcp": {
        "projectId": "kms_project",
        "location": "kms_location",
        "keyRing": "kms_key_ring",
        "keyName": "kms_key",
        "keyVersion?": "kms_key_version",
        "endpoint?": "kms_endpoint",
    },
    "kmip": {"keyId?": "kms_key"},
}
"""The driver's `master_key`, in the same way."""
_TLS_FILES: Final[dict[str, dict[str, str]]] = {
    "kmip": {"tlsCertificateKeyFile": "kmip_client.pem", "tlsCAFile?": "kmip_ca.pem"}
}
"""The driver's `kms_tls_options`: the secret's file itself. KMIP knows its clients by their certificates."""


class KmsMissing(Exception):
    """What the chosen key service needs and was not given; the text is one line for people."""


class KmsSettings(BaseSettings):
    """The environment's words about keys."""

    kms: Literal["local", "aws", "azure", "gcp", "kmip"] = Field(default="local", alias="SAMVERKAN_KMS")
    kms_region: str = Field(default="", alias="SAMVERKAN_KMS_REGION")
    kms_key: str = Field(default="", alias="SAMVERKAN_KMS_KEY")
    kms_key_version: str = Field(default="", alias="SAMVERKAN_KMS_KEY_VERSION")
    kms_key_ring: str = Field(default="", alias="SAMVERKAN_KMS_KEY_RING")
    kms_endpoint: str = Field(default="", alias="SAMVERKAN_KMS_ENDPOINT")
    kms_tenant: str = Field(default="", alias="SAMVERKAN_KMS_TENANT")
    kms_client: str = Field(default="", alias="SAMVERKAN_KMS_CLIENT")
    kms_email: str = Field(default="", alias="SAMVERKAN_KMS_EMAIL")
    kms_project: str = Field(default="", alias="SAMVERKAN_KMS_PROJECT")
    kms_location: str = Field(default="", alias="SAMVERKAN_KMS_LOCATION")
    key_seconds: float = Field(default=20, alias="SAMVERKAN_KEY_SECONDS", ge=0.01, le=60)


@dataclass(frozen=True)
class Keyring:
    """What the driver is handed. `seconds`: how long the driver remembers a person's key after it has fetched it."""

    provider: str
    accounts: dict[str, dict[str, Any]] = field(repr=False)
    master: dict[str, Any] | None = field(repr=False)
    tls: dict[str, dict[str, str]]
    seconds: float


def keyring_of(settings: KmsSettings, folder: Path) -> Keyring:
    """Return the keyring that settings and the secrets folder describe; `KmsMissing` names everything that lacks.

    Where a key service has taken over from the master key in a file, that file still opens the keys made under it, for
    as long as it lies in the folder.
    """
    found = _Found(settings, folder)
    chosen: str = settings.kms
    accounts = {chosen: found.document(_ACCOUNT[chosen])}
    if chosen != "local" and (folder / MASTER_KEY).is_file():
        accounts["local"] = found.document(_ACCOUNT["local"])
    master = found.document(_MASTER[chosen])
    tls = {chosen: found.document(_TLS_FILES[chosen], as_path=True)} if chosen in _TLS_FILES else {}
    if found.missing:
        raise KmsMissing(f"SAMVERKAN_KMS={chosen}: det saknas {', '.join(found.missing)} (hemligheter i {folder}).")
    return Keyring(chosen, accounts, master or None, tls, settings.key_seconds)


class _Found:
    """Looks things up in settings and secrets, and remembers what was not there."""

    def __init__(self, settings: KmsSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self.missing: list[str] = []

    def document(self, fields: dict[str, str], *, as_path: bool = False) -> dict[str, Any]:
        """Return the driver's document; what may be missing and is, is left out."""
        document: dict[str, Any] = {}
        for name, source in fields.items():
            value = getattr(self._settings, source) if source.startswith("kms_") else self._secret(source, as_path)
            if value:
                document[name.removesuffix("?")] = value
            elif not name.endswith("?"):
                is_setting = source.startswith("kms_")
                self.missing.append(f"SAMVERKAN_{source.upper()}" if is_setting else f"hemligheten {source}")
        return document

    def _secret(self, name: str, as_path: bool) -> str | bytes | None:
        path = self._folder / name
        if not path.is_file():
            return None
        if as_path:
            return str(path)
        content = path.read_bytes()
        if name != MASTER_KEY:
            return content.decode().strip()
        if len(content) != MASTER_KEY_BYTES:
            raise KmsMissing(f"Hemligheten {name} ska vara exakt {MASTER_KEY_BYTES} byte: {path}.")
        return content
