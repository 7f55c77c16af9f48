"""AsyncAPI 3 documents, made from the code: one a service, and one for what agency systems see.

`python -m deploy.asyncapi` writes them under docs/asyncapi; `--check` compares, and exits with 1 where they differ.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from faststream.rabbit import RabbitBroker, RabbitExchange
from faststream.specification import AsyncAPI

from deploy.local.processes import SERVICES
from shared import topology
from shared.events import agencies, answers
from shared.events.event import Event
from shared.messaging import queue_for
from shared.service import Service

FOLDER = Path(__file__).parent.parent / "docs" / "asyncapi"
CONTRACT = "What the house takes in from agency systems (agency.in) and tells them (agency.out), seen from the house."


def main(arguments: list[str]) -> int:
    """Write the documents, or say which of them are out of date."""
    documents = {"agency-contract": contract_document()}
    documents |= {name: service_document(importlib.import_module(f"services.{name}.app").service) for name in SERVICES}
    stale = [name for name, text in documents.items() if _written(name) != text]
    if "--check" in arguments:
        for name in stale:
            sys.stderr.write(f"docs/asyncapi/{name}.json is out of date: run `make docs` and commit it.\n")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in documents.items():
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(documents)} documents, {len(stale)} of them changed, in docs/asyncapi\n")
    return 0


def service_document(service: Service) -> str:
    """Return one service's document: what it hears, says, and tells agencies."""
    broker = RabbitBroker()
    broker.include_router(service.router)
    for event in service.says:
        _publishes(broker, event, topology.EVENTS_EXCHANGE, event.type)
    for answer in service.tells:
        _publishes(broker, answer, topology.AGENCY_OUT_EXCHANGE, f"{{agency_id}}.{answer.type}")
    module = importlib.import_module(f"services.{service.name}")
    return _document(broker, f"samverkan {service.name}", module.__doc__ or "")


def contract_document() -> str:
    """Return the document of the contract with agency systems."""
    broker = RabbitBroker()
    for submission in agencies.TYPES.values():
        subscriber = broker.subscriber(
            queue_for("house", submission),
            topology.AGENCY_IN_EXCHANGE,
            title=submission.type,
            description=submission.__doc__,
            no_reply=True,
        )
        subscriber(_taking_in(submission))
    for answer in answers.TYPES.values():
        _publishes(broker, answer, topology.AGENCY_OUT_EXCHANGE, f"{{agency_id}}.{answer.type}")
    return _document(broker, "samverkan: the contract with agency systems", CONTRACT)


def _taking_in(submission: type[Event]) -> Callable[..., Awaitable[None]]:
    async def take_in(body: Event) -> None:
        """Stand for the service that takes it in."""

    take_in.__annotations__["body"] = submission
    take_in.__doc__ = submission.__doc__
    return take_in


def _publishes(broker: RabbitBroker, event: type[Event], exchange: RabbitExchange, routing_key: str) -> None:
    broker.publisher(
        routing_key=routing_key,
        exchange=exchange,
        schema=event,
        title=f"{exchange.name}:{event.type}",
        description=event.__doc__,
    )


def _document(broker: RabbitBroker, title: str, description: str) -> str:
    specification = AsyncAPI(
        broker, title=title, version="1.0.0", description=description.strip(), schema_version="3.0.0"
    )
    content = specification.to_specification().to_jsonable()
    # Where the broker runs is the installation's own affair.
    content.pop("servers", None)
    for channel in content["channels"].values():
        channel.pop("servers", None)
    return json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _written(name: str) -> str | None:
    path = FOLDER / f"{name}.json"
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
