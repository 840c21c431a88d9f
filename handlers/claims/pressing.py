"""Buttons under replies: answered in private, for whoever presses.

A button under a shared post acts on the presser's own claims alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from handlers.claims.edits import claims_of
from handlers.claims.floor import Floor
from handlers.claims.freeing import give_back
from handlers.claims.judging import is_open
from handlers.claims.records import Entry, Member, Outcome
from handlers.claims.replies import buttons_for, sentence
from handlers.claims.telling import promote_and_tell
from handlers.messages import Answer, Button, Press
from handlers.snapshot import ItemView, ShowView
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ClaimState, ItemState

__all__ = ["claim_for_me", "instead", "keep", "only", "size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A press about one item: the floor with the presser on it."""

    work: Work
    press: Press
    floor: Floor
    member: Member
    item: ItemView

    @property
    def open(self) -> bool:
        """Whether the item can be claimed at the moment of the press."""
        at, rules = self.press.sent_at, self.work.rules
        return is_open(self.floor.show, self.item.code, at, rules)

    def entry(self, variant_id: int, units: int = 1) -> Entry:
        """A wish made by this press."""
        return Entry(
            member=self.member,
            variant_id=variant_id,
            quantity=max(1, min(99, units)),
            counted=units > 1,
            sent_at=self.press.sent_at,
            key=self.press.key,
            channel=self.press.channel.id,
        )

    def told(self, outcome: Outcome) -> Answer:
        """What came of it, with the buttons it speaks of."""
        said = sentence(self.work.house.wording, self.work.rules, [outcome.values()])
        return Answer(text=said, buttons=buttons_for([outcome.values()]))

    def which(self, button: Callable[[int], str]) -> Answer:
        """Ask the presser which variant; `button` makes the id of one."""
        return Answer(
            text=self.work.house.wording.say("claims.which_one", code=self.item.code),
            buttons=tuple(
                Button(id=button(variant.id), label=str(name))
                for name, variant in self.item.variants.items()
            ),
        )


def _say(work: Work, key: str, **values: Any) -> Answer:
    return Answer(text=work.house.wording.say(key, **values))


async def _about(
    work: Work, press: Press, item_id: int | None, show: ShowView | None
) -> _Case | Answer:
    item = work.snapshot.catalogue.by_id.get(item_id or 0)
    if item is None:
        return _say(work, "refused.gone")
    if show is None:
        return _say(work, "claims.closed")
    floor = Floor.of(work, show)
    who = (press.person.platform, press.person.id)
    await floor.load([item.id], {who: press.person.name})
    return _Case(work=work, press=press, floor=floor, member=floor.members[who], item=item)


async def _of_variant(
    work: Work, press: Press, variant_id: int, *, after_the_show: bool = False
) -> _Case | Answer:
    variants, timeline = sale.variants.c, work.snapshot.timeline
    item_id = await work.tx.scalar(select(variants.item_id).where(variants.id == variant_id))
    last = next(iter(timeline.shows), None) if after_the_show else None
    return await _about(work, press, item_id, timeline.live or last)


async def size(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*M* under *which size?*: answers the presser's own question, or claims one."""
    variant_id = int(arguments[0])
    case = await _of_variant(work, press, variant_id)
    if isinstance(case, Answer):
        return case
    asked = (case.member.customer_id, case.item.id) in case.floor.asked
    if not asked and not case.open:
        return _say(work, "claims.not_open", code=case.item.code)
    outcome = case.floor.answer_size(
        case.member, variant_id, at=press.sent_at, key=press.key, channel=press.channel.id
    )
    return case.told(outcome)


async def keep(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Keep it*: a release that has not come due is taken back."""
    variant_id = int(arguments[0])
    case = await _of_variant(work, press, variant_id, after_the_show=True)
    if isinstance(case, Answer):
        return case
    if not case.floor.keep(case.member.customer_id, variant_id):
        return _say(work, "claims.nothing_to_keep")
    return _say(work, "claims.kept_private", item=case.floor.stock[variant_id].label)


async def only(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Only L*: gives back the presser's other variants of that item, if they have this one."""
    variant_id = int(arguments[0])
    case = await _of_variant(work, press, variant_id)
    if isinstance(case, Answer):
        return case
    floor, customer_id = case.floor, case.member.customer_id
    label = floor.stock[variant_id].label
    if not floor.standing(customer_id, variant_id).unpaid:
        return _say(work, "claims.only_without", item=label)
    gone = []
    for other in floor.items[case.item.id].variants:
        if other == variant_id or not floor.standing(customer_id, other).unpaid:
            continue
        await give_back(floor, customer_id, other, None, at=press.sent_at)
        await promote_and_tell(floor, other, at=press.sent_at)
        gone.append(floor.stock[other].label)
    if not gone:
        return _say(work, "claims.only_nothing", code=case.item.code)
    return _say(work, "claims.only_done", item=label, gone=gone)


async def instead(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*R5 instead*, after the stage switched: moves what was claimed just then to the other."""
    variant_id, code = int(arguments[0]), arguments[1]
    case = await _of_variant(work, press, variant_id)
    if isinstance(case, Answer):
        return case
    item = work.snapshot.catalogue.items.get(code)
    other = await _about(work, press, item.id if item else None, case.floor.show)
    if isinstance(other, Answer):
        return other
    if not other.open:
        return _say(work, "claims.not_open", code=code)
    variants = [variant.id for variant in other.item.variants.values()]
    wanted = int(arguments[2]) if len(arguments) > 2 else 0
    if wanted not in variants:
        if len(variants) > 1:
            return other.which(lambda each: f"claims.instead:{variant_id}:{code}:{each}")
        wanted = variants[0]
    return await _move(case, other, variant_id, wanted)


async def _move(case: _Case, other: _Case, variant_id: int, wanted: int) -> Answer:
    floor, customer_id, at = case.floor, case.member.customer_id, case.press.sent_at
    await floor.flush()
    mistaken = await _claimed_just_then(case, variant_id, other.item.code)
    units = sum(row.held + row.waiting for row in mistaken)
    stock = floor.stock[wanted]
    on_sale = floor.items[stock.item_id].state == ItemState.ON_SALE
    if units and (not on_sale or stock.waiting_entries or stock.free < units):
        kept = floor.stock[variant_id].label
        return _say(case.work, "claims.instead_gone", item=stock.label, kept=kept)
    for row in mistaken:
        await give_back(floor, customer_id, variant_id, None, at=at, claim_id=row.id)
    if not units:
        floor.forget_asked(customer_id, case.item.id)
    outcome = floor.enter(other.entry(wanted, units))
    await promote_and_tell(floor, variant_id, at=at)
    return other.told(outcome)


async def _claimed_just_then(case: _Case, variant_id: int, code: str) -> Sequence[Any]:
    """The presser's claims of a variant typed while viewers still saw it, with `code` on stage."""
    claims, show = sale.claims.c, case.floor.show
    delay = timedelta(seconds=case.work.rules.stream_delay_seconds)
    rows = await case.work.tx.all(
        select(claims.id, claims.message_key, claims.sent_at)
        .where(
            claims.customer_id == case.member.customer_id,
            claims.variant_id == variant_id,
            claims.show_id == show.id,
            claims.state == ClaimState.ENTERED,
        )
        .order_by(claims.id)
    )
    switches = [stage.from_at for stage in show.stages if stage.code == code]
    just_then = {
        row.id: row.message_key
        for row in rows
        if any(switch <= row.sent_at < switch + delay for switch in switches)
    }
    lines = [await claims_of(case.work, key) for key in dict.fromkeys(just_then.values())]
    return [row for line in lines for row in line if row.id in just_then]


async def claim_for_me(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Claim for me*: a host or moderator claims for themselves, on purpose."""
    item_id, variant_id, units = (int(argument) for argument in arguments)
    case = await _about(work, press, item_id, work.snapshot.timeline.live)
    if isinstance(case, Answer):
        return case
    if not case.open:
        return _say(work, "claims.not_open", code=case.item.code)
    variants = [variant.id for variant in case.item.variants.values()]
    if variant_id not in variants:
        if len(variants) > 1:
            return case.which(lambda each: f"claims.forme:{item_id}:{each}:{units}")
        variant_id = variants[0]
    return case.told(case.floor.enter(case.entry(variant_id, units)))
