"""What `notifier` is made of. Wiring only."""

from __future__ import annotations

from services.notifier.documents import Delivery
from services.notifier.handlers import router
from services.notifier.sending import forget_old, send_due
from shared.service import Service

service = Service(
    name="notifier",
    router=router,
    shapes=(Delivery,),
    loops=(send_due, forget_old),
)
