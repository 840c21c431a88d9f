"""What the pages of the web read of a running Andon."""

from collections.abc import Sequence

from bot.andon import Andon
from bot.clock import SystemClock
from bot.web.board import Board, BoardItem, BoardUnavailable, BoardVariant, ItemState, Lamp, OnStage
from bot.web.stage import CommandHint, Completion, MenuEntry
from handlers.capability import CommandSpec
from handlers.host.seeing import HostLook, see
from handlers.looking import SaleLook, look
from handlers.people import Person
from handlers.runs.seeing import RunsLook, see_runs
from storage.errors import StorageError

__all__ = ["Pages"]

_MOST_COMPLETIONS = 12


class Pages:
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

    async def runs(self) -> RunsLook:
        """The open runs now."""
        andon = self._andon
        try:
            await andon.dispatcher.refresh()
            async with andon.storage.read() as tx:
                house, now = andon.house, SystemClock().now()
                return await see_runs(tx, andon.dispatcher.snapshot, house, now)
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
