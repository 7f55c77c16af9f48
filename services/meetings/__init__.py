"""Calls every meeting of a series in time, gives each agency an agenda of its own, and keeps what the minutes say.

It promises that an agenda never names a youth, or an observation, that its agency may not be told of at that moment,
and that an agenda already issued is issued again the moment that changes.
"""
