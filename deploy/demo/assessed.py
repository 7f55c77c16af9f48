"""What must follow where there is no consent: questions are answered no, until an assessment opens one direction."""

from __future__ import annotations

from deploy.demo.due import Content, Due, Outcome, disclosed
from shared.agencies import AgencyRegistry

ACTS_WITHOUT_CONSENT = {
    "police": [
        "request_consent",
        "make_assessment_osl_10_18a_under21",
        "make_assessment_osl_10_18b",
        "make_assessment_osl_10_18c",
        "make_assessment_osl_10_20_immediate",
        "make_harm_test",
    ],
    "school": ["request_consent", "make_harm_test"],
}
"""What social services can do instead, by the kind of agency they would tell: domain handbook, direction table."""


class Assessed:
    """One youth without consent, and the one assessment that is made."""

    def __init__(self, registry: AgencyRegistry) -> None:
        self.registry = registry
        self.assessment: Content = {}

    def made(self, _agency: str, assessment: Content) -> Outcome:
        """Return what an assessment leads to by itself: nothing but its answer."""
        self.assessment = assessment
        return Outcome()

    def observed(self, agency: str, observation: Content) -> Outcome:
        """Return whom an observation is told to: those whom the assessment names, if it is its agency's."""
        made = self.assessment
        is_open = (agency, observation["youth"]) == (made["from"], made["youth"])
        receivers = made["to"] if is_open and observation["category"] in made["categories"] else []
        return Outcome([disclosed(agency, to, observation, self._basis()) for to in receivers])

    def asked(self, agency: str, question: Content) -> Outcome:
        """Return the answer to a question: yes where the assessment opens it, or no and what can be done."""
        data = {key: question[key] for key in ("question_id", "to", "category")}
        if self.assessment and question["to"] in self.assessment["to"]:
            data |= {"answer": "may", "code": "has_basis", "you_can": [], "basis": self._basis()}
        else:
            kind = next(each.kind for each in self.registry.all if each.id == question["to"])
            data |= {"answer": "may_not", "code": "no_basis", "you_can": ACTS_WITHOUT_CONSENT[kind]}
        return Outcome([Due(agency, "secrecy-basis.answered.v1", data)])

    def _basis(self) -> Content:
        made = {key: self.assessment[key] for key in ("assessment_id", "provision", "valid_until")}
        return {"kind": "assessment"} | made
