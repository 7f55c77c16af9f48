"""Observations stream in while the consent is withdrawn: nothing is told that was decided after the end."""

from __future__ import annotations

import os
import sys

import pytest

from deploy.local.infrastructure import Infrastructure
from deploy.local.processes import ServiceProcesses
from shared.settings import Settings
from tests.live.campaign import Campaign
from tests.live.conftest import samverkan
from tests.live.race import AGENCIES, HEADING, Race, TimedSide

OBSERVATIONS = int(os.environ.get("SAMVERKAN_RACE_OBSERVATIONS", "40"))
WITHDRAWALS = int(os.environ.get("SAMVERKAN_RACE_WITHDRAWALS", "4"))


@pytest.mark.live
@pytest.mark.timeout(900)
@pytest.mark.parametrize("youths", [range(1), range(1, 1 + WITHDRAWALS)], ids=["one consent", "many consents"])
async def test_nothing_decided_after_the_end_is_told(
    infrastructure: Infrastructure,
    services: ServiceProcesses,
    settings: Settings,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    youths: range,
) -> None:
    """40 observations (`make race`: 500), consents withdrawn in their midst: none told late, each with its row."""
    side = TimedSide(settings)
    await side.open(AGENCIES)
    try:
        race = Race(Campaign(infrastructure, services, settings, 0, 0), settings, OBSERVATIONS, youths)
        outcome = await race.run(side)
    finally:
        await side.close()
    with capsys.disabled():
        sys.stdout.write(HEADING + outcome.line(str(len(youths))))
    assert [] == outcome.late
    assert set() == outcome.without_row
    assert set() == outcome.without_message
    assert outcome.told > 0
    assert '"flaws": []' in samverkan(environment, "register", "verify", "--json")
