"""The doors of a running Andon: its platforms, and the web with what its pages read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.app import Andon, new_reference
from bot.clock import SystemClock
from bot.platforms.base import Platform, ShowsBoard
from bot.platforms.local import LocalPlatform
from bot.platforms.local_store import SqlPostStore
from bot.settings import Settings
from bot.show_board import ShowBoards, board_of
from bot.watching import health_of
from bot.web.board import Board, BoardItem, BoardUnavailable, BoardVariant, ItemState, Lamp, OnStage
from bot.web.host import HostRoom
from bot.web.host_desk import HostDesk, LocalDesk, WebDesk
from bot.web.metrics import Metrics
from bot.web.server import Outside, Views, WebServer
from bot.web.stage import CommandHint, Completion, MenuEntry
from handlers.capability import CommandSpec
from handlers.host.seeing import HostLook, see
from handlers.looking import SaleLook, look
from handlers.people import Person
from handlers.registry import Registry
from storage import outbox
from storage.engine import Storage
from storage.errors import StorageError
from storage.repositories import installation

if TYPE_CHECKING:
    from bot.platforms.slack import SlackPlatform

__all__ = ["Doors", "open_doors"]

_MOST_COMPLETIONS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The process, its web server, and what keeps the boards in the chat up to date."""

    andon: Andon
    web: WebServer
    boards: ShowBoards


async def open_doors(settings: Settings, storage: Storage) -> Doors:
    """Make the platforms that are set up, the process over them, and the web beside it."""
    clock = SystemClock()
    registry = Registry.of()
    local = LocalPlatform(store=SqlPostStore(storage), clock=clock.now)
    platforms: list[Platform] = []
    outside: list[Outside] = []
    if settings.slack.configured:
        slack = await _slack(settings, storage, registry)
        # The first that has a channel for an audience gets what is meant for it.
        platforms.append(slack)
        if settings.slack.app_token is None:
            outside.append(Outside(method="POST", path="/slack/events", answer=slack.answer))
    desk: HostDesk
    if settings.discord.configured:
        elsewhere = WebDesk(clock.now)
        platforms += [await _discord(settings, storage, registry), elsewhere]
        desk = elsewhere
    else:
        settings = _without_delay(settings)
        platforms.append(local)
        desk = LocalDesk(local)
    web: list[WebServer] = []

    def changed() -> None:
        for server in web:
            server.changed()
        boards.changed()

    andon = Andon(
        settings,
        storage,
        platforms,
        clock=clock,
        registry=registry,
        on_commit=changed,
    )
    boards = _boards(andon, platforms, clock)
    storage.on_signal(outbox.SIGNAL, boards.changed)
    pages = _Pages(andon)
    token = settings.web.token
    web.append(
        WebServer(
            host=settings.web.host,
            port=settings.web.port,
            token=token.get_secret_value() if token is not None else None,
            platform=local if settings.web.stage else None,
            views=Views(
                board=pages.board,
                health=partial(health_of, andon),
                complete=pages.complete,
                commands=pages.commands,
                menu=pages.menu,
            ),
            metrics=Metrics(intake=andon.intake.figures, relay=andon.relay.figures),
            host_room=HostRoom(pages.host, desk),
            outside=outside,
        )
    )
    return Doors(andon=andon, web=web[0], boards=boards)


async def _discord(settings: Settings, storage: Storage, registry: Registry) -> Platform:
    # On first use: who has no Discord need not wait for its SDK.
    from bot.platforms.discord import DiscordPlatform

    async with storage.write() as tx:
        salt = await installation.salt(tx)
    return DiscordPlatform(
        settings.discord,
        registry=registry,
        salt=salt,
        now=SystemClock().now,
        new_reference=new_reference,
    )


async def _slack(settings: Settings, storage: Storage, registry: Registry) -> "SlackPlatform":
    from bot.platforms.slack import SlackPlatform

    async with storage.write() as tx:
        salt = await installation.salt(tx)
    return SlackPlatform(
        settings.slack,
        registry=registry,
        salt=salt,
        now=SystemClock().now,
        new_reference=new_reference,
    )


def _boards(andon: Andon, platforms: Sequence[Platform], clock: SystemClock) -> ShowBoards:
    return ShowBoards(
        lambda show_id=None: board_of(andon.storage, andon.dispatcher, clock.now(), show_id),
        [
            (platform, channel)
            for platform in platforms
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


class _Pages:
    """What the pages read: never from the writer, never waiting for chat."""

    def __init__(self, andon: Andon) -> None:
        self._andon = andon

    async def board(self) -> Board:
        """The board as it is now."""
        andon = self._andon
        try:
            await andon.dispatcher.refresh()
            async with andon.storage.read() as tx:
                seen = await look(
                    tx,
                    andon.dispatcher.snapshot,
                    locale=andon.house.locale,
                    amber=andon.house.rules.amber_percent,
                    pause=andon.house.rules.pause_percent,
                )
        except StorageError as error:
            raise BoardUnavailable(str(error)) from error
        return _as_board(andon.house.shop_name, seen)

    async def host(self) -> HostLook:
        """What the host sees now."""
        andon = self._andon
        try:
            await andon.dispatcher.refresh()
            async with andon.storage.read() as tx:
                return await see(tx, andon.dispatcher.snapshot, andon.house, SystemClock().now())
        except StorageError as error:
            raise BoardUnavailable(str(error)) from error

    def commands(self, person: Person) -> Sequence[CommandHint]:
        """The commands that this person may use."""
        return [
            CommandHint(name=spec.name, usage=spec.signature, summary=spec.summary)
            for spec in self._mine(person)
        ]

    def menu(self, person: Person) -> Sequence[MenuEntry]:
        """What this person may do with a line of chat."""
        return [
            MenuEntry(id=f"menu.{spec.name}", label=spec.label)
            for spec in self._andon.registry.menus.values()
            if person.may(spec.roles)
        ]

    def _mine(self, person: Person) -> list[CommandSpec]:
        table = self._andon.registry.commands
        return [table[name] for name in sorted(table) if person.may(table[name].roles)]

    async def complete(self, text: str, person: Person) -> Sequence[Completion]:
        """What may follow a half-typed command: its name, then codes and sizes."""
        line = text.removeprefix("/")
        named = next(
            (
                spec
                for spec in sorted(self._mine(person), key=lambda spec: -len(spec.name))
                if line.lower().startswith(spec.name + " ")
            ),
            None,
        )
        names = [
            Completion(insert=f"/{spec.name} ", label=spec.signature, hint=spec.summary)
            for spec in self._mine(person)
            if spec.name.startswith(line.lower())
        ]
        if named is not None:
            # `/stage ` may go on as `/stage next`, and after a code not.
            names += self._options(named, line[len(named.name) :].lstrip())
        return names[:_MOST_COMPLETIONS]

    def _options(self, spec: CommandSpec, rest: str) -> Sequence[Completion]:
        words = rest.split(" ")
        if len(words) > len(spec.options):
            return ()
        option, typed = spec.options[len(words) - 1], words[-1]
        start = f"/{spec.name} " + "".join(f"{word} " for word in words[:-1])
        given = {one.name: word for one, word in zip(spec.options, words[:-1], strict=False)}
        return [
            Completion(
                insert=f"{start}{choice.value} ",
                label=choice.value,
                hint=choice.label.removeprefix(choice.value).removeprefix(" — "),
            )
            for choice in self._andon.dispatcher.completing(option, typed, given)
        ]


def _as_board(shop: str, seen: SaleLook) -> Board:
    return Board(
        shop=shop,
        show=seen.show,
        state=seen.state,
        on_stage=tuple(OnStage(code=code, variant=variant) for code, variant in seen.on_stage),
        items=tuple(
            BoardItem(
                code=item.code,
                title=item.title,
                price=item.price,
                state=ItemState(item.state),
                variants=tuple(
                    BoardVariant(
                        name=one.name,
                        sku=one.sku,
                        on_hand=one.on_hand,
                        left=one.left,
                        held=one.held,
                        waiting=one.waiting,
                        lamp=Lamp(one.lamp),
                    )
                    for one in item.variants
                ),
            )
            for item in seen.items
        ),
    )
