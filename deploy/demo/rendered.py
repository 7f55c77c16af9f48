"""E-mails as pictures, where the machine has a browser; without one the HTML is what there is to look at.

A browser that fails or hangs costs the demo its pictures and nothing else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PATIENCE_SECONDS = 20
AT_ONCE = 2
WINDOW = "640,620"
"""Width and height in pixels: a letter in a narrow mail window, whole."""


def draw(pages: Sequence[Path]) -> int:
    """Draw each HTML page as a picture beside it, `.png`; return how many were drawn, 0 without a browser."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda page: _drawn(browser, page), pages))


def _drawn(browser: str, page: Path) -> bool:
    picture = page.with_suffix(".png")
    with TemporaryDirectory(prefix="samverkan-demo-", ignore_cleanup_errors=True) as profile:
        asked = [browser, "--headless", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}"]
        asked += ["--no-sandbox"] if os.geteuid() == 0 else []  # a browser's sandbox refuses to run as root
        asked += [f"--window-size={WINDOW}", f"--screenshot={picture}", page.resolve().as_uri()]
        try:
            quiet = subprocess.DEVNULL
            subprocess.run(asked, timeout=PATIENCE_SECONDS, check=True, stdin=quiet, stdout=quiet, stderr=quiet)
        except (OSError, subprocess.SubprocessError):
            return False
    return picture.exists()
