"""The shape of everything stored: an id, a version, and the collection it lives in.

`version` is what makes two handlers on one document safe: 0 is not stored yet, and every write raises it by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Index:
    """An index and the question it answers. `only_where` makes it partial; `expire_after` a time to live."""

    question: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    only_where: tuple[tuple[str, Any], ...] = ()
    expire_after: timedelta | None = None


class Document(BaseModel):
    """A stored thing. Handlers change its fields and `tx.save` it."""

    model_config = ConfigDict(extra="ignore", validate_assignment=True)

    collection: ClassVar[str]
    indexes: ClassVar[tuple[Index, ...]] = ()

    id: str
    version: int = 0

    def row(self) -> dict[str, Any]:
        """Return the document as MongoDB stores it, one version up."""
        row: dict[str, Any] = storable(self.model_dump())
        row["_id"] = row.pop("id")
        row["version"] = self.version + 1
        return row

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """Return the document that a stored row holds."""
        return cls.model_validate({**row, "id": row["_id"]})


def storable(value: Any) -> Any:
    """Return a value as BSON can hold it: days as ISO text, tuples and sets as lists."""
    match value:
        case dict():
            return {key: storable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [storable(inner) for inner in value]
        case set() | frozenset():
            return sorted(storable(inner) for inner in value)
        case datetime():
            return value
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case _:
            return value
