"""What must follow from all series of meetings together: their actions, and what a week's picture says of them.

As in `series`, nothing here asks the house's own code; who must be there for a meeting to count stands here by hand.
"""

from __future__ import annotations

from datetime import date, datetime

from deploy.demo.due import SOON_DUE, Content, Due, DueLetter, DuePicture, Outcome
from deploy.demo.series import Series, iso_week
from deploy.demo.story import POLICE, SOCIAL

QUORUM = {SOCIAL, POLICE}
"""Whom both of the story's forums cannot do without."""


class Meetings:
    """Every series that has been planned, and the actions that their minutes gave."""

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self._completed: set[str] = set()

    def of(self, asked: Content) -> Series:
        """Return the series that a message is about."""
        return self.series[asked["series_id"]]

    def planned(self, plan: Content, at: datetime) -> Outcome:
        """Return what planning a series leads to."""
        self.series[plan["series_id"]] = Series(plan)
        return self.of(plan).planned(at)

    def cancelled(self, _agency: str, asked: Content) -> Outcome:
        """Return what the organiser's cancellation leads to."""
        return self.of(asked).cancelled(datetime.fromisoformat(asked["occurrence"]), "organiser")

    def completed(self, _agency: str, said: Content) -> Outcome:
        """Note that an action is completed: it is asked about no more."""
        self._completed.add(said["action_id"])
        return Outcome()

    def open_actions(self, series: Series) -> list[Content]:
        """Return what a series' minutes gave agencies to do and nobody has completed."""
        return [each for each in _actions(series) if each["action_id"] not in self._completed]

    def action_mails(self, action_id: str, kind: str) -> Outcome:
        """Return the e-mails about an action that is not done: to its owner before its day, to the organiser after."""
        series, action = self._given(action_id)
        to = series.mailboxes_of(action["owner"]) if kind == SOON_DUE else [series.plan["organiser"]["email"]]
        return Outcome(letters=[DueLetter(each, kind, date.fromisoformat(action["due_on"])) for each in to])

    def action_overdue(self, action_id: str) -> Outcome:
        """Return what the organiser is told the day after an action's day."""
        series, action = self._given(action_id)
        minutes = next(each for each in series.minutes.values() if action in each["actions"])
        data = {key: action[key] for key in ("action_id", "owner", "due_on")}
        data |= {key: minutes[key] for key in ("series_id", "occurrence")}
        return Outcome([Due(series.plan["organiser"]["agency"], "action.overdue.v1", data)])

    def picture(self, week: str) -> DuePicture:
        """Return how many meetings a week's picture must show: a cancelled one is not among the called."""
        every = self.series.values()
        called = sum(iso_week(at) == week for series in every for at in series.begins.values())
        cancelled = sum(iso_week(at) == week for series in every for at in series.cancelled_at.values())
        minutes = [each for series in every for at, each in series.minutes.items() if iso_week(at) == week]
        held = [{row["agency"] for row in each["attendance"] if row["present"]} for each in minutes if each["held"]]
        return DuePicture(week, called, len(held), sum(not there >= QUORUM for there in held), cancelled)

    def _given(self, action_id: str) -> tuple[Series, Content]:
        """Return an action, and the series that gave it."""
        given = ((series, action) for series in self.series.values() for action in _actions(series))
        return next((series, action) for series, action in given if action["action_id"] == action_id)


def _actions(series: Series) -> list[Content]:
    return [action for minutes in series.minutes.values() for action in minutes["actions"]]
