"""A post as it is kept in a delivery, and read back unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from bot.platforms.base import Outgoing
from handlers.messages import Address, OutsideAct
from handlers.speech import Rendered, buttons_from, picture_values, pictures_from
from storage.outbox import NewDelivery

__all__ = ["kept", "outgoing", "unsaid"]


def kept(rendered: Rendered, said: Mapping[int, Any], error: str | None = None) -> NewDelivery:
    """The delivery of a rendered post; `said` are the outbox rows by id."""
    members = [said[id] for id in rendered.members]
    shown = asdict(replace(rendered, pictures=()))
    for apart in ("members", "kind", "card", "pictures"):
        del shown[apart]
    shown |= picture_values(rendered.pictures)
    return NewDelivery(
        members=rendered.members,
        kind=rendered.kind,
        rendered=shown,
        at=max(row.at for row in members),
        card=rendered.card,
        expires_at=min((row.expires_at for row in members if row.expires_at), default=None),
        error=error,
    )


def unsaid(rows: Sequence[Any], error: str) -> NewDelivery:
    """What stands for messages that nobody will read: their kind, and why."""
    return NewDelivery(
        members=tuple(row.id for row in rows),
        kind=rows[0].kind,
        rendered={"text": ""},
        at=max(row.at for row in rows),
        error=error,
    )


def outgoing(
    row: Any,
    shown: Mapping[str, Any],
    target: Address,
    replaces: str | None,
    *,
    inherited: bool = False,
    contents: Mapping[str, bytes] | None = None,
) -> Outgoing:
    """The post that a stored delivery is, for `target`; `shown` is what it says, opened.

    One that is `inherited` was some other process's to send. `contents` are those of its pictures.
    """
    known = contents or {}
    at: datetime = row.at
    return Outgoing(
        id=row.id,
        address=target,
        kind=row.kind,
        text=shown["text"],
        buttons=buttons_from(shown),
        mentions=tuple(shown.get("mentions", ())),
        reactions=tuple((line, emoji) for line, emoji in shown.get("reactions", ())),
        replaces=replaces,
        card=row.card,
        private=shown.get("private", False),
        history=shown.get("history", ""),
        urgent=shown.get("urgent", False),
        pictures=tuple(
            replace(one, content=known.get(one.id, b"")) for one in pictures_from(shown)
        ),
        act=OutsideAct.of(shown["act"]) if shown.get("act") else None,
        tried=inherited or row.attempts > 0,
        at=at,
    )
