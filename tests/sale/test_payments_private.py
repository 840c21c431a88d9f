"""The whole story of a payment, read for what nobody may see: in logs, in public, in errors."""

import io
import logging
from contextlib import redirect_stderr, redirect_stdout

from structlog.testing import capture_logs

from handlers.messages import Reach
from storage.engine import Storage
from tests.fakes.paying import HOOK_SECRET, PayingShop
from tests.fakes.shop import STREAM


async def _story(shop: PayingShop) -> list[str]:
    """Everything that can happen to a payment; returns what must stay private."""
    await shop.show()
    for name in ("Ana", "Bea", "Cleo"):
        await shop.says(name, "claim M3")
    shop.stripe.fail_next = ["lost", 500]
    first = await shop.pays("Ana")
    await shop.errands()
    await shop.ticks(6)
    await shop.ticks(10)
    session = (await shop.payment("Ana")).reference
    paid = shop.stripe.pay(session)
    await shop.stripe_tells(paid, secret="whsec_guessed")
    await shop.stripe_tells(paid)
    await shop.refunds("Ana", 500, "return.1")
    await shop.errands()
    await shop.stripe_tells(shop.stripe.refund_fails(shop.stripe.refunds[0]["id"]))
    other = await shop.gets_link("Bea")
    await shop.stripe_tells(shop.stripe.decline(other))
    await shop.stripe_tells(shop.stripe.run_out(other))
    await shop.pays("Cleo")
    shop.stripe.fail_next = [400]
    await shop.errands()
    await shop.system_tells(order="S9-0001", amount="1.00", payment="P-77")
    await shop.system_tells(order="S1-0001", amount="1.00", secret="guessed")
    urls = [f"https://checkout.stripe.com/c/pay/{name}" for name in shop.stripe.sessions]
    intents = [one["payment_intent"] for one in shop.stripe.sessions.values()]
    return [
        *urls,
        *shop.stripe.sessions,
        *filter(None, intents),
        shop.stripe.key,
        shop.stripe.secret,
        HOOK_SECRET,
        first.address.target,
    ]


async def test_nothing_private_is_in_a_log_or_in_public(sqlite: Storage) -> None:
    written, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(written), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with capture_logs() as logs, redirect_stdout(written), redirect_stderr(written):
            async with PayingShop(sqlite) as shop:
                secrets = await _story(shop)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    read = written.getvalue() + "".join(str(line) for line in logs)
    private = {Reach.PERSON, Reach.REPLY}
    public = [post for post in shop.paper.posts if post.address.reach not in private]
    seen = read + "".join(f"{post.text}{post.buttons}{post.history}" for post in public)
    assert len(public) > 5
    assert any(post.address.target == STREAM.id for post in public)
    assert [secret for secret in secrets if secret in seen] == []
