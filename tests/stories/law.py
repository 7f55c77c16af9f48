"""What the law allows in a drawn story: an independent judge, written from the handbook and not from the product.

It is told what was said and when, of what the house has accepted, and answers in two directions. `opens` is the most
that may be told at an instant; what is outside it must never be told. `surely_opens` is the least: a plain consent, or
a plain assessment, without anything that could have ended it. Between them lies what is a matter of choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.stories.acts import (
    Act,
    Answering,
    Assess,
    Cast,
    ChangeGuardianship,
    Decline,
    Issue,
    Observe,
    Prevent,
    Protect,
    Sign,
    Who,
    Withdraw,
    assessment_id,
    form_id,
)
from tests.stories.people import day_of, has_turned

Cell = tuple[str, str, str]
TOLERANCE = timedelta(minutes=15)
"""A sender's clock may be so much ahead."""

OTHER_PROVISIONS: dict[tuple[str, str], frozenset[str]] = {
    ("social-services", "police"): frozenset(
        {"osl_10_18a_under21", "osl_10_18b", "osl_10_18c", "osl_10_20_immediate", "osl_10_21_24_suspicion",
         "harm_test_no_harm", "lag_2025_170_4_contact"}
    ),
    ("school", "police"): frozenset(
        {"lag_2025_170_7_request", "lag_2025_170_7_own_initiative", "harm_test_no_harm", "lag_2025_170_4_contact"}
    ),
    ("leisure", "police"): frozenset(
        {"lag_2025_170_6_municipality", "lag_2025_170_7_request", "lag_2025_170_7_own_initiative",
         "harm_test_no_harm", "lag_2025_170_4_contact"}
    ),
    **{
        (agency, "social-services"): frozenset({"sol_19_1_concern_report", "sol_20_6_investigation"})
        for agency in ("school", "leisure", "police")
    },
    **{
        ("police", agency): frozenset({"osl_10_27_general_clause", "harm_test_no_harm"})
        for agency in ("school", "leisure")
    },
    **{("social-services", agency): frozenset({"harm_test_no_harm"}) for agency in ("school", "leisure")},
    ("school", "leisure"): frozenset({"harm_test_no_harm"}),
    ("leisure", "school"): frozenset({"harm_test_no_harm"}),
}  # fmt: skip
"""Handbook, domain 2.3: who may tell whom on another ground than consent. What is not listed is denied."""

UNDER_21 = "osl_10_18a_under21"
ONLY_CONTACTS = "lag_2025_170_4_contact"


@dataclass(frozen=True)
class Known:
    """An act the house has accepted, and when."""

    act: Act
    at: datetime


@dataclass
class Law:
    """All that has been said in a story so far."""

    cast: Cast
    known: list[Known] = field(default_factory=list)

    def learn(self, act: Act, at: datetime) -> None:
        """Take in an accepted act. The first form of an id is the form; the same for an assessment."""
        self.known.append(Known(act, at))

    def opens(self, basis_id: str, youth: int, cell: Cell, at: datetime) -> bool:
        """Say whether this basis can let that be told about the youth at the instant."""
        form = self.form(basis_id, at)
        if form is not None:
            return self._form(form).youth == youth and cell in self.open_cells(form, at)
        return any(self._assessment_opens(known, youth, cell, at) for known in self.assessments(basis_id))

    def open_cells(self, form: Known, at: datetime) -> frozenset[Cell]:
        """Return the cells of a form that can be open at an instant."""
        issue = self._form(form)
        today, first = day_of(at), issue.first_day(form.at)
        if not (first <= today <= issue.last_day(form.at) and form.at <= at and self._signed(form, at)):
            return frozenset()
        if self._declined(form, at) or self._guardians_replaced(form, at):
            return frozenset()
        return frozenset(cells_of(issue.rows)) - self._withdrawn(form, at)

    def was_ever_signed(self, form: Known, at: datetime) -> bool:
        """Say whether at some moment until then everybody had signed who had to."""
        moments = {at, *(each.at for each in self.known), *(self._when(each) for each in self._answers(Sign, form, at))}
        return any(self._signed(form, moment) for moment in moments if moment <= at)

    def surely_opens(self, youth: int, cell: Cell, at: datetime) -> bool:
        """Say whether a plain consent or assessment opens this without any doubt."""
        if any(isinstance(each.act, ChangeGuardianship | Protect | Prevent) for each in self.known):
            return False
        return any(
            self._form(form).youth == youth
            and cell in self.open_cells(form, at)
            and self._is_plain(form)
            and all(self._signature(form, who, at) for who in self._everybody(form))
            for form in self.forms(at)
        )

    def form(self, id_: str, at: datetime) -> Known | None:
        """Return the form of that id, if it is known by then."""
        return next((form for form in self.forms(at) if form_id(self._form(form).form) == id_), None)

    def forms(self, at: datetime) -> list[Known]:
        """Return every form known by then; of several with one id the first."""
        first: dict[int, Known] = {}
        for each in self.known:
            if isinstance(each.act, Issue) and each.at <= at:
                first.setdefault(each.act.form, each)
        return list(first.values())

    def assessments(self, id_: str) -> Iterator[Known]:
        """Return the assessments of that id."""
        return (each for each in self.known if isinstance(each.act, Assess) and assessment_id(each.act.number) == id_)

    def those_who_may_hear_of(self, youth: int, at: datetime) -> set[str]:
        """Return the agencies that a basis has named for the youth, or that have said something about it themselves."""
        heard = {
            each.act.by
            for each in self.known
            if isinstance(each.act, Issue | Observe | Assess | ChangeGuardianship | Protect) and each.act.youth == youth
        }
        for form in self.forms(at):
            issue = self._form(form)
            if issue.youth == youth and self.was_ever_signed(form, at):
                heard |= {agency for from_, to, _ in issue.rows for agency in (from_, *to)}
        heard |= {
            agency
            for each in self.known
            if isinstance(each.act, Assess) and each.act.youth == youth
            for agency in (each.act.from_, each.act.to)
        }
        return heard

    def _assessment_opens(self, known: Known, youth: int, cell: Cell, at: datetime) -> bool:
        act = known.act
        if not isinstance(act, Assess) or known.at > at or act.by != act.from_:
            return False
        named = (act.from_, act.to, act.category) == cell and act.youth == youth
        in_time = known.at - timedelta(minutes=act.minutes) <= at + TOLERANCE and day_of(at) <= act.last_day(known.at)
        return named and in_time and act.provision != ONLY_CONTACTS and self._may_rest_on(act, at)

    def _may_rest_on(self, act: Assess, at: datetime) -> bool:
        way = (act.from_.partition("-")[2], act.to.partition("-")[2])
        same_municipality = act.from_[:4] == act.to[:4]
        if act.provision not in OTHER_PROVISIONS.get(way, frozenset()):
            return False
        if act.provision != UNDER_21:
            return same_municipality
        answers = act.all_answers()
        circumstances = answers.get("concrete_circumstances")
        return (
            not has_turned(self.cast.youths[act.youth].born, 21, day_of(at))
            and isinstance(circumstances, str)
            and bool(circumstances.strip())
            and answers.get("unsuitable") is False
            and answers.get("concerns_committed_crime") is False
        )

    def _signed(self, form: Known, at: datetime) -> bool:
        """Say whether on some day until then all had signed whom that day required, and none of it ended at 18."""
        issue = self._form(form)
        born = self.cast.youths[issue.youth].born
        first = issue.first_day(form.at)
        signatures = [each for each in self._answers(Sign, form, at) if self._when(each) <= at + TOLERANCE]
        days = {max(first, day_of(self._when(each))) for each in signatures}
        for day in days:
            if day > day_of(at + TOLERANCE):
                continue
            grown = has_turned(born, 18, day)
            if has_turned(born, 18, day_of(at)) and not grown:
                continue  # what guardians have signed ends at 18
            signed_on = {self._who(each): max(first, day_of(self._when(each))) for each in signatures}
            required = self._required(form, day, at)
            if not required <= {who for who, signed in signed_on.items() if signed <= day}:
                continue
            if any(signed_on[who] == day for who in required):  # a birthday alone completes nothing
                return True
        return False

    def _required(self, form: Known, day: date, at: datetime) -> set[Who]:
        issue = self._form(form)
        born = self.cast.youths[issue.youth].born
        if has_turned(born, 18, day):
            return {"youth"}
        guardians = {f"g{number + 1}" for number in range(issue.guardians)}
        prevented = {
            each.act.who
            for each in self.known
            if isinstance(each.act, Prevent)
            and each.act.form == issue.form
            and each.at <= at
            and each.act.by == issue.by
        }
        able = guardians - prevented or guardians  # somebody must decide for a child
        return able | ({"youth"} if has_turned(born, 15, day) else set()) if able else set()

    def _withdrawn(self, form: Known, at: datetime) -> frozenset[Cell]:
        issue = self._form(form)
        gone: set[Cell] = set()
        for each in self._answers(Withdraw, form, at):
            act = each.act
            assert isinstance(act, Withdraw)
            if each.act.by in self._in_scope(form) and self._may_say_no(form, act.who, min(self._when(each), each.at)):
                gone |= set(cells_of(issue.rows if act.rows is None else act.rows))
        return frozenset(gone)

    def _declined(self, form: Known, at: datetime) -> bool:
        """Say whether somebody who must sign has said no instead, before the form was signed by all."""
        for each in self._answers(Decline, form, at):
            moment = min(self._when(each), each.at)
            by_collector = each.act.by == form.act.by
            if by_collector and self._may_say_no(form, self._who(each), moment) and not self._signed(form, moment):
                return True
        return False

    def _guardians_replaced(self, form: Known, at: datetime) -> bool:
        """Say whether custody has changed since guardians signed."""
        issue = self._form(form)
        if has_turned(self.cast.youths[issue.youth].born, 18, day_of(at)):
            return False
        changes = [
            (each, each.act.day(each.at))
            for each in self.known
            if isinstance(each.act, ChangeGuardianship) and each.act.youth == issue.youth and each.at <= at
        ]
        signed_on = [day_of(self._when(each)) for each in self._answers(Sign, form, at) if self._who(each) != "youth"]
        return any(day <= day_of(at) and all(signed < day for signed in signed_on) for _, day in changes if signed_on)

    def _may_say_no(self, form: Known, who: Who, moment: datetime) -> bool:
        issue = self._form(form)
        born, day = self.cast.youths[issue.youth].born, day_of(moment)
        if who == "youth":
            return has_turned(born, 15, max(day, issue.first_day(form.at)) if day < issue.first_day(form.at) else day)
        named = who in {f"g{number + 1}" for number in range(issue.guardians)}
        return named and not has_turned(born, 18, max(day, issue.first_day(form.at)))

    def _is_plain(self, form: Known) -> bool:
        """Say whether nothing but the form and signatures of the same day has ever been said about it."""
        number = self._form(form).form
        others = [
            each
            for each in self.known
            if (
                isinstance(each.act, Issue)
                and (each.act.renewal_of == number or (each.act.form == number and each != form))
            )
            or (isinstance(each.act, Decline | Withdraw) and each.act.form == number)
        ]
        return not others

    def _everybody(self, form: Known) -> set[Who]:
        issue = self._form(form)
        born = self.cast.youths[issue.youth].born
        guardians = {f"g{number + 1}" for number in range(issue.guardians)}
        is_grown = has_turned(born, 18, issue.first_day(form.at))
        return {"youth"} if is_grown else guardians | {"youth"}

    def _signature(self, form: Known, who: Who, at: datetime) -> bool:
        return any(
            self._who(each) == who and self._when(each) <= at and each.at <= at
            for each in self._answers(Sign, form, at)
        )

    def _answers(self, kind: type[Answering], form: Known, at: datetime) -> list[Known]:
        """Return what has been answered to a form by then. Only who collects it can pass a signature or a no on."""
        return [
            each
            for each in self.known
            if type(each.act) is kind
            and isinstance(each.act, Answering)
            and each.act.form == self._form(form).form
            and each.at <= at
            and (kind is Withdraw or each.act.by == form.act.by)
        ]

    def _in_scope(self, form: Known) -> set[str]:
        return {form.act.by, *(agency for cell in cells_of(self._form(form).rows) for agency in cell[:2])}

    @staticmethod
    def _form(known: Known) -> Issue:
        assert isinstance(known.act, Issue)
        return known.act

    @staticmethod
    def _who(known: Known) -> Who:
        assert isinstance(known.act, Answering)
        return known.act.who

    @staticmethod
    def _when(known: Known) -> datetime:
        assert isinstance(known.act, Answering)
        return known.act.moment(known.at)


def cells_of(rows: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]) -> Iterator[Cell]:
    """Return the cells of a scope's rows."""
    return ((from_, receiver, category) for from_, to, which in rows for receiver in to for category in which)
