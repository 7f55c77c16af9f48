"""What the live tests run on: for each module a vhost and databases of its own, so none sees another's messages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx
import pymongo
import pytest

from deploy.local.infrastructure import Infrastructure
from deploy.local.place import ROOT
from deploy.local.processes import SERVICES, ServiceProcesses
from shared.settings import Settings

EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}


@pytest.fixture(scope="module")
def environment(infrastructure: Infrastructure, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The variables that lead to the module's own vhost and databases; both are gone afterwards.

    A module that wants shorter retry tiers says `RETRY_SECONDS = "1,2"`.
    """
    name = f"live{uuid4().hex[:8]}"
    variables = infrastructure.environment
    address = urlsplit(variables["RABBITMQ_URL"])
    vhost, rights = f"vhosts/{name}", f"permissions/{name}/{address.username}"
    own = {"RABBITMQ_URL": urlunsplit(address._replace(path=f"/{name}")), "SAMVERKAN_DATABASE_PREFIX": f"{name}_"}
    if hasattr(request.module, "RETRY_SECONDS"):
        own["SAMVERKAN_RETRY_SECONDS"] = request.module.RETRY_SECONDS
    with httpx.Client(
        base_url=f"{variables['RABBITMQ_MANAGEMENT_URL']}/api/", trust_env=False, timeout=60
    ) as management:
        management.put(vhost).raise_for_status()
        management.put(rights, json=EVERYTHING).raise_for_status()
        yield variables | own
        management.delete(vhost).raise_for_status()
    with pymongo.MongoClient[dict[str, object]](variables["MONGODB_URI"]) as client:
        for database in (*SERVICES, "vault", "agency_out"):
            client.drop_database(f"{name}_{database}")


@pytest.fixture(scope="module")
def settings(environment: dict[str, str]) -> Settings:
    """The settings that lead there."""
    return Settings.model_validate(environment)


@pytest.fixture(scope="module")
def services(infrastructure: Infrastructure, environment: dict[str, str]) -> Iterator[ServiceProcesses]:
    """The five services as processes there, ready for all tests of the module."""
    samverkan(environment, "agencies", "apply", str(infrastructure.agencies_file))
    running = ServiceProcesses(infrastructure.place, environment)
    running.start()
    running.wait_ready()
    yield running
    running.stop()


def samverkan(environment: dict[str, str], *arguments: str) -> str:
    """Run a `samverkan` command as an operator would and return what it printed; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "shared.operators.cli", *arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout + done.stderr
