"""What must follow for a series of meetings: worked out from its plan and the handbook, with the red days by hand.

A meeting is called when it is at most eight weeks away; on a red day the organiser is asked instead. Nothing here asks
the house's own code: an expectation that shares a rule with the house would share its mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.due import CANCELLATION, INVITATION, MOVE, QUESTION, Content, Due, DueLetter, Outcome
from shared.clock import LOCAL_ZONE

HORIZON = timedelta(weeks=8)


@dataclass(frozen=True)
class RedDay:
    """A red day that a meeting of the story falls on: the working days beside it, and the last time to answer."""

    name: str
    working_days: tuple[str, str]
    answer_by: str


RED_DAYS = {
    "2026-12-24": RedDay("Julafton", ("2026-12-23", "2026-12-28"), "2026-12-17T12:00:00"),
    "2026-12-31": RedDay("Nyårsafton", ("2026-12-30", "2027-01-04"), "2026-12-22T12:00:00"),
}


class Series:
    """One series: where each meeting stands, as its agencies have been told."""

    def __init__(self, plan: Content) -> None:
        self.plan = plan
        self.begins: dict[datetime, datetime] = {}
        self.cancelled_at: dict[datetime, datetime] = {}
        self.minutes: dict[datetime, Content] = {}

    @property
    def agencies(self) -> list[str]:
        """The agencies that are called, the organiser's first."""
        return list(dict.fromkeys(each["agency"] for each in (self.plan["organiser"], *self.plan["participants"])))

    @property
    def mailboxes(self) -> list[str]:
        """Every mailbox that is called."""
        return list(dict.fromkeys(each["email"] for each in (self.plan["organiser"], *self.plan["participants"])))

    def mailboxes_of(self, agency: str) -> list[str]:
        """Return the mailboxes of an agency's functions."""
        called = (self.plan["organiser"], *self.plan["participants"])
        return list(dict.fromkeys(each["email"] for each in called if each["agency"] == agency))

    def planned(self, at: datetime) -> Outcome:
        """Return what planning leads to: one invitation to each mailbox, and every meeting of eight weeks called."""
        first = datetime.fromisoformat(self.plan["starts_at"])
        weeks = [first + timedelta(weeks=number) for number in range(9)]
        near = [each for each in weeks if _instant(each) <= at + HORIZON]
        red = [each for each in near if f"{each:%Y-%m-%d}" in RED_DAYS]
        outcome = Outcome(letters=[DueLetter(to, INVITATION, _instant(first)) for to in self.mailboxes])
        for each in red:
            outcome = outcome.and_(self._asked(each))
        return outcome.and_(self.called([each for each in near if each not in red]))

    def called(self, occurrences: list[datetime]) -> Outcome:
        """Return the calling of meetings: each agency is told of each. Nobody gets a letter: they have the series."""
        self.begins |= {each: each for each in occurrences}
        return Outcome([Due(to, "meeting.called.v1", self._call(each)) for each in occurrences for to in self.agencies])

    def moved(self, move: Content) -> Outcome:
        """Return what the organiser's move leads to. A meeting that nobody was called to yet is called where it is."""
        occurrence, starts_at = (datetime.fromisoformat(move[key]) for key in ("occurrence", "starts_at"))
        is_new = occurrence not in self.begins
        self.begins[occurrence] = starts_at
        told = self._call(occurrence) | ({"place": move["place"]} if "place" in move else {})
        type_ = "meeting.called.v1" if is_new else "meeting.moved.v1"
        if not is_new:
            told = {key: value for key, value in told.items() if key not in ("forum", "iso_week")}
        return Outcome([Due(to, type_, told) for to in self.agencies], self._letters(MOVE, starts_at))

    def cancelled(self, occurrence: datetime, reason: str) -> Outcome:
        """Return what a cancellation leads to, the organiser's or that of a red day without an answer."""
        self.cancelled_at[occurrence] = self.begins.pop(occurrence, occurrence)
        told = self._named(occurrence) | {"reason": reason}
        letters = self._letters(CANCELLATION, self.cancelled_at[occurrence])
        return Outcome([Due(to, "meeting.cancelled.v1", told) for to in self.agencies], letters)

    def letters(self, kind: str, occurrence: datetime) -> Outcome:
        """Return one e-mail about a meeting to each mailbox."""
        return Outcome(letters=self._letters(kind, self.begins[occurrence]))

    def next_after(self, occurrence: datetime) -> Content:
        """Return the next meeting after one, by when they are held."""
        later = [(begins, each) for each, begins in self.begins.items() if begins > self.begins[occurrence]]
        begins, following = min(later)
        return {"occurrence": following.isoformat(), "starts_at": _instant(begins).isoformat()}

    def recorded(self, minutes: Content) -> Outcome:
        """Note what the minutes say of a meeting. They bring nothing to others by themselves."""
        self.minutes[datetime.fromisoformat(minutes["occurrence"])] = minutes
        return Outcome()

    def _asked(self, occurrence: datetime) -> Outcome:
        """Return what a red day leads to: its organiser, alone, is asked."""
        red = RED_DAYS[f"{occurrence:%Y-%m-%d}"]
        beside = [_local(f"{day}T{occurrence:%H:%M:%S}") for day in red.working_days]
        told = {"red_day": red.name, "proposals": beside, "answer_by": _local(red.answer_by)}
        organiser = self.plan["organiser"]
        asked = Due(organiser["agency"], "meeting-move.proposed.v1", self._named(occurrence) | told)
        return Outcome([asked], [DueLetter(organiser["email"], QUESTION, _instant(occurrence))])

    def _call(self, occurrence: datetime) -> Content:
        begins = _instant(self.begins[occurrence])
        ends = begins + timedelta(minutes=self.plan["duration_minutes"])
        kept = {key: self.plan[key] for key in ("forum", "place")}
        times = {"starts_at": begins.isoformat(), "ends_at": ends.isoformat(), "iso_week": iso_week(begins)}
        return self._named(occurrence) | kept | times

    def _named(self, occurrence: datetime) -> Content:
        return {"series_id": self.plan["series_id"], "occurrence": occurrence.isoformat()}

    def _letters(self, kind: str, begins: datetime) -> list[DueLetter]:
        return [DueLetter(to, kind, _instant(begins)) for to in self.mailboxes]


def iso_week(at: datetime) -> str:
    """Return the ISO week of a local time."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02}"


def _local(text: str) -> str:
    return _instant(datetime.fromisoformat(text)).isoformat()


def _instant(local: datetime) -> datetime:
    return local.replace(tzinfo=LOCAL_ZONE)
