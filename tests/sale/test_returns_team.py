"""Returns as the team handles them: decided, received, inspected, given back."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from handlers.orders.model import Address
from handlers.returns.policy import Wish
from storage.engine import Storage
from storage.return_states import ReturnKind
from storage.schema import traffic
from tests.fakes.returning import ReturningShop
from tests.fakes.shop import Numbers

DESK = {"address": Address(name="Loom", line1="1 Mill Lane", city="Leeds")}


@pytest.fixture
async def shop(storage: Storage) -> AsyncIterator[ReturningShop]:
    async with ReturningShop(storage, desk=DESK) as shop:
        await shop.show()
        yield shop


async def come(shop: ReturningShop, number: str) -> None:
    """Approved, here, and as new."""
    assert "approved" in await shop.returns(f"approve {number}")
    await shop.returns(f"receive {number}")
    await shop.returns(f"inspect {number} all a")


async def test_what_was_paid_by_hand_is_given_back_once_somebody_has_paid_it(
    shop: ReturningShop,
) -> None:
    await shop.buys("Ana", "claim M3")
    number = await shop.asks("Ana", "M3")
    await come(shop, number)
    await shop.returns(f"pay {number}")
    assert (await shop.stands(number)).state == "received"
    by_hand = traffic.exceptions.c.kind == "payment_refund_by_hand"
    (asked,) = await shop.rows(select(traffic.exceptions.c.id).where(by_hand))
    await shop.command(f"/exception resolve {asked.id} sent", "Sue", role="support")
    assert (await shop.stands(number)).state == "closed"
    assert shop.direct("Ana")[-1].startswith(f"💚 {number}: $18.00 goes back the way you paid")


async def test_a_complaint_that_is_being_made_good_stays(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3")
    number = await shop.asks("Ana", "M3", kind=ReturnKind.COMPLAINT, comes_back=False)
    assert f"💔 Complaint {number} of S1-0001: Ana about M3" in shop.team("returns")[-1]
    await shop.returns(f"approve {number}")
    said = await shop.command(f"/return cancel {number}", "Ana")
    assert "can't be cancelled any more" in said


async def test_a_return_from_the_card_to_the_money(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3 x2", by="stripe")
    number = await shop.asks("Ana", "M3", units=2)
    card = shop.team("returns")[-1]
    assert f"Return {number} of S1-0001: Ana sends back M3 Stoneware mug ×2" in card
    assert "1 paid order, $36.00 in all" in card

    await shop.presses("Sue", "Approve", role="support")
    assert "Send it to Loom, 1 Mill Lane, Leeds by" in shop.direct("Ana")[-1]
    assert "on its way" in (await shop.presses("Ana", "I sent it")).text
    assert (await shop.stands(number)).state == "in_transit"

    assert "1 unit noted as received" in await shop.returns(f"receive {number} 1")
    assert (await shop.stands(number)).state == "partly_received"
    answer = await shop.returns(f"inspect {number} 1 a")
    assert "You get back: $18.00" in answer
    assert "it is on its way" in (await shop.presses("Sue", "Give it back", role="support")).text
    await shop.errands()
    assert [one["amount"] for one in shop.stripe.refunds] == [1800]
    assert shop.direct("Ana")[-1].startswith(f"💚 {number}: $18.00 goes back the way you paid")
    assert (await shop.stands(number)).state == "partly_received"
    assert await shop.returns("list") == "No return waits."

    await shop.returns(f"receive {number}")
    await shop.returns(f"inspect {number} 2 b")
    await shop.returns(f"pay {number}")
    await shop.errands()
    assert [one["amount"] for one in shop.stripe.refunds] == [1800, 1800]
    assert (await shop.stands(number)).state == "closed"
    # The first went back into stock, the second is put aside.
    assert await shop.numbers("M3") == Numbers(on_hand=4, held=2, waiting=0, short=0)


async def test_declining_says_why_and_approving_against_the_policy_too(
    shop: ReturningShop,
) -> None:
    await shop.buys("Ana", "claim M3")
    number = await shop.asks("Ana", "M3", verdict="WINDOW_EXPIRED")
    assert "Approve it with a reason" in await shop.returns(f"approve {number}")
    assert (await shop.stands(number)).state == "requested"
    await shop.returns(f"decline {number} It was worn.")
    assert "It was worn." in shop.direct("Ana")[-1]
    assert (await shop.stands(number)).due_at is None
    again = await shop.asks("Ana", "M3")
    assert "in another return" in await shop.returns(f"approve {number} she asked nicely")
    await shop.returns(f"decline {again} See above.")
    assert "approved" in await shop.returns(f"approve {number} she asked nicely")
    assert (await shop.stands(number)).override_why == "she asked nicely"


async def test_what_was_never_sent_expires_after_one_reminder(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3")
    number = await shop.asks("Ana", "M3")
    await shop.returns(f"approve {number}")
    await shop.passes(days=11)
    assert len([text for text in shop.direct("Ana") if text.startswith("⏳")]) == 1
    await shop.passes(days=4)
    assert (await shop.stands(number)).state == "expired"
    assert "not sent in time" in shop.direct("Ana")[-1]
    assert "isn't approved" in await shop.returns(f"receive {number}")
    await shop.returns(f"approve {number}")
    assert "1 unit noted" in await shop.returns(f"receive {number}")


async def test_nobody_decides_and_somebody_takes_it(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3")
    number = await shop.asks("Ana", "M3")
    await shop.passes(hours=25)
    assert any(f"Return {number} (asked for) waits" in text for text in shop.team("alerts"))
    assert "yours now" in await shop.returns(f"take {number}")
    assert "Sue was faster" in await shop.returns(f"take {number}", "Tom")
    assert "waits for somebody" in await shop.command("/undo", "Sue", role="support")
    assert "yours now" in await shop.returns(f"take {number}", "Tom")
    assert "with your note" in await shop.returns(f"handon {number} speaks French", "Tom")
    assert number in await shop.returns("list")
    await shop.returns(f"decline {number} Sorry.")
    assert await shop.returns("list") == "No return waits."


async def test_an_inspection_is_undone_until_money_has_gone(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3")
    number = await shop.asks("Ana", "M3")
    await come(shop, number)
    assert (await shop.numbers("M3")).on_hand == 4
    assert "taken back" in await shop.command("/undo", "Sue", role="support")
    assert (await shop.numbers("M3")).on_hand == 3
    await shop.returns(f"inspect {number} all a")
    await shop.returns(f"inspect {number} all a")
    assert (await shop.numbers("M3")).on_hand == 4
    await shop.returns(f"pay {number}")
    assert "cannot be taken back" in await shop.command("/undo", "Sue", role="support")
    assert "Nothing is due" in await shop.returns(f"pay {number}")


async def test_a_refused_unit_gets_nothing_and_a_lost_one_all(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3 x2", by="stripe")
    number = await shop.asks("Ana", "M3", units=2)
    await shop.returns(f"approve {number}")
    await shop.returns(f"transit {number} JD0001")
    await shop.returns(f"receive {number} received 1")
    await shop.returns(f"receive {number} lost 2")
    assert "say why" in await shop.returns(f"inspect {number} 1 reject")
    await shop.returns(f"inspect {number} 1 reject It was washed.")
    assert "It was washed." in shop.direct("Ana")[-1]
    await shop.returns(f"inspect {number} 2 accept")
    await shop.returns(f"pay {number}")
    await shop.errands()
    assert [one["amount"] for one in shop.stripe.refunds] == [1800]
    assert (await shop.stands(number)).state == "closed"
    assert [unit.live for unit in await shop.units_of(number)] == [False, True]


async def test_store_credit_comes_with_its_bonus(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3")
    number = await shop.asks("Ana", "M3", wish=Wish.CREDIT, bonus_bp=1000)
    await come(shop, number)
    await shop.returns(f"pay {number}")
    assert await shop.credit("Ana") == 1980
    assert "$19.80 is yours as store credit, $1.80 of it a gift" in shop.direct("Ana")[-1]
    assert (await shop.stands(number)).state == "closed"


async def test_a_refund_that_times_out_is_paid_once(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3", by="stripe")
    number = await shop.asks("Ana", "M3")
    await come(shop, number)
    await shop.returns(f"pay {number}")
    shop.stripe.fail_next = ["lost"]
    await shop.errands()
    assert "Nothing is due" in await shop.returns(f"pay {number}")
    await shop.ticks(5)
    assert [one["amount"] for one in shop.stripe.refunds] == [1800]
    assert [row.state for row in await shop.given(number)] == ["paid"]
    assert (await shop.stands(number)).state == "closed"


async def test_another_process_ends_a_refund_that_a_killed_one_began(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3", by="stripe")
    number = await shop.asks("Ana", "M3")
    await come(shop, number)
    await shop.returns(f"pay {number}")
    # It was asked for, and whoever asked never heard.
    shop.stripe.fail_next = ["lost"]
    await shop.desk.round()
    await shop.desk.stop()
    shop.clock.advance(600)
    shop.desk = shop.new_desk()
    await shop.errands()
    await shop.desk.stop()
    assert [one["amount"] for one in shop.stripe.refunds] == [1800]
    assert (await shop.stands(number)).state == "closed"


async def test_a_refund_that_fails_is_tried_again_under_its_key(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3", by="stripe")
    number = await shop.asks("Ana", "M3")
    await come(shop, number)
    await shop.returns(f"pay {number}")
    shop.stripe.fail_next = [400]
    await shop.errands()
    assert [row.state for row in await shop.given(number)] == ["failed"]
    assert (await shop.stands(number)).state == "received"
    assert "on its way" in await shop.returns(f"pay {number}")
    await shop.errands()
    assert [one["amount"] for one in shop.stripe.refunds] == [1800]
    assert len(await shop.given(number)) == 1
    assert (await shop.stands(number)).state == "closed"


async def test_what_the_rule_allows_needs_nobody(storage: Storage) -> None:
    async with ReturningShop(storage, policy={"auto_approve_up_to": 2000}) as shop:
        await shop.show()
        await shop.buys("Ana", "claim M3", "claim D2")
        number = await shop.asks("Ana", "M3")
        assert (await shop.stands(number)).state == "approved"
        assert "is approved" in shop.direct("Ana")[-1]
        assert (await shop.stands(await shop.asks("Ana", "D2"))).state == "requested"


async def test_three_of_one_sku_faulty_offer_the_playbook_and_pause_it(sqlite: Storage) -> None:
    desk = {"defect_pauses": True}
    async with ReturningShop(sqlite, desk=desk, playbooks=True) as shop:
        await shop.show()
        for name in ("Ana", "Ben", "Cleo"):
            await shop.buys(name, "claim M3")
            assert not any("defect" in text for text in shop.team("playbooks"))
            await shop.asks(name, "M3", reason="defective", kind=ReturnKind.COMPLAINT)
        assert any("M3: a defect is reported" in text for text in shop.team("playbooks"))
        assert "paused" in await shop.command("/stock show M3")
