"""What stands in the logs when something goes wrong: who, which error, and not a word of what was read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

NUMBER = "201306152388"
BEGIN = f"""
import asyncio, gc, logging, warnings
from pydantic import BaseModel
from shared.logs import configure_logs, log

class Read(BaseModel):
    day: int

configure_logs("meetings", "DEBUG")
told = {{"day": "hos {NUMBER}"}}
"""
LIBRARY = """
try:
    Read.model_validate(told)
except ValueError as error:
    logging.getLogger("faststream").error("cannot read %s", told, exc_info=error)
"""
CHAINED = """
try:
    try:
        Read.model_validate(told)
    except ValueError:
        raise ConnectionError("no way out")
except ConnectionError as error:
    logging.getLogger("aiormq").error("failed", exc_info=error)
"""
WARNING = "Read.model_construct(**told).model_dump_json()"
TASK = """
async def main():
    async def read():
        Read.model_validate(told)
    task = asyncio.ensure_future(read())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
asyncio.run(main())
"""
OURS = """
try:
    Read.model_validate(told)
except ValueError:
    log().exception("could not")
"""
END = "Read.model_validate(told)"


@pytest.mark.parametrize(
    ("code", "event", "error"),
    [
        (LIBRARY, "faststream", "ValidationError"),
        (CHAINED, "aiormq", "ConnectionError"),
        (WARNING, "py.warnings", None),
        (TASK, "asyncio", "ValidationError"),
        (OURS, "could not", "ValidationError"),
        (END, "ended by an error", "ValidationError"),
    ],
)
def test_an_error_leaves_its_class_in_the_log_and_never_its_text(code: str, event: str, error: str | None) -> None:
    """An error's text, a traceback and a warning quote what was read; each happening is one line of JSON without."""
    done = subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, check=False)
    (line,) = map(json.loads, done.stdout.splitlines())
    assert (event, error, "meetings") == (line["event"], line.get("error"), line["service"])
    assert "" == done.stderr
    assert NUMBER not in done.stdout
