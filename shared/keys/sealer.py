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

from shared.keys.kms import Keyring
from shared.mongo import OUTAGE, Database

CIPHERTEXT = 6
"""The BSON binary subtype of an encrypted value."""


def key_of(sealed: bytes) -> bytes:
    """Return the id of the key a value is sealed under: it begins with its type, one byte, and that id, sixteen."""
    return sealed[1:17]


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
    """Encrypts and decrypts bytes under named keys; a key that is gone makes its values unreadable for ever.

    The driver keeps a key it has used for `seconds`. So before each use the database is asked whether the key is there,
    and which key has that name now: another process may have deleted it, and made another, a moment ago.
    """

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.seconds = keyring.seconds
        self._keys = database
        self._keyring = keyring
        self._encryption = database.mongo.encryption(f"{database.name}.keys", keyring)

    async def key_named(self, name: str) -> bytes | None:
        """Return the id of the key that has that name now; None when there is none."""
        row = await self._keys.find_one("keys", {"keyAltNames": name})
        return None if row is None else row["_id"].bytes

    async def make_key(self, name: str) -> bytes:
        """Create the key of that name unless it is there, and return its id."""
        if (key := await self.key_named(name)) is not None:
            return key
        try:
            with _outages_shown():
                await self._encryption.create_data_key(
                    self._keyring.provider, master_key=self._keyring.master, key_alt_names=[name]
                )
        except (DuplicateKeyError, EncryptionError):
            if (key := await self.key_named(name)) is None:
                raise
            return key
        if (key := await self.key_named(name)) is None:
            raise Unreadable(name)  # made, and deleted at once
        return key

    async def encrypt(self, key: bytes, value: bytes) -> bytes:
        """Return the value sealed under the key of that id; `Unreadable` when there is none."""
        algorithm = Algorithm.AEAD_AES_256_CBC_HMAC_SHA_512_Random
        try:
            with _outages_shown():
                key_id = Binary(key, UUID_SUBTYPE)
                return bytes(await self._encryption.encrypt(Binary(value), algorithm, key_id=key_id))
        except EncryptionError as error:
            await self._show_if_gone(key, error)
            raise

    async def decrypt(self, sealed: bytes) -> bytes:
        """Return the value; `Unreadable` when its key is gone, and only then, also if the driver remembers the key."""
        if not await self.has_key(key_of(sealed)):
            raise Unreadable
        try:
            with _outages_shown():
                return bytes(await self._encryption.decrypt(Binary(sealed, CIPHERTEXT)))
        except EncryptionError as error:
            await self._show_if_gone(key_of(sealed), error)
            raise

    async def has_key(self, key: bytes) -> bool:
        """Say whether the key of that id is there now."""
        return await self._keys.find_one("keys", {"_id": Binary(key, UUID_SUBTYPE)}) is not None

    async def _show_if_gone(self, key: bytes, error: EncryptionError) -> None:
        if not await self.has_key(key):
            raise Unreadable from error

    async def close(self) -> None:
        """Let go of the driver's encryption state."""
        await self._encryption.close()
