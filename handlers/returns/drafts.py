"""Forms that were begun: one a person, kept a week, so that each goes on where it stopped."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, func, select

from handlers.capability import Deadline
from handlers.people import Person
from handlers.returns.conversation import Form
from handlers.work import Work
from storage.schema.returns import return_drafts
from storage.upsert import upsert

__all__ = ["ANYTHING", "COMPLAINT", "FORGETTING", "Begun", "Draft", "drop", "keep", "load"]

_draft = return_drafts.c
_KEPT = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
#: What a form is about: anything, a complaint, or a trouble that a message named.
ANYTHING, COMPLAINT = "", "complaint"


class Begun(BaseModel):
    """A form and what it is about. `sure` is False while only a photo says which order is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Form
    about: str = ANYTHING
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody has begun. `token` is in its buttons: those of an earlier form are old."""

    customer_id: int
    begun: Begun
    by_dm: bool
    began_at: datetime
    asked_at: datetime

    @property
    def token(self) -> int:
        """Milliseconds of its beginning."""
        return (self.began_at - _EPOCH) // _MILLISECOND


async def load(work: Work, person: Person) -> Draft | None:
    """What a person has begun, locked; None where that is nothing."""
    row = await work.tx.first(
        select(return_drafts)
        .where(_draft.platform == person.platform, _draft.person == person.id)
        .with_for_update()
    )
    if row is None:
        return None
    return Draft(
        customer_id=row.customer_id,
        begun=Begun.model_validate(row.form),
        by_dm=row.by_dm,
        began_at=row.began_at,
        asked_at=row.asked_at,
    )


async def keep(
    work: Work,
    person: Person,
    begun: Begun,
    *,
    customer_id: int,
    by_dm: bool,
    began_at: datetime | None = None,
) -> Draft:
    """Keep where a form stands; without `began_at` it is a new one."""
    draft = Draft(
        customer_id=customer_id,
        begun=begun,
        by_dm=by_dm,
        began_at=began_at or work.at,
        asked_at=work.at,
    )
    row: dict[str, Any] = {
        "customer_id": customer_id,
        "form": begun.model_dump(mode="json"),
        "by_dm": by_dm,
        "began_at": draft.began_at,
        "asked_at": work.at,
        "forget_due": work.at + _KEPT,
    }
    await work.tx.run(
        upsert(work.tx, return_drafts)
        .values(platform=person.platform, person=person.id, **row)
        .on_conflict_do_update(index_elements=["platform", "person"], set_=row)
    )
    return draft


async def drop(work: Work, person: Person) -> None:
    """Forget what a person has begun."""
    await work.tx.run(
        delete(return_drafts).where(_draft.platform == person.platform, _draft.person == person.id)
    )


async def _forget(work: Work, due: datetime) -> None:
    await work.tx.run(delete(return_drafts).where(_draft.forget_due <= due))


FORGETTING = Deadline(name="returns.drafts", due=select(func.min(_draft.forget_due)), run=_forget)
