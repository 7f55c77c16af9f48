"""What `notifier` is made of. Wiring only."""

from __future__ import annotations

from services.notifier.documents import Delivery
from services.notifier.handlers import router
from services.notifier.incoming.callback import callback
from services.notifier.last_words import LastWord
from services.notifier.sending.loops import forget_old, read_mails, send_due
from services.notifier.sending.suppressions import Suppression
from shared.events.notifier import InvitationReplied
from shared.service import Service

service = Service(
    name="notifier",
    router=router,
    shapes=(Delivery, LastWord, Suppression),
    says=(InvitationReplied,),
    loops=(send_due, read_mails, forget_old),
    routes=callback,
)
