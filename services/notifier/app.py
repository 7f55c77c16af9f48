"""What `notifier` is made of. Wiring only."""

from __future__ import annotations

from services.notifier.documents import Delivery
from services.notifier.handlers import router
from services.notifier.loops import forget_old, read_bounces, send_due
from services.notifier.suppressions import Suppression
from shared.service import Service

service = Service(
    name="notifier",
    router=router,
    shapes=(Delivery, Suppression),
    loops=(send_due, read_bounces, forget_old),
)
