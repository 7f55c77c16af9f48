"""Stories whose end leaves no doubt: at each border of time, age and signature one that is told and one that is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from deploy.demo.story import POLICE, SCHOOL, SOCIAL, local
from tests.stories.acts import (
    CATEGORIES,
    Assess,
    Cast,
    ChangeGuardianship,
    Decline,
    Issue,
    Observe,
    Prevent,
    Sign,
    Step,
    Turn,
    Withdraw,
)
from tests.stories.law import UNDER_21
from tests.stories.people import Youth

NOVEMBER, LEAP_END = local("2026-11-16T10:15"), local("2029-02-26T10:15")
CHILD = Youth(date(2013, 6, 15))
TURNS_15, TURNS_18, TURNS_21 = (Youth(date(2026 - years, 11, 18)) for years in (15, 18, 21))
LEAP = Youth(date(2008, 2, 29))
ANOTHER = Youth(date(2013, 6, 15), 1)
FORM = Issue(0, 0, ((SCHOOL, (POLICE,), CATEGORIES),), from_days=-3)
GUARDIANS: tuple[Step, ...] = (FORM, Sign(0, "g1"), Sign(0, "g2"))
ALL: tuple[Step, ...] = (*GUARDIANS, Sign(0, "youth"))
SEEN = Observe(1, 0, "school_absence", by=SCHOOL)
ASSESSED = Assess(1, 0, UNDER_21, SOCIAL, POLICE, "risk_environment")
BY_SOCIAL = Observe(1, 0, "risk_environment", by=SOCIAL)
FOR_SCHOOL = Assess(1, 0, UNDER_21, SOCIAL, SCHOOL, "risk_environment")
FORM_AT_15 = Issue(0, 0, FORM.rows)
OWN = Issue(1, 0, FORM.rows, guardians=0)
FROM_SCHOOL = Sign(0, "g2", by=SCHOOL)


@dataclass(frozen=True)
class Certain:
    """About whom, what is said, and whether what is seen is told."""

    youth: Youth
    steps: tuple[Step, ...]
    is_told: bool
    start: datetime = NOVEMBER

    @property
    def cast(self) -> Cast:
        """Return the youth, and another who has nothing to do with it."""
        return Cast(self.start, (self.youth, ANOTHER))


CERTAIN = {
    "a child with a consent": Certain(CHILD, (*GUARDIANS, SEEN), True),
    "what was seen before the consent": Certain(CHILD, (SEEN, *GUARDIANS), True),
    "a form without the second guardian": Certain(CHILD, (*GUARDIANS[:2], SEEN), False),
    "after a withdrawal": Certain(CHILD, (*GUARDIANS, Withdraw(0, "g2"), SEEN), False),
    "a withdrawal before its form": Certain(CHILD, (Withdraw(0, "g2"), *GUARDIANS, SEEN), False),
    "after a decline": Certain(CHILD, (*GUARDIANS[:2], Decline(0, "g2"), Sign(0, "g2"), SEEN), False),
    "a signature dated two hours ahead": Certain(CHILD, (*GUARDIANS[:2], Sign(0, "g2", -120), SEEN), False),
    "one guardian twice": Certain(CHILD, (*GUARDIANS[:2], Sign(0, "g1"), SEEN), False),
    "a signature that another agency tells of": Certain(CHILD, (FROM_SCHOOL, *GUARDIANS[:2], SEEN), False),
    "the other guardian prevented": Certain(CHILD, (*GUARDIANS[:2], Prevent(0, "g2"), SEEN), True),
    "custody has changed": Certain(CHILD, (*GUARDIANS, ChangeGuardianship(1, 0), SEEN), False),
    "just before the last day ends": Certain(CHILD, (*GUARDIANS, Turn(26, 23, 58), SEEN), True),
    "as the last day ends": Certain(CHILD, (*GUARDIANS, Turn(26, 23, 59), SEEN), False),
    "at 14, a day before 15, without the youth": Certain(TURNS_15, (Turn(1, 12), *GUARDIANS, SEEN), True),
    "at 15, without the youth": Certain(TURNS_15, (Turn(2), FORM_AT_15, *GUARDIANS[1:], SEEN), False),
    "at 15, with the youth": Certain(TURNS_15, (Turn(2), FORM_AT_15, *ALL[1:], SEEN), True),
    "a minute before 18": Certain(TURNS_18, (*ALL, Turn(1, 23, 58), SEEN), True),
    "at 18, from the first minute": Certain(TURNS_18, (*ALL, Turn(1, 23, 59), SEEN), False),
    "at 18, with a form of its own": Certain(TURNS_18, (*ALL, Turn(2), OWN, Sign(1, "youth"), SEEN), True),
    "an assessment": Certain(CHILD, (ASSESSED, BY_SOCIAL), True),
    "an assessment afterwards": Certain(CHILD, (BY_SOCIAL, ASSESSED), True),
    "a minute before 21": Certain(TURNS_21, (ASSESSED, Turn(1, 23, 58), BY_SOCIAL), True),
    "at 21, from the first minute": Certain(TURNS_21, (ASSESSED, Turn(1, 23, 59), BY_SOCIAL), False),
    "at 21, assessed that day": Certain(TURNS_21, (Turn(2), ASSESSED, BY_SOCIAL), False),
    "born on 29 February, 27 February at 20": Certain(LEAP, (ASSESSED, Turn(1, 23, 58), BY_SOCIAL), True, LEAP_END),
    "born on 29 February, 28 February at 21": Certain(LEAP, (ASSESSED, Turn(1, 23, 59), BY_SOCIAL), False, LEAP_END),
    "an assessment for the school": Certain(CHILD, (FOR_SCHOOL, BY_SOCIAL), False),
}
