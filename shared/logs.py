"""JSON lines on standard output, one a happening, with ids and never contents.

Of an error its class is written, never its text or its traceback: both quote what was read, and that may be about a
child. That goes for every library too, for warnings, and for what ends the process.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from types import TracebackType

import structlog


class NameOnly(logging.Formatter):
    """A library's log line: which library, how bad, and the class of the error. Its words are left out."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {"event": record.name, "service": self._service, "level": record.levelname.lower()}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line | {"timestamp": datetime.fromtimestamp(record.created, UTC).isoformat()})


def configure_logs(service: str, level: str) -> None:
    """Send this process's logs to standard output as JSON lines that name the service."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _class_of_error,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    structlog.contextvars.bind_contextvars(service=service)
    others = logging.StreamHandler(sys.stdout)
    others.setFormatter(NameOnly(service))
    logging.basicConfig(level=logging.WARNING, handlers=[others], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _say_why_it_ends


def log() -> structlog.typing.FilteringBoundLogger:
    """Return the logger. Pass ids as keywords: `log().info("consent ended", form_id=form_id)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


def where(trace: TracebackType | None) -> str:
    """Return the last file and line of our own code in a traceback."""
    here = ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/services/" in code.co_filename or "/shared/" in code.co_filename:
            here = f"{'/'.join(code.co_filename.split('/')[-3:])}:{trace.tb_lineno}"
        trace = trace.tb_next
    return here


def _class_of_error(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if line.pop("exc_info", None):
        kind = sys.exc_info()[0]
        line["error"] = kind.__name__ if kind else ""
    return line


def _say_why_it_ends(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
    log().critical("ended by an error", error=kind.__name__, at=where(trace))
