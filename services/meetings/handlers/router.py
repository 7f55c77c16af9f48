"""The router that all handlers of `meetings` stand on."""

from __future__ import annotations

from shared.messaging import ServiceRouter

router = ServiceRouter("meetings", prefetch=4)  # More at once would only meet on the same docket.
