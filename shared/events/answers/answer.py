"""What every answer is: named as the contract names it, written with local times."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, ConfigDict

from shared.clock import LOCAL_ZONE
from shared.events.agencies.submission import CLOSED
from shared.events.event import Event

ANSWER: Final = ConfigDict(**CLOSED, model_title_generator=lambda shape: f"{shape.__name__}Answer")
"""The title keeps an answer apart from the house's own event of the same name where both are described."""


def _on_local_clock(moment: datetime) -> datetime:
    return moment.astimezone(LOCAL_ZONE)


LocalMoment = Annotated[AwareDatetime, AfterValidator(_on_local_clock)]
"""An instant, written with the offset of Swedish time as the samples do."""


class Answer(Event):
    """Something the house tells one agency."""

    model_config = ANSWER

    def body(self) -> bytes:
        """Return the CloudEvent's data as it is sent; a field that does not apply is left out."""
        return self.model_dump_json(by_alias=True).encode()
