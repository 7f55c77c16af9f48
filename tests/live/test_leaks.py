"""Nothing personal comes out where it does not belong: a marker in every field of every message, and a search after it.

The story is told once, to real processes on the real broker. What an agency's own queue holds is what it is to read;
those queues lie readable on the broker's disk, which is therefore encrypted where the house runs, and not searched.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pymongo
import pytest
from _pytest.capture import CaptureManager

from deploy.demo.story import COORDINATOR, LEISURE, POLICE, SCHOOL, SOCIAL, local
from deploy.local.infrastructure import Infrastructure
from deploy.local.processes import ServiceProcesses
from services.notifier.facts.shapes import LetterKind
from shared.events.agencies import TYPES
from shared.ids import name_id
from shared.settings import Settings
from tests.live.conftest import samverkan
from tests.live.leaking_story import LeakingStory, turn
from tests.live.markers import Markers, Origin
from tests.live.searched_places import (
    Search,
    answers_over_http,
    database_files,
    database_rows,
    log_files,
    mails,
    operators_see,
)
from tests.live.tapped_broker import FAILED, OUTBOUND, Passing, traced
from tests.live.youths import number_of_series

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

RETRY_SECONDS = "1,1"
FIRST, SECOND = number_of_series(691), number_of_series(692)
PLANTED = "qzxplantedkv"
RECEIVERS = {
    SCHOOL: {SOCIAL, POLICE, LEISURE},
    POLICE: {SOCIAL, SCHOOL},
    LEISURE: {SOCIAL, POLICE, SCHOOL},
    SOCIAL: {POLICE},
}
"""Whom the form lets each agency tell what it has seen in the story, and social services the police by assessment."""
AFTER_THE_END = name_id("story", "second observation")
"""What the school sees after the withdrawal: told to nobody."""
MAY_KNOW = {FIRST: {SOCIAL, SCHOOL, POLICE, LEISURE, COORDINATOR}, SECOND: {SOCIAL, POLICE}}
"""Who is named by a basis for each youth, or has spoken of it."""


@dataclass
class Told:
    """The story as it was told, and all that passed through the broker meanwhile."""

    story: LeakingStory
    passed: list[Passing]
    infrastructure: Infrastructure
    settings: Settings
    answered: list[tuple[str, str]]
    stored: list[tuple[str, str]]
    output: CaptureManager

    def show(self, line: str) -> None:
        """Print a line of figures, whatever pytest keeps to itself."""
        with self.output.global_and_fixture_disabled():
            sys.stdout.write(f"\n  {line}")

    def may_read(self, agency: str, origin: Origin, passing: Passing) -> bool:
        """Say whether an agency may be told what was marked there, in a message of this type."""
        type_ = passing.routing_keys[0].partition(".")[2]
        if type_ == "submission.rejected.v1":
            return agency == origin.sender  # the name of an unknown field, to whoever made it up
        if type_ == "observation.disclosed.v1":
            is_open = origin.submission_id in self.story.accepted and origin.entity_id != AFTER_THE_END
            return is_open and origin.type == "observation.submitted.v1" and agency in RECEIVERS[origin.sender]
        if type_ == "meeting-agenda.issued.v1":
            return origin.pointer.endswith("/what") and agency in (SOCIAL, COORDINATOR)
        return False

    def search(self, places: Iterable[tuple[str, str]]) -> Search:
        """Look for every marker and number."""
        return Search(self.story.markers).through(places)


@pytest.fixture(scope="module")
def told(
    infrastructure: Infrastructure,
    environment: dict[str, str],
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Iterator[Told]:
    """Tell the story to five processes with a clock of their own, and stop them and their database again."""
    folder = tmp_path_factory.mktemp("leaks")
    clock, returned = folder / "clock", folder / "returned"
    turn(clock, local("2026-11-16T10:15"))
    samverkan(environment, "agencies", "apply", str(infrastructure.agencies_file))
    services = ServiceProcesses(infrastructure.place, environment)
    own = {"SAMVERKAN_CLOCK": str(clock), "SAMVERKAN_MAIL_BOUNCES": str(returned)}
    services.start(SAMVERKAN_LOG_LEVEL="DEBUG", **own)
    try:
        services.wait_ready()
        story = LeakingStory(settings, clock, Markers((FIRST, SECOND)), returned)
        passed = asyncio.run(_traced(story, settings))
        answered = [*answers_over_http(infrastructure, settings), *operators_see(environment)]
    finally:
        services.stop()
    with pymongo.MongoClient[dict[str, object]](settings.mongodb_uri) as client:
        client[f"{settings.database_prefix}agency_out"]["planted"].insert_one({"_id": PLANTED})
    stored = list(database_rows(settings))
    infrastructure.mongodb.stop()  # it writes everything out
    try:
        output = pytestconfig.pluginmanager.getplugin("capturemanager")
        yield Told(story, passed, infrastructure, settings, answered, stored, output)
    finally:
        infrastructure.start()


async def _traced(story: LeakingStory, settings: Settings) -> list[Passing]:
    async with traced(settings) as passed:
        await story.play()
    return passed


def test_every_contract_type_was_said_with_a_marker_in_each_of_its_texts(told: Told) -> None:
    """A new type, or a new text in an old one, cannot slip past the search: it is marked, or this fails."""
    said = {event["type"] for _, event in told.story.said if event["id"] in told.story.accepted}
    assert set(TYPES) == said
    marked = Counter(origin.type for origin in told.story.markers.origins.values())
    told.show(f"{len(told.story.markers.origins)} markers in {len(told.story.said)} messages: {dict(marked)}")
    told.show(f"accepted {len(told.story.accepted)}, rejected {len(told.story.rejected)}")
    assert 20 < len(told.story.rejected)


def test_nothing_personal_passes_between_the_services(told: Told) -> None:
    """No body on any internal exchange or queue, no header, no routing key of any message holds a marker or number."""
    bodies = told.search((_name(each), each.body) for each in told.passed if not each.may_hold_content)
    abouts = told.search((_name(each), each.about) for each in told.passed)
    failed = Counter(each.exchange for each in told.passed if each.exchange in FAILED and not each.is_delivery)
    told.show(f"bodies: {bodies}; headers and keys: {abouts}; {dict(failed)}")
    assert 20 < bodies.places
    assert {"retry", "dead"} <= set(failed)
    assert {} == bodies.found
    assert {} == abouts.found


def test_each_agency_reads_only_what_a_basis_names_it_for(told: Told) -> None:
    """A marker of an agency's message is in another agency's queue only where the form or the assessment says so."""
    wrong, markers, count = [], told.story.markers, 0
    for each in told.passed:
        if each.exchange == OUTBOUND and not each.is_delivery:
            agency = each.routing_keys[0].partition(".")[0]
            count += 1
            for found in sorted(markers.found_in(each.body)):
                origin = markers.origins.get(found)
                allowed = agency in MAY_KNOW[found] if origin is None else told.may_read(agency, origin, each)
                if not allowed:
                    wrong.append((each.routing_keys[0], found, origin))
    told.show(f"{count} messages to agencies")
    assert 20 < count
    assert [] == wrong


def test_no_log_holds_anything_personal(told: Told) -> None:
    """Services at their most talkative, broker, database and mail server: ids and codes only."""
    search = told.search(log_files(told.infrastructure))
    told.show(f"logs: {search}")
    assert 8 <= search.places
    assert {} == search.found


def test_nothing_that_operators_see_tells_anything_personal(told: Told) -> None:
    """Health, figures, the broker's names of queues, exchanges and bindings, and what operators see of dead letters."""
    search = told.search(told.answered)
    told.show(f"over HTTP and to operators: {search}")
    assert {} == search.found


def test_no_mail_holds_anything_personal(told: Told) -> None:
    """Neither headers, text, html nor calendar parts, of letters of every kind there is."""
    search = told.search(mails(told.infrastructure.mail_folder))
    rows = next(text for name, text in told.stored if name == "notifier.deliveries")
    kinds = {kind for kind in get_args(LetterKind) if f"'kind': '{kind}'" in rows}
    told.show(f"mails: {search}; kinds: {sorted(kinds)}")
    assert 8 <= search.places
    assert {} == search.found
    assert set(get_args(LetterKind)) == kinds


def test_nothing_personal_lies_readable_in_the_database(told: Told) -> None:
    """Neither in its raw files, journal too, nor in any row: only what tells of places is kept as it was said."""
    files = list(database_files(told.infrastructure))
    search = told.search([*files, *told.stored])
    told.show(f"database: {search}")
    assert any(PLANTED in text for _, text in files), "the files can be read: what lies there in the clear is found"
    about_places = {marker for marker, origin in told.story.markers.origins.items() if origin.is_about_a_place}
    found = {name: here - about_places for name, here in search.found.items() if here - about_places}
    assert {} == {name: [_whence(told, each) for each in sorted(here)] for name, here in found.items()}


def test_no_row_of_the_register_holds_anything_personal(told: Told) -> None:
    """References, codes and times."""
    rows = [(name, text) for name, text in told.stored if ".register" in name]
    search = told.search(rows)
    told.show(f"register: {search}")
    assert 1000 < search.characters
    assert {} == search.found


def test_the_search_finds_what_is_there(told: Told, tmp_path: Path) -> None:
    """A marker in a log line, a header's encoded words or a number with a hyphen is found: the search can fail."""
    marker = next(iter(told.story.markers.origins))
    texts = [f"sagt {marker} i dag", marker.upper(), f"{FIRST[2:8]}-{FIRST[8:]}", FIRST, f"{FIRST[:8]} {FIRST[8:]}"]
    assert 5 == len(told.search((str(place), text) for place, text in enumerate(texts)).found)
    (tmp_path / "1.eml").write_bytes(f"Subject: =?utf-8?b?{_coded(marker)}?=\r\n\r\n.".encode())
    calendar = f"BEGIN:VEVENT\r\nSUMMARY:{marker}\r\nEND:VEVENT\r\n"
    for number, kind in ((2, "text/calendar; method=REQUEST"), (3, "text/html")):
        head = f"Subject: .\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        (tmp_path / f"{number}.eml").write_text(head + _coded(calendar), encoding="utf-8")
    planted = {"1.eml headers", "2.eml text/calendar", "3.eml text/html"}
    assert planted == set(told.search(mails(tmp_path)).found)


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _name(passing: Passing) -> str:
    return f"{'from' if passing.is_delivery else 'to'} {passing.place} {' '.join(passing.routing_keys)}"


def _whence(told: Told, found: str) -> str:
    origin = told.story.markers.origins.get(found)
    return f"{origin.type} {origin.pointer}" if origin else "identity number"
