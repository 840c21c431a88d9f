"""A return on Discord, as its customer sees it: by button in private, and word for word in a DM."""

from simcord.actors import MemberActor

from storage.schema.returns import returns
from tests.fakes.arrived import arrive
from tests.fakes.simulated import SimulatedShop


async def bought(shop: SimulatedShop, *claims: str) -> MemberActor:
    """Ana, with these things at home."""
    ana, sue = shop.member("Ana"), shop.member("Sue", "support")
    for claim in claims:
        await shop.says(ana, claim)
    await shop.types(sue, "order paid", order="S1-0001")
    await arrive(shop.storage, 1, shop.clock.now())
    return ana


async def reads(shop: SimulatedShop, who: MemberActor) -> str:
    """The newest direct message to somebody."""
    await shop.settled()
    return next(one.content for one in reversed(who.user.dm_channel.history()) if one.author.bot)


async def asked(shop: SimulatedShop) -> list[tuple[str, str]]:
    async with shop.storage.read() as tx:
        rows = await tx.all(returns.select().order_by(returns.c.id))
    return [(row.reason, row.wish) for row in rows]


async def test_a_return_by_button_stays_private(small_shop: SimulatedShop) -> None:
    shop = small_shop
    ana = await bought(shop, "claim D1 M", "claim M3")
    said = len(shop.live())
    await shop.later()
    result = await ana.slash(shop.stream, "return", order="S1-0001")
    for label in (
        "1 × Stoneware mug (M3)",
        "Done",
        "Changed my mind",
        "Never opened",
        "Store credit",
        "Send it",
    ):
        await shop.settled()
        assert result.ephemeral
        assert result.response is not None
        result = await ana.click(result.response, label=label)
    await shop.settled()
    assert "is with us: 1 × Stoneware mug (M3) from S1-0001" in shop.text_of(result)
    assert await asked(shop) == [("changed_mind", "credit")]
    assert len(shop.live()) == said
    # Somebody else sees nothing of it, whatever they type.
    bob = shop.member("Bob")
    assert "I don't find that" in (await shop.types(bob, "return", order="S1-0001")).text


async def test_a_return_by_dm_outlives_a_restart(small_shop: SimulatedShop) -> None:
    shop = small_shop
    ana = await bought(shop, "claim D1 M", "claim M3")
    await ana.send_dm("hi, das Kleid ist zu klein, ich möchte es zurückgeben")
    assert "1. 1 × Linen dress / M (D1)" in await reads(shop, ana)
    await ana.send_dm("1")
    assert "What is the matter?" in await reads(shop, ana)
    await shop.restart()
    await ana.send_dm("too small")
    assert "How is it now?" in await reads(shop, ana)
    # The same question can be tapped: buttons stand under it in the DM too.
    newest = next(one for one in reversed(ana.user.dm_channel.history()) if one.author.bot)
    await ana.user.click(newest, label="Tried on, not worn")
    await shop.settled()
    for word in ("exchange", "L", "yes"):
        await ana.send_dm(word)
        told = await reads(shop, ana)
    assert "is with us" in told
    assert await asked(shop) == [("too_small", "exchange")]


async def test_what_cannot_come_back_can_be_complained_of(small_shop: SimulatedShop) -> None:
    shop = small_shop
    ana = await bought(shop, "claim R5")
    await shop.later()
    refused = await shop.types(ana, "return", order="S1-0001")
    assert "This was a final sale" in refused.text
    assert await asked(shop) == []
    await ana.send_dm("the ring came broken")
    for word in ("defective", "no", "money back"):
        await reads(shop, ana)
        await ana.send_dm(word)
    assert "Nothing to send back unless we ask for it." in await reads(shop, ana)
    await ana.send_dm("yes")
    assert "is with us" in await reads(shop, ana)
    assert await asked(shop) == [("defective", "refund")]
    # Declined, with the sentence that support typed; taken back by nobody else.
    async with shop.storage.read() as tx:
        number = str(await tx.scalar(returns.select().with_only_columns(returns.c.number)))
    bob, sue = shop.member("Bob"), shop.member("Sue", "support")
    theirs = await shop.types(bob, "return", order="cancel", number=number)
    assert "don't find that among your returns" in theirs.text
    declined = await shop.types(sue, "returns decline", number=number, why="It was cut.")
    assert "is declined" in declined.text
    assert "It was cut." in (await shop.types(ana, "return", order="status")).text
