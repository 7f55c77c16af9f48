"""What must follow from the story, worked out from its messages alone: nothing here asks the house's own code.

The consent form says who may tell whom what; the contract says what follows. Keep it that way: an expectation that
shares a rule with the house would share its mistakes.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from deploy.demo.assessed import Assessed
from deploy.demo.due import Content, Due, Outcome, disclosed
from deploy.demo.meetings import Meetings
from deploy.demo.series import Series
from deploy.demo.story import Step
from shared.agencies import AgencyRegistry

CONSENT_PROVISION = "osl_10_1_12_2"
ENFORCING = ["observations", "meetings", "reporting"]
TIME_FOR_REVIEW = timedelta(days=14)


class Expectation:
    """Walks through the story, in order, and says after each step what must come of it."""

    def __init__(self, registry: AgencyRegistry, municipality: str) -> None:
        self.registry = registry
        self.municipality = municipality
        rule = next(each for each in registry.municipalities if each.code == municipality).concern_rule
        self.rule = {"agencies": rule.agencies, "days": rule.days}
        self.form: Content = {}
        self.signed: set[str] = set()
        self.withdrawn = False
        self.observations: list[tuple[str, Content]] = []
        self.told: set[tuple[str, str]] = set()
        self.noticed: dict[str, set[str]] = {}
        self.meetings = Meetings()
        self.behind: dict[str, set[str]] = {}
        self.reported: dict[str, set[str]] = {}
        self.agendas: dict[tuple[str, str], Content] = {}
        self.denied: set[tuple[str, str]] = set()
        self.assessed = Assessed(registry)

    def of(self, step: Step) -> Outcome:
        """Return what an agency's message must lead to: its answer, and what its type brings."""
        sent, data = step.event, step.event["data"]
        answer = Due(step.agency, "submission.accepted.v1", {"submission_id": sent["id"], "type": sent["type"]})
        follows = {
            "consent-form.issued.v1": self._form_issued,
            "consent-form.signed.v1": self._form_signed,
            "observation.submitted.v1": self._observed,
            "meeting-series.planned.v1": lambda _, data: self.meetings.planned(data, step.at),
            "meeting-move.requested.v1": lambda _, data: self.meetings.of(data).moved(data),
            "meeting-cancellation.requested.v1": self.meetings.cancelled,
            "meeting-minutes.recorded.v1": lambda _, data: self.meetings.of(data).recorded(data),
            "action.completed.v1": self.meetings.completed,
            "weekly-report.submitted.v1": self._reported,
            "consent-withdrawal.received.v1": self._withdrawn,
            "secrecy-basis.asked.v1": self.assessed.asked,
            "secrecy-assessment.made.v1": self.assessed.made,
        }
        outcome = follows[sent["type"]](step.agency, data) if sent["type"] in follows else Outcome()
        outcome.messages.insert(0, answer)
        return outcome

    def receivers(self, agency: str, observation: Content) -> list[str]:
        """Return whom the consent form lets an agency tell of an observation."""
        rows = [row for row in self.form["scope"] if row["from"] == agency]
        return [to for row in rows if observation["category"] in row["categories"] for to in row["to"]]

    def in_scope(self) -> list[str]:
        """Return every agency that the consent form names in its scope."""
        rows = self.form["scope"]
        return list(dict.fromkeys(each for row in rows for each in (row["from"], *row["to"])))

    def sees(self, agency: str) -> list[tuple[str, Content]]:
        """Return the observations an agency has made or may have been told of, with who made each."""
        told = self.told
        return [
            (by, each) for by, each in self.observations if by == agency or (each["observation_id"], agency) in told
        ]

    def agenda(self, series_id: str, occurrence: datetime) -> Outcome:
        """Return the agendas that go out a day before a meeting."""
        series = self.meetings.series[series_id]
        agendas = [self._agenda(series, agency, occurrence) for agency in series.agencies]
        return Outcome(agendas + self._denied_before_meeting(series))

    def child_not_heard(self) -> Outcome:
        """Return the reminder, two weeks into the consent, that the child's own view is not recorded."""
        due_on = date.fromisoformat(self.form["valid_from"]) + 2 * TIME_FOR_REVIEW
        data = {"form_id": self.form["form_id"], "reason": "child_view_missing", "due_on": due_on.isoformat()}
        return Outcome([Due(self.form["collected_by"], "consent-review.required.v1", data | self._youth())])

    def waits_for_basis(self, observation_id: str) -> Outcome:
        """Return what an agency hears after a day in which nothing has opened for its observation."""
        by = next(by for by, each in self.observations if each["observation_id"] == observation_id)
        data = {"type": "observation.submitted.v1", "entity_id": observation_id, "waits_for": "basis"}
        return Outcome([Due(by, "submission.waiting.v1", data)])

    def deadline(self, week: str, at: datetime) -> Outcome:
        """Return the end of a reporting week: who is asked for a report that has not come, and the week's picture."""
        data = {"iso_week": week, "deadline": at.isoformat()}
        asked = [Due(agency, "weekly-report.missing.v1", data) for agency in self.owing(week)]
        return Outcome(asked, picture=self.meetings.picture(week))

    def owing(self, week: str) -> list[str]:
        """Return the agencies that owe a report for the week and have sent none."""
        reported = self.reported.get(week, set())
        return [each.id for each in self.registry.all if each.owes_weekly_report and each.id not in reported]

    def _form_issued(self, _agency: str, form: Content) -> Outcome:
        self.form = form
        return Outcome()

    def _form_signed(self, _agency: str, signed: Content) -> Outcome:
        self.signed.add(signed["signatory"]["guardian_id"])
        if self.signed != {each["guardian_id"] for each in self.form["guardians"]}:
            return Outcome()
        return Outcome([Due(agency, "consent.activated.v1", self._opened_for(agency)) for agency in self.in_scope()])

    def _opened_for(self, agency: str) -> Content:
        rows, form = self.form["scope"], self.form
        tell = [{"to": row["to"], "categories": row["categories"]} for row in rows if row["from"] == agency]
        told = [{"from": row["from"], "categories": row["categories"]} for row in rows if agency in row["to"]]
        kept = {key: form[key] for key in ("form_id", "youth", "programme", "valid_from", "valid_to")}
        return kept | {"you_may_tell": tell, "you_may_be_told": told}

    def _observed(self, agency: str, observation: Content) -> Outcome:
        if observation["youth"] != self.form["youth"]:
            return self.assessed.observed(agency, observation)
        self.observations.append((agency, observation))
        receivers = [] if self.withdrawn else self.receivers(agency, observation)
        self.told |= {(observation["observation_id"], to) for to in receivers}
        named = {to for row in self.form["scope"] if row["from"] == agency for to in row["to"]}
        denied = [self._deny(agency, to, observation) for to in sorted(named.difference(receivers))]
        told = [disclosed(agency, to, observation, self._basis()) for to in receivers]
        return Outcome(told + denied + ([] if self.withdrawn else self._concerns()))

    def _denied_before_meeting(self, series: Series) -> list[Due]:
        """Return what agencies hear whose own observations those they are to meet may not be told: each once.

        Heard by those alone who know of a concern that the observation lies behind.
        """
        called = series.agencies
        pairs = [(by, to, each) for by, each in self.observations for to in called if by in called and to != by]
        return [
            self._deny(by, to, each)
            for by, to, each in pairs
            if each["observation_id"] in self.behind.get(by, ())
            and (self.withdrawn or (each["observation_id"], to) not in self.told)
            and (each["observation_id"], to) not in self.denied
        ]

    def _basis(self) -> Content:
        kept = {"form_id": self.form["form_id"], "valid_until": self.form["valid_to"]}
        return {"kind": "consent", "provision": CONSENT_PROVISION} | kept

    def _youth(self) -> Content:
        return {"youth": self.form["youth"]}

    def _deny(self, agency: str, to: str, observation: Content) -> Due:
        self.denied.add((observation["observation_id"], to))
        code = "basis_ended" if self.withdrawn and to in self.receivers(agency, observation) else "no_basis"
        data = {"observation_id": observation["observation_id"], "to": to, "code": code}
        return Due(agency, "disclosure.denied.v1", data)

    def _concerns(self) -> list[Due]:
        found = []
        for agency in self.in_scope():
            seen = self.sees(agency)
            makers = {by for by, _ in seen}
            days = [date.fromisoformat(each["observed_on"]) for _, each in seen]
            close = bool(days) and (max(days) - min(days)).days < self.rule["days"]
            if close and len(makers) >= self.rule["agencies"] and makers != self.noticed.get(agency):
                self.noticed[agency] = makers
                self.behind[agency] = set(self._concern(agency)["observation_ids"])
                data = self._concern(agency) | {"rule": self.rule, "seen_by": sorted(makers)}
                found.append(Due(agency, "concern.noticed.v1", data))
        return found

    def _concern(self, agency: str) -> Content:
        ids = [each["observation_id"] for _, each in self.sees(agency)]
        return {"youth": self.form["youth"], "observation_ids": ids}

    def _withdrawn(self, _agency: str, withdrawal: Content) -> Outcome:
        self.withdrawn = True
        form, at = {"form_id": self.form["form_id"]}, {"ended_at": withdrawal["received_at"]}
        ended = form | at | {"youth": self.form["youth"], "reason": "withdrawn"}
        messages = [Due(agency, "consent.ended.v1", ended) for agency in self.in_scope()]
        confirmed = form | at | {"confirmed_by": ENFORCING}
        messages.append(Due(self.form["collected_by"], "consent-enforcement.confirmed.v1", confirmed))
        changed = [key for key, agenda in self.agendas.items() if agenda["concerns"] or agenda["open_actions"]]
        for series_id, agency in changed:
            series = self.meetings.series[series_id]
            occurrence = datetime.fromisoformat(self.agendas[series_id, agency]["occurrence"])
            messages.append(self._agenda(series, agency, occurrence))
            messages += self._denied_before_meeting(series)
        return Outcome(messages)

    def _agenda(self, series: Series, agency: str, occurrence: datetime) -> Due:
        youth = {} if self.withdrawn else {"youth": self.form["youth"]}
        keys = ("action_id", "owner", "due_on") if self.withdrawn else ("action_id", "owner", "due_on", "what")
        owned = [each for each in self.meetings.open_actions(series) if each["owner"] == agency]
        actions = [{key: each[key] for key in keys} | youth for each in owned]
        is_named = agency in self.noticed and not self.withdrawn
        concerns = [self._concern(agency) | {"bases": [self._basis()]}] if is_named else []
        data = {"series_id": series.plan["series_id"], "occurrence": occurrence.isoformat()}
        data |= {"concerns": concerns, "open_actions": actions, "next_meeting": series.next_after(occurrence)}
        self.agendas[series.plan["series_id"], agency] = data
        return Due(agency, "meeting-agenda.issued.v1", data)

    def _reported(self, agency: str, report: Content) -> Outcome:
        self.reported.setdefault(report["iso_week"], set()).add(agency)
        return Outcome()
