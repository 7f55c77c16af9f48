"""The door for what agencies say: who sent it, is it whole, and does the contract know it.

The sender is whom the broker vouches for (`user_id`) and nobody else; where that is missing the message cannot be
answered and goes to the dead letters. Every other fault is an answer, and all faults are found before it is given.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, Literal

from pydantic import ValidationError

from shared.agencies import Agency, AgencyRegistry
from shared.delivery import Delivery
from shared.events.agencies import ALL_CONTRACT_TYPES, FROM_ANYONE, TYPES, Submission
from shared.events.answers import SubmissionAccepted, SubmissionRejected
from shared.intake.cloudevent import MISSING, Envelope, read_envelope
from shared.intake.faults import Fault, Rejected, at_most, fault, faults_of
from shared.intake.strict_json import content_faults

LONGEST_ID: Final = 200
"""Bytes; the id comes back as `correlation_id`, where AMQP has room for 255."""


class UnknownSender(Exception):
    """Whoever sent this cannot be established, so it cannot be answered."""

    def __init__(self, reason: Literal["user_id_missing", "user_id_not_registered"]) -> None:
        """Take the reason, a word for the dead letter."""
        self.reason: Final = reason
        super().__init__(reason)


class NobodyListens(Exception):
    """A message of a type that is received found no queue: the topology is incomplete, the sender is not at fault."""


@dataclass(frozen=True)
class Opened:
    """A delivery whose sender is known. It can be answered, whatever else is wrong with it."""

    sender: Agency
    submission_id: str
    message_type: str
    faults: tuple[Fault, ...]
    said_at: datetime | None
    _shape: type[Submission] | None
    _data: object
    _agencies: AgencyRegistry

    def submission(self) -> Submission:
        """Return what the agency says; Rejected with every fault found."""
        if self._shape is None and self.message_type in TYPES and not self.faults:
            raise NobodyListens(self.message_type)
        read, faults = self._read
        if read is None:
            raise Rejected(at_most(list(faults)))
        return read

    @cached_property
    def _read(self) -> tuple[Submission | None, tuple[Fault, ...]]:
        if self._shape is None or self._data is MISSING:
            return None, self.faults
        faults = [*self.faults, *content_faults(self._data)]
        if len(faults) > len(self.faults):
            return None, tuple(faults)  # JSON that cannot be kept is not looked at field by field
        try:
            read = self._shape.model_validate_json(
                json.dumps(self._data), strict=True, context=self._agencies, by_alias=True, by_name=False
            )
        except ValidationError as error:
            faults += faults_of(error)
        return (None if faults else read), tuple(faults)


def open_delivery(delivery: Delivery, heard: type[Submission] | None, agencies: AgencyRegistry) -> Opened:
    """Establish the sender and read the envelope; UnknownSender where there is nobody to answer.

    `heard` is the type of the queue it came on; None for what no service takes in (exchange `agency.unrouted`).
    """
    sender = _sender_of(delivery, agencies)
    envelope = read_envelope(delivery.body, delivery.headers, delivery.content_type)
    prefix, _, type_ = delivery.routing_key.partition(".")
    submission_id, id_faults = _id_of(delivery, envelope)
    faults = [] if heard is not None else _unrouted_faults(type_)
    faults += [*_sender_faults(sender, prefix, envelope, type_), *envelope.faults, *id_faults]
    claimed = envelope.attribute("type")
    same_type = claimed is None or claimed == type_
    if not same_type:
        faults.append(fault("wrong_value", why="envelope_type"))
    if heard is not None and heard.type != type_:
        # A `CC` header brought it to the queue of a type that its key does not name and its sender may not send.
        same_type = False
        faults.append(fault("wrong_value", why="routing_key"))
    return Opened(
        sender=sender,
        submission_id=submission_id,
        message_type=type_,
        faults=tuple(dict.fromkeys(faults)),
        said_at=envelope.said_at,
        _shape=heard,
        _data=envelope.data if same_type else MISSING,
        _agencies=agencies,
    )


def accepted(opened: Opened, submission: Submission) -> SubmissionAccepted:
    """Return the answer to a submission that was taken in."""
    return SubmissionAccepted(
        submission_id=opened.submission_id, type=opened.message_type, entity_id=submission.entity_id
    )


def rejected(opened: Opened, faults: tuple[Fault, ...]) -> SubmissionRejected:
    """Return the answer to a submission that has had no effect."""
    return SubmissionRejected(submission_id=opened.submission_id, type=opened.message_type, errors=faults)


def _sender_of(delivery: Delivery, agencies: AgencyRegistry) -> Agency:
    if not delivery.user_id:
        raise UnknownSender("user_id_missing")
    sender = agencies.get(delivery.user_id)
    if sender is None:
        raise UnknownSender("user_id_not_registered")
    return sender


def _sender_faults(sender: Agency, prefix: str, envelope: Envelope, type_: str) -> list[Fault]:
    source = envelope.attribute("source")
    found = []
    if prefix != sender.id or source not in (None, f"/agency/{sender.id}"):
        found.append(fault("not_your_agency"))
    if type_ in ALL_CONTRACT_TYPES - FROM_ANYONE and not sender.is_authority:
        found.append(fault("not_an_authority"))
    return found


def _unrouted_faults(type_: str) -> list[Fault]:
    if not type_:
        return [fault("wrong_value", why="routing_key")]
    if type_ in TYPES:
        return []
    name = type_.rpartition(".v")[0]
    same_name = sorted(each for each in ALL_CONTRACT_TYPES if each.rpartition(".v")[0] == name)
    if same_name and type_ not in ALL_CONTRACT_TYPES:
        return [fault("unknown_version", known=", ".join(same_name))]
    return [fault("unknown_type", known=", ".join(sorted(TYPES)))]


def _id_of(delivery: Delivery, envelope: Envelope) -> tuple[str, list[Fault]]:
    """Return the submission's id, or what stands for it where it cannot be read, and what is wrong with it."""
    claimed = envelope.attribute("id")
    message_id = delivery.message_id if _usable(delivery.message_id) else None
    faults = []
    if claimed is not None and not _usable(claimed):
        faults.append(fault("not_a_cloudevent", why="missing", names="id"))
        claimed = None
    if claimed and delivery.message_id and claimed != delivery.message_id:
        faults.append(fault("not_a_cloudevent", why="message_id"))
        claimed = None
    return claimed or message_id or f"sha256:{hashlib.sha256(delivery.body).hexdigest()}", faults


def _usable(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text.encode("utf-8", "replace")) <= LONGEST_ID and text.isprintable()
