"""What `meetings` hears, and what it does about it. Any order, any number of times: the same end.

`series` has what decides when a meeting is held, `invitations` who comes, `minutes` what it decided, `places` what is
decided about places, `agendas` what each agency sees before it, `waiting` what came too early.
Every handler reads what it holds (series, docket, bases) before it looks for what depends on it.
"""

from services.meetings.handlers import agendas, invitations, minutes, places, series, waiting
from services.meetings.handlers.router import router

__all__ = ["agendas", "invitations", "minutes", "places", "router", "series", "waiting"]
