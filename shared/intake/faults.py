"""What can be wrong with a submission, and how it is said: a pointer, a stable code, a Swedish and an English text.

A text never quotes a rejected value, only the rule or the allowed words: the value may be about a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from shared.intake.fault_texts import PYDANTIC_RULES, TEXTS

Code = Literal[
    "not_json", "not_a_cloudevent", "unknown_type", "unknown_version", "missing_field", "wrong_type", "wrong_value",
    "invalid_personal_identity_number", "unknown_agency", "not_your_agency", "not_an_authority", "scope_too_wide",
    "too_long_validity", "conflict", "too_large", "personal_data_in_place_report", "unknown_reference",
]  # fmt: skip
CODES: Final[tuple[Code, ...]] = get_args(Code)
MOST_FAULTS: Final = 100
"""How many faults one answer lists: a message of 100,000 wrong things must not make an answer too big to send."""
LONGEST_KEY: Final = 100
_MAY_BE_A_NUMBER: Final = re.compile("[0-9]{6}")

UNION_TAGS: Final = frozenset({"(whole)", "(cells)"})
"""Names pydantic puts into an error's place for the branch of a union; they are not in the message."""


class Fault(BaseModel):
    """One thing that is wrong. `pointer` (RFC 6901) points into `data`; `""` is the whole message."""

    model_config = ConfigDict(frozen=True)

    pointer: str
    code: Code
    message: str
    message_en: str


class Rejected(Exception):
    """The house says no to a submission. The sender is told every fault, and nothing else is written."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Take the faults; at least one."""
        self.faults: tuple[Fault, ...] = tuple(faults)
        if not self.faults:
            raise ValueError("a rejection needs a fault")
        super().__init__(", ".join(sorted({each.code for each in self.faults})))


def fault(code: Code, pointer: str = "", *, why: str = "", **words: object) -> Fault:
    """Make a fault. `why` picks a closer text of the code (`"form"` for `wrong_value/form`), `words` fill it.

    KeyError for a text that does not exist: texts are written in `fault_texts`, not where they are used.
    """
    swedish, english = TEXTS[f"{code}/{why}" if why else code]
    return Fault(pointer=pointer, code=code, message=swedish.format(**words), message_en=english.format(**words))


def refusal(*faults: Fault) -> PydanticCustomError:
    """Wrap faults for raising inside a pydantic validator; their pointers count from the validated field."""
    return PydanticCustomError("faults", "faults", {"faults": faults})


def faults_of(error: ValidationError) -> list[Fault]:
    """Translate what pydantic found, all of it. The input is looked at for its type, and goes no further."""
    details = error.errors(include_url=False)
    around = {each["loc"][:depth] for each in details for depth in range(len(each["loc"]))}
    found: list[Fault] = []
    for each in details:
        # pydantic counts only the valid elements, so a list of wrong ones is "too short" as well: that is not news.
        if not (each["type"] == "too_short" and each["loc"] in around):
            found.extend(_translated(each))
    return found


def at_most(faults: list[Fault]) -> list[Fault]:
    """Shorten a list no person could read, and say so in its last place."""
    if len(faults) <= MOST_FAULTS:
        return faults
    return [*faults[: MOST_FAULTS - 1], fault("wrong_value", why="more", shown=MOST_FAULTS - 1)]


def pointer_to(path: Iterable[str | int]) -> str:
    """Return the JSON pointer of a path, escaped as RFC 6901 says; it stops before a key nobody can read back.

    A key may hold an identity number, and a pointer is told and kept in the clear: there it stops too.
    """
    pointer = ""
    for step in path:
        text = str(step)
        if len(text) > LONGEST_KEY or not text.isprintable() or _MAY_BE_A_NUMBER.search(text):
            break
        pointer += "/" + text.replace("~", "~0").replace("/", "~1")
    return pointer


def _translated(error: ErrorDetails) -> list[Fault]:
    pointer = pointer_to(step for step in error["loc"] if step not in UNION_TAGS)
    context = error.get("ctx", {})
    if error["type"] == "faults":
        return [each.model_copy(update={"pointer": pointer + each.pointer}) for each in context["faults"]]
    if error["type"] == "default_factory_not_called":
        return []  # the field the default would follow from is wrong, and is reported itself
    if error["type"] == "literal_error":
        return [_not_among(str(context["expected"]), error["input"], pointer)]
    return [_by_rule(error["type"], pointer)]


def _not_among(expected: str, value: object, pointer: str) -> Fault:
    if expected.startswith("'") and not isinstance(value, str):
        return fault("wrong_type", pointer, why="string_type")
    return fault("wrong_value", pointer, why="allowed", allowed=expected.replace(" or ", ", ").replace("'", ""))


def _by_rule(rule: str, pointer: str) -> Fault:
    if rule == "missing":
        return fault("missing_field", pointer)
    if rule in PYDANTIC_RULES:
        return fault("wrong_value", pointer, why=PYDANTIC_RULES[rule])
    if rule.endswith("_type"):
        return fault("wrong_type", pointer, why=rule if f"wrong_type/{rule}" in TEXTS else "")
    return fault("wrong_value", pointer)
