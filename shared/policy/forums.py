"""What a forum demands: which kinds of agency must be called to it, and which must be there for it to decide.

The rules are data (`forums.yaml`) with their sources; nothing else may say who belongs to a forum.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from shared.agencies import AgencyKind
from shared.events.meetings import Forum


class ForumRule(BaseModel):
    """One forum's demands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    forum: Forum
    persons: bool
    called: tuple[AgencyKind, ...]
    quorum: tuple[AgencyKind, ...]
    source: str

    def not_called(self, kinds: Iterable[AgencyKind]) -> tuple[AgencyKind, ...]:
        """Return the kinds it cannot do without that are not among those called."""
        there = set(kinds)
        return tuple(kind for kind in self.called if kind not in there)

    def absent(self, kinds: Iterable[AgencyKind]) -> tuple[AgencyKind, ...]:
        """Return the kinds whose absence keeps a meeting from being quorate."""
        there = set(kinds)
        return tuple(kind for kind in self.quorum if kind not in there)


def forum_rule(forum: Forum) -> ForumRule:
    """Return what a forum demands."""
    return _rules()[forum]


@cache
def _rules() -> dict[Forum, ForumRule]:
    rows = yaml.safe_load((Path(__file__).parent / "forums.yaml").read_text(encoding="utf-8"))
    return {rule.forum: rule for rule in TypeAdapter(list[ForumRule]).validate_python(rows)}
