"""What the agencies file asks of the broker, before any broker is asked."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from shared.operators.held_queue import NotPossible
from shared.operators.provision import Row, password_hash, passwords, wanted
from shared.topology import EXCHANGES

SCHOOL = "2182-school"


def rows(agency_ids: tuple[str, ...] = (SCHOOL,)) -> dict[str, Row]:
    """Return the wanted rows by name, in their order."""
    return {row.name: row for row in wanted("app", dict.fromkeys(agency_ids, "secret"), {})}


@pytest.mark.parametrize(
    ("key", "is_allowed"),
    [
        ("2182-school.observation.submitted.v1", True),
        ("2182-school", False),
        ("2182-school.", False),
        ("2182-schoolx.observation.submitted.v1", False),
        ("2182-police.observation.submitted.v1", False),
        ("x2182-school.observation.submitted.v1", False),
        ("", False),
    ],
)
def test_an_agency_may_write_keys_under_its_own_name_only(key: str, is_allowed: bool) -> None:
    """The topic right on `agency.in` is the agency's literal id, a dot and something more."""
    right = rows()["nycklar 2182-school agency.in"].body
    assert is_allowed == bool(re.search(right["write"], key))


@pytest.mark.parametrize(
    "queue", ["agency.out.2182-school2", "agency.out.2182-police", "agency_out.2182-school", "events"]
)
def test_an_agency_may_read_its_own_queue_only(queue: str) -> None:
    """The right to read is one literal queue name, and nothing may be configured."""
    right = rows()["rättigheter 2182-school"].body
    assert re.search(right["read"], "agency.out.2182-school")
    assert not re.search(right["read"], queue)
    assert "^$" == right["configure"]
    assert ["agency.in"] == [name for name in ("agency.in", "agencyxin", queue) if re.search(right["write"], name)]


def test_topic_rights_are_written_before_the_user_gets_into_the_vhost() -> None:
    """A user without topic rights may publish under any name, so there must never be a moment of that."""
    names = list(rows())
    assert names.index("nycklar 2182-school agency.in") < names.index("rättigheter 2182-school")
    assert names.index("nycklar 2182-school agency.out") < names.index("rättigheter 2182-school")


def test_nothing_on_an_agencys_queue_is_dropped() -> None:
    """No time to live, no dropping from the head, and what is rejected is dead-lettered at least once."""
    arguments = rows()["kö agency.out.2182-school"].body["arguments"]
    assert "x-message-ttl" not in arguments
    assert "x-expires" not in arguments
    assert ("quorum", "reject-publish") == (arguments["x-queue-type"], arguments["x-overflow"])
    assert "at-least-once" == arguments["x-dead-letter-strategy"]
    assert "kö " + arguments["x-dead-letter-routing-key"] in rows()


def test_exchanges_are_those_the_services_declare() -> None:
    """Whoever comes first, services or operator, the other finds what it expects."""
    declared = {exchange.name: exchange for exchange in EXCHANGES}
    made = [row for name, row in rows().items() if name.startswith("exchange ")]
    assert 3 == len(made)
    for row in made:
        exchange = declared[row.name.removeprefix("exchange ")]
        assert (exchange.type.value, exchange.durable) == (row.body["type"], row.body["durable"])
        assert (exchange.arguments or {}) == row.body["arguments"]


def test_a_password_that_is_right_already_is_not_written_again() -> None:
    """The hash the broker holds is kept when it fits, and replaced when the secret has changed."""
    held_hash = password_hash("secret", b"salt")
    held = {"användare 2182-school": {"password_hash": held_hash}}
    for password, is_same in (("secret", True), ("another", False)):
        (user,) = (row for row in wanted("app", {SCHOOL: password}, held) if row.path == "users/2182-school")
        assert is_same == (held_hash == user.body["password_hash"])
        salt = base64.b64decode(user.body["password_hash"])[:4]
        assert password_hash(password, salt) == user.body["password_hash"]


def test_every_missing_password_is_named_at_once(tmp_path: Path) -> None:
    """Outside the embedded default an agency without a secret stops the run, in one line for all of them."""
    (tmp_path / "agencies").mkdir()
    (tmp_path / "agencies" / SCHOOL).write_text("hush\n", encoding="utf-8")
    (tmp_path / "agencies" / "2182-police").write_text("\n", encoding="utf-8")
    with pytest.raises(NotPossible, match=r"för: 20-county-board, 2182-police\.$"):
        passwords((SCHOOL, "2182-police", "20-county-board"), tmp_path, embedded=False)
    expected = {SCHOOL: "hush", "2182-police": "2182-police"}
    assert expected == passwords((SCHOOL, "2182-police"), tmp_path, embedded=True)
