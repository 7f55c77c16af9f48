"""What every letter is, whatever its kind: its headers, its texts, and that nothing personal fits into its facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.notifier.documents import Delivery
from services.notifier.facts.shapes import AnyFacts, LetterKind
from services.notifier.letters.addresses import NoMailbox, mailbox_of
from services.notifier.letters.context import LetterContext, context_of
from services.notifier.letters.words import span
from tests.services.notifier_samples import (
    CALLED_AT,
    CHRISTMAS_EVE,
    EVERY_KIND,
    MEETING,
    ORGANISER,
    POLICE,
    SERIES_ID,
    Page,
    a_cancellation,
    a_change,
    a_move,
    a_question,
    a_reminder,
    actions_due,
    actions_overdue,
    an_invitation,
    an_undelivered,
    arrived,
    mail_of,
    parts_of,
    text_in,
)

KINDS: tuple[LetterKind, ...] = get_args(LetterKind)


def plain(delivery: Delivery, sent_at: datetime = CALLED_AT) -> str:
    """Return the plain text of a delivery's letter."""
    return text_in(parts_of(arrived(delivery, sent_at))["text/plain"])


@pytest.mark.parametrize("kind", KINDS)
def test_headers_are_what_a_mail_program_needs(kind: LetterKind) -> None:
    """One recipient, answers to the organiser, an id that follows from the delivery, and no automatic replies."""
    delivery = EVERY_KIND[kind]()
    letter = arrived(delivery)

    assert "Samverkan <samverkan@kommunen.example>" == letter["From"]
    assert delivery.letters[0].recipient.email == letter["To"]
    assert "samordnare@soderhamn.example" == letter["Reply-To"]
    assert f"<{delivery.letters[0].id}@kommunen.example>" == letter["Message-ID"]
    assert "auto-generated" == letter["Auto-Submitted"]
    assert "sv" == letter["Content-Language"]
    assert "Mon, 16 Nov 2026 07:00:02 +0000" == letter["Date"]
    assert [] == letter.get_all("Cc", []) + letter.get_all("Bcc", [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_sent_again_is_the_same_bytes(kind: LetterKind) -> None:
    """Nothing in a letter depends on when or by which process it is sent, nor on having been stored in between."""
    delivery = EVERY_KIND[kind]()
    stored = Delivery.of(delivery.row())

    assert mail_of(EVERY_KIND[kind]()).content == mail_of(delivery).content == mail_of(stored).content


@pytest.mark.parametrize("kind", KINDS)
def test_plain_text_and_html_say_the_same(kind: LetterKind) -> None:
    """Plain text first; every word of it stands in the HTML too, which is Swedish, with a title and no picture."""
    parts = parts_of(arrived(EVERY_KIND[kind]()))
    page = Page(text_in(parts["text/html"]))

    assert ["text/plain", "text/html"] == list(parts)[:2]
    assert ("html", [("lang", "sv")]) in page.tags
    assert not {"img", "table", "script", "style", "a"} & {tag for tag, _ in page.tags}
    words = {word.strip("-:") for word in text_in(parts["text/plain"]).split()} - {""}
    assert set() == words - {word.strip("-:") for word in page.words}


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_is_short_and_tells_what_to_do(kind: LetterKind) -> None:
    """At most 25 lines; each line of a text is a sentence or a fact, and no template mark is left in it."""
    text = plain(EVERY_KIND[kind]())

    assert len(text.splitlines()) <= 25
    assert "\n\n\n" not in text
    assert not any(mark in text for mark in ("{", "}", "None", "[", "<", "  "))
    assert text.startswith("Hej!\n\n")
    assert text.endswith("uppgifter om enskilda i e-post.\n\nVänliga hälsningar\nSamverkan\n")


def test_the_organiser_is_told_that_it_calls() -> None:
    """The organiser's own copies do not ask it to answer its own call."""
    for called in (an_invitation(ORGANISER), a_move(ORGANISER)):
        assert "Tacka ja eller nej" not in plain(called)
    assert "Du är sammankallande för veckomötet" in plain(an_invitation(ORGANISER))
    assert "Du är sammankallande för veckomötet" in plain(a_reminder(ORGANISER))


@pytest.mark.parametrize(("forum", "name"), [("sspf", "SSPF-mötet"), ("sig", "SIG-mötet"), ("est", "EST-mötet")])
def test_each_forum_has_its_name(forum: str, name: str) -> None:
    """A letter names the forum in Swedish."""
    assert f"kallad till {name} varje tisdag" in plain(an_invitation(forum=forum))
    assert f"2 åtgärder från {name}" in plain(actions_due(forum=forum))


def test_letters_say_what_is_asked_of_whom() -> None:
    """Actions are counted, in the singular too; the overdue name the kind of agency, a lost letter its function."""
    assert "1 åtgärd från veckomötet ska vara klar senast tisdag 1 december." in plain(actions_due(actions=1))
    assert "Ansvarig: polisen" in plain(actions_overdue())
    assert "Till: områdespolis, polisen" in plain(an_undelivered())
    assert POLICE.email not in plain(an_undelivered())
    assert "- onsdag 23 december kl. 09.00\n- måndag 28 december kl. 09.00" in plain(a_question())
    assert "Skäl: sammankallande har ställt in mötet" in plain(a_cancellation())


def test_a_meeting_that_keeps_its_time_is_only_said_to_be_held() -> None:
    """It may have a new place, be held after all, or be held on a red day: the letter is true of each of them."""
    held = a_move(reason="red_day", **CHRISTMAS_EVE, was_at=CHRISTMAS_EVE["starts_at"])

    assert "Ändrat: veckomöte vecka 52" == arrived(held)["Subject"]
    assert "Veckomötet torsdag 24 december kl. 09.00–10.00 hålls, på den plats" in plain(held)
    assert "Skäl: sammankallande har ändrat mötet" in plain(held)


def test_the_days_listed_hold_a_meeting_moved_from_long_before() -> None:
    """However far the organiser has moved it, it stands in its place among the next ones."""
    moved = {
        "occurrence": datetime(2026, 11, 24, 9), "starts_at": datetime(2026, 12, 15, 12, tzinfo=UTC),
        "ends_at": datetime(2026, 12, 15, 13, tzinfo=UTC), "place": None, "sequence": 3,
    }  # fmt: skip
    next_at = datetime(2026, 12, 8, 8, tzinfo=UTC)
    listed = plain(a_change(rrule="FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2,4", exceptions=(moved,), next_at=next_at))

    assert "- tisdag 8 december kl. 09.00\n- tisdag 15 december kl. 13.00\n- tisdag 22 december kl. 09.00" in listed


def test_times_are_swedish_whatever_the_zone_of_the_event() -> None:
    """A summer meeting stands in summer time, and one over midnight names both days."""

    def said(begins: str, ends: str) -> str:
        facts: Any = a_reminder(starts_at=begins, ends_at=ends).facts
        return span(facts)

    assert "tisdag 30 juni kl. 09.00–10.30" == said("2026-06-30T07:00:00Z", "2026-06-30T08:30:00Z")
    night = said("2026-12-31T23:30:00+01:00", "2027-01-01T00:30:00Z")
    assert "torsdag 31 december kl. 23.30 – fredag 1 januari kl. 01.30" == night


def leaves(shape: Any, metadata: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yield every type that a value of a shape can hold in the end, with what guards it."""
    origin = get_origin(shape)
    if origin is Annotated:
        yield from leaves(get_args(shape)[0], (*metadata, *get_args(shape)[1:]))
    elif origin in (Union, UnionType, tuple):
        for each in get_args(shape):
            if each is not Ellipsis:
                yield from leaves(each, metadata)
    elif isinstance(shape, type) and issubclass(shape, BaseModel):
        assert "forbid" == shape.model_config.get("extra")
        for field in shape.model_fields.values():
            yield from leaves(field.annotation, tuple(field.metadata))
    else:
        yield shape, metadata


def holds_free_text(shape: Any, metadata: tuple[Any, ...]) -> bool:
    """Say whether somebody's name and number, or what was seen, would fit."""
    if get_origin(shape) is Literal or shape in (int, bool, date, datetime, type(None)):
        return False
    guarded = TypeAdapter(Annotated[(shape, *metadata)] if metadata else shape)
    for poison in ("hos Kim 201306152388", "rum 3\r\nBcc: x@y.example", "x" * 200):
        try:
            guarded.validate_python(poison)
        except ValidationError:
            continue
        return True
    return False


def test_no_field_of_a_letter_could_hold_free_text() -> None:
    """Of all that a template can see every leaf is a number, a moment, a word of ours, or passes a guard."""
    found = [*leaves(LetterContext), *leaves(AnyFacts)]

    assert len(found) > 100
    assert [] == [shape for shape, metadata in found if holds_free_text(shape, metadata)]
    assert [str] == list(dict.fromkeys(shape for shape, metadata in found if shape is str and metadata))


def test_the_search_for_free_text_finds_it() -> None:
    """A field of plain text, of a list of it or of anything at all would be found."""

    class Careless(BaseModel):
        model_config = {"extra": "forbid"}

        note: str
        notes: tuple[str | None, ...]
        whatever: Any

    assert [str, str, Any] == [shape for shape, metadata in leaves(Careless) if holds_free_text(shape, metadata)]


@pytest.mark.parametrize("kind", KINDS)
def test_facts_take_nothing_more(kind: LetterKind) -> None:
    """A field too many is refused, wherever it stands."""
    context = context_of(EVERY_KIND[kind](), "Samverkan", CALLED_AT).model_dump()

    for poisoned in ({**context, "youth": "Kim"}, {**context, "facts": {**context["facts"], "youth": "Kim"}}):
        with pytest.raises(ValidationError):
            LetterContext.model_validate(poisoned)


def test_a_letter_is_wanted_before_what_it_is_about() -> None:
    """A move before either time, a question before its answer, an invitation before the first meeting."""
    moved, begins = a_move(), MEETING["starts_at"]

    assert (begins, begins + timedelta(days=1)) == (moved.wanted_by, moved.not_after)
    assert moved.not_after == moved.needed_by(moved.wanted_by)
    assert a_question().not_after == datetime(2026, 12, 17, 11, tzinfo=UTC)
    assert (begins, CALLED_AT + timedelta(days=30)) == (an_invitation().wanted_by, an_invitation().not_after)
    assert datetime(2026, 12, 14, 23, tzinfo=UTC) == actions_due().not_after
    assert {SERIES_ID} == {make().series_id for make in EVERY_KIND.values()}


@pytest.mark.parametrize(
    "email", ["", "ingen", "a@b.se, c@d.se", "a@b.se\r\nBcc: c@d.se", "Kim <a@b.se>", "å@b.se", "a b@c.se", "@b.se"]
)
def test_what_is_not_one_mailbox_gets_no_letter(email: str) -> None:
    """Two addresses, line breaks, names and empty words are no mailbox."""
    with pytest.raises(NoMailbox):
        mail_of(an_invitation(POLICE.model_copy(update={"email": email})))


def test_without_a_mailbox_of_the_organisers_the_house_answers() -> None:
    """A broken organiser address does not keep the others from being called."""
    broken = ORGANISER.model_copy(update={"email": "a@b.se, c@d.se"})

    assert (
        "samverkan@kommunen.example"
        == mailbox_of(arrived(an_invitation(organiser=broken))["Reply-To"].addresses[0].addr_spec).addr_spec
    )
