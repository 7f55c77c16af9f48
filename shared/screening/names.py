"""Finds what looks like a person's name in Swedish text; a place that bears a person's name is let through.

In doubt it is a person. Which names there are stands in `given_names.txt`, which words tell persons from places in
`words_about_names.yaml`; neither may ever hold what somebody has sent in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import yaml

_HERE: Final = Path(__file__).parent
_KEPT: Final = "åäö"


class Word(NamedTuple):
    """A word as written, the same to look up, and what stands between it and the word before."""

    text: str
    low: str
    gap: str

    @property
    def has_capital(self) -> bool:
        """Say whether it begins with a capital and is no abbreviation such as BRF."""
        return self.text[:1].isupper() and not (len(self.text) < 4 and self.text.isupper())

    @property
    def begins_a_sentence(self) -> bool:
        """Say whether it would have a capital whatever it means."""
        return self.gap.strip(" ") != "" or self.gap == ""


def looked_up(text: str) -> str:
    """Return a text in small letters and without accents, which `å`, `ä` and `ö` are not."""
    small = text.casefold()
    if small.isascii():
        return small
    return "".join(sign if sign in _KEPT else unicodedata.normalize("NFD", sign)[0] for sign in small)


def _ranks() -> dict[str, int]:
    """Return each given name with how much it takes to be a person: 0 nothing, 1 a capital, 2 and 3 more than that."""
    ranks: dict[str, int] = {}
    rank = -1
    for line in (_HERE / "given_names.txt").read_text(encoding="utf-8").splitlines():
        rank += line.startswith("[")
        if not line.startswith(("#", "[")):
            ranks |= dict.fromkeys(line.split(), rank)
    return ranks


_RANKS: Final = _ranks()
_WORDS: Final = yaml.safe_load((_HERE / "words_about_names.yaml").read_text(encoding="utf-8"))
_PERSON, _CALLED, _AHEAD, _SAID, _SAINTS, _SIZES, _NAMED, _PLACES_OF, _BUSINESSES, _SURNAMES = (
    frozenset(_WORDS[name].split())
    for name in (
        "person_before", "called", "person_ahead_of_called", "said_of_persons", "saints", "small_and_great",
        "named_places", "places_of",
        "businesses", "surnames",
    )
)  # fmt: skip
_ENDINGS: Final = tuple(_WORDS["place_endings"].split())
_HOUSES: Final = (
    "stugan",
    "caféet",
    "hotellet",
    "salongen",
    "restaurangen",
    "förskolan",
    "butiken",
    "boendet",
    "hemmet",
)
_WHOLE_ENDINGS: Final = (*_ENDINGS, "statyn", "kyrkan")
_KNOWN: Final = re.compile(rf"(?<!\w)(?:{'|'.join(_WORDS['known'])})(?!\w)", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+(?:[:'’/-][^\W_]+)*")
_SPELT: Final = re.compile(r"(?<!\w)(?:[^\W\d_][ .*_-]){3,}[^\W\d_](?!\w)")
_INITIALS: Final = re.compile(r"(?<![\w.])[A-ZÅÄÖ]\.(?:(?: ?[A-ZÅÄÖ]\.)+(?!\w)|[A-ZÅÄÖ](?![\w.-]))")
_MAILBOX: Final = re.compile(r"[^\s@]{1,64}@[^\s@.]{1,64}\.[a-z]{2}")
_OF_AGE: Final = re.compile(r"[0-9]{1,2}-?åri(?:g|ga|ge|ng|ngen)")
_END: Final = Word("", "", "\n")
_BETWEEN: Final = frozenset({"den", "von", "af", "de", "i", "ii", "iii", "iv", "v", "vi", "xii", "xiv", "xvi"})


def holds_a_name(text: str) -> bool:
    """Say whether a text seems to name a person: by name, initials, or a word such as `eleven` before a capital."""
    text = _MAILBOX.sub(" · ", text)  # found as what it is
    plain = _KNOWN.sub(" · ", _SPELT.sub(lambda spelt: re.sub(r"[ .*_-]", "", spelt[0]), text))
    if _INITIALS.search(plain):
        return True
    words = [_END, *_words_of(plain), _END, _END, _END, _END]
    return any(_is_a_person(words, at) for at in range(1, len(words) - 4))


def _words_of(text: str) -> Iterator[Word]:
    end = 0
    for found in _WORD.finditer(text):
        yield Word(found[0], looked_up(found[0]), text[end : found.start()])
        end = found.end()


def _is_a_person(words: list[Word], at: int) -> bool:
    word, after = words[at], words[at + 1]
    rank, is_surname = _rank_of(word), _is_surname(word)
    is_told_of = _is_told_of(words, at)
    if rank is None and not is_surname and not is_told_of:
        return False
    if _names_a_place(words, at):
        return False
    if is_surname or is_told_of or rank == 0 or not word.has_capital:
        return is_surname or is_told_of or rank == 0
    if rank == 1 or (rank == 2 and not word.begins_a_sentence):
        return True
    return after.gap == " " and (after.low in _SAID or (after.has_capital and not after.low.endswith(_ENDINGS)))


def _rank_of(word: Word) -> int | None:
    """Return how much it takes for a word, or a part of a double name, to be a person; None for no given name."""
    parts = word.low.replace("’", "'").removesuffix("'s").split("-")
    if len(parts) > 1 and parts[-1].endswith(_WHOLE_ENDINGS):
        return None
    found = (_RANKS.get(part, _RANKS.get(_nominative(part))) for part in parts)
    return min((rank for rank in found if rank is not None), default=None)


def _nominative(low: str) -> str:
    return low if low.endswith("ss") else low.removesuffix("s")


def _is_surname(word: Word) -> bool:
    """Say whether a word is one of the surnames that are nothing else; those in -sson in small letters too."""
    bare = _nominative(word.low)
    return (bare.endswith("sson") and len(bare) > 6) or (word.has_capital and bare in _SURNAMES)


def _is_told_of(words: list[Word], at: int) -> bool:
    """Say whether the word before says that this is somebody's name."""
    word, before = words[at], words[at - 1]
    if word.gap != " " or word.low.endswith(_ENDINGS) or not (word.text[0].isupper() or _rank_of(word) is not None):
        return False
    if before.low in _PERSON or _OF_AGE.fullmatch(before.low):
        return True
    ahead = {each.low for each in words[max(0, at - 5) : at]}
    is_called = before.low in _CALLED or (before.low == "för" and words[at - 2].low in _CALLED)
    return is_called and bool(ahead & (_PERSON | _AHEAD))


def _names_a_place(words: list[Word], at: int) -> bool:
    """Say whether the name is a place's: Sankta Anna kyrka, Gustav Adolfs torg, Nils Dahlbergsgatan, stormen Hans."""
    last = words[at]
    if _follows_a_saint(words, at) and not (words[at + 1].gap == " " and _is_surname(words[at + 1])):
        return True
    for ahead in words[at + 1 : at + 4]:
        if ahead.gap != " ":
            return False
        if ahead.low in _NAMED or (last.low[-1] in "sxz" and _is_place_of(ahead)) or _bears_a_name(ahead):
            return True
        if not (ahead.has_capital or ahead.low in _BETWEEN):
            return False
        last = ahead
    return False


def _follows_a_saint(words: list[Word], at: int) -> bool:
    """Say whether what stands before gives the name to a place: Sankta Anna, Restaurang Lilla Maria, Café Anna Lisa."""
    if words[at].gap != " ":
        return False
    before = words[at - 1]
    if before.low in _SIZES or (before.has_capital and before.low in _RANKS):
        before = words[at - 2] if before.gap == " " else before
    return before.low in _SAINTS or before.low.endswith(_HOUSES)


def _is_place_of(word: Word) -> bool:
    return word.low in _PLACES_OF or (word.has_capital and word.low in _BUSINESSES)


def _bears_a_name(word: Word) -> bool:
    """Say whether a word is a street or the like that is named after a person: Dahlbergsgatan, XII-statyn."""
    if "-" in word.low:
        return word.low.endswith(_WHOLE_ENDINGS)
    ending = next((each for each in _ENDINGS if word.low.endswith(each) and word.low != each), None)
    if ending is None or ending == "skolan":
        return ending is not None
    stem = word.low.removesuffix(ending).removesuffix("s")
    return stem in _RANKS or stem.endswith(("sson", "son")) or stem in _SURNAMES
