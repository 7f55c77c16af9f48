"""The embedded default: a private RabbitMQ node, SecantusDB, a mail sink and the five services on one machine.

Everything stands under one folder (`var/`, or `SAMVERKAN_VAR`), so two copies do not disturb each other. What must not
break: nothing is stopped that was not started here, whatever process id it happens to have.

`environment`, `debian` and `progress` run before there is a virtual environment: standard library only.
"""


class NotPossible(Exception):
    """What was asked for cannot be done here; the text is one line for people that says what to do instead."""
