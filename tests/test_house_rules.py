"""The rules that matter, executable: what every service hears and says, and what no file may hold.

How a rule about files finds its offences stands in `source_rules.py`; here each is run over the repository, and over a
text that breaks it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import cast, get_args

import pytest
from faststream import AckPolicy
from faststream.rabbit.subscriber import RabbitSubscriber

import shared.events
from shared import topology
from shared.events import agencies, answers
from shared.events.consent import ConsentEnded, EnforcingService
from shared.events.event import Event, type_of
from shared.outgoing import DEAD, EVENTS
from shared.service import Service
from tests import source_rules as rules
from tests.house import SERVICES
from tests.live.youths import number_of_series
from tests.source_rules import ROOT, Finder, Source, offences, sources, texts

PRODUCT = ("services", "shared")
EVERYTHING = (*PRODUCT, "deploy", "tests")
ANSWERED_BY_SHARED: set[type[answers.Answer]] = {
    answers.SubmissionAccepted,
    answers.SubmissionRejected,
    answers.DisclosureDenied,
}
"""Made in `shared/intake/submissions.py` for every service that takes submissions in, and in
`shared/policy/denials.py` for those that call it."""
NOT_TOLD_YET: set[type[answers.Answer]] = set()
"""In the contract, and told by nobody until its issue lands."""
IRREGULAR = {"expiring", "held", "made", "missing", "overdue", "set", "waiting"}
"""Last words of message names that end in no `-ed`: the participles of hold, make and set, and what still goes on."""
NAMED_BY_THE_CONTRACT: set[type[Event]] = {agencies.JointOperationCarriedOut}
"""The contract's types whose last word is two: `joint-operation.carried-out.v1`."""
NOT_COUNTED = {"events", "operators"}
"""Packages of `shared/` that are lists: the messages, and the commands of `samverkan`, which no service loads."""
KEPT = {"x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
"""The arguments without which a queue loses messages when it is full or its dead letters cannot be reached."""
CLOCK_READERS = {
    "shared/clock.py": "the house's clock itself",
    "shared/outbox.py": "leases are measured in real time",
    "shared/broker.py": "the AMQP timestamp: when it was published, whatever the house's clock says",
    "shared/operators/agency_client.py": "the same, of an agency's own system",
    "shared/operators/dead_letters.py": "how old a letter is, and when an operator acted",
}


def _subscribers(service: Service) -> list[RabbitSubscriber]:
    return cast("list[RabbitSubscriber]", list(service.router.subscribers))


def _internal_events() -> set[type[Event]]:
    names = {each.name for each in pkgutil.iter_modules(shared.events.__path__)} - {"agencies", "answers", "event"}
    modules = [importlib.import_module(f"shared.events.{name}") for name in names]
    return {shape for module in modules for shape in _events_defined_in(module)}


def _events_defined_in(module: ModuleType) -> Iterator[type[Event]]:
    for _, shape in inspect.getmembers(module, inspect.isclass):
        if issubclass(shape, Event) and shape.__module__ == module.__name__:
            yield shape


def _made_by(service: Service) -> set[type[Event]]:
    """Every event class that a service's functions name in their bodies: what they hear stands in signatures."""
    names = [source.path.removesuffix(".py").replace("/", ".") for source in sources(f"services/{service.name}")]
    return {made for name in names for made in _made_in(importlib.import_module(name.removesuffix(".__init__")))}


def _calls(service: Service, function: str) -> bool:
    return any(called == function for source in sources(f"services/{service.name}") for _, called in source.calls)


def _made_in(module: ModuleType) -> set[type[Event]]:
    made = set()
    for name in rules.named_in_bodies(Source("", inspect.getsource(module))):
        named: object = module
        for part in name.split("."):
            named = getattr(named, part, None)
        if inspect.isclass(named) and issubclass(named, Event):
            made.add(named)
    return made


def _table(service: Service, heading: str) -> list[tuple[str, ...]]:
    """Return the quoted words of each row of a table in a service's README."""
    readme = (ROOT / "services" / service.name / "README.md").read_text(encoding="utf-8")
    _, _, section = readme.partition(f"## {heading}\n")
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return [tuple(re.findall(r"^`([^`]+)`$", cell.strip())[0] for cell in _quoted_cells(row)) for row in rows]


def _quoted_cells(row: str) -> list[str]:
    return [cell for cell in row.strip("|").split("|") if re.fullmatch(r" `[^`]+` ", cell)]


def _types(shapes: Iterable[type[Event]]) -> set[str]:
    return {shape.type for shape in shapes}


def test_every_internal_event_is_said_and_heard() -> None:
    """An event nobody says is dead text, one nobody hears is returned by the broker for ever."""
    said = {event for service in SERVICES for event in service.says}
    heard = {event for service in SERVICES for event in service.router.heard.values() if event is not None}
    assert _types(_internal_events()) == _types(said)
    assert _types(_internal_events()) == _types(heard) - set(agencies.TYPES)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_what_a_service_says_is_what_its_code_makes(service: Service) -> None:
    """`says` and `tells` neither promise what no handler says nor leave out what one does."""
    made = _made_by(service)
    assert _types(set(answers.TYPES.values()) & made) == _types(set(service.tells) - ANSWERED_BY_SHARED)
    assert _types(_internal_events() & made) == _types(service.says)


def test_every_answer_is_told_by_a_service() -> None:
    """The contract's answers all have a service that gives them, but for those whose issue has not landed."""
    told = {answer for service in SERVICES for answer in service.tells}
    assert NOT_TOLD_YET == set(answers.TYPES.values()) - told - ANSWERED_BY_SHARED
    makers = ("shared.intake.submissions", "shared.policy.denials")
    assert ANSWERED_BY_SHARED <= {made for name in makers for made in _made_in(importlib.import_module(name))}
    denying = {service.name for service in SERVICES if _calls(service, "deny")}
    assert denying == {service.name for service in SERVICES if answers.DisclosureDenied in service.tells}


def test_every_submission_is_received_by_exactly_one_service() -> None:
    """Two receivers would answer twice, none not at all."""
    heard = Counter(event for service in SERVICES for event in service.router.heard.values())
    assert dict.fromkeys(agencies.TYPES.values(), 1) == {each: heard[each] for each in agencies.TYPES.values()}
    assert 1 == heard[None], "what no queue takes is answered by one service"


def test_the_services_that_confirm_the_end_of_a_consent_are_those_that_hear_of_it() -> None:
    """An end is confirmed when every service that acts on consents has stopped: the list cannot fall behind."""
    acting = {service.name for service in SERVICES if ConsentEnded in service.router.heard.values()}
    assert acting == set(get_args(EnforcingService))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_no_subscriber_can_lose_a_message(service: Service) -> None:
    """Each is bound, has a prefetch, never replies, rejects on error; its queue is a quorum one with a dead end."""
    for subscriber in _subscribers(service):
        name = subscriber.queue.name
        heard = service.router.heard[name]
        assert subscriber.channel is not None, name
        assert 0 < (subscriber.channel.prefetch_count or 0) <= 100, name
        assert subscriber.ack_policy is AckPolicy.REJECT_ON_ERROR, name
        assert subscriber._no_reply, name
        dead_end = {"x-dead-letter-exchange": DEAD, "x-dead-letter-routing-key": name}
        assert KEPT | dead_end | {"x-delivery-limit": topology.DELIVERY_LIMIT} == subscriber.queue.arguments, name
        assert subscriber.queue.durable, name
        if heard is None:
            expected = (topology.UNROUTED, name)  # a fanout: the key means nothing
        elif issubclass(heard, agencies.Submission):
            expected = (topology.AGENCY_IN, f"*.{heard.type}")
        else:
            expected = (EVENTS, heard.type)
        assert expected == (subscriber.exchange.name, subscriber.queue.routing()), name


def test_no_retry_tier_or_dead_queue_can_lose_a_message() -> None:
    """A tier gives back to the queue a message came from; the dead letters end nowhere by themselves."""
    tier, dead = topology.retry_queue("consent", 60), topology.dead_queue("consent")
    assert KEPT | {"x-message-ttl": 60_000, "x-dead-letter-exchange": ""} == tier.arguments
    assert KEPT | {"x-delivery-limit": topology.DEAD_LETTER_LOOKS} == dead.arguments
    assert topology.DEAD_LETTER_LOOKS > 100_000
    assert {"x-match": "all", "service": "consent", "seconds": 60} == tier.bind_arguments
    assert "consent.#" == dead.routing()


def test_messages_are_named_for_what_has_happened() -> None:
    """The last word is a past participle; the type follows from the class; both are said in the class's sentence."""
    shapes = {*_internal_events(), *agencies.TYPES.values(), *answers.TYPES.values()} - NAMED_BY_THE_CONTRACT
    endings = {shape.type.split(".")[1] for shape in shapes}
    assert IRREGULAR == {each for each in endings if not each.endswith("ed")}
    assert [] == [shape.__name__ for shape in shapes if shape.type != type_of(shape.__name__)]
    assert [] == [shape.type for shape in shapes if not re.fullmatch(r"[a-z]+(-[a-z]+)*\.[a-z]+\.v[1-9]", shape.type)]
    sentences = {shape.__name__: (shape.__dict__.get("__doc__") or "").split("\n")[0] for shape in shapes}
    assert {} == {name: said for name, said in sentences.items() if not said.endswith(".")}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_readme_lists_what_the_code_hears_says_tells_and_stores(service: Service) -> None:
    """A reader who trusts the README is never wrong about who hears what."""
    hears = {(each.queue.name.partition(".")[2], each.calls[0].name) for each in _subscribers(service)}
    assert sorted(hears) == sorted(_table(service, "Listens to"))
    assert sorted((event.type,) for event in service.says) == sorted(_table(service, "Says"))
    assert sorted((answer.type,) for answer in service.tells) == sorted(_table(service, "Tells agencies"))
    assert sorted((shape.collection,) for shape in service.shapes) == sorted(_table(service, "Stores"))


def test_only_the_gate_makes_permits() -> None:
    """Whoever holds a `Permit` has asked the gate."""
    assert [] == offences(rules.permits_made, [each for each in sources(*PRODUCT) if each.path != "shared/gate.py"])


def test_an_observation_is_opened_with_a_permit_only() -> None:
    """`content_of` takes a permit, nothing else in observations opens what is sealed, and every call passes one."""
    assert [] == offences(rules.content_without_permit, sources("services/observations"))


def test_logs_hold_ids_and_never_contents() -> None:
    """A log call has one fixed text and named ids, codes and counts; nothing else writes to standard output."""
    wiring = {"shared/logs.py", "shared/broker.py", "shared/operators/cli.py"}
    assert [] == offences(rules.careless_log_calls, [each for each in sources(*PRODUCT) if each.path not in wiring])


def test_only_few_read_the_machines_clock() -> None:
    """Everybody else is handed the moment, so that demo and tests can turn it."""
    found = {source.path for source in sources(*PRODUCT) if offences(rules.moments_taken, [source])}
    assert set(CLOCK_READERS) == found


def test_rules_never_wait() -> None:
    """A decision is a function of what it is given: every service has a `rules.py` or several, and none awaits."""
    pure = [source for source in sources("services") if source.path.endswith("/rules.py")]
    assert {service.name for service in SERVICES} == {source.path.split("/")[1] for source in pure}
    assert [] == offences(rules.waiting, pure)


def test_files_and_functions_stay_within_their_budgets() -> None:
    """250 lines a file, 30 a function."""
    assert [] == offences(rules.long_file, sources(*PRODUCT))
    assert [] == offences(rules.long_functions, sources(*PRODUCT))


def test_services_and_the_shared_code_stay_within_their_budgets() -> None:
    """1,000 lines a service, and a package within one or within `shared/`; 3,000 in `shared/` itself."""
    packages = Counter[str]()
    for source in sources(*PRODUCT):
        packages[Path(source.path).parent.as_posix()] += len(source.text.splitlines())
    within = {name: length for name, length in packages.items() if not NOT_COUNTED & set(Path(name).parts)}
    assert {} == {name: length for name, length in within.items() if length > (3000 if name == "shared" else 1000)}


def test_every_test_says_its_truth() -> None:
    """A test has a docstring, and it is a sentence."""
    assert [] == offences(rules.undocumented_tests, sources("tests"))


def test_every_handler_is_a_sentence() -> None:
    """A handler has a docstring of one sentence: it is the AsyncAPI text."""
    assert [] == offences(rules.handlers_without_sentence, sources("services"))


def test_names_say_something() -> None:
    """No manager, helper, util, common, base, core, processor, data, info or item; no `handle_`, `do_`."""
    assert [] == offences(rules.forbidden_names, sources(*EVERYTHING))


def test_every_exception_from_a_rule_has_a_reason() -> None:
    """A `noqa` or `type: ignore` names its rule and says why on the line."""
    assert [] == offences(rules.unexplained_exceptions, sources(*EVERYTHING))


def test_the_repository_names_no_registry_machine_or_person() -> None:
    """No address of a package registry, no path of somebody's machine, no identity number but those for tests."""
    everything = list(texts())
    assert len(everything) > 200
    for finder in (rules.download_addresses, rules.machine_paths, rules.identity_numbers):
        assert [] == offences(finder, everything)


def test_no_module_is_without_its_promise() -> None:
    """Every module opens with a paragraph that says what it promises."""
    assert [] == [each.path for each in sources(*PRODUCT) if not (ast.get_docstring(each.tree) or "").strip()]


FORTY_LINES = "def f():\n" + "    x = 1\n" * 40
BREACHES: list[tuple[Finder, str]] = [
    (rules.long_file, "x = 1\n" * 251),
    (rules.long_functions, FORTY_LINES),
    (rules.long_functions, "class A:\n    async " + FORTY_LINES.replace("\n", "\n    ")),
    (rules.waiting, "async def f(): ..."),
    (rules.permits_made, "p = Permit(1)"),
    (rules.permits_made, "p = gate.Permit(1)"),
    (rules.permits_made, "p = object.__new__(Permit)"),
    (rules.permits_made, "from shared.gate import _MAKER"),
    (rules.content_without_permit, "async def f(tx, o):\n    return await tx.vault.open(o.person_ref, o.sealed)"),
    (rules.content_without_permit, "async def f(tx, o, permit: Any):\n    return await content_of(tx, o, permit)"),
    (rules.content_without_permit, "async def f(tx, o, permit: Permit):\n    return await content_of(tx, o, None)"),
    (rules.careless_log_calls, "log().info(f'handling {event}')"),
    (rules.careless_log_calls, "log().info('handling %s', event)"),
    (rules.careless_log_calls, "log().info('handling', event=event)"),
    (rules.careless_log_calls, "log().info('failed', error=str(error))"),
    (rules.careless_log_calls, "log().info('said', message_id=f'{event}')"),
    (rules.careless_log_calls, "log().info('said', message_id=event)"),
    (rules.careless_log_calls, "log().info('said', message_id=event.model_dump_json())"),
    (rules.careless_log_calls, "log().info('said', **event)"),
    (rules.careless_log_calls, "print(event)"),
    (rules.careless_log_calls, "logging.getLogger().info(event)"),
    (rules.moments_taken, "at = datetime.now(UTC)"),
    (rules.moments_taken, "at = datetime.datetime.utcnow()"),
    (rules.moments_taken, "on = date.today()"),
    (rules.moments_taken, "at = time.time()"),
    (rules.undocumented_tests, "def test_it(): ..."),
    (rules.handlers_without_sentence, "@router.hears(A)\nasync def take(a, tx): ..."),
    (rules.handlers_without_sentence, "@router.hears(A)\nasync def take(a, tx):\n    'Take it. Then say so.'"),
    (rules.forbidden_names, "class EventProcessor: ..."),
    (rules.forbidden_names, "def handle_event(): ..."),
    (rules.forbidden_names, "def do_it(): ..."),
    (rules.forbidden_names, "user_info = 1"),
    (rules.forbidden_names, "def f(items): ..."),
    (rules.unexplained_exceptions, "x = 1  # " + "noqa"),
    (rules.unexplained_exceptions, "x = 1  # " + "noqa: E501"),
    (rules.unexplained_exceptions, "x = 1  # " + "type: ignore[misc]"),
    (rules.unexplained_exceptions, "x = 1  # " + "type: ignore[misc]  # " + "noqa: E501"),
    (rules.download_addresses, "--index-url https" + "://somewhere.example/simple"),
    (rules.download_addresses, "see files.python" + "hosted.org"),
    (rules.machine_paths, "see /ho" + "me/anna/samverkan"),
    (rules.machine_paths, f"see {ROOT}"),
    (rules.identity_numbers, f"number: {number_of_series(0)}"),
    (rules.identity_numbers, f"number: {number_of_series(0)[2:8]}-{number_of_series(0)[8:]}"),
    (rules.identity_numbers, f"number: {number_of_series(0)[:8]}-{number_of_series(0)[8:]}"),
]


@pytest.mark.parametrize(("finder", "text"), BREACHES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_rule_finds_what_breaks_it(finder: Finder, text: str) -> None:
    """Each rule about files fails on a text that breaks it."""
    assert list(finder(Source("services/broken/broken.py", text)))


def test_a_rule_finds_a_file_that_is_named_for_nothing() -> None:
    """File names are names too."""
    assert list(rules.forbidden_names(Source("shared/helpers.py", "")))
