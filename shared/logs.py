"""JSON lines on standard output, one a happening, with ids and never contents."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logs(service: str, level: str) -> None:
    """Send this process's logs to standard output as JSON lines that name the service."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stdout, format='{"level": "%(levelname)s", "event": "%(name)s"}'
    )


def log() -> structlog.typing.FilteringBoundLogger:
    """Return the logger. Pass ids as keywords: `log().info("consent ended", form_id=form_id)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger
