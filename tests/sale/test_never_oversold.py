"""Whatever people do in whatever order: nothing is oversold, lost, or given past the line."""

import os
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from sqlalchemy import Select, and_, func, select

from storage.engine import Storage
from storage.schema import sale
from tests.fakes.shop import Shop

SEEDS = range(150 if os.environ.get("ANDON_SOAK") else 2)
ACTS = 80
PEOPLE = ("Ana", "Bob", "Cy", "Di", "Ed", "Flo")
#: What is claimed; D1 and R5 have a limit that no moderator goes past here.
ITEMS = ("D1 S", "D1 M", "D1 L", "R5", "M3", "M4", "D2")
SIGNS = ("", "", "", " x2", " x3")
UNLIMITED = ("M3", "M4", "D2")


class Chaos:
    """Does one thing after the other, as its dice fall."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.dice = Random(seed)
        self.lines: list[tuple[str, str]] = []

    async def act(self) -> str:
        """Do something, and say what it was."""
        acts = (
            [self.claim] * 10
            + [self.together] * 4
            + [self.cancel, self.keep, self.edit] * 3
            + [self.count, self.state, self.staff, self.menu, self.undo] * 2
            + [self.wait, self.show, self.show, self.wait, self.extend]
        )
        return await self.dice.choice(acts)()

    def who(self) -> str:
        return self.dice.choice(PEOPLE)

    def claimed(self) -> str:
        return f"claim {self.dice.choice(ITEMS)}{self.dice.choice(SIGNS)}"

    async def claim(self) -> str:
        name, text = self.who(), self.dice.choice([self.claimed(), "claim D1", "M", "L"])
        self.lines.append((await self.shop.says(name, text), name))
        return f"{name}: {text}"

    async def together(self) -> str:
        lines = [(self.who(), self.claimed()) for _ in range(self.dice.randint(2, 6))]
        await self.shop.say_together(*lines)
        return str(lines)

    async def cancel(self) -> str:
        name, item = self.who(), self.dice.choice(ITEMS)
        await self.shop.says(name, f"cancel {item}{self.dice.choice(['', '', ' x1'])}")
        return f"{name}: cancel {item}"

    async def keep(self) -> str:
        name, variant = self.who(), self.dice.randint(1, 8)
        kind = self.dice.choice(["keep", "only", "size"])
        await self.shop.presses(name, f"claims.{kind}:{variant}")
        return f"{name} presses {kind} {variant}"

    async def edit(self) -> str:
        if not self.lines:
            return "nothing to edit"
        (key, name), text = self.dice.choice(self.lines), self.claimed()
        await self.shop.edits(key, text, name)
        return f"{name} edits {key}: {text}"

    async def command(self, line: str) -> str:
        answer = await self.shop.command(line, self.dice.choice(["Mo", "Ned"]))
        return f"{line} -> {answer}"

    async def count(self) -> str:
        code, _, size = self.dice.choice(ITEMS).partition(" ")
        kind, units = self.dice.choice(["set", "add", "recount"]), self.dice.randint(0, 6)
        units -= 2 if kind == "add" else 0
        return await self.command(f"/stock {kind} {code} {units} {size}")

    async def state(self) -> str:
        code, kind = self.dice.choice(["D1", "R5", "M3"]), ["pause", "stop", "resume", "resume"]
        return await self.command(f"/stock {self.dice.choice(kind)} {code}")

    async def staff(self) -> str:
        name, item = self.who(), self.dice.choice(ITEMS)
        return await self.command(
            self.dice.choice(
                [
                    f"/claim add {name} {self.dice.choice(UNLIMITED)} 2",
                    f"/claim void {name} {item}",
                    f"/claim move {name} D1 {self.dice.choice('SML')} {self.dice.choice('SML')}",
                    f"/waitlist offer {item}",
                    f"/waitlist skip {name} {item}",
                    f"/item hold M4 {self.dice.choice([0, 10, 60])}",
                    f"/item price D2 {self.dice.randint(1, 50)}",
                ]
            )
        )

    async def menu(self) -> str:
        if not self.lines:
            return "no line"
        key, _ = self.dice.choice(self.lines)
        name = self.dice.choice(["count", "not", "release"])
        await self.shop.presses("Mo", f"menu.{name}", role="moderator", message=key)
        return f"{name} of {key}"

    async def undo(self) -> str:
        return await self.command("/undo")

    async def wait(self) -> str:
        seconds = self.dice.choice([1, 20, 600, 5_000, 40_000])
        await self.shop.passes(seconds=seconds)
        return f"{seconds} s pass"

    async def show(self) -> str:
        kinds = ["start", "start", "start", "end", "pause", "resume", "resume"]
        return await self.command(f"/show {self.dice.choice(kinds)}")

    async def extend(self) -> str:
        name = self.who()
        await self.shop.presses(name, "holds.extend:")
        return f"{name} extends"


class Auditor:
    """Counts everything anew from the rows, after each act."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.last_hold = 0

    async def check(self) -> None:
        await self.numbers()
        await self.places()
        await self.fairness()
        await self.limits()
        await self.leftovers()
        assert self.shop.team() == [line for line in self.shop.team() if "🐞" not in line]

    async def rows(self, statement: Select[Any]) -> Sequence[Any]:
        return await self.shop.rows(statement)

    async def numbers(self) -> None:
        """Every counter is the sum of its rows, and nothing is sold that is not there."""
        held = await self._sums(sale.holds, "held")
        waiting = await self._sums(sale.waitlist, "waiting")
        states = {row.id: row.state for row in await self.rows(select(sale.items))}
        for row in await self.rows(select(sale.variants)):
            assert row.reserved == held.get(row.id, (0, 0))[1], row.sku
            assert (row.waiting_entries, row.waiting_units) == waiting.get(row.id, (0, 0)), row.sku
            assert row.reserved <= row.on_hand + row.short, row.sku
            assert row.short == max(0, row.reserved - row.on_hand), row.sku
            free = 0 if row.short else row.on_hand - row.reserved
            if states[row.item_id] == "on_sale":
                assert not (free and row.waiting_entries), f"{row.sku} is free while someone waits"

    async def _sums(self, table: Any, state: str) -> dict[int, tuple[int, int]]:
        rows = await self.rows(
            select(table.c.variant_id, func.count(), func.sum(table.c.quantity))
            .where(table.c.state == state)
            .group_by(table.c.variant_id)
        )
        return {variant: (entries, units) for variant, entries, units in rows}

    async def places(self) -> None:
        """A place in a line is given once."""
        claims = sale.claims.c
        double = await self.rows(
            select(claims.variant_id, claims.place)
            .where(claims.place.is_not(None))
            .group_by(claims.variant_id, claims.place)
            .having(func.count() > 1)
        )
        assert not double

    async def fairness(self) -> None:
        """Nobody was given a unit past one who waits at an earlier place, but by a moderator."""
        ahead = sale.waitlist.alias("ahead")
        holds, claims = sale.holds.c, sale.claims.c
        past = await self.rows(
            select(holds.id, claims.place, ahead.c.place)
            .join(sale.claims, claims.id == holds.claim_id)
            .join(
                ahead,
                and_(
                    ahead.c.variant_id == holds.variant_id,
                    ahead.c.state == "waiting",
                    ahead.c.place < claims.place,
                ),
            )
            .where(holds.id > self.last_hold, holds.state == "held", holds.source != "staff")
        )
        assert not past
        self.last_hold = (await self.rows(select(func.coalesce(func.max(holds.id), 0))))[0][0]

    async def limits(self) -> None:
        """What is held, waited for and pending stays within the limit of each show."""
        units: dict[tuple[int, int, int], int] = {}
        claims = sale.claims.c
        limits = {row.id: row.limit_each for row in await self.rows(select(sale.items))}
        for table, state in ((sale.holds, "held"), (sale.waitlist, "waiting")):
            for row in await self.rows(
                select(table, claims.item_id)
                .join(sale.claims, claims.id == table.c.claim_id)
                .where(table.c.state == state)
            ):
                key = row.customer_id, row.show_id, row.item_id
                units[key] = units.get(key, 0) + row.quantity
        for row in await self.rows(select(sale.claims).where(claims.state == "pending")):
            key = row.customer_id, row.show_id, row.item_id
            units[key] = units.get(key, 0) + row.quantity
        for (customer, _, item), count in units.items():
            assert limits[item] is None or count <= limits[item], (customer, item)

    async def leftovers(self) -> None:
        """A show that ended leaves no hold without an end and no claim without a decision."""
        ended = select(sale.shows.c.id).where(sale.shows.c.state == "ended")
        holds, claims = sale.holds.c, sale.claims.c
        assert not await self.rows(
            select(holds.id).where(
                holds.show_id.in_(ended), holds.state == "held", holds.expires_at.is_(None)
            )
        )
        assert not await self.rows(
            select(claims.id).where(
                claims.show_id.in_(ended), claims.state.in_(("asked", "pending"))
            )
        )


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_books_are_right_after_each_of_many_acts(sqlite: Storage, seed: int) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        chaos, auditor, story = Chaos(shop, seed), Auditor(shop), list[str]()
        for _ in range(ACTS):
            story.append(await chaos.act())
            try:
                await auditor.check()
            except AssertionError as error:
                raise AssertionError("\n".join([*story, str(error)])) from error


async def test_a_restart_in_the_middle_leaves_the_books_right(sqlite: Storage) -> None:
    shop = Shop(sqlite)
    dice = Random(1)
    async with shop:
        await shop.show()
    for seed in range(4):
        async with Shop(sqlite, continues=shop) as later:
            chaos, auditor = Chaos(later, seed), Auditor(later)
            for _ in range(dice.randint(5, 25)):
                await chaos.act()
            await auditor.check()
        shop = later
