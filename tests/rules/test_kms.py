"""What the driver is handed for each key service: the documents themselves; no key service was asked anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from shared.keys.kms import KmsMissing, keyring_of
from shared.mongo import Mongo
from shared.settings import Settings

SECRETS = {
    "house_secret": b"h" * 64,
    "vault_master_key": b"\n" + b"k" * 94 + b" ",
    "aws_access_key_id": b"AKIA-TEST\n",
    "aws_secret_access_key": b"hush\n",
    "azure_client_secret": b"hush",
    "gcp_private_key": b"aHVzaA==",
    "kmip_client.pem": b"certificate",
}
ADDRESSES = {"RABBITMQ_URL": "amqp://x", "MONGODB_URI": "mongodb://x"}
CHOSEN: dict[str, tuple[dict[str, str], dict[str, Any], dict[str, Any] | None]] = {
    "local": ({}, {"local": {"key": SECRETS["vault_master_key"]}}, None),
    "aws": (
        {"SAMVERKAN_KMS_REGION": "eu-north-1", "SAMVERKAN_KMS_KEY": "arn:aws:kms:eu-north-1:1:key/1"},
        {"aws": {"accessKeyId": "AKIA-TEST", "secretAccessKey": "hush"}},
        {"region": "eu-north-1", "key": "arn:aws:kms:eu-north-1:1:key/1"},
    ),
    "azure": (
        {
            "SAMVERKAN_KMS_TENANT": "tenant",
            "SAMVERKAN_KMS_CLIENT": "client",
            "SAMVERKAN_KMS_ENDPOINT": "kommunen.vault.example",
            "SAMVERKAN_KMS_KEY": "samverkan",
            "SAMVERKAN_KMS_KEY_VERSION": "2",
        },
        {"azure": {"tenantId": "tenant", "clientId": "client", "clientSecret": "hush"}},
        {"keyVaultEndpoint": "kommunen.vault.example", "keyName": "samverkan", "keyVersion": "2"},
    ),
    "gcp": (
        {
            "SAMVERKAN_KMS_EMAIL": "house@kommunen.example",
            "SAMVERKAN_KMS_PROJECT": "samverkan",
            "SAMVERKAN_KMS_LOCATION": "europe-north1",
            "SAMVERKAN_KMS_KEY_RING": "ring",
            "SAMVERKAN_KMS_KEY": "key",
        },
        {"gcp": {"email": "house@kommunen.example", "privateKey": "aHVzaA=="}},
        {"projectId": "samverkan", "location": "europe-north1", "keyRing": "ring", "keyName": "key"},
    ),
    "kmip": (
        {"SAMVERKAN_KMS_ENDPOINT": "keys.kommunen.example:5696"},
        {"kmip": {"endpoint": "keys.kommunen.example:5696"}},
        None,
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a secrets folder that has everything but the master key."""
    for name, content in SECRETS.items():
        if name != "vault_master_key":
            (tmp_path / name).write_bytes(content)
    return tmp_path


def _settings(folder: Path, **changes: str) -> Settings:
    return Settings.model_validate(ADDRESSES | {"SAMVERKAN_SECRETS": folder} | changes)


@pytest.mark.parametrize("kms", CHOSEN)
def test_the_driver_is_handed_what_its_documentation_asks_for(kms: str, folder: Path) -> None:
    """Accounts, master key and certificates of each provider, and a key forgotten after 20 seconds."""
    variables, accounts, master = CHOSEN[kms]
    if kms == "local":
        (folder / "vault_master_key").write_bytes(SECRETS["vault_master_key"])
    keyring = _settings(folder, SAMVERKAN_KMS=kms, **variables).keyring()
    assert (kms, accounts, master, 20) == (keyring.provider, keyring.accounts, keyring.master, keyring.seconds)
    tls = {"kmip": {"tlsCertificateKeyFile": str(folder / "kmip_client.pem")}} if kms == "kmip" else {}
    assert tls == keyring.tls
    assert "hush" not in repr(keyring)


@pytest.mark.parametrize("kms", CHOSEN)
@pytest.mark.parametrize("driver", ["pymongo", "motor"])
async def test_the_driver_takes_it(kms: str, driver: str, folder: Path) -> None:
    """Both drivers make their encryption of it: the names are the driver's own."""
    (folder / "vault_master_key").write_bytes(SECRETS["vault_master_key"])
    (folder / "kmip_client.pem").unlink()
    keyring = _settings(folder, SAMVERKAN_KMS=kms, **CHOSEN[kms][0])
    if kms == "kmip":
        with pytest.raises(KmsMissing, match=r"kmip_client\.pem"):
            keyring_of(keyring, folder)
        return
    mongo = Mongo("mongodb://127.0.0.1:1/", driver)
    assert driver != "pymongo" or isinstance(mongo.client, AsyncMongoClient)
    await mongo.encryption("vault.keys", keyring.keyring()).close()
    await mongo.close()


@pytest.mark.parametrize(
    ("kms", "missing"),
    [
        ("local", ["vault_master_key"]),
        ("aws", ["SAMVERKAN_KMS_REGION", "SAMVERKAN_KMS_KEY"]),
        ("azure", ["SAMVERKAN_KMS_TENANT", "SAMVERKAN_KMS_CLIENT", "SAMVERKAN_KMS_ENDPOINT", "SAMVERKAN_KMS_KEY"]),
        ("gcp", ["SAMVERKAN_KMS_EMAIL", "SAMVERKAN_KMS_PROJECT", "SAMVERKAN_KMS_KEY_RING"]),
        ("kmip", ["SAMVERKAN_KMS_ENDPOINT"]),
    ],
)
def test_all_that_is_missing_is_named_in_one_line(
    kms: str, missing: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and one line, before anything starts."""
    with pytest.raises(SystemExit) as left:
        _settings(folder, SAMVERKAN_KMS=kms).keyring()
    assert 2 == left.value.code
    (line,) = capsys.readouterr().err.splitlines()
    assert [] == [name for name in missing if name not in line]


def test_a_missing_secret_is_named_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the file's name, with the folder it belongs in."""
    (folder / "aws_secret_access_key").unlink()
    with pytest.raises(SystemExit):
        _settings(folder, SAMVERKAN_KMS="aws", **CHOSEN["aws"][0]).keyring()
    assert "hemligheten aws_secret_access_key" in capsys.readouterr().err


def test_a_master_key_of_another_length_is_refused(folder: Path) -> None:
    """It is read byte for byte, spaces and line ends too, and has 96 of them."""
    (folder / "vault_master_key").write_bytes(b"k" * 95)
    with pytest.raises(KmsMissing, match="96 byte"):
        keyring_of(_settings(folder), folder)


def test_keys_made_under_the_file_still_open_after_a_key_service_has_taken_over(folder: Path) -> None:
    """While the file lies there the driver is handed both; new keys are the service's."""
    (folder / "vault_master_key").write_bytes(SECRETS["vault_master_key"])
    keyring = _settings(folder, SAMVERKAN_KMS="aws", **CHOSEN["aws"][0]).keyring()
    assert {"aws", "local"} == set(keyring.accounts)
    assert "aws" == keyring.provider
