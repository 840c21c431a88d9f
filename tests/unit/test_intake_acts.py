"""Commands, presses, forms and direct messages."""

import asyncio

import pytest

from handlers.messages import Channel, FormSubmit
from storage.engine import Storage
from storage.schema.traffic import messages
from tests.fakes.dispatcher import journal
from tests.fakes.floor import FlakyStorage, Floor, HastyClock, at_the_gate, until


async def test_an_act_is_committed_when_it_returns(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        await floor.intake.act(floor.platform.command("mo", "/stage A12"))
        await floor.intake.act(floor.platform.press("ana", "cart.show:1"))
        await floor.intake.direct(floor.platform.whispers("bo", "where is my parcel"))
        assert await journal(sqlite) == [
            "mo (command): /stage A12",
            "ana (press): cart.show:1",
            "bo: where is my parcel",
        ]
        assert floor.intake.figures.acts == 3


async def test_an_act_overtakes_the_chat_that_waits(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        async with sqlite.write():
            floor.platform.says("ana", "claim A12")
            await until(lambda: at_the_gate(sqlite) == 1)
            act = asyncio.create_task(
                floor.intake.act(floor.platform.command("mo", "/stock stop A12"))
            )
            await until(lambda: at_the_gate(sqlite) == 2)
        await act
        assert await floor.settled() == ["mo (command): /stock stop A12", "ana: claim A12"]


async def test_the_same_act_twice_at_once_has_one_effect(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        press = floor.platform.press("ana", "claim.keep:1")
        await asyncio.gather(floor.intake.act(press), floor.intake.act(press))
        assert await journal(sqlite) == ["ana (press): claim.keep:1"]


async def test_the_same_act_again_has_no_effect(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        press = floor.platform.press("ana", "claim.keep:1")
        await floor.intake.act(press)
        await floor.intake.act(press)
        assert await journal(sqlite) == ["ana (press): claim.keep:1"]
        assert floor.intake.figures.duplicates == 1


async def test_an_act_that_cannot_be_handled_is_answered_under_a_reference(
    sqlite: Storage,
) -> None:
    async with Floor(sqlite) as floor:
        await floor.intake.act(floor.platform.command("mo", "poison"))
        (told,) = await journal(sqlite)
        assert told == "aside mo (command): poison [ref2] ValueError: 'poison' cannot be handled"
        assert [log["reference"] for log in floor.logs if "exc_info" in log] == ["ref1", "ref2"]


async def test_an_act_waits_for_the_database(sqlite: Storage) -> None:
    flaky = FlakyStorage(sqlite)
    async with Floor(flaky) as floor:
        flaky.down = 5
        await floor.intake.act(floor.platform.command("mo", "/stage A12"))
        assert await journal(sqlite) == ["mo (command): /stage A12"]
        assert len(floor.alerts) == 2


async def test_an_act_whose_caller_gave_up_is_finished_all_the_same(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        async with sqlite.write():
            command = floor.platform.command("mo", "/stage A12")
            impatient = asyncio.create_task(floor.intake.act(command))
            await until(lambda: at_the_gate(sqlite) == 1)
            impatient.cancel()
            with pytest.raises(asyncio.CancelledError):
                await impatient
        assert await floor.settled() == ["mo (command): /stage A12"]


async def test_a_stop_finishes_the_acts_under_way(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        press = floor.platform.press("ana", "claim.keep:1")
        act = asyncio.create_task(floor.intake.act(press))
        await until(lambda: floor.intake.waiting() == 1)
    assert act.done()
    assert await journal(sqlite) == ["ana (press): claim.keep:1"]


async def test_what_was_filled_in_is_not_kept_with_the_keys(sqlite: Storage) -> None:
    async with Floor(sqlite, clock=HastyClock()) as floor:
        press = floor.platform.press("ana", "")
        form = FormSubmit(
            key="form:1",
            person=press.person,
            channel=press.channel,
            sent_at=press.sent_at,
            form="address",
            values={"street": "12 Long Lane"},
            reply_to="token",
        )
        await floor.intake.act(form)
        async with sqlite.read() as tx:
            (row,) = await tx.all(messages.select())
        assert "Long Lane" not in str(row)
        assert (row.kind, row.text) == ("form", "address")


async def test_a_form_opens_from_one_look_while_somebody_writes(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        await floor.intake.act(floor.platform.command("mo", "/stage A12"))
        async with sqlite.write():
            form = await floor.intake.opening(floor.platform.press("mo", "form.size:1"))
        assert form is not None
        assert form.intro == "mo (command): /stage A12"
        assert await floor.settled() == ["mo (command): /stage A12"]


async def test_what_takes_long_to_read_is_read_while_somebody_writes(sqlite: Storage) -> None:
    looked: list[str] = []
    async with Floor(sqlite) as floor:
        await floor.intake.act(floor.platform.command("mo", "/stage A12"))
        floor.desk.before = looked.append
        async with sqlite.write():
            asked = asyncio.create_task(floor.intake.act(floor.platform.command("mo", "/figures")))
            await until(lambda: at_the_gate(sqlite) == 1)
            assert looked == ["looking"]
        await asked
        assert await journal(sqlite) == [
            "mo (command): /stage A12",
            "mo (command): /figures -> mo (command): /stage A12",
        ]


async def test_what_opens_no_form_asks_no_database(sqlite: Storage) -> None:
    flaky = FlakyStorage(sqlite)
    async with Floor(flaky) as floor:
        flaky.down, flaky.looks_fail = 1, True
        assert await floor.intake.opening(floor.platform.press("ana", "cart.show:1")) is None
        assert flaky.down == 1
        assert await floor.intake.opening(floor.platform.press("ana", "form.size:1")) is None
        assert flaky.down == 0


async def test_a_form_that_a_bug_keeps_shut_is_left_to_the_act(sqlite: Storage) -> None:
    def bug(name: str) -> None:
        if name == "opening":
            raise ValueError("no form today")

    async with Floor(sqlite) as floor:
        floor.desk.before = bug
        assert await floor.intake.opening(floor.platform.press("ana", "form.size:1")) is None
        assert [log["event"] for log in floor.logs] == ["a form could not be opened"]


async def test_a_form_is_checked_and_a_page_read_in_one_look_each(sqlite: Storage) -> None:
    flaky = FlakyStorage(sqlite)
    async with Floor(flaky) as floor:
        mo = floor.platform.press("mo", "form.size:1").person
        form = FormSubmit(
            key="f", person=mo, channel=Channel("fake", "stream"), sent_at=floor.clock.now(),
            form="address", values={"city": "wrong", "street": "right"}, reply_to="token",
        )  # fmt: skip
        async with sqlite.write():
            assert await floor.intake.checking(form) == {"city": "city is wrong"}
            page = await floor.intake.home(mo)
        assert page is not None
        assert page.title == mo.name
        # While the database is away the form itself waits for it, and the page stays as it is.
        flaky.looks_fail, flaky.down = True, 2
        assert await floor.intake.checking(form) == {}
        assert await floor.intake.home(mo) is None
        assert flaky.down == 0
        assert await journal(sqlite) == []


@pytest.mark.parametrize("where", ["checking", "home"])
async def test_a_bug_in_a_look_is_logged_and_ends_there(sqlite: Storage, where: str) -> None:
    def bug(name: str) -> None:
        if name == where:
            raise ValueError("not today")

    async with Floor(sqlite) as floor:
        floor.desk.before = bug
        mo = floor.platform.press("mo", "form.size:1").person
        form = FormSubmit(
            key="f", person=mo, channel=Channel("fake", "stream"), sent_at=floor.clock.now(),
            form="address", values={}, reply_to="token",
        )  # fmt: skip
        assert await floor.intake.checking(form) == {}
        assert (await floor.intake.home(mo) is None) == (where == "home")
        assert len([log for log in floor.logs if "exc_info" in log]) == 1


async def test_a_person_out_of_reach_is_taken_in_past_the_chat(sqlite: Storage) -> None:
    flaky = FlakyStorage(sqlite)
    async with Floor(flaky) as floor:
        async with sqlite.write():
            floor.platform.says("ana", "claim A12")
            await until(lambda: at_the_gate(sqlite) == 1)
            twice = asyncio.gather(
                floor.intake.unreachable("fake", "ana"), floor.intake.unreachable("fake", "ana")
            )
            await until(lambda: at_the_gate(sqlite) == 2)
        await twice
        assert await floor.settled() == ["fake:ana is out of reach", "ana: claim A12"]
        flaky.down = 2
        await floor.intake.unreachable("fake", "bo")
        assert (await journal(sqlite))[-1] == "fake:bo is out of reach"


async def test_a_bug_about_a_person_out_of_reach_is_logged_and_ends_there(sqlite: Storage) -> None:
    def bug(name: str) -> None:
        if name == "unreachable":
            raise ValueError("nobody")

    async with Floor(sqlite) as floor:
        floor.desk.before = bug
        await floor.intake.unreachable("fake", "ana")
        assert [log["reference"] for log in floor.logs if "exc_info" in log] == ["ref1", "ref2"]
