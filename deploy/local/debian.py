"""Installs a Debian package where the machine lets us, and starts nothing by it.

A package that brings a system service would start it at once where systemd runs; the house runs a node of its own and
must leave the machine's services as they were.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import NotPossible
from deploy.local.progress import run_quietly, say

_POLICY = Path("/usr/sbin/policy-rc.d")
_APT = ("apt-get", "-o", "DPkg::Lock::Timeout=120", "-q", "-y")


def install(package: str, otherwise: str, log: Path) -> None:
    """Install a package by apt-get. NotPossible with the line `otherwise` without root or apt-get."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise NotPossible(otherwise)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    say(f"Installerar {package} med apt-get …")
    try:
        run_quietly([*_APT, "update"], log, "  hämtar paketlistor")
    except NotPossible:
        say("  paketlistorna kunde inte hämtas helt; försöker med dem som finns")
    with _no_service_started():
        run_quietly([*_APT, "install", "--no-install-recommends", package], log, f"  installerar {package}")


@contextmanager
def _no_service_started() -> Iterator[None]:
    if _POLICY.exists():  # Containers have one already; it is not ours to change.
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
