"""How personal data with a form of their own are written: numbers, e-mail addresses, plates and doors.

A pattern sees text that `personal_data` has made plain (hyphens, digits, nothing unseen). It must not backtrack over
long texts: a message can be 256 KiB of anything.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Written = Literal["personal_identity_number", "phone", "e_mail", "registration_plate", "door"]

# A number is looked for where no longer number or decimal fraction (a map's coordinates) goes on before or after it.
_START, _END = r"(?<![0-9])(?<![0-9]\.)", r"(?![0-9])"
_MONTH, _DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"
_YEAR_AND_SIGN = r"(?:(?:18|19|20)[0-9]{2}([-./ ])|[0-9]{2}(-))"
_LAST_FOUR = r"[0-9T][0-9]{3}"
_SUBSCRIBER = r"(?:[1-9][0-9]{4,7}|[1-9][0-9]{2}(?:[ -][0-9]{2,3}){1,2}|[1-9][0-9](?:[ -][0-9]{2}){2,3})"
_MONTHS = r"(?:jan|feb|mars?|apr|maj|juni?|juli?|aug|sep|okt|nov|dec)[a-zåäö]{0,6}"
_BORN = r"(?:född|f\.|f|födelsedatum|födelsedag)"
_DAY_OF_BIRTH = rf"(?:19|20)?[0-9]{{2}}[-./ ]?{_MONTH}[-./ ]?{_DAY}(?![0-9])"
_BIRTHDAY = rf"[0-9]{{1,2}}(?:/[0-9]{{1,2}}| {_MONTHS}),? (?:19|20)[0-9]{{2}}"
_DIGIT_WORD = r"(?:noll|nolla|ett|två|tre|fyra|fem|sex|sju|åtta|nio)"
_VEHICLE = r"(?:reg|bil|skylt|plåt|moped|volvo|skåpbil|mc|epa|fordon|nummer)[a-zåäö.]{0,12}"
_STREET = r"[a-zåäöé]{2,30}(?:gatan|vägen|gränd|torget|stigen|backen|allén|plan|gata|väg|torg)"
_HOUSE = rf"{_STREET} [0-9]{{1,3}} ?[a-h]?"
_FLAT = r"(?:0[89]|1[0-9]|20)[0-9]{2}"
_FLOOR = r"(?:våning(?:en)?|vån|plan)\.? ?[0-9]{1,2}\b|[0-9]{1,2} ?:?[ea]? (?:våningen|vån)\b|\b(?:nb|bv|ög)\b"

IDENTITY_NUMBER_IN_PARTS: Final = re.compile(
    rf"{_START}(?:(?:18|19|20)[ ._/-]{{0,3}})?[0-9]{{2}}[ ._/-]{{0,3}}{_MONTH}[ ._/-]{{0,3}}{_DAY}"
    rf"[ ._/+-]{{0,3}}[0-9]{{2}}[ ._/-]{{0,3}}[0-9]{{2}}{_END}"
)
"""Parted anywhere; only where the check digit is right, for days and times are written like this too."""

WRITTEN: Final[tuple[tuple[Written, str], ...]] = (
    # 201306152388, 130615-2388, 130615+2388, 20130615 2388; the day may be a coordination number's
    (
        "personal_identity_number",
        rf"{_START}(?:18|19|20)?[0-9]{{2}}{_MONTH}{_DAY} ?[-+]? ?{_LAST_FOUR}{_END}",
    ),
    # 2013-06-15-2388, 13-06-15-2388, 2013 06 15 2388; not 2026-11-16 2230 nor 2026-11-16-2026-11-30
    (
        "personal_identity_number",
        rf"{_START}{_YEAR_AND_SIGN}{_MONTH}(?:\1|\2){_DAY}(?:[-+]|\1){_LAST_FOUR}{_END}(?!-[0-9])",
    ),
    # 130615-XXXX; född 2013-06-15, f. 15/6 2013, född den 15 juni 2013
    ("personal_identity_number", rf"{_START}(?:18|19|20)?[0-9]{{2}}{_MONTH}{_DAY} ?[-+] ?[xX*?]{{4}}"),
    ("personal_identity_number", rf"(?i)\b{_BORN}:? ?(?:den )?(?:{_DAY_OF_BIRTH}|{_BIRTHDAY})"),
    ("e_mail", r"[^\s@]@[^\s@]+\.[^\s@]|\w ?@ ?\w[\w-]*\.[a-z]{2}"),
    ("e_mail", r"(?i)\w ?[(\[{<] ?(?:at|snabel-?a|@) ?[)\]}>] ?\w|\w snabel-?a \w"),
    # +46 (0)70-123 45 67, 0046 270 123 45
    ("phone", rf"{_START}(?:\+|00)[1-9][0-9]{{0,2}}(?:[ -]?\(0\))?(?:[ -]?[0-9]){{6,11}}{_END}"),
    ("phone", rf"{_START}(?:0[ ./)-]?7|07 )[02369](?:[ ./)-]{{0,3}}[0-9]){{7}}{_END}"),
    # 08-12 34 56, 0270-123 45; not 0800-1630, nor the month and day of 2026-08-11 2230
    ("phone", rf"{_START}(?<![0-9]-)0(?:8|[1-9][0-9]{{1,2}})\)?(?: ?[-/] ?| )?{_SUBSCRIBER}{_END}"),
    ("phone", rf"(?i)\b{_DIGIT_WORD}(?:[ ,-]{{1,3}}{_DIGIT_WORD}){{5}}"),
    ("registration_plate", r"\b[A-HJ-PR-UW-Z]{3}[ -]?[0-9]{2}[0-9A-HJ-NPR-UW-Z]\b"),
    # Small letters too, where nothing else is meant by them: hus12b
    ("registration_plate", r"\b(?i:(?!hus|lgh|rum|sal|trp)[a-hj-pr-uw-z]{3}[0-9]{2}[0-9a-hj-npr-uw-z])\b"),
    ("registration_plate", rf"(?i)\b{_VEHICLE}:? [a-hj-pr-uw-z]{{3}}[ -][0-9]{{2}}[0-9a-hj-npr-uw-z]\b"),
    # lgh 1203, lägenhet nr 12, lägenhetsnummer 1203, 3 tr, tr 2, två trappor upp, c/o
    ("door", r"(?i)\b(?:lgh|läg|lght|apt|lägenhet(?:en)?|lägenhetsn(?:umme)?r|lghnr)\.?:? ?(?:nr|nummer)?\.?:? ?[0-9]"),
    ("door", r"(?i)(?<![0-9])[0-9]{1,2} ?tr\b|\btr\.? ?[0-9]{1,2}\b|\bc/o\b"),
    ("door", r"(?i)\b(?:[0-9]{1,2}|en|ett|två|tre|fyra|fem|sex|sju|åtta) (?:halv )?trapp(?:a|or) upp\b"),
    ("door", r"(?i)\bdörr(?:en)? (?:nr |nummer |märkt )?[0-9]{1,4}\b|\b(?:dörren|brevlådan?) (?:märkt|med namnet)\b"),
    # Storgatan 12 lgh, Storgatan 12 1203, Storgatan 12/1203, Storgatan 12 vån 3, Storgatan 12, nb
    ("door", rf"(?i)\b{_HOUSE}(?: ?[/:] ?| ){_FLAT}\b(?! ?[-–.])"),
    ("door", rf"(?i)\b{_HOUSE},? {{0,2}}(?:(?:port|uppgång|uppg|trapphus)\.? [a-h0-9]{{1,3}},? )?(?:{_FLOOR})"),
)
