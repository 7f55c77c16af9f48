"""What agencies say about a youth's circumstances that changes who must sign, or what a consent is still worth."""

from __future__ import annotations

from typing import Literal

from shared.events.agencies.submission import Day, Id, Instant, Line, Prose, Submission, Youth


class GuardianPreventionRecorded(Submission):
    """One guardian is prevented and the matter cannot wait, so the other signs alone: föräldrabalken 6 kap. 13 §."""

    form_id: Id
    guardian_id: Id
    reason: Literal["absence", "illness", "other"]
    cannot_wait: Prose
    decided_by_function: Line
    recorded_at: Instant

    @property
    def entity_id(self) -> str:
        """The form."""
        return self.form_id


class GuardianshipChanged(Submission):
    """Others than before have custody of a youth: what earlier guardians have signed must be asked for anew."""

    change_id: Id
    youth: Youth
    changed_on: Day
    source: Literal["population_register", "court_decision", "other"]

    @property
    def entity_id(self) -> str:
        """The change."""
        return self.change_id


class ProtectedIdentitySet(Submission):
    """A youth's identity is protected from now on; every consent about it must be looked at again."""

    protection_id: Id
    youth: Youth
    kind: Literal["secrecy_marking", "protected_registration", "fictitious_identity"]
    set_on: Day

    @property
    def entity_id(self) -> str:
        """The protection."""
        return self.protection_id
