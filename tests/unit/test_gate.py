"""The gate for writers: one at a time, urgent ones first, ordinary ones not for ever last."""

import asyncio

import pytest

from storage.gate import Gate


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def through(gate: Gate, name: str, order: list[str], *, urgent: bool = False) -> None:
    async with gate.turn(urgent=urgent):
        order.append(name)
        await asyncio.sleep(0)


async def queued(gate: Gate, names: str) -> list[str]:
    """Who got in, in order, when all of `names` stood before a closed gate; capitals are urgent."""
    order: list[str] = []
    async with gate.turn():
        tasks = []
        for name in names:
            tasks.append(asyncio.create_task(through(gate, name, order, urgent=name.isupper())))
            await settle()
        assert gate.waiting == len(names)
    await asyncio.gather(*tasks)
    assert gate.waiting == 0
    return order


async def test_one_at_a_time_in_the_order_of_arrival() -> None:
    assert "".join(await queued(Gate(), "abcd")) == "abcd"


async def test_urgent_ones_overtake() -> None:
    assert "".join(await queued(Gate(), "abXYc")) == "XYabc"


async def test_after_eight_urgent_turns_an_ordinary_one_has_its_turn() -> None:
    order = await queued(Gate(), "ab" + "ABCDEFGHIJKLMNOPQRS")
    assert "".join(order) == "ABCDEFGH" + "a" + "IJKLMNOP" + "b" + "QRS"


async def test_control_a_gate_without_that_rule_starves_the_ordinary() -> None:
    order = await queued(Gate(urgent_run=1000), "a" + "ABCDEFGHIJKLMNOPQRS")
    assert order[-1] == "a"


async def test_nobody_is_inside_with_another() -> None:
    gate, inside, most = Gate(), 0, 0

    async def visit(*, urgent: bool) -> None:
        nonlocal inside, most
        async with gate.turn(urgent=urgent):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(visit(urgent=bool(n % 3)) for n in range(50)))
    assert most == 1


async def test_who_is_cancelled_while_waiting_leaves_the_line() -> None:
    gate, order = Gate(), list[str]()
    async with gate.turn():
        gone = asyncio.create_task(through(gate, "gone", order))
        stays = asyncio.create_task(through(gate, "stays", order))
        await settle()
        gone.cancel()
        await settle()
        assert gate.waiting == 1
    await stays
    assert order == ["stays"]


async def test_a_turn_given_to_who_is_cancelled_in_the_same_moment_is_passed_on() -> None:
    gate, order = Gate(), list[str]()
    async with gate.turn():
        gone = asyncio.create_task(through(gate, "gone", order))
        stays = asyncio.create_task(through(gate, "stays", order))
        await settle()
    # The turn is given on leaving; nobody ran since.
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    await stays
    assert order == ["stays"]


async def test_an_error_inside_gives_the_gate_back() -> None:
    gate = Gate()
    with pytest.raises(LookupError):
        async with gate.turn():
            raise LookupError
    async with gate.turn():
        assert gate.waiting == 0
