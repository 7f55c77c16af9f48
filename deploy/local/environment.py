"""Makes the virtual environment from the hash-pinned lock: `python3 -m deploy.local.environment`.

Runs before anything is installed, so it imports the standard library only. A second run with the same lock does
nothing; a set-up that was interrupted is begun anew.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from deploy.local import NotPossible, debian
from deploy.local.progress import run_quietly, say

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.lock"
STAMP = VENV / "made-from"
OLDEST = (3, 11)
_TAKEN = re.compile("^(?:Collecting|Processing) ", re.MULTILINE)
"""How pip's output begins a package."""
_PIP = ("-u", "-m", "pip", "--disable-pip-version-check", "--no-input")


def make() -> None:
    """Make `.venv`, unless it is there and made from this lock by this interpreter in this place."""
    if sys.version_info < OLDEST:
        raise NotPossible(f"Python 3.11 eller nyare behövs (det här är {sys.version.split()[0]}): make PYTHON=…")
    made_from = _made_from()
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == made_from:
        return
    begun = time.monotonic()
    say("Gör i ordning Python-miljön (.venv) …")
    shutil.rmtree(VENV, ignore_errors=True)
    logs = Path(os.environ.get("SAMVERKAN_VAR") or ROOT / "var") / "log"
    _venv(logs)
    python = str(VENV / "bin" / "python")
    wanted = len(re.findall(r"^[a-z0-9]", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    run_quietly(
        [python, *_PIP, "install", "--progress-bar", "off", "--require-hashes", "-r", str(LOCK)],
        logs / "pip.log",
        "hämtar och installerar paket",
        lambda output: "(packar upp)" if "\nInstalling" in output else f"({len(_TAKEN.findall(output))} av {wanted})",
    )
    editable = [python, *_PIP, "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    run_quietly(editable, logs / "pip-editable.log", "installerar samverkan")
    STAMP.write_text(made_from, encoding="utf-8")
    say(f"Python-miljön är klar ({time.monotonic() - begun:.0f} s).")


def _made_from() -> str:
    return f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {sys.version_info[:3]} {ROOT}\n"


def _venv(logs: Path) -> None:
    command = [sys.executable, "-m", "venv", str(VENV)]
    if subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True, check=False).returncode != 0:
        # Debian splits ensurepip from its Python.
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        otherwise = f"Paketet {package} behövs: installera det, eller kör docker compose up."
        debian.install(package, otherwise, logs / "apt.log")
    run_quietly(command, logs / "venv.log", "skapar .venv")


if __name__ == "__main__":
    try:
        make()
    except NotPossible as error:
        say(str(error))
        sys.exit(2)
