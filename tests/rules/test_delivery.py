"""What of an agency's headers the house sends on: with its own rights, so next to nothing."""

from __future__ import annotations

from shared.delivery import Delivery, travelling_on


def test_only_what_the_contract_knows_travels_on() -> None:
    """`CC` would have RabbitMQ lay a copy in any queue it names, another agency's or the house's own."""
    known = {"ce-id": "1", "Ce-Type": "a", "cloudEvents:source": "/agency/2182-school", "traceparent": "00-1-1-01"}
    unknown = {"CC": ["agency.out.2182-police"], "BCC": ["observations.consent.activated.v1"], "service": "consent"}
    assert known == travelling_on(known | unknown | {"x-death": [], "x-origin-user": "2182-police"})


def test_headers_too_large_for_a_frame_stay_behind() -> None:
    """The house adds its own to them, and RabbitMQ ends a connection that sends more than a frame holds."""
    large = {f"ce-{number}": "å" * 512 for number in range(200)} | {"ce-long": "x" * 100_000}
    assert 64 * 1024 > len(str(travelling_on(large)).encode())
    assert {} == travelling_on({"ce-long": "x" * 100_000})


def test_a_message_that_failed_goes_on_as_whose_it_was() -> None:
    """Sender, key and attempts are the house's word, whatever stood in the headers."""
    failed = Delivery(
        queue="observations.a.b.v1",
        body=b"",
        headers={"CC": ["agency.out.2182-police"], "x-attempt": 99, "x-origin-user": "2182-police"},
        content_type=None,
        message_id="m1",
        correlation_id=None,
        routing_key="2182-school.a.b.v1",
        user_id="2182-school",
        attempt=0,
    )
    origin = {"x-origin-queue": "observations.a.b.v1", "x-origin-key": "2182-school.a.b.v1"}
    assert origin | {"x-origin-user": "2182-school", "x-attempt": 1} == failed.headers_onward()
