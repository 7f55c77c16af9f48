"""The door: whatever comes in, its sender gets one answer that names every fault, or nobody can be answered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.agencies import Agency, AgencyRegistry, Municipality
from shared.delivery import Delivery
from shared.events.agencies import TYPES, ObservationSubmitted, PlaceEventSubmitted, Submission
from shared.events.answers import SubmissionAccepted
from shared.intake import submissions
from shared.intake.faults import Rejected

MESSAGES = Path(__file__).parent.parent / "messages" / "in"
REGISTER = AgencyRegistry(
    [
        Agency(id="2182-school", kind="school", name="Skolan"),
        Agency(id="2182-police", kind="police", name="Polisen"),
        Agency(id="2182-church", kind="church", name="Kyrkan"),
    ],
    [Municipality(code="2182", name="Söderhamns kommun", county="21")],
)
TYPE = ObservationSubmitted.type
SAMPLE: dict[str, Any] = json.loads((MESSAGES / "observation.submitted.school.v1.json").read_text(encoding="utf-8"))
PLACE: dict[str, Any] = json.loads((MESSAGES / "place-event.submitted.v1.json").read_text(encoding="utf-8"))
ID = SAMPLE["id"]
ATTRIBUTES = ("specversion", "id", "type", "source", "time")
Found = list[tuple[str, str]]


def binary(event: dict[str, Any] = SAMPLE, prefix: str = "ce-") -> Delivery:
    """Return the sample as it comes in binary mode."""
    return Delivery(
        queue=f"observations.{TYPE}",
        body=json.dumps(event.get("data")).encode(),
        headers={f"{prefix}{name}": event[name] for name in ATTRIBUTES if name in event},
        content_type="application/json",
        message_id=event["id"],
        correlation_id=None,
        routing_key=f"2182-school.{event['type']}",
        user_id="2182-school",
        attempt=0,
    )


def structured(event: dict[str, Any] = SAMPLE) -> Delivery:
    """Return the sample as it comes in structured mode."""
    whole = json.dumps(event).encode()
    return replace(binary(event), body=whole, headers={}, content_type="application/cloudevents+json")


def with_data(**fields: object) -> dict[str, Any]:
    return SAMPLE | {"data": SAMPLE["data"] | fields}


def judged(
    delivery: Delivery, heard: type[Submission] | None = ObservationSubmitted
) -> tuple[submissions.Opened, Found]:
    opened = submissions.open_delivery(delivery, heard, REGISTER)
    try:
        opened.submission()
    except Rejected as no:
        return opened, [(each.pointer, each.code) for each in no.faults]
    return opened, []


def found(delivery: Delivery, heard: type[Submission] | None = ObservationSubmitted) -> Found:
    return judged(delivery, heard)[1]


@pytest.mark.parametrize(
    "delivery",
    [
        binary(),
        binary(prefix="cloudEvents_"),
        binary(prefix="cloudEvents:"),
        binary(prefix="CE-"),
        structured(),
        replace(binary(), content_type="application/json; charset=utf-8"),
        replace(structured(), content_type='Application/CloudEvents+JSON;charset="UTF-8"'),
        replace(binary(), message_id=None),
        replace(binary(), headers={name: value.encode() for name, value in binary().headers.items()}),
        replace(binary(), headers=binary().headers | {"traceparent": b"\xff00-broken"}),
        replace(binary(), headers=binary().headers | {"traceparent": "00-zz-1-"}),
        structured(SAMPLE | {"traceparent": 7, "subject": "x", "ownextension": [1]}),
        structured({name: value for name, value in SAMPLE.items() if name not in {"time", "datacontenttype"}}),
        structured(SAMPLE | {"datacontenttype": "application/vnd.school+json; charset=utf-8"}),
    ],
)
def test_both_modes_are_taken_in_every_usual_writing(delivery: Delivery) -> None:
    """Header prefixes, letter case, charset parameters, bytes for text; a broken `traceparent` matters to nobody."""
    opened, faults = judged(delivery)
    assert faults == []
    assert ("2182-school", ID, TYPE) == (opened.sender.id, opened.submission_id, opened.message_type)
    submission = opened.submission()
    assert isinstance(submission, ObservationSubmitted)
    assert SAMPLE["data"]["payload"] == submission.payload
    answer = submissions.accepted(opened, submission)
    assert answer == SubmissionAccepted(submission_id=ID, type=TYPE, entity_id=submission.observation_id)


@pytest.mark.parametrize(
    ("user_id", "reason"),
    [(None, "user_id_missing"), ("", "user_id_missing"), ("2182-nobody", "user_id_not_registered")],
)
def test_without_a_vouched_sender_nobody_can_be_answered(user_id: str | None, reason: str) -> None:
    """The claimed source does not count: the message goes to the dead letters with the reason."""
    with pytest.raises(submissions.UnknownSender) as unknown:
        submissions.open_delivery(replace(binary(), user_id=user_id), ObservationSubmitted, REGISTER)
    assert reason == unknown.value.reason


@pytest.mark.parametrize(
    "delivery",
    [
        replace(binary(), user_id="2182-police"),
        replace(binary(), routing_key=f"2182-police.{TYPE}"),
        binary(SAMPLE | {"source": "/agency/2182-police"}),
        structured(SAMPLE | {"source": "/agency/2182-school/own-system"}),
    ],
)
def test_an_agency_speaks_for_itself_alone(delivery: Delivery) -> None:
    """User, routing key and source name one agency, or the answer is `not_your_agency`, to the one who sent it."""
    opened, faults = judged(delivery)
    assert [("", "not_your_agency")] == faults
    assert delivery.user_id == opened.sender.id


def test_a_message_in_the_queue_of_another_type_than_its_key_names_is_refused() -> None:
    """A `CC` header can bring a church's place event to the queue of observations; there it is none."""
    smuggled = SAMPLE | {"type": PlaceEventSubmitted.type, "source": "/agency/2182-church"}
    assert [("", "wrong_value")] == found(
        replace(binary(smuggled), user_id="2182-church", routing_key=f"2182-church.{PlaceEventSubmitted.type}")
    )


def test_only_an_authority_is_on_the_person_track() -> None:
    """A church may tell of places, never of a youth."""
    church = {"source": "/agency/2182-church"}
    seen = replace(binary(SAMPLE | church), user_id="2182-church", routing_key=f"2182-church.{TYPE}")
    assert [("", "not_an_authority")] == found(seen)
    place = replace(
        binary(PLACE | church), user_id="2182-church", routing_key=f"2182-church.{PlaceEventSubmitted.type}"
    )
    assert [] == found(place, PlaceEventSubmitted)


@pytest.mark.parametrize(
    ("delivery", "codes"),
    [
        (replace(binary(), headers={}), ["not_a_cloudevent"]),
        (replace(binary(), headers={"ce-id": ID, "ce-type": TYPE}), ["not_a_cloudevent"]),
        (binary(SAMPLE | {"specversion": "0.3"}), ["not_a_cloudevent"]),
        (binary(SAMPLE | {"specversion": 1.0}), ["not_a_cloudevent"]),
        (binary(SAMPLE | {"id": ""}), ["not_a_cloudevent"]),
        (binary(SAMPLE | {"time": "in the morning"}), ["not_a_cloudevent"]),
        (binary(SAMPLE | {"time": "2026-11-16T08:00:00"}), ["not_a_cloudevent"]),
        (binary(SAMPLE | {"time": 1763280600}), ["not_a_cloudevent"]),
        (binary(SAMPLE | {"time": "2026-13-16T08:00:00Z"}), ["not_a_cloudevent"]),
        (replace(binary(), message_id="another"), ["not_a_cloudevent"]),
        (replace(binary(), content_type=None), ["not_a_cloudevent"]),
        (replace(binary(), content_type="text/xml"), ["not_a_cloudevent"]),
        (replace(binary(), content_type="application/cloudevents-batch+json"), ["not_a_cloudevent"]),
        (replace(binary(), content_type="application/json; charset=utf-16"), ["not_json"]),
        (structured(SAMPLE | {"datacontenttype": "text/xml"}), ["not_a_cloudevent"]),
        (structured({name: value for name, value in SAMPLE.items() if name != "data"}), ["not_a_cloudevent"]),
        (replace(structured(), body=b"[]"), ["not_a_cloudevent"]),
        (replace(structured(), body=b"{}"), ["not_a_cloudevent"]),
        (replace(structured(), body=b"7"), ["not_a_cloudevent"]),
        (replace(structured(), body=b"\xff"), ["not_json"]),
        (binary(SAMPLE | {"type": "place-event.submitted.v1"}), ["wrong_value"]),
    ],
)
def test_an_envelope_that_is_none_is_told_so(delivery: Delivery, codes: list[str]) -> None:
    """CloudEvents 1.0 with specversion, id, source and type, a JSON content type, and the id as message id."""
    delivery = replace(delivery, routing_key=f"2182-school.{TYPE}")
    assert [("", code) for code in codes] == found(delivery)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"{",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 1}',
        b'{"payload": {"x": [{"y": 1, "y": 2}]}}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        '{"a": "å"}'.encode("latin-1"),
        "{}".encode("utf-16"),
        b'{"a": 01}',
        b'{"a": "\x00"}',
        b"{} {}",
        b"{'a': 1}",
    ],
)
def test_what_is_not_json_is_told_so(body: bytes) -> None:
    """Broken JSON, NaN, names that stand twice, and any encoding but UTF-8; the answer goes under the event's id."""
    opened, faults = judged(replace(binary(), body=body))
    assert ([("", "not_json")], ID) == (faults, opened.submission_id)


@pytest.mark.parametrize("body", [b"[]", b"null", b"7", b'"text"', b"true"])
def test_data_that_is_no_object_has_the_wrong_type(body: bytes) -> None:
    """JSON alone is not enough: the data of every type is an object."""
    assert [("", "wrong_type")] == found(replace(binary(), body=body))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "a\x00b"),
        ("half", "\ud800"),
        ("big", 2**63),
        ("bigger", 10**400),
        ("endless", float("1e308")),
    ],
)
def test_what_the_database_cannot_keep_as_sent_is_refused_at_its_place(field: str, value: object) -> None:
    """NUL, half surrogate pairs and numbers beyond 64 bits have a pointer of their own; a float that fits has none."""
    event = with_data(payload={"rows": [{field: value}]})
    expected = [] if field == "endless" else [(f"/payload/rows/0/{field}", "wrong_value")]
    assert expected == found(binary(event)) == found(structured(event))


def test_a_number_too_big_for_a_float_and_a_name_with_nul_are_refused() -> None:
    """1e400 would come out as infinity; a name nobody can write is pointed at from outside."""
    text = json.dumps(with_data(payload={"n": 1})["data"])
    assert [("/payload/n", "wrong_value")] == found(
        replace(binary(), body=text.replace('"n": 1', '"n": 1e400').encode())
    )
    assert [("/payload", "wrong_value")] == found(binary(with_data(payload={"a\x00b": 1})))


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = {"in": value} if levels % 2 else [value]
    return {"in": value}


@pytest.mark.parametrize("build", [binary, structured])
def test_a_payload_may_be_nested_20_deep_and_no_deeper(build: Any) -> None:
    """Objects and lists count as levels, the payload itself as the first."""
    assert [] == found(build(with_data(payload=nested(19))))
    assert [("/payload", "too_large")] == found(build(with_data(payload=nested(20))))


def test_a_payload_may_have_1000_keys_and_no_more() -> None:
    """Keys count wherever they stand in the payload."""
    inner = {str(number): number for number in range(999)}
    assert [] == found(binary(with_data(payload={"in": inner})))
    assert [("/payload", "too_large")] == found(binary(with_data(payload={"in": inner, "one": 1})))


def test_nesting_and_keys_count_outside_the_payload_too() -> None:
    """A field nobody knows is no way around the limits."""
    assert [("", "too_large")] == found(binary(with_data(own=nested(20))))
    assert [("", "too_large")] == found(binary(with_data(own={str(number): 1 for number in range(1000)})))


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize("depth", [500, 1_500, 40_000])
def test_nesting_without_end_exhausts_nothing(opening: bytes, depth: int) -> None:
    """However deep, the answer is `too_large`; the same when the brackets never close."""
    closing = b"]" if opening == b"[" else b"}"
    whole = opening * depth + b"1" + closing * depth
    assert [("", "too_large")] == found(replace(binary(), body=whole))
    assert {("", "too_large")} >= set(found(replace(binary(), body=opening * depth))) - {("", "not_json")}


def test_a_message_may_have_256_kib_and_no_more() -> None:
    """The limit is on the body as it comes; ten megabytes are refused unread."""
    room = 256 * 1024 - len(binary(with_data(summary="")).body)
    assert [] == found(binary(with_data(summary="x" * room)))
    assert [("", "too_large")] == found(binary(with_data(summary="x" * (room + 1))))
    opened, faults = judged(replace(binary(), body=b"x" * 10_000_000))
    assert ([("", "too_large")], ID) == (faults, opened.submission_id)
    opened, faults = judged(replace(structured(), body=b"{" * 10_000_000, message_id="m1"))
    assert ([("", "too_large")], "m1") == (faults, opened.submission_id)


def test_a_submission_without_readable_id_is_named_by_message_id_or_body() -> None:
    """Every answer has a submission id, the same one each time the same bytes come."""
    broken = replace(structured(), body=b"{oops")
    assert ID == judged(broken)[0].submission_id
    digest = f"sha256:{hashlib.sha256(b'{oops').hexdigest()}"
    assert digest == judged(replace(broken, message_id=None))[0].submission_id
    assert digest == judged(replace(broken, message_id="m\n1"))[0].submission_id


@pytest.mark.parametrize("bad_id", ["x" * 201, "å" * 101, "a\nb", "a\x00"])
def test_an_id_that_cannot_be_a_correlation_id_is_not_used_as_one(bad_id: str) -> None:
    """AMQP has room for 255 bytes; a longer id would make the answer impossible to send."""
    opened, faults = judged(replace(binary(SAMPLE | {"id": bad_id}), message_id=None))
    assert [("", "not_a_cloudevent")] == faults
    assert opened.submission_id.startswith("sha256:")


def test_faults_of_envelope_and_data_come_together() -> None:
    """One answer names the foreign source, the missing time zone, the wrong check digit and the misspelt field."""
    event = with_data(sumary="x", youth={"personal_identity_number": "201306152389"})
    event |= {"source": "/agency/2182-police", "time": "2026-11-16T08:00:00"}
    for delivery in (binary(event), structured(event)):
        assert sorted(found(delivery)) == [
            ("", "not_a_cloudevent"),
            ("", "not_your_agency"),
            ("/sumary", "wrong_value"),
            ("/youth/personal_identity_number", "invalid_personal_identity_number"),
        ]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("2182-school.lunch.served.v1", "unknown_type"),
        ("2182-school.promise.made.v1", "unknown_type"),
        ("2182-school.observation.submitted.v2", "unknown_version"),
        ("2182-school.observation.submitted.v10", "unknown_version"),
        ("2182-school.promise.made.v2", "unknown_version"),
        ("2182-school.observation.submitted", "unknown_type"),
        ("2182-school", "wrong_value"),
        ("2182-school.", "wrong_value"),
    ],
)
def test_what_no_service_takes_in_is_answered_too(key: str, code: str) -> None:
    """Unknown types, unknown versions and keys of another form each have their code; data is not looked at."""
    type_ = key.partition(".")[2]
    delivery = replace(binary(SAMPLE | {"type": type_ or TYPE, "data": {}}), routing_key=key)
    faults = found(delivery, heard=None)
    assert ("", code) in faults
    assert {code} >= {each for _, each in faults} - {"wrong_value"}


def test_a_foreign_key_to_nowhere_is_not_your_agency_either() -> None:
    """The sender is checked before the type is found to be unknown."""
    delivery = replace(binary(SAMPLE | {"type": "x.y.v1"}), routing_key="2182-police.x.y.v1")
    assert [("", "unknown_type"), ("", "not_your_agency")] == found(delivery, heard=None)


def test_a_known_type_that_finds_no_queue_is_not_the_agencys_fault() -> None:
    """It is tried again and kept, never refused: the house is not set up."""
    opened = submissions.open_delivery(binary(), None, REGISTER)
    with pytest.raises(submissions.NobodyListens):
        opened.submission()


def test_the_answer_to_a_rejection_can_be_sent_and_names_the_submission() -> None:
    """The body holds id, type and every fault, in the contract's shape."""
    opened = submissions.open_delivery(binary(with_data(sumary="x")), ObservationSubmitted, REGISTER)
    with pytest.raises(Rejected) as no:
        opened.submission()
    told = json.loads(submissions.rejected(opened, no.value.faults).body())
    assert (ID, TYPE, ["/sumary"]) == (
        told["submission_id"],
        told["type"],
        [each["pointer"] for each in told["errors"]],
    )


@pytest.mark.parametrize("heard", list(TYPES.values()))
@settings(max_examples=60)
@given(data=st.data())
def test_nothing_an_agency_can_send_crashes_the_door(heard: type[Submission], data: st.DataObject) -> None:
    """Any body, any headers of any kind, any properties: an answer, or an unknown sender."""
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
    names = st.sampled_from(["ce-id", "ce-type", "ce-source", "ce-specversion", "ce-time", "traceparent"]) | st.text()
    json_like = st.dictionaries(st.sampled_from(sorted(heard.model_fields)) | st.text(), anything, max_size=4)
    body = st.binary(max_size=60) | json_like.map(lambda value: json.dumps(value, default=str).encode())
    delivery = Delivery(
        queue="q",
        body=data.draw(body),
        headers=data.draw(st.dictionaries(names, anything, max_size=5)),
        content_type=data.draw(st.sampled_from(["application/json", "application/cloudevents+json"]) | st.text()),
        message_id=data.draw(st.none() | st.text()),
        correlation_id=None,
        routing_key=data.draw(st.just(f"2182-school.{heard.type}") | st.text()),
        user_id="2182-school",
        attempt=0,
    )
    opened, faults = judged(delivery, heard)
    answer = submissions.rejected(opened, intake_faults(opened)) if faults else None
    assert answer is None or len(answer.body()) < 1_000_000
    assert 0 < len(opened.submission_id.encode()) <= 200


def intake_faults(opened: submissions.Opened) -> tuple[Any, ...]:
    with pytest.raises(Rejected) as no:
        opened.submission()
    return no.value.faults
