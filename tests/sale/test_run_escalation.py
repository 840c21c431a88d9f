"""Reminders and calls: on time, once, whatever is killed between, and caught up after a pause."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.platforms.base import Outgoing
from storage.engine import Storage
from storage.schema.runs import run_levels, run_steps, run_timeline, runs
from storage.schema.traffic import alerts, outbox
from tests.fakes.shop import EVENING, Shop

CORD = "/cord D2 a seam is open"
#: Minutes after the start at which cord-pulled calls the producer, and then the owner.
CALLS, OWNER = (2, 4, 6), 30


def told(shop: Shop, kind: str) -> list[Outgoing]:
    return [post for post in shop.paper.posts if post.kind == kind]


async def entries(shop: Shop, kind: str) -> Sequence[Any]:
    chosen = select(run_timeline).where(run_timeline.c.kind == kind).order_by(run_timeline.c.id)
    return await shop.rows(chosen)


async def called(shop: Shop) -> list[tuple[float, str, int]]:
    """Each call: minutes after the start, who, and the how manieth."""
    (run,) = await shop.rows(select(runs))
    return [
        ((row.at - run.started_at) / timedelta(minutes=1), row.who, row.number)
        for row in await entries(shop, "escalated")
    ]


async def said(shop: Shop) -> dict[str, int]:
    """How often each kind was put into the outbox, where it is about a call or a reminder."""
    rows = await shop.rows(select(outbox.c.kind, outbox.c.card, outbox.c["values"]))
    calls = [row for row in rows if row.kind == "alert.card" and "📣" in row[2]["text"]]
    return {"calls": len(calls), "reminders": sum(row.kind == "runs.reminder" for row in rows)}


async def test_calls_come_at_their_minutes_until_somebody_is_on_it(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command(CORD)
        await shop.passes(minutes=3)
        (call,) = [post for post in told(shop, "alert.card") if "📣" in post.text]
        assert call.urgent
        assert call.text.endswith("nobody has taken a step of it. — for producer")
        await shop.presses("Pia", "Take 2", role="producer")
        (call,) = [post for post in told(shop, "alert.card") if "📣" in post.text]
        assert call.text.endswith("somebody is on it")
        await shop.passes(minutes=40)
        assert await called(shop) == [(2, "producer", 1), (30, "owner", 1)]
        await shop.command("/playbook end 1 mended", "Pia", role="producer")
        calls = [post.text for post in told(shop, "alert.card") if "📣" in post.text]
        assert calls[-1].startswith("✓")
        assert calls[-1].endswith("the run is over")
        await shop.passes(days=3)
        assert len(await called(shop)) == 2


async def test_a_step_is_reminded_of_when_it_is_due_and_as_often_as_it_says(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite, playbooks=True) as shop:
        await shop.submits(
            "Mo", "runs.asked:payment-trouble:0:", provider="Stripe", problem="time outs"
        )
        await shop.passes(minutes=2, seconds=1)
        (first,) = told(shop, "runs.reminder")
        assert "step 1, Say that claims count as before" in first.text
        assert first.text.endswith("For the host.")
        assert [button.label for button in first.buttons] == ["✓ 1", "Take 1"]
        await shop.passes(minutes=60)
        again = [post for post in told(shop, "runs.reminder") if "step 1," in post.text]
        assert len(again) == 3
        assert "said 3 times by now" in again[-1].text


async def test_a_restart_between_any_two_steps_loses_and_doubles_nothing(
    storage: Storage,
) -> None:
    shop = Shop(storage, playbooks=True)
    async with shop:
        await shop.command(CORD)
    for minute in range(1, OWNER + 3):
        # The clock stops a second before and a second after each full minute: nothing between
        # two of them is left to one process.
        for second in (-1, 1):
            shop = Shop(storage, playbooks=True, continues=shop)
            async with shop:
                (run,) = await shop.rows(select(runs))
                at = run.started_at + timedelta(minutes=minute, seconds=second)
                left = (at - shop.clock.now()).total_seconds()
                await shop.passes(seconds=max(0.0, left))
    expected = [(minute, "producer", number) for number, minute in enumerate(CALLS, 1)]
    assert await called(shop) == [*expected, (OWNER, "owner", 1)]
    # Two of its steps have a time from the start.
    assert await said(shop) == {"calls": 4, "reminders": 2}
    assert [row.count for row in await counted(shop)] == [3, 1]


async def counted(shop: Shop) -> Sequence[Any]:
    chosen = select(alerts.c["count"]).where(alerts.c.key.like("run:%")).order_by(alerts.c.id)
    return [type("Row", (), {"count": row[0]}) for row in await shop.rows(chosen)]


@pytest.mark.parametrize("table", [runs, run_levels, run_timeline, run_steps, alerts, outbox])
async def test_what_fails_half_way_changes_nothing_and_is_said_once(
    sqlite: Storage, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Shop(sqlite, playbooks=True) as shop:
        await shop.command(CORD)
        before = (await said(shop), await called(shop))
        with monkeypatch.context() as broken:
            break_writes_to(broken, table)
            with pytest.raises(Cut):
                await ticks(shop, EVENING + timedelta(minutes=2, seconds=5))
        assert (await said(shop), await called(shop)) == before
    async with Shop(sqlite, playbooks=True, continues=shop) as later:
        await later.passes(minutes=3)
        assert await called(later) == [(2, "producer", 1)]
        assert await said(later) == {"calls": 1, "reminders": 1}


async def ticks(shop: Shop, due: datetime) -> None:
    async with shop.storage.write() as tx:
        await shop.andon.dispatcher.tick(tx, due)


class Cut(BaseException):
    """The process ends here."""


def break_writes_to(patch: pytest.MonkeyPatch, table: Any) -> None:
    """The process is killed as it writes to `table`."""
    from storage.unit_of_work import Transaction

    run, insert = Transaction.run, Transaction.insert

    async def cut_run(self: Transaction, statement: Any, params: Any = None) -> int:
        if getattr(statement, "table", None) is table and params:
            raise Cut
        return await run(self, statement, params)

    async def cut_insert(self: Transaction, into: Any, rows: Any) -> None:
        if into is table and rows:
            raise Cut
        await insert(self, into, rows)

    patch.setattr(Transaction, "run", cut_run)
    patch.setattr(Transaction, "insert", cut_insert)


async def test_a_pause_is_caught_up_once(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command(CORD)
    shop.clock.advance(20 * 60)
    async with Shop(storage, playbooks=True, continues=shop) as later:
        await later.passes(seconds=1)
        (call,) = await entries(later, "escalated")
        assert (call.who, call.number) == ("producer", 3)
        assert await said(later) == {"calls": 1, "reminders": 2}
        await later.passes(minutes=15)
        assert [row.who for row in await entries(later, "escalated")] == ["producer", "owner"]


async def test_a_run_of_another_version_is_left_alone_and_told_of(sqlite: Storage) -> None:
    async with Shop(sqlite, playbooks=True) as shop:
        await shop.command(CORD)
        async with sqlite.write() as tx:
            await tx.run(update(runs).values(playbook={"id": "from-the-future"}, copy="0" * 64))
        await shop.passes(minutes=5)
        (alert,) = [text for text in shop.team() if text.startswith("Run 1 was written")]
        assert "cannot be read by this one" in alert
        assert (await shop.rows(select(runs.c.next_due)))[0].next_due is None
