"""Erasing a customer: name, addresses, contacts, notes and what they typed; the books stay.

An order keeps its number, its items and its sums, as those are what a shop must be able to show.
Nobody can be found by them any more: the identity behind them is a number.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, delete, or_, select, update

from handlers.exceptions.opening import say_card
from handlers.messages import Webhook
from handlers.orders.numbers import OrderNumber
from handlers.returns.card import say_card as say_return_card
from handlers.returns.records import load_return
from handlers.support.forgetting import forget_cards, forget_conversations
from handlers.work import Work
from storage.schema import customers, metadata, orders, parcels, returns, sale, traffic
from storage.schema.states import ExceptionState

__all__ = ["FORGOTTEN", "Identity", "erase", "erase_told"]

#: What stands where a name was.
FORGOTTEN = "(forgotten)"
_people, _order = sale.identities.c, orders.orders.c
#: Tables of people that are not erased row by row here: whoever packs is of the team.
_NOT_THEIRS = frozenset({"identities", "pack_leases"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody on one platform, and what stands in their place from now on."""

    row_id: int
    platform: str
    person: str
    name: str

    @property
    def alias(self) -> str:
        """What the platform's id becomes."""
        return f"forgotten-{self.row_id}"

    def without(self, value: Any) -> Any:
        """A value of a message without this person: ids, mentions and names in it."""
        if isinstance(value, dict):
            return {key: self.without(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.without(one) for one in value]
        if not isinstance(value, str):
            return value
        if value == self.person:
            return self.alias
        bare = value.replace("@{" + self.person + "}", FORGOTTEN)
        return (
            re.sub(rf"(?<!\w){re.escape(self.name)}(?!\w)", FORGOTTEN, bare) if self.name else bare
        )


async def erase_told(work: Work, told: Webhook) -> None:
    """Erase the customer that the command line names."""
    await erase(work, int(told.body["customer"]), who=str(told.body["who"]))


async def erase(work: Work, customer_id: int, *, who: str) -> None:
    """Erase a customer under whom nothing is under way any more."""
    rows = await work.tx.all(
        select(sale.identities).where(_people.customer_id == customer_id).with_for_update()
    )
    identities = [
        Identity(row_id=row.id, platform=row.platform, person=row.person, name=row.name)
        for row in rows
    ]
    await _what_is_known(work, customer_id)
    for one in identities:
        await _what_was_said(work, one)
        await _their_cards(work, customer_id, one)
        await _wherever_they_stand(work, one)
        await work.tx.run(
            update(sale.identities)
            .where(_people.id == one.row_id)
            .values(person=one.alias, name=FORGOTTEN)
        )
    # Last of all: what these cards say from now on is read from what is left.
    await forget_conversations(work, customer_id, FORGOTTEN)
    await _their_returns(work, customer_id)
    await work.tx.insert(
        traffic.audit,
        [
            {
                "at": work.at,
                "platform": "",
                "person": "",
                "name": who,
                "action": "customer.forget",
                "subject": f"customer {customer_id}",
                "values": {},
            }
        ],
    )


async def _what_is_known(work: Work, customer_id: int) -> None:
    """Addresses, contacts, notes, tags, letters and wishes."""
    tx, home = work.tx, orders.postal_addresses
    await tx.run(
        update(home)
        .where(home.c.customer_id == customer_id)
        .values(content="", key_name=None, door=None, problems=[], forgotten_at=work.at)
    )
    mine = select(_order.id).where(_order.customer_id == customer_id)
    await tx.run(update(orders.orders).where(_order.customer_id == customer_id).values(note=""))
    history = orders.order_events.c
    await tx.run(
        update(orders.order_events)
        .where(history.order_id.in_(mine), history.kind.in_(("team_note", "note")))
        .values(why="")
    )
    back = returns.returns.c
    await tx.run(update(returns.returns).where(back.customer_id == customer_id).values(note=""))
    for table in (customers.customer_notes, customers.customer_tags, returns.return_drafts):
        await tx.run(delete(table).where(table.c.customer_id == customer_id))
    link = customers.customer_links.c
    theirs = select(_people.id).where(_people.customer_id == customer_id)
    await tx.run(
        delete(customers.customer_links).where(
            or_(link.identity_id.in_(theirs), link.other_id.in_(theirs))
        )
    )
    await tx.run(
        update(sale.customers)
        .where(sale.customers.c.id == customer_id)
        .values(tells_by_dm=False, told_at=None, forgotten_at=work.at)
    )


async def _what_was_said(work: Work, one: Identity) -> None:
    """Messages to them alone lose their words, those that name them the name."""
    said, sent = traffic.outbox, traffic.deliveries
    alone = f"{one.platform}|person|{one.person}"
    gone = f"{one.platform}|person|{one.alias}"
    await work.tx.run(
        update(said).where(said.c.address == alone).values(address=gone, values={"text": ""})
    )
    await work.tx.run(
        update(sent).where(sent.c.address == alone).values(address=gone, rendered={"text": ""})
    )
    for table, column in (
        (said, said.c["values"]),
        (sent, sent.c.rendered),
        (traffic.held_back, traffic.held_back.c["values"]),
        (traffic.alerts, traffic.alerts.c["values"]),
        (traffic.failed_events, traffic.failed_events.c["values"]),
        (sale.hints, sale.hints.c["values"]),
    ):
        await _rewrite(work, one, table, column)
    await _audit(work, one)


async def _rewrite(work: Work, one: Identity, table: Any, column: Any) -> None:
    """Take them out of every row of a table that names them by their id."""
    text = cast(column, Text)
    named = or_(
        text.contains(f'"{one.person}"', autoescape=True),
        text.contains("@{" + one.person + "}", autoescape=True),
    )
    for row in await work.tx.all(select(table.c.id, column.label("kept")).where(named)):
        await work.tx.run(
            update(table).where(table.c.id == row.id).values({column: one.without(row.kept)})
        )


async def _audit(work: Work, one: Identity) -> None:
    """What the team did about them stays, without whom it was about."""
    audit = traffic.audit.c
    about = or_(
        audit.subject == one.name,
        audit.subject.startswith(f"{one.name}:", autoescape=True),
        cast(audit.undo, Text).contains(f'"{one.person}"', autoescape=True),
    )
    for row in await work.tx.all(select(audit.id, audit.subject).where(about)):
        await work.tx.run(
            update(traffic.audit)
            .where(audit.id == row.id)
            .values(subject=one.without(row.subject), undo=None, why="")
        )


async def _their_cards(work: Work, customer_id: int, one: Identity) -> None:
    """Cards of exceptions about their orders are said once more, without the name."""
    exception = traffic.exceptions.c
    rows = await work.tx.all(
        select(_order.show_id, _order.serial).where(_order.customer_id == customer_id)
    )
    numbers = [str(OrderNumber(row.show_id, row.serial)) for row in rows]
    found: Sequence[Any] = await work.tx.all(
        select(traffic.exceptions).where(
            or_(
                exception.subject.in_(numbers),
                exception.subject.startswith(f"{customer_id}:", autoescape=True),
            )
        )
    )
    for row in found:
        values = {**row._mapping["values"]}
        if "name" in values:
            values["name"] = FORGOTTEN
        await work.tx.run(
            update(traffic.exceptions)
            .where(exception.id == row.id)
            .values(values=one.without(values))
        )
        again = await work.tx.first(select(traffic.exceptions).where(exception.id == row.id))
        over = row.state == ExceptionState.RESOLVED
        ended = work.house.wording.say("exception.settled", outcome=row.outcome or "")
        say_card(work, again, ended=ended if over else None)


async def _their_returns(work: Work, customer_id: int) -> None:
    """Cards of their returns are said once more, without the name."""
    back = returns.returns.c
    mine = select(back.id).where(back.customer_id == customer_id).order_by(back.id)
    for row in await work.tx.all(mine):
        await forget_cards(work.tx, [f"return:{row.id}"])
        stored = await load_return(work, row.id)
        if stored is not None:
            await say_return_card(work, stored)


async def _wherever_they_stand(work: Work, one: Identity) -> None:
    """In every table of people: the id becomes a number, names and words go."""
    for table in metadata.sorted_tables:
        columns = table.c
        if table.name in _NOT_THEIRS or not {"platform", "person"} <= set(columns.keys()):
            continue
        erased = {
            name: "" for name in ("name", "text") if name in columns and not columns[name].nullable
        }
        await work.tx.run(
            update(table)
            .where(columns.platform == one.platform, columns.person == one.person)
            .values(person=one.alias, **erased)
        )
    for table, words in (
        (orders.order_events, {}),
        (parcels.parcel_events, {}),
        # What they gave as the why of their return are their own words.
        (returns.return_events, {"why": ""}),
    ):
        await work.tx.run(
            update(table)
            .where(table.c.who == one.name, _of(table, one))
            .values(who=FORGOTTEN, **words)
        )


def _of(table: Any, one: Identity) -> Any:
    """Whether a line of a history is about this customer's own: another may be called alike."""
    whose = select(_people.customer_id).where(_people.id == one.row_id).scalar_subquery()
    if table is orders.order_events:
        mine = select(_order.id).where(_order.customer_id == whose)
        return table.c.order_id.in_(mine)
    if table is returns.return_events:
        back = returns.returns.c
        return table.c.return_id.in_(select(back.id).where(back.customer_id == whose))
    parcel = parcels.parcels.c
    return table.c.parcel_id.in_(select(parcel.id).where(parcel.customer_id == whose))
