"""What waits at one address becomes deliveries: merged, rendered, and as few as go now.

Where a place has a pace, only the next post is made: what else waits is merged with what comes
until the place is free again, instead of standing there half full.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.relay.kept import kept, unsaid
from bot.relay.naming import post_to, shown
from bot.relay.parts import Parts, Trouble, TroubleKind
from handlers.messages import Address
from handlers.sealed_values import opened_values
from handlers.speech import Spoken, newest_states
from storage.outbox import NewDelivery

__all__ = ["Merged", "Merging"]

# What a post may hold where nobody can say, because it goes nowhere.
_ANY_LENGTH = 2000
# What has waited so long at a place with a pace was kept by it: the place could not be reached.
_STALE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Deliveries to store now, and what the team should know.

    `share` is set where one post says all that waits at a place with a pace: how much of what a
    post may hold that is.
    """

    new: Sequence[NewDelivery]
    troubles: Sequence[Trouble] = ()
    share: float | None = None


class Merging:
    """Merges for one address."""

    def __init__(self, parts: Parts, address: Address) -> None:
        self._parts = parts
        self._to = address

    def merge(self, said: Sequence[Any]) -> Merged:
        """Merge the outbox rows `said`, in order."""
        now = self._parts.clock.now()
        late = [row for row in said if row.expires_at is not None and row.expires_at <= now]
        rows = [row for row in said if row.expires_at is None or row.expires_at > now]
        over = [unsaid(late, "expired")] if late else []
        troubles: list[Trouble] = []
        place = self._parts.place_of(self._to)
        if isinstance(place, str):
            over += self._render(rows, _ANY_LENGTH, troubles, error=place)
            if rows:
                sentence = f"{post_to(self._to)} was not sent: {place}."
                troubles.append(self.trouble(TroubleKind.NO_CHANNEL, sentence))
            return Merged(new=over, troubles=troubles)
        platform = place[1]
        posts = self._render(rows, platform.max_characters, troubles)
        if platform.pace_seconds <= 0:
            return Merged(new=[*over, *posts], troubles=troubles)
        over += [post for post in posts if post.error is not None]
        posts = [post for post in posts if post.error is None]
        now_sent = _next_of(posts)
        alone = not over and len(posts) == len(now_sent) == 1 and posts[0].card is None
        share = len(posts[0].rendered["text"]) / platform.max_characters if alone else None
        return Merged(new=[*over, *now_sent], troubles=troubles, share=share)

    def _render(
        self, rows: Sequence[Any], length: int, troubles: list[Trouble], error: str | None = None
    ) -> list[NewDelivery]:
        if not rows:
            return []
        by_id = {row.id: row for row in rows}
        newest = newest_states(map(self._spoken, rows))
        stands_for = {one.id: ids for one, ids in newest}
        spoken = [one for one, _ in newest]
        try:
            posts = [
                replace(post, members=tuple(id for one in post.members for id in stands_for[one]))
                for post in self._parts.voice.render(spoken, max_characters=length)
            ]
            new = [kept(post, by_id, error) for post in posts]
            missing = by_id.keys() - {id for post in posts for id in post.members}
            if missing:
                raise LookupError(f"not rendered: outbox messages {sorted(missing)}")
        except Exception as bug:
            if len(rows) > 1:
                # The others must not suffer for the one that cannot be said.
                return [
                    each for row in rows for each in self._render([row], length, troubles, error)
                ]
            reference = self._parts.bug("a message could not be rendered", bug, self._to)
            sentence = f"A message of kind {rows[0].kind} could not be put into words."
            troubles.append(self.trouble(TroubleKind.BUG, sentence, reference=reference))
            return [unsaid(rows, f"bug {reference}")]
        return new

    def _spoken(self, row: Any) -> Spoken:
        place = self._parts.place_of(self._to)
        # Without a pace it is a page of our own, or a rehearsal, whose time is not the relay's.
        paced = not isinstance(place, str) and place[1].pace_seconds > 0
        stale = paced and row.at <= self._parts.clock.now() - _STALE_AFTER
        values = opened_values(row._mapping["values"], self._parts.sealer)
        return Spoken(id=row.id, kind=row.kind, values=values, card=row.card, stale=stale)

    def trouble(
        self,
        kind: TroubleKind,
        sentence: str,
        delivery: int | None = None,
        reference: str | None = None,
    ) -> Trouble:
        """Something the team should know about this address."""
        return Trouble(
            kind=kind,
            sentence=sentence,
            address=shown(self._to),
            delivery=delivery,
            reference=reference,
        )


def _next_of(posts: Sequence[NewDelivery]) -> Sequence[NewDelivery]:
    """The first post, and all up to the last that tells the rest of one of the same messages."""
    end, members = 1, set(posts[0].members) if posts else set()
    for number, post in enumerate(posts[1:], start=2):
        if not members.isdisjoint(post.members):
            members.update(*(each.members for each in posts[end:number]))
            end = number
    return posts[:end]
