"""Exceptions: listed, taken by one, resolved with an outcome, and taken back."""

from datetime import timedelta

from sqlalchemy import select

from storage.engine import Storage
from storage.schema import traffic
from tests.fakes.shop import Shop

SENTENCE = "🔶 Exception 1: M3: 0 counted, 1 held, 1 missing. Decide who gets what, or find them"
DUE = "due Sat 07 Mar 00:00"


async def a_shortage(shop: Shop) -> None:
    await shop.show()
    await shop.says("Ana", "claim M3")
    await shop.command("/stock recount M3 0")


async def test_what_waits_for_a_decision_is_listed(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert await shop.command("/exception list", "Sue", role="support") == (
            "Nothing waits for a decision."
        )
        await a_shortage(shop)
        listed = await shop.command("/exception list", "Sue", role="support")
        assert listed.startswith("1 · ")
        assert "M3" in listed
        assert listed.endswith(" · open · due Sat 07 Mar 00:00")


async def test_one_takes_it_and_the_next_hears_who_was_faster(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await a_shortage(shop)
        mine = await shop.presses("Sue", "I take it", role="support")
        assert mine.text.startswith("Exception 1 is yours now. Once it is decided, press Settle")
        taken = f"{SENTENCE} and recount. — taken by Sue at 20:00 · {DUE}"
        assert shop.team("exceptions") == [taken]
        late = await shop.presses("Pat", "exception.take:1", role="support")
        assert late.text == "Sue was faster and has it."
        again = await shop.command("/exception take 1", "Sue", role="support")
        assert again.startswith("Exception 1 is yours now.")
        assert "taken by Sue" in await shop.command("/exception list", "Pat", role="support")


async def test_it_ends_with_an_outcome(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await a_shortage(shop)
        await shop.command("/exception take 1", "Sue", role="support")
        answer = await shop.command(
            "/exception resolve 1 one more is on its way", "Sue", role="support"
        )
        assert answer == (
            "Exception 1 is resolved. M3 stays closed until it is counted: /stock recount M3 N."
        )
        assert shop.team("exceptions")[0].endswith("— resolved by Sue: one more is on its way")
        (row,) = await shop.rows(select(traffic.exceptions))
        assert row.outcome == "one more is on its way"
        for line in ("take 1", "resolve 1 again", "take 7", "take 99999999999"):
            gone = await shop.command(f"/exception {line}", "Sue", role="support")
            assert gone.startswith(("There is no open exception", "NUMBER is too large"))


async def test_who_took_it_settles_it_with_a_form(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await a_shortage(shop)
        await shop.presses("Sue", "I take it", role="support")
        form = await shop.opens("Sue", "exception.settle:1", role="support")
        assert form is not None
        assert (form.title, "1 missing" in form.intro) == ("Exception 1", True)
        empty = await shop.submits("Sue", form.id, "support", outcome=" ")
        assert empty.text.startswith("“What was decided” is not filled in.")
        done = await shop.submits("Sue", form.id, "support", outcome="one more comes")
        assert done.text.startswith("Exception 1 is resolved. M3 stays closed until it is counted")
        assert shop.team("exceptions")[0].endswith("— resolved by Sue: one more comes")
        assert await shop.opens("Pat", "exception.settle:1", role="support") is None
        late = await shop.submits("Pat", form.id, "support", outcome="again")
        assert late.text.startswith("There is no open exception 1.")
        nobody = await shop.presses_id("Eve", "exception.settle:1")
        assert nobody.text.startswith("You cannot use Settle yourself; please ask")


async def test_one_that_was_counted_needs_nothing_more(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await a_shortage(shop)
        await shop.command("/stock recount M3 1")
        assert shop.team("exceptions")[0].endswith("settled by itself: recounted")


async def test_taking_and_resolving_can_be_taken_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await a_shortage(shop)
        await shop.command("/exception take 1", "Sue", role="support")
        await shop.command("/exception resolve 1 done", "Sue", role="support")
        assert await shop.command("/undo", "Sue", role="support") == "Exception 1 is open again."
        assert shop.team("exceptions")[0].endswith(f"— taken by Sue at 20:00 · {DUE}")
        answer = await shop.command("/undo", "Sue", role="support")
        assert answer == "Exception 1 waits for somebody to take it again."
        assert shop.team("exceptions") == [f"{SENTENCE} and recount. — for support · {DUE}"]
        assert (await shop.presses("Pat", "I take it", role="support")).text.startswith(
            "Exception 1 is yours"
        )


async def test_one_that_settled_itself_and_came_back_is_not_opened_twice(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await a_shortage(shop)
        await shop.command("/exception resolve 1 done", "Sue", role="support")
        await shop.command("/stock recount M3 0")
        assert len(shop.team("exceptions")) == 2
        answer = await shop.command("/undo", "Sue", role="support")
        assert answer == "Exception 1 stays as it is: it is open, or a newer one is about the same."


async def test_an_exception_survives_a_restart(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await a_shortage(shop)
    async with Shop(storage, continues=shop) as later:
        await later.command("/stock recount M3 1")
        assert len(later.team("exceptions")) == 1
        assert later.team("exceptions")[0].endswith("settled by itself: recounted")


async def test_a_refusal_says_what_it_is_and_whom_to_ask(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        answer = await shop.presses_id("Mo", "exception.take:1", role="moderator")
        assert answer.text == (
            "You cannot use I take it, on an exception yourself; please ask the producer, support "
            "or the owner."
        )


async def test_it_is_handed_on_with_its_deadline(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await a_shortage(shop)
        await shop.presses("Sue", "I take it", role="support")
        form = await shop.opens("Sue", "exception.handon:1", role="support")
        assert form is not None
        assert [one for one, _ in form.fields[0].choices] == ["owner", "producer"]
        given = await shop.submits("Sue", form.id, "support", to="owner", why="too big for me")
        assert given.text == f"Exception 1 is with owner now, and {DUE}."
        assert shop.team("exceptions") == [f"{SENTENCE} and recount. — for owner · {DUE}"]
        (row,) = await shop.rows(select(traffic.exceptions))
        assert (row.owner_role, row.state, row.taken_by) == ("owner", "open", None)
        again = await shop.command("/exception handon 1 owner", "Sue", role="support")
        assert again == "Exception 1 waits for owner already. Nothing was changed."
        nobody = await shop.command("/exception handon 1 viewer", "Sue", role="support")
        assert nobody.startswith("ROLE is one of owner, producer, support")
        back = await shop.command("/undo", "Sue", role="support")
        assert back == "Exception 1 is back with support."
        taken = f"{SENTENCE} and recount. — taken by Sue at 20:00 · {DUE}"
        assert shop.team("exceptions") == [taken]
        await shop.command("/exception handon 1 producer", "Sue", role="support")
        await shop.command("/exception take 1", "Pat", role="producer")
        stays = await shop.command("/undo", "Sue", role="support")
        assert stays.startswith("Exception 1 stays where it is: somebody has taken it")


async def test_what_is_late_alerts_its_owner_whatever_it_is_about(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await a_shortage(shop)
        await shop.passes(hours=4)
        (late,) = [one for one in shop.team("alerts") if "is late" in one]
        assert late.startswith("⏰ #1 is late: M3: 0 counted")
        assert late.endswith("for support")
        # Whoever gets it late still has an hour.
        await shop.command("/exception handon 1 owner", "Sue", role="support")
        assert shop.team("alerts")[-1].endswith("handed on to owner by Sue")
        (row,) = await shop.rows(select(traffic.exceptions))
        assert (row.alert_at - shop.clock.now()) > timedelta(minutes=59)
        await shop.passes(minutes=61)
        assert shop.team("alerts")[-1].endswith("for owner")
        await shop.command("/exception resolve 1 found", "Sue", role="support")
        assert shop.team("alerts")[-1].endswith("found")
