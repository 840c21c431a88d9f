"""Paying by Stripe: the link, the money, and everything that can come between."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from storage.engine import Storage
from storage.schema import orders, traffic
from tests.fakes.paying import PayingShop


@pytest.fixture
async def shop(storage: Storage) -> AsyncIterator[PayingShop]:
    async with PayingShop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        yield shop


async def stands(shop: PayingShop, name: str = "Ana") -> tuple[str, str, int]:
    """The states of order and payment, and what came in."""
    order, payment = await shop.order(name), await shop.payment(name)
    return order.state, payment.state, order.received_minor


async def test_a_customer_pays_and_hears_it(shop: PayingShop) -> None:
    first = await shop.pays("Ana")
    assert "One moment: the payment page for S1-0001, $18.00" in first.text
    await shop.errands()
    session = (await shop.payment("Ana")).reference
    assert shop.stripe.sessions[session]["url"] in shop.private("Ana")[-1]
    await shop.writes("Ana", "yes")

    assert await shop.stripe_tells(shop.stripe.pay(session)) == 200

    assert await stands(shop) == ("paid", "paid", 1800)
    assert any("S1-0001 is paid, $18.00" in line for line in shop.direct("Ana"))
    assert (await shop.numbers("M3")).held == 1


async def test_who_wants_no_messages_is_only_told_that_there_is_news(shop: PayingShop) -> None:
    session = await shop.gets_link("Ana")
    shop.heard()
    await shop.stripe_tells(shop.stripe.pay(session))
    (news,) = shop.heard()
    assert "@Ana" in news
    assert "18" not in news
    assert "S1-0001" not in news
    assert shop.direct("Ana") == []


async def test_a_payment_whose_webhook_never_comes_is_seen_by_looking(shop: PayingShop) -> None:
    shop.stripe.pay(await shop.gets_link("Ana"))
    await shop.ticks(19)
    assert (await shop.order("Ana")).state == "awaiting_payment"
    await shop.ticks(2)
    assert await stands(shop) == ("paid", "paid", 1800)
    looks = len(shop.stripe.requests)
    await shop.ticks(600)
    assert len(shop.stripe.requests) == looks


async def test_pressing_again_gives_the_same_page(shop: PayingShop) -> None:
    session = await shop.gets_link("Ana")
    again = await shop.pays("Ana")
    assert shop.stripe.sessions[session]["url"] in again.text
    assert len(shop.stripe.sessions) == 1


async def test_a_link_comes_late_where_the_customer_likes_to_be_told(shop: PayingShop) -> None:
    await shop.pays("Ana")
    await shop.passes(minutes=15)
    assert (await shop.payment("Ana")).reply_to is None
    shop.heard()
    await shop.errands()
    assert all("checkout.stripe.com" not in post.text for post in shop.paper.posts)
    assert "@Ana" in shop.heard()[-1]
    payment = await shop.payment("Ana")
    button = f"payments.link:{payment.id}"
    assert payment.url in (await shop.presses("Ana", button)).text
    assert "nothing to pay" in (await shop.presses("Bea", button)).text


async def test_a_webhook_that_comes_a_hundred_times_counts_once(shop: PayingShop) -> None:
    event = shop.stripe.pay(await shop.gets_link("Ana"))
    assert {await shop.stripe_tells(event) for _ in range(100)} == {200}
    assert await stands(shop) == ("paid", "paid", 1800)
    pays = orders.order_events.c
    assert len(await shop.rows(select(pays.id).where(pays.kind == "pay"))) == 1


async def test_a_forged_webhook_is_refused(shop: PayingShop) -> None:
    event = shop.stripe.pay(await shop.gets_link("Ana"))
    assert await shop.stripe_tells(event, secret="whsec_guessed") == 400
    assert await shop.stripe_tells(event, at=0) == 400
    assert (await shop.order("Ana")).state == "awaiting_payment"
    assert await shop.rows(select(orders.payment_events)) == []


async def test_the_order_in_which_things_are_told_does_not_matter(shop: PayingShop) -> None:
    session = await shop.gets_link("Ana")
    declined, paid = shop.stripe.decline(session), shop.stripe.pay(session)
    disputed = shop.stripe.dispute(session)
    ran_out = shop.stripe.run_out(session)
    for event in (disputed, ran_out, paid, declined):
        assert await shop.stripe_tells(event) == 200
    # The money counts although its page had ended, and the dispute that came first is not lost.
    assert await stands(shop) == ("paid", "disputed", 1800)
    assert any("disputes the payment of S1-0001" in card for card in shop.team("exceptions"))
    events = orders.payment_events.c
    assert await shop.rows(select(events.event_id).where(events.handled_at.is_(None))) == []


async def test_money_is_told_of_before_we_know_of_the_page(shop: PayingShop) -> None:
    await shop.pays("Ana")
    shop.stripe.fail_next = ["lost"]
    await shop.errands()
    (session,) = shop.stripe.sessions
    assert (await shop.payment("Ana")).reference is None
    await shop.stripe_tells(shop.stripe.pay(session))
    assert await stands(shop) == ("paid", "paid", 1800)
    asked = len(shop.stripe.requests)
    await shop.ticks(120)
    assert len(shop.stripe.requests) == asked


async def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_key(
    shop: PayingShop,
) -> None:
    await shop.pays("Ana")
    shop.stripe.fail_next = ["lost", 500, 429]
    await shop.errands()
    for _ in range(8):
        await shop.ticks(5)
    assert len(shop.stripe.sessions) == 1
    assert (await shop.payment("Ana")).state == "open"
    assert len(shop.stripe.requests) == 4


async def test_a_page_that_cannot_be_had_in_time_is_asked_for_anew(shop: PayingShop) -> None:
    await shop.pays("Ana")
    shop.stripe.fail_next = ["dropped"]
    await shop.errands()
    shop.clock.advance(3_600)
    await shop.errands()
    session = (await shop.payment("Ana")).reference
    await shop.stripe_tells(shop.stripe.pay(session))
    assert await stands(shop) == ("paid", "paid", 1800)


async def test_a_process_that_dies_before_its_commit_pays_once(shop: PayingShop) -> None:
    await shop.pays("Ana")
    dying = shop.new_desk()

    async def killed(told: object) -> None:
        raise InterruptedError("killed")

    dying._take = killed
    with pytest.raises(InterruptedError):
        await dying.round()
    assert (len(shop.stripe.sessions), (await shop.payment("Ana")).state) == (1, "prepared")
    await shop.errands()
    assert len(shop.stripe.requests) == 1, "it is not asked again while the other may still run"
    await shop.ticks(31)
    assert len(shop.stripe.sessions) == 1
    payment = await shop.payment("Ana")
    assert (payment.state, payment.reference) == ("open", *shop.stripe.sessions)


async def test_two_processes_do_not_do_one_errand(shop: PayingShop) -> None:
    await shop.pays("Ana")
    one, other = shop.new_desk(), shop.new_desk()
    for _ in range(3):
        await one.tick(shop.clock.now())
        await other.tick(shop.clock.now())
    await one.round()
    await other.round()
    assert len(shop.stripe.requests) == 1


async def test_a_card_that_is_declined_until_the_end_is_looked_at(shop: PayingShop) -> None:
    session = await shop.gets_link("Ana")
    await shop.stripe_tells(shop.stripe.decline(session))
    assert await stands(shop) == ("awaiting_payment", "open", 0)
    await shop.stripe_tells(shop.stripe.run_out(session))
    assert await stands(shop) == ("awaiting_payment", "declined", 0)
    assert any("payment of S1-0001 by Ana was declined" in c for c in shop.team("exceptions"))
    assert (await shop.numbers("M3")).held == 1


async def test_a_page_that_ran_out_can_be_had_again(shop: PayingShop) -> None:
    session = await shop.gets_link("Ana")
    await shop.stripe_tells(shop.stripe.run_out(session))
    assert (await shop.payment("Ana")).state == "expired"
    second = await shop.gets_link("Ana")
    assert second != session
    await shop.stripe_tells(shop.stripe.pay(second))
    assert await stands(shop) == ("paid", "paid", 1800)


async def test_a_way_that_takes_days(shop: PayingShop) -> None:
    session = await shop.gets_link("Ana")
    await shop.stripe_tells(shop.stripe.promise(session))
    await shop.ticks(60)
    assert await stands(shop) == ("awaiting_payment", "open", 0)
    await shop.stripe_tells(shop.stripe.settle(session))
    assert await stands(shop) == ("paid", "paid", 1800)


async def test_a_refusal_is_told_warmly_and_given_to_the_team(shop: PayingShop) -> None:
    await shop.pays("Ana")
    shop.stripe.fail_next = [400]
    await shop.errands()
    payment = await shop.payment("Ana")
    assert (payment.state, payment.error) == ("declined", "Stripe says api_error")
    assert any("Stripe refuses a payment" in line for line in shop.team())
    assert any("S1-0001 by Ana was declined" in card for card in shop.team("exceptions"))
    await shop.gets_link("Ana")
    assert (await shop.payment("Ana")).state == "open"


async def test_another_amount_or_currency_is_for_a_person(shop: PayingShop) -> None:
    session = await shop.gets_link("Ana")
    await shop.stripe_tells(shop.stripe.pay(session, amount=1700))
    assert await stands(shop) == ("awaiting_payment", "paid", 1700)
    assert any("costs $18.00, and $17.00 came in" in card for card in shop.team("exceptions"))

    await shop.says("Bea", "claim M4")
    session = await shop.gets_link("Bea")
    shop.stripe.sessions[session]["currency"] = "eur"
    await shop.stripe_tells(shop.stripe.pay(session))
    assert await stands(shop, "Bea") == ("awaiting_payment", "paid", 0)
    assert any("another currency" in card for card in shop.team("exceptions"))
    # Nothing is let go before somebody has decided.
    await shop.passes(hours=20)
    assert (await shop.numbers("M3")).held == (await shop.numbers("M4")).held == 1


async def test_paid_in_two_ways_is_for_a_person(shop: PayingShop) -> None:
    session = await shop.gets_link("Ana")
    event = shop.stripe.pay(session)
    assert await shop.marks_paid("Ana") == "paid"
    await shop.stripe_tells(event)
    first, second = await shop.payments("Ana")
    assert (first.state, second.state) == ("paid", "paid")
    assert any("costs $18.00, and $36.00 came in" in card for card in shop.team("exceptions"))


async def test_another_way_ends_the_page(shop: PayingShop) -> None:
    session = await shop.gets_link("Ana")
    assert "S1-0001 comes to $18.00" in (await shop.pays("Ana", "manual")).text
    await shop.errands()
    assert shop.stripe.sessions[session]["status"] == "expired"
    assert [one.state for one in await shop.payments("Ana")] == ["open", "cancelled"]
    asked = len(shop.stripe.requests)
    await shop.ticks(60)
    assert len(shop.stripe.requests) == asked


async def test_a_transfer_is_marked_by_the_team(sqlite: Storage) -> None:
    rules = {"instructions": "Send it to DE00 1234."}
    async with PayingShop(sqlite, payments=rules) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        told = (await shop.pays("Ana", "manual")).text
        said = ("Send it to DE00 1234.", "exactly $18.00", "name S1-0001")
        assert [words for words in said if words not in told] == []
        assert await shop.marks_paid("Ana") == "paid"
        assert await shop.marks_paid("Ana") == "nothing"
        payment = await shop.payment("Ana")
        assert (payment.state, payment.marked_by, payment.received_minor) == ("paid", "Sam", 1800)
        assert len(await shop.payments("Ana")) == 1


async def test_several_payments_without_an_answer_are_trouble(shop: PayingShop) -> None:
    for name in ("Bea", "Cleo"):
        await shop.says(name, "claim M3")
    shop.stripe.fail_next = ["dropped"] * 3
    for name in ("Ana", "Bea", "Cleo"):
        await shop.pays(name)
    await shop.errands()
    alerts = [line for line in shop.team() if "has not answered 3 payments" in line]
    assert len(alerts) == 1
    await shop.ticks(10)
    assert {(await shop.payment(name)).state for name in ("Ana", "Bea", "Cleo")} == {"open"}
    row = (await shop.rows(select(traffic.alerts).where(traffic.alerts.c.key.contains("trouble"))))[
        0
    ]
    assert row.outcome == "Stripe answers again"


async def test_trouble_starts_its_playbook(sqlite: Storage) -> None:
    rules = {"uncertain_many": 1}
    async with PayingShop(sqlite, payments=rules, playbooks=True) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.pays("Ana")
        shop.stripe.fail_next = [500]
        await shop.errands()
        title = "Stripe has trouble: 1 payment without an answer"
        assert any(title in card for card in shop.team("playbooks"))
