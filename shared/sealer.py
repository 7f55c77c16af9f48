"""The driver's explicit field encryption (client-side, AEAD): values sealed under keys that have names.

A key that is gone makes its values unreadable for ever, and that is said only when the key is gone: an outage taken for
a missing key would pass for an erasure, and what waits to be told would be dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bson.binary import UUID_SUBTYPE, Binary
from pymongo.encryption import Algorithm  # type: ignore[attr-defined]  # documented, though not listed
from pymongo.errors import DuplicateKeyError, EncryptionError

from shared.mongo import OUTAGE, Database

CIPHERTEXT = 6
"""The BSON binary subtype of an encrypted value."""


class Unreadable(Exception):
    """A sealed value's key is gone: the person was erased."""


@contextmanager
def _outages_shown() -> Iterator[None]:
    """Raise an outage of the key vault as the outage it is: taken for a missing key, it would pass for an erasure."""
    try:
        yield
    except EncryptionError as error:
        if isinstance(error.cause, OUTAGE):
            raise error.cause from error
        raise


class Sealer:
    """Encrypts and decrypts bytes under named keys; a key that is gone makes its values unreadable for ever."""

    def __init__(self, database: Database, master_key: bytes) -> None:
        self._keys = database
        self._encryption = database.mongo.encryption(f"{database.name}.keys", master_key)

    async def make_key(self, name: str) -> None:
        """Create the key of that name unless it is there."""
        if await self._keys.find_one("keys", {"keyAltNames": name}) is not None:
            return
        try:
            await self._encryption.create_data_key("local", key_alt_names=[name])
        except (DuplicateKeyError, EncryptionError):
            if await self._keys.find_one("keys", {"keyAltNames": name}) is None:
                raise

    async def encrypt(self, name: str, value: bytes) -> bytes:
        """Return the value sealed under that key, which must exist."""
        algorithm = Algorithm.AEAD_AES_256_CBC_HMAC_SHA_512_Random
        with _outages_shown():
            return bytes(await self._encryption.encrypt(Binary(value), algorithm, key_alt_name=name))

    async def decrypt(self, sealed: bytes) -> bytes:
        """Return the value; `Unreadable` when its key is gone, and only then."""
        try:
            with _outages_shown():
                return bytes(await self._encryption.decrypt(Binary(sealed, CIPHERTEXT)))
        except EncryptionError as error:
            # A sealed value begins with its type, one byte, and its key's UUID, sixteen.
            if await self._keys.find_one("keys", {"_id": Binary(sealed[1:17], UUID_SUBTYPE)}) is None:
                raise Unreadable from error
            raise

    async def close(self) -> None:
        """Let go of the driver's encryption state."""
        await self._encryption.close()
