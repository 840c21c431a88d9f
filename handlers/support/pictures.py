"""Pictures that customers sent: sealed as they are kept, looked at by support alone, forgotten."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from handlers.capability import Deadline
from handlers.messages import Picture
from handlers.people import SETTLERS, Person
from handlers.work import Work
from storage.schema.support import customer_pictures

__all__ = ["FORGET", "keep_picture", "named_pictures", "open_picture"]

_picture = customer_pictures.c
_AT_ONCE = 200


async def keep_picture(work: Work, person: Person, customer_id: int, picture: Picture) -> int:
    """Seal a picture that `person` sent, and return the id by which it is opened.

    It is deleted `support.picture_days` later.
    """
    sealed = work.house.sealer.seal(picture.content)
    row = {
        "ref": secrets.token_hex(32),
        "customer_id": customer_id,
        "platform": person.platform,
        "person": person.id,
        "content": sealed.content,
        "key_name": sealed.key_name,
        "mime": picture.mime,
        "taken_at": work.at,
        "forget_due": work.at + timedelta(days=work.house.support.picture_days),
    }
    (id,) = await work.tx.insert_ids(customer_pictures, [row])
    return id


async def open_picture(work: Work, picture_id: int, viewer: Person) -> Picture | None:
    """The picture of this id; None where there is none any more, or `viewer` may not see it.

    Each look stands in the audit. Raises `Locked` where its key is not among the settings'.
    """
    if not viewer.may(SETTLERS):
        return None
    row = await work.tx.first(select(customer_pictures).where(_picture.id == picture_id))
    if row is None or row.content is None:
        return None
    work.record(viewer, "support.picture", str(picture_id))
    content = work.house.sealer.open(bytes(row.content), row.key_name)
    alt = work.house.wording.say("support.picture_alt", number=picture_id)
    return Picture.of(content, name=f"picture-{picture_id}", mime=row.mime, alt=alt)


async def named_pictures(work: Work, ids: Sequence[int], viewer: Person) -> Sequence[Picture]:
    """The pictures of these ids without content, as messages bring them: sealed to the last.

    Their content is opened only as they are posted. Each stands in the audit as looked at.
    """
    if not viewer.may(SETTLERS):
        return ()
    rows = await work.tx.all(
        select(_picture.id, _picture.ref, _picture.mime)
        .where(_picture.id.in_(ids), _picture.content.is_not(None))
        .order_by(_picture.id)
    )
    for row in rows:
        work.record(viewer, "support.picture", str(row.id))
    say = work.house.wording.say
    return [
        Picture(
            id=row.ref,
            name=f"picture-{row.id}{'.png' if row.mime == 'image/png' else '.jpg'}",
            mime=row.mime,
            alt=say("support.picture_alt", number=row.id),
        )
        for row in rows
    ]


async def _forget(work: Work, due: datetime) -> None:
    old = (
        select(_picture.id)
        .where(_picture.forget_due <= due)
        .order_by(_picture.forget_due, _picture.id)
        .limit(_AT_ONCE)
    )
    await work.tx.run(
        update(customer_pictures)
        .where(_picture.id.in_(old))
        .values(content=None, key_name=None, forgotten_at=due, forget_due=None)
    )


FORGET = Deadline(
    name="support.pictures",
    due=select(func.min(_picture.forget_due)).where(_picture.forget_due.is_not(None)),
    run=_forget,
)
