"""A tiny bot for tests of the stage: grants every `claim CODE SIZE`, and answers a few commands.

It stands where the intake and the relay stand in the real one.
"""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.platforms.base import Heard, Outgoing
from bot.platforms.local import LocalPlatform
from bot.web.board import Board, BoardItem, BoardVariant, ItemState, Lamp, OnStage
from bot.web.health import Health
from bot.web.stage import CommandHint, Completion
from handlers.capability import Option
from handlers.completing import Choice
from handlers.messages import (
    Address,
    Button,
    ButtonStyle,
    Channel,
    ChatMessage,
    Command,
    DirectMessage,
    Field,
    FieldKind,
    Form,
    FormSubmit,
    Home,
    Press,
    Reach,
    TeamLine,
)
from handlers.people import Person

__all__ = ["SAMPLE_BOARD", "ScriptedBot"]


def _variant(
    name: str, sku: str, on_hand: int, held: int, waiting: int, lamp: Lamp
) -> BoardVariant:
    left = on_hand - held
    return BoardVariant(
        name=name, sku=sku, on_hand=on_hand, left=left, held=held, waiting=waiting, lamp=lamp
    )


SAMPLE_BOARD = Board(
    shop="Linden & Loom",
    show="Friday evening live",
    state="live",
    on_stage=(OnStage(code="A12"),),
    items=(
        BoardItem(
            code="A12",
            title="Linen shirt, washed indigo",
            price="€39.00",
            state=ItemState.ON_SALE,
            variants=(
                _variant("S", "LS-S", 12, 4, 0, Lamp.GREEN),
                _variant("M", "LS-M", 20, 17, 0, Lamp.AMBER),
                _variant("L", "LS-L", 8, 8, 3, Lamp.RED),
            ),
        ),
        BoardItem(
            code="B3",
            title="Hand-thrown mug, speckled",
            price="€24.00",
            state=ItemState.ON_SALE,
            variants=(_variant("", "MUG", 30, 9, 0, Lamp.GREEN),),
        ),
        BoardItem(
            code="C7",
            title="Wool throw, oatmeal",
            price="€89.00",
            state=ItemState.PAUSED,
            variants=(_variant("", "THROW", 10, 9, 2, Lamp.PAUSE),),
        ),
        BoardItem(
            code="D1",
            title="Beeswax candle",
            price="€12.00",
            state=ItemState.STOPPED,
            variants=(_variant("", "WAX", 25, 25, 5, Lamp.RED),),
        ),
    ),
)

COMMANDS = (
    CommandHint(name="cart", usage="/cart", summary="What is yours, and how to pay"),
    CommandHint(name="why", usage="/why CODE", summary="Why a claim of yours stands where it does"),
    CommandHint(name="return", usage="/return", summary="Send something back"),
    CommandHint(
        name="stage", usage="/stage CODE [VARIANT]|next|back|clear", summary="Show an item"
    ),
    CommandHint(name="help", usage="/help", summary="Everything you can type"),
)
RETURN_FORM = Form(
    id="returns.start",
    title="Send something back",
    intro="It takes a minute. Nothing is decided yet.",
    fields=(
        Field(name="item", label="Which item?", hint="The code from your order, such as A12"),
        Field(
            name="reason",
            label="Why?",
            kind=FieldKind.CHOICE,
            choices=(("size", "It does not fit"), ("other", "Something else")),
        ),
        Field(name="note", label="Anything else", kind=FieldKind.PARAGRAPH, required=False),
    ),
)


class ScriptedBot:
    """Hears a local platform, and answers at once. `heard` lists what came in, in order."""

    def __init__(self, platform: LocalPlatform, *, first_id: int = 1) -> None:
        self.platform = platform
        self.shown = SAMPLE_BOARD
        self.heard: list[Heard | DirectMessage | Command | Press | FormSubmit] = []
        self._ids = itertools.count(first_id)
        self._saying: set[asyncio.Task[str | None]] = set()

    # --- ears -----------------------------------------------------------------------------------

    def hear(self, message: Heard) -> None:
        """Grant a claim."""
        self.heard.append(message)
        if isinstance(message, ChatMessage) and message.text.casefold().startswith("claim"):
            what = message.text.split(maxsplit=1)[1].upper()
            self._later(
                Address("local", Reach.CHANNEL, message.channel.id),
                f"@{{{message.person.id}}} **{what}** is yours, held until tomorrow 21:00.",
                mentions=(message.person.id,),
                buttons=(Button(id="cart.show", label="My cart"),),
            )

    async def direct(self, message: DirectMessage) -> None:
        """Answer a direct message."""
        self.heard.append(message)
        await self.say(
            Address("local", Reach.PERSON, message.person.id), f"You wrote: {message.text}"
        )

    async def overhear(self, line: TeamLine) -> None:
        """Nobody minds what the team says."""

    async def act(self, act: Command | Press | FormSubmit) -> None:
        """Answer a command, a press or a form in private."""
        self.heard.append(act)
        address = Address("local", Reach.REPLY, act.reply_to)
        match act:
            case Command(line="/cart") | Press(button="cart.show"):
                await self.say(
                    address,
                    "Your cart: 1 × `A12` Linen shirt, M. **€39.00**",
                    private=True,
                    buttons=(
                        Button(id="pay.start", label="Pay €39.00", style=ButtonStyle.PRIMARY),
                        Button(id="cart.clear", label="Give it all up", style=ButtonStyle.DANGER),
                    ),
                )
            case FormSubmit():
                await self.say(
                    address, f"Thank you. We look at {act.values['item']}.", private=True
                )
            case Press():
                await self.say(address, f"Done: {act.button} {act.message or ''}", private=True)
            case _:
                await self.say(address, f"I know no {act.line}.", private=True)

    async def opening(self, act: Command | Press) -> Form | None:
        """A form for `/return`."""
        return RETURN_FORM if isinstance(act, Command) and act.line == "/return" else None

    async def checking(self, submit: FormSubmit) -> Mapping[str, str]:
        """Nobody sends Z9 back."""
        wrong = submit.values.get("item") == "Z9"
        return {"item": "There is no item Z9."} if wrong else {}

    async def home(self, person: Person) -> Home | None:
        """The stage has no page for it."""
        raise AssertionError(f"nobody asks here for the page of {person.name}")

    def completing(self, option: Option, typed: str, given: Mapping[str, str]) -> Sequence[Choice]:
        """The page completes by itself."""
        raise AssertionError(f"nobody asks here for {option.name}")

    def alert(self, sentence: str) -> None:
        """Nothing breaks here."""
        raise AssertionError(sentence)

    async def owned(self, wanted: bool = True) -> None:
        """It hears from the start."""

    def gap(self, channel: Channel) -> None:
        """Nothing is lost here."""
        raise AssertionError(f"no gap was expected in {channel}")

    # --- mouth ----------------------------------------------------------------------------------

    async def say(self, address: Address, text: str, **more: object) -> str | None:
        """Post one delivery."""
        empty = Outgoing(
            id=next(self._ids), address=address, kind="test", text=text, at=datetime.now(UTC)
        )
        return await self.platform.post(replace(empty, **more))  # type: ignore[arg-type]

    def _later(self, address: Address, text: str, **more: object) -> None:
        task = asyncio.create_task(self.say(address, text, **more))
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    # --- views ----------------------------------------------------------------------------------

    async def board(self) -> Board:
        """What is on sale."""
        return self.shown

    async def health(self) -> Health:
        """All is well."""
        return Health(database=True, platforms={"local": self.platform.state()})

    def commands(self, person: Person) -> Sequence[CommandHint]:
        """What there is to type."""
        return COMMANDS

    async def complete(self, text: str, person: Person) -> Sequence[Completion]:
        """Commands by their beginning, and codes after `/why`."""
        if text.startswith("/why "):
            return [
                Completion(insert=f"/why {item.code}", label=item.code, hint=item.title)
                for item in self.shown.items
                if item.code.casefold().startswith(text.removeprefix("/why ").casefold())
            ]
        return [
            Completion(insert=f"/{each.name} ", label=f"/{each.name}", hint=each.summary)
            for each in COMMANDS
            if f"/{each.name}".startswith(text)
        ]
