"""The doors of a running Andon: its platforms, and the web with what its pages read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from bot.andon import Andon, new_reference
from bot.chats import Chats, open_chats
from bot.clock import Clock, SystemClock
from bot.packing import PackTable
from bot.pages import Pages
from bot.payments.base import PaymentWay
from bot.payments.desk import PaymentDesk
from bot.payments.shop_system import ShopSystem
from bot.payments.ways import ways_of
from bot.platforms.base import ShowsBoard
from bot.reporting import ReportDesk
from bot.settings import Settings
from bot.show_board import ShowBoards, board_of
from bot.watching import health_of
from bot.web.hooks import Hooks
from bot.web.host import HostRoom
from bot.web.metrics import Metrics
from bot.web.pack import PackRoom
from bot.web.policy import policy_route
from bot.web.runs import RunsRoom
from bot.web.server import Outside, Views, WebServer
from handlers.registry import Registry
from handlers.returns.promise import promise_of
from storage import outbox
from storage.engine import Storage

__all__ = ["Doors", "open_doors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The process, its web server, what keeps the boards up to date, and who makes reports."""

    andon: Andon
    web: WebServer
    boards: ShowBoards
    till: "Till"
    reports: ReportDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """What takes payments: the desk that asks the ways, and the doors that they knock at."""

    desk: PaymentDesk
    hooks: tuple[Outside, ...]
    ways: Mapping[str, PaymentWay]

    async def stop(self) -> None:
        """Finish what is being asked, and let go of connections."""
        await self.desk.stop()
        for way in self.ways.values():
            await way.aclose()


async def open_doors(settings: Settings, storage: Storage) -> Doors:
    """Make the platforms that are set up, the process over them, and the web beside it."""
    clock, registry, news = SystemClock(), Registry.of(), _News()
    chats = await open_chats(settings, storage, registry, clock)
    andon = Andon(
        settings if settings.discord.configured else _without_delay(settings),
        storage,
        chats.platforms,
        clock=clock,
        registry=registry,
        on_commit=news.tell,
    )
    till = _till(andon, clock)
    web, boards = _web(andon, chats, till), _boards(andon, chats, clock)
    news.followers = (web.changed, boards.changed)
    storage.on_signal(outbox.SIGNAL, boards.changed)
    reports = ReportDesk(storage, andon.intake.webhook, lambda: andon.house, now=clock.now)
    return Doors(andon=andon, web=web, boards=boards, till=till, reports=reports)


class _News:
    """Tells of each commit. Its followers read what commits, so they are made after it."""

    def __init__(self) -> None:
        self.followers: tuple[Callable[[], None], ...] = ()

    def tell(self) -> None:
        for follower in self.followers:
            follower()


def _till(andon: Andon, clock: Clock) -> Till:
    settings, ways = andon.settings, ways_of(andon.settings)
    secret = settings.hook.secret
    hooks = Hooks(
        andon.intake.webhook,
        now=clock.now,
        stripe=ways.get("stripe") if settings.stripe.webhook_secret is not None else None,
        shop_system=None if secret is None else ShopSystem(secret, clock.now),
    )
    desk = PaymentDesk(andon.storage, andon.intake.webhook, ways, settings.payments, now=clock.now)
    return Till(desk=desk, hooks=hooks.routes(), ways=ways)


def _web(andon: Andon, chats: Chats, till: Till) -> WebServer:
    settings, pages = andon.settings.web, Pages(andon)
    token = settings.token
    return WebServer(
        host=settings.host,
        port=settings.port,
        token=token.get_secret_value() if token is not None else None,
        platform=chats.local if settings.stage else None,
        views=Views(
            board=pages.board,
            health=partial(health_of, andon),
            complete=pages.complete,
            commands=pages.commands,
            menu=pages.menu,
        ),
        metrics=Metrics(intake=andon.intake.figures, relay=andon.relay.figures),
        host_room=HostRoom(pages.host, chats.desk),
        runs_room=RunsRoom(pages.runs, chats.desk),
        pack_room=PackRoom(PackTable(andon), chats.desk),
        outside=(*chats.outside, *till.hooks, _policy(andon)),
    )


def _policy(andon: Andon) -> Outside:
    clock = SystemClock()
    return policy_route(lambda: promise_of(andon.house, clock.now()))


def _boards(andon: Andon, chats: Chats, clock: Clock) -> ShowBoards:
    return ShowBoards(
        lambda show_id=None: board_of(andon.storage, andon.dispatcher, clock.now(), show_id),
        [
            (platform, channel)
            for platform in chats.platforms
            if isinstance(platform, ShowsBoard)
            for channel in platform.stream_channels()
        ],
        clock,
        new_reference=new_reference,
        alert=andon.alert_directly,
        owning=lambda: andon.intake.owning,
    )


def _without_delay(settings: Settings) -> Settings:
    """The local stage shows no stream, so nobody there sees it late, unless the shop says so."""
    if "stream_delay_seconds" in settings.sale.model_fields_set:
        return settings
    sale = settings.sale.model_copy(update={"stream_delay_seconds": 0})
    return settings.model_copy(update={"sale": sale})
