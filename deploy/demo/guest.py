"""The demo as a guest on somebody else's broker or database: a vhost and databases of its own, removed when it leaves.

The name follows from the copy's folder, so what a killed demo left behind is found and removed by the next one. Users
belong to the whole broker, not to a vhost: a password that another house goes by must never be changed from here.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import secrets
import socket
from urllib.parse import unquote, urlsplit

from deploy.local import NotPossible
from deploy.local.infrastructure import Infrastructure
from deploy.local.place import Place
from deploy.local.processes import SERVICES
from shared.agencies import AgencyRegistry
from shared.mongo import Mongo
from shared.operators.provision import Broker, Row, password_hash


class Guest:
    """What the demo has of its own where the infrastructure is not its own; nothing where it is."""

    def __init__(self, home: Place, infrastructure: Infrastructure) -> None:
        mark = hashlib.sha256(f"{socket.gethostname()} {home.var}".encode()).hexdigest()[:10]
        self._home = home
        self._infrastructure = infrastructure
        self._vhost = f"samverkan-demo-{mark}"
        self._prefix = f"demo_{mark}_"

    def move_in(self) -> None:
        """Make room, empty; from then on the environment leads there."""
        if not self._infrastructure.embeds_rabbitmq:
            broker, url = self._broker(), urlsplit(os.environ["RABBITMQ_URL"])
            self._keep_passwords(broker)
            everything = {"configure": ".*", "write": ".*", "read": ".*"}
            broker.write(Row("vhost", f"vhosts/{self._vhost}", {}))
            broker.write(Row("rights", f"permissions/{self._vhost}/{unquote(url.username or 'guest')}", everything))
            os.environ["RABBITMQ_MANAGEMENT_URL"] = self._infrastructure.environment["RABBITMQ_MANAGEMENT_URL"]
            os.environ["RABBITMQ_URL"] = url._replace(path=f"/{self._vhost}").geturl()
        if not self._infrastructure.embeds_mongodb:
            os.environ["SAMVERKAN_DATABASE_PREFIX"] = self._prefix

    def move_out(self) -> None:
        """Remove the room and everything in it, and the users whom nobody else knows."""
        if not self._infrastructure.embeds_rabbitmq:
            broker = self._broker()
            here = {row["user"] for row in broker.read("permissions") if row["vhost"] == self._vhost}
            broker.write(Row("vhost", f"vhosts/{self._vhost}", {}, "DELETE"))
            for agency_id in (here & set(self._agency_ids())) - _in_use(broker):
                broker.write(Row("user", f"users/{agency_id}", {}, "DELETE"))
        if not self._infrastructure.embeds_mongodb:
            asyncio.run(self._drop_databases())

    def _broker(self) -> Broker:
        environment = self._infrastructure.environment
        return Broker(environment["RABBITMQ_MANAGEMENT_URL"], environment["RABBITMQ_URL"])

    def _agency_ids(self) -> list[str]:
        return [agency.id for agency in AgencyRegistry.load(self._infrastructure.agencies_file).all]

    async def _drop_databases(self) -> None:
        mongo = Mongo(os.environ["MONGODB_URI"])
        try:
            for name in (*SERVICES, "vault"):
                await mongo.client.drop_database(self._prefix + name)
        finally:
            await mongo.close()

    def _keep_passwords(self, broker: Broker) -> None:
        """Keep a password for each agency: the one it has where another house uses it too, else a new one."""
        place = self._infrastructure.place
        if self._infrastructure.secrets != place.secrets:
            return
        in_use = _in_use(broker)
        held = {user["name"]: user["password_hash"] for user in broker.read("users") if user["name"] in in_use}
        for agency_id in self._agency_ids():
            kept = self._home.secrets / "agencies" / agency_id
            known = [kept.read_text("utf-8").strip()] if kept.is_file() else []
            known += [agency_id] if agency_id in held else [secrets.token_urlsafe(24)]
            right = [each for each in known if agency_id not in held or _opens(each, held[agency_id])]
            if not right:
                raise NotPossible(
                    f"{agency_id} används av ett annat hus i RabbitMQ: låt SAMVERKAN_SECRETS peka på dess lösenord."
                )
            place.secret(f"agencies/{agency_id}", right[0].encode())


def _in_use(broker: Broker) -> set[str]:
    """Return the users that may do something in some vhost."""
    return {row["user"] for row in broker.read("permissions")}


def _opens(password: str, held_hash: str) -> bool:
    return password_hash(password, base64.b64decode(held_hash)[:4]) == held_hash
