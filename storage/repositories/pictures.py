"""The content of pictures, by the ids that messages name."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import bindparam, select

from storage.schema.pictures import pictures
from storage.schema.support import customer_pictures
from storage.sealing import Locked
from storage.unit_of_work import Transaction, padded
from storage.upsert import upsert

__all__ = ["OpenSealed", "contents", "keep"]

#: Opens what was sealed, given with the name of its key. Raises `Locked`.
OpenSealed = Callable[[bytes, str | None], bytes]


async def keep(tx: Transaction, new: Mapping[str, bytes]) -> None:
    """Keep pictures by id; one that is known already stays as it is."""
    for id, content in sorted(new.items()):
        adding = upsert(tx, pictures).values(id=id, content=content)
        await tx.run(adding.on_conflict_do_nothing(index_elements=[pictures.c.id]))


async def contents(
    tx: Transaction, ids: Sequence[str], open_sealed: OpenSealed | None = None
) -> dict[str, bytes]:
    """What the pictures of these ids hold, as far as they are known.

    Those that customers sent are sealed: they are found only with `open_sealed`, and its key.
    """
    if not ids:
        return {}
    looking = select(pictures).where(pictures.c.id.in_(bindparam("ids", expanding=True)))
    found = {row.id: bytes(row.content) for row in await tx.all(looking, {"ids": padded(ids)})}
    if open_sealed is None or len(found) == len(set(ids)):
        return found
    sent = customer_pictures.c
    sealed = await tx.all(
        select(sent.ref, sent.content, sent.key_name).where(
            sent.ref.in_(padded(ids)), sent.content.is_not(None)
        )
    )
    for row in sealed:
        try:
            found[row.ref] = open_sealed(bytes(row.content), row.key_name)
        except Locked:
            # Without its key it is left out, and the post says so.
            continue
    return found
