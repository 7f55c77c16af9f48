"""What `meetings` hears, and what it does about it. Any order, any number of times: the same end.

`series` has what decides when a meeting is held, `minutes` what it decided, `agendas` what each agency sees before it.
Every handler reads what it holds (series, docket, bases) before it looks for what depends on it.
"""

from services.meetings.handlers import agendas, minutes, series
from services.meetings.handlers.router import router

__all__ = ["agendas", "minutes", "router", "series"]
