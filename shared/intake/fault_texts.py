"""Every text a rejection can say, in Swedish and English, by `code` or `code/why`; they stand in `fault_texts.yaml`.

No text quotes what was sent: a text that wants a value to fill in gets allowed words or numbers, nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml


def _read() -> dict[str, tuple[str, str]]:
    content = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return {name: (text["sv"], text["en"]) for name, text in content.items()}


TEXTS: Final = _read()

PYDANTIC_RULES: Final[dict[str, str]] = {
    "extra_forbidden": "unknown_field",
    "date_parsing": "date",
    "date_from_datetime_parsing": "date",
    "date_from_datetime_inexact": "date",
    "datetime_parsing": "moment",
    "datetime_from_date_parsing": "moment",
    "datetime_object_invalid": "moment",
    "timezone_aware": "offset_missing",
    "timezone_naive": "offset_given",
    "string_pattern_mismatch": "form",
    "string_too_short": "empty",
    "too_short": "empty",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "greater_than_equal": "number_range",
    "less_than_equal": "number_range",
}
"""pydantic's rules that are a matter of value: which closer text of `wrong_value` says it."""
