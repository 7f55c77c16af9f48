"""The disclosure register: a row for every telling, refusal and reading about a person. Rows are added, never changed.

Every row carries a code that only the house's secret can make. Beside each row lies a slip; a loop gathers the slips
into seals, each naming the one before it, so that a row that is changed, added or taken away shows (`samverkan
register verify`). Rows hold references, codes and times; never a name, a number or content.
"""

from shared.register.rows import SHAPES, Act, Entry, Seal, Slip, What, still_told, told, written
from shared.register.sealing import FIRST, MOST_IN_A_SEAL, SEALING_SECONDS, keep_sealing, seal_rows
from shared.register.telling import record_taken_back, tell_on

__all__ = [
    "FIRST",
    "MOST_IN_A_SEAL",
    "SEALING_SECONDS",
    "SHAPES",
    "Act",
    "Entry",
    "Seal",
    "Slip",
    "What",
    "keep_sealing",
    "record_taken_back",
    "seal_rows",
    "still_told",
    "tell_on",
    "told",
    "written",
]
