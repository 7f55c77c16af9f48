"""One mailbox from a text, or none: nothing that could turn one recipient into two, or an address into a header."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr

SENDER_NAME = "Samverkan"
_PLAIN_MAILBOX = re.compile(r"([\w+-]+(?:\.[\w+-]+)*)@([a-z0-9-]+(?:\.[a-z0-9-]+)*)", re.IGNORECASE | re.ASCII)
_ONE_WORD = re.compile(r"[!-~]{3,254}")


class NoMailbox(ValueError):
    """What should be one e-mail address is none, or is more than one."""


def mailbox_of(text: str) -> Address:
    """Return the one mailbox that a text names; `NoMailbox` if it names none, several, or one outside ASCII."""
    if plain := _PLAIN_MAILBOX.fullmatch(text):  # nearly all of them; the library's parser takes as long as the sending
        return Address(username=plain[1], domain=plain[2])
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        raise NoMailbox from None
    if not (address.username and address.domain and _ONE_WORD.fullmatch(address.addr_spec)):
        raise NoMailbox
    return address


def sender_of(mail_from: str) -> Address:
    """Return the house's own name and mailbox from `SAMVERKAN_MAIL_FROM`."""
    name, mailbox = parseaddr(mail_from)
    address = mailbox_of(mailbox)
    return Address(name or SENDER_NAME, address.username, address.domain)


def mailbox_or(text: str, otherwise: Address) -> Address:
    """Return the mailbox that a text names, or another where it names none."""
    try:
        return mailbox_of(text)
    except NoMailbox:
        return otherwise
