"""Ten thousand reminders due at one instant, three replicas, kills: every mailbox has its letter, none comes late."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from deploy.local.infrastructure import Infrastructure
from deploy.local.processes import ServiceProcesses
from shared.settings import Settings
from tests.live.counting_sink import CountingSink, counting_sink
from tests.live.fan_out import MAILBOXES, REPLICAS, FanOut, Outcome

LETTERS = int(os.environ.get("SAMVERKAN_FAN_OUT_LETTERS", "600"))
KILLS = int(os.environ.get("SAMVERKAN_FAN_OUT_KILLS", "3"))
ROUNDS = int(os.environ.get("SAMVERKAN_FAN_OUT_ROUNDS", "3" if LETTERS >= 10_000 else "1"))
"""How often it is done undisturbed, and as often with kills: one rate says little on a machine with other work."""


@pytest.fixture
def sink() -> Iterator[CountingSink]:
    """The mail server that the replicas write to."""
    with counting_sink() as running:
        yield running


@pytest.fixture
def fan_out(
    infrastructure: Infrastructure,
    environment: dict[str, str],
    settings: Settings,
    sink: CountingSink,
    tmp_path: Path,
) -> Iterator[FanOut]:
    """Three replicas of the notifier, on a vhost and a database of their own."""
    clock = tmp_path / "clock"
    clock.write_text("0", encoding="utf-8")
    own = {**environment, "SMTP_URL": f"smtp://127.0.0.1:{sink.port}", "SAMVERKAN_CLOCK": str(clock)}
    running = ServiceProcesses(infrastructure.place, own)
    running.start(*REPLICAS)
    running.wait_ready(*REPLICAS)
    yield FanOut(running, settings, sink, clock)
    running.stop(*REPLICAS)


@pytest.mark.live
@pytest.mark.timeout(1800)
async def test_every_letter_due_at_one_instant_goes_out_in_time_while_replicas_are_killed(
    fan_out: FanOut, capsys: pytest.CaptureFixture[str]
) -> None:
    """600 letters (by variable 10,000) undisturbed, and as many with 3 (10) SIGKILLs: each arrives, none is late."""
    assert 0 == LETTERS % MAILBOXES
    undisturbed = [await fan_out.run(LETTERS, 0) for _ in range(ROUNDS)]
    with_kills = [await fan_out.run(LETTERS, KILLS) for _ in range(ROUNDS)]
    with capsys.disabled():
        sys.stdout.write(_table([*undisturbed, *with_kills]) + _medians(undisturbed, with_kills))

    for outcome in (*undisturbed, *with_kills):
        assert LETTERS == outcome.arrived
        assert {"sent": LETTERS} == outcome.states
        assert 0 == outcome.late
    assert [0] * ROUNDS == [outcome.repeats for outcome in undisturbed]


def _table(outcomes: list[Outcome]) -> str:
    head = (
        "\n| due at once | kills | arrived | lost | late | repeats | first after s | all within s "
        "| letters/s | bare loop/s | ratio | load |"
        "\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    rows = (
        f"\n| {each.letters} | {each.kills} | {each.arrived} | {each.letters - each.arrived} | {each.late} "
        f"| {each.repeats} | {each.until_first:.1f} | {each.seconds:.1f} | {each.rate:.0f} | {each.bare_rate:.0f} "
        f"| {each.ratio:.2f} | {each.load:.1f} |"
        for each in outcomes
    )
    return head + "".join(rows) + "\n"


def _medians(undisturbed: list[Outcome], with_kills: list[Outcome]) -> str:
    ratios = [median(each.ratio for each in outcomes) for outcomes in (undisturbed, with_kills)]
    return (
        f"of the bare loop's rate, median of {ROUNDS}: {ratios[0]:.2f} undisturbed, {ratios[1]:.2f} over a whole "
        f"campaign of {KILLS} kills, with the time in which replicas start again\n"
    )
