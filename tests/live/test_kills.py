"""Real broker, real processes, real kills: every submission answered, every effect once, nothing lost."""

from __future__ import annotations

import os
import sys

import pytest

from deploy.local.infrastructure import Infrastructure
from deploy.local.processes import ServiceProcesses
from shared.settings import Settings
from tests.live.agency_side import AgencySide
from tests.live.campaign import Campaign
from tests.live.youths import DISCLOSURES_A_YOUTH, NOTICED_A_YOUTH, OBSERVED, SUBMISSIONS_A_YOUTH

YOUTHS = int(os.environ.get("SAMVERKAN_CAMPAIGN_YOUTHS", "50"))
KILLS = int(os.environ.get("SAMVERKAN_CAMPAIGN_KILLS", "7"))


@pytest.mark.live
@pytest.mark.timeout(1500)
async def test_every_submission_is_answered_once_while_services_are_killed(
    infrastructure: Infrastructure, services: ServiceProcesses, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """400 submissions and 7 SIGKILLs (`make chaos`: 2,000 and 20), one broker restart: each effect once, none dead."""
    campaign = Campaign(infrastructure, services, settings, YOUTHS, KILLS)
    side = AgencySide(settings)
    sent = await campaign.run(side)

    unanswered = [event["id"] for _, event in sent if event["id"] not in side.answer_ids]
    answered_twice = [event["id"] for _, event in sent if len(side.answer_ids[event["id"]]) > 1]
    disclosed = [
        (got["data"]["observation"]["observation_id"], agency)
        for agency, messages in side.received.items()
        for got in messages.values()
        if got["type"] == "observation.disclosed.v1"
    ]
    lost = len(unanswered) + YOUTHS * DISCLOSURES_A_YOUTH - len(set(disclosed))
    double = len(answered_twice) + len(disclosed) - len(set(disclosed))
    with capsys.disabled():
        sys.stdout.write(_table(len(sent), campaign, lost, double, side.repeats))

    assert campaign.killed == KILLS
    assert campaign.restarted == 1
    assert len(sent) == YOUTHS * SUBMISSIONS_A_YOUTH
    assert lost == 0
    assert double == 0
    assert sum(side.count("submission.rejected.v1").values()) == 0
    assert await campaign.dead_letters() == 0
    assert await campaign.rows("consent", "consents") == YOUTHS
    assert await campaign.rows("observations", "observations") == YOUTHS * len(OBSERVED)
    register = await campaign.rows("observations", "register", act="disclosed", what="observation")
    assert register == YOUTHS * DISCLOSURES_A_YOUTH
    assert await campaign.rows("observations", "place_events") == 2 * YOUTHS
    noticed = side.count("concern.noticed.v1")
    assert {agency: noticed[agency] for agency in NOTICED_A_YOUTH} == dict.fromkeys(NOTICED_A_YOUTH, YOUTHS)
    assert noticed["2182-leisure"] == 0


def _table(sent: int, campaign: Campaign, lost: int, double: int, repeats: int) -> str:
    return (
        "\n| sent | kills | broker restarts | lost | double | same id again, dropped | seconds |"
        "\n|---:|---:|---:|---:|---:|---:|---:|"
        f"\n| {sent} | {campaign.killed} | {campaign.restarted} | {lost} | {double} | {repeats} "
        f"| {campaign.seconds:.0f} |\n"
    )
