"""The content of pictures, by the ids that messages name."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, select

from storage.schema.pictures import pictures
from storage.unit_of_work import Transaction, padded
from storage.upsert import upsert

__all__ = ["contents", "keep"]


async def keep(tx: Transaction, new: Mapping[str, bytes]) -> None:
    """Keep pictures by id; one that is known already stays as it is."""
    for id, content in sorted(new.items()):
        adding = upsert(tx, pictures).values(id=id, content=content)
        await tx.run(adding.on_conflict_do_nothing(index_elements=[pictures.c.id]))


async def contents(tx: Transaction, ids: Sequence[str]) -> dict[str, bytes]:
    """What the pictures of these ids hold, as far as they are known."""
    if not ids:
        return {}
    looking = select(pictures).where(pictures.c.id.in_(bindparam("ids", expanding=True)))
    return {row.id: bytes(row.content) for row in await tx.all(looking, {"ids": padded(ids)})}
