"""A platform that cannot be reached: its playbook begins by itself, and ends when it is back."""

from sqlalchemy import select

from bot.lookout import Lookout
from bot.platforms.base import PlatformState
from storage.engine import Storage
from storage.schema.runs import runs
from tests.fakes.shop import Paper, Shop


class Far(Paper):
    """A platform as the test says it is."""

    name = "discord"
    now = PlatformState(connected=False, detail="Connecting.")

    def state(self) -> PlatformState:
        return self.now


async def passes(shop: Shop, lookout: Lookout, seconds: int) -> None:
    for _ in range(seconds // 10):
        await shop.passes(seconds=10)
        await lookout.tick(shop.clock.now())


async def stories(shop: Shop) -> list[tuple[str, str]]:
    rows = await shop.rows(select(runs).where(runs.c.playbook_id == "platform-down"))
    return [(str(row.variables["platform"]), str(row.ended_why)) for row in rows]


async def test_a_platform_that_is_away_has_a_run_until_it_is_back(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        far = Far()
        lookout = Lookout({"discord": far}, shop.andon.intake.webhook)
        await passes(shop, lookout, 50)
        assert await stories(shop) == []
        await passes(shop, lookout, 300)
        assert await stories(shop) == [("Discord", "")]
        far.now = PlatformState(connected=True, detail="Connected.")
        await passes(shop, lookout, 30)
        ((_, why),) = await stories(shop)
        assert why.startswith("The chat is back")
        # A short break calls nobody, a second long one does.
        far.now = PlatformState(connected=False, detail="Connecting again.")
        await passes(shop, lookout, 30)
        far.now = PlatformState(connected=True, detail="Connected.")
        await passes(shop, lookout, 30)
        assert len(await stories(shop)) == 1
        far.now = PlatformState(connected=False, detail="Connecting again.")
        await passes(shop, lookout, 90)
        assert len(await stories(shop)) == 2


async def test_what_was_lost_before_a_restart_is_back_after_it(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        far = Far()
        await passes(shop, Lookout({"discord": far}, shop.andon.intake.webhook), 90)
        far.now = PlatformState(connected=True, detail="Connected.")
        await passes(shop, Lookout({"discord": far}, shop.andon.intake.webhook), 10)
        ((_, why),) = await stories(shop)
        assert why.startswith("The chat is back")


async def test_whoever_only_stands_by_misses_nothing(sqlite: Storage) -> None:
    async with Shop(sqlite, playbooks=True) as shop:
        far = Far()
        far.now = PlatformState(connected=False, detail="Standing by.", elsewhere=True)
        await passes(shop, Lookout({"discord": far}, shop.andon.intake.webhook), 120)
        assert await stories(shop) == []
