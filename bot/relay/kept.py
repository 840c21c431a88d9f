"""A post as it is kept in a delivery, and read back unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.platforms.base import Outgoing
from handlers.messages import Address
from handlers.speech import Rendered, buttons_from
from storage.outbox import NewDelivery

__all__ = ["kept", "outgoing", "unsaid"]


def kept(rendered: Rendered, said: Mapping[int, Any], error: str | None = None) -> NewDelivery:
    """The delivery of a rendered post; `said` are the outbox rows by id."""
    members = [said[id] for id in rendered.members]
    shown = asdict(rendered)
    for apart in ("members", "kind", "card"):
        del shown[apart]
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
    row: Any, target: Address, replaces: str | None, *, inherited: bool = False
) -> Outgoing:
    """The post that a stored delivery is, for `target`.

    One that is `inherited` was some other process's to send.
    """
    shown = row.rendered
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
        private=shown.get("private", False),
        history=shown.get("history", ""),
        urgent=shown.get("urgent", False),
        tried=inherited or row.attempts > 0,
        at=at,
    )
