"""What is this installation's own, made once and kept."""

import secrets
import string

from sqlalchemy import select

from storage.schema.traffic import installation
from storage.unit_of_work import Transaction
from storage.upsert import upsert

__all__ = ["salt"]

_THE_ONE = 1
_SIGNS = string.ascii_letters + string.digits


async def salt(tx: Transaction) -> str:
    """Eight letters and digits that make this installation's delivery ids its own.

    Made at the first call, so `tx` must be able to write; of two processes that ask at once, both
    get the same.
    """
    kept = select(installation.c.salt).where(installation.c.id == _THE_ONE)
    found: str | None = await tx.scalar(kept)
    if found is None:
        made = "".join(secrets.choice(_SIGNS) for _ in range(8))
        # Waits for the other one's commit, if there is another one.
        await tx.run(
            upsert(tx, installation).values(id=_THE_ONE, salt=made).on_conflict_do_nothing()
        )
        found = await tx.scalar(kept)
    return str(found)
