"""Commands, presses and forms: acknowledged in time, handed in, answered by the relay."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import discord
import structlog

from bot.platforms.base import Ears
from bot.platforms.discord.dressing import SELECT, modal
from bot.platforms.discord.people import NAME, People
from bot.platforms.discord.reading import key_of
from handlers.capability import CommandSpec
from handlers.messages import Channel, Command, Form, FormSubmit, Press, Visibility
from handlers.registry import Registry

__all__ = ["Interactions"]

_ALREADY_ANSWERED = 40060
_UNKNOWN = 10062
#: A first answer must be there within three seconds; a form that takes longer does not open.
_OPENS_WITHIN = 1.5


class Interactions:
    """Hands in what people do with commands, buttons, menus and forms.

    Nothing is kept in memory: an id of a button says what it does, and every right is checked again
    where the act is handled.
    """

    def __init__(
        self,
        registry: Registry,
        people: People,
        *,
        new_reference: Callable[[], str],
        acknowledged: Callable[[str], None],
    ) -> None:
        self._registry = registry
        self._people = people
        self._new_reference = new_reference
        #: Told of each `reply_to` whose answer is awaited.
        self._acknowledged = acknowledged
        self._log = structlog.get_logger("andon.discord")

    async def command(
        self,
        ears: Ears,
        interaction: discord.Interaction[Any],
        spec: CommandSpec,
        given: Mapping[str, str],
    ) -> None:
        """A slash command with its options as typed."""
        shown = " ".join(f"{name}:{value}" for name, value in given.items())
        act = Command(
            **self._about(interaction),
            line=f"/{spec.name} {shown}".strip(),
            options=given,
        )
        await self._hand_in(ears, interaction, act, spec.visibility)

    async def menu(
        self,
        ears: Ears,
        interaction: discord.Interaction[Any],
        name: str,
        message: discord.Message,
    ) -> None:
        """An entry of a message's menu."""
        act = Press(**self._about(interaction), button=f"menu.{name}", message=key_of(message.id))
        await self._hand_in(ears, interaction, act, Visibility.PRIVATE)

    async def component(self, ears: Ears, interaction: discord.Interaction[Any]) -> None:
        """A button, or a choice of a select."""
        data: Mapping[str, Any] = interaction.data or {}
        button = str(data.get("custom_id", ""))
        if button.startswith(SELECT):
            button = next(iter(data.get("values", ())), "")
        spec = self._registry.presses.get(button.partition(":")[0])
        act = Press(**self._about(interaction), button=button)
        visibility = Visibility.PRIVATE if spec is None else spec.visibility
        await self._hand_in(ears, interaction, act, visibility)

    async def submit(self, ears: Ears, interaction: discord.Interaction[Any]) -> None:
        """A form that was filled in."""
        data: Mapping[str, Any] = interaction.data or {}
        act = FormSubmit(
            **self._about(interaction),
            form=str(data.get("custom_id", "")),
            values=dict(_values(data.get("components", ()))),
        )
        await self._hand_in(ears, interaction, act, Visibility.PRIVATE)

    def _about(self, interaction: discord.Interaction[Any]) -> dict[str, Any]:
        return {
            "key": f"{NAME}:interaction:{interaction.id}",
            "person": self._people.person(interaction.user),
            "channel": Channel(NAME, str(interaction.channel_id or "")),
            "sent_at": interaction.created_at,
            "reply_to": f"{interaction.application_id}:{interaction.token}",
        }

    async def _hand_in(
        self,
        ears: Ears,
        interaction: discord.Interaction[Any],
        act: Command | Press | FormSubmit,
        visibility: Visibility,
    ) -> None:
        """Open the form that the act asks for; else acknowledge it, and have it handled."""
        form = await self._form(ears, act) if isinstance(act, Command | Press) else None
        try:
            if form is not None:
                await self._open(interaction, form)
                return
            private = visibility is not Visibility.PUBLIC
            await interaction.response.defer(ephemeral=private, thinking=True)
            self._acknowledged(act.reply_to)
        except discord.HTTPException as error:
            if error.code == _UNKNOWN:
                # Its person saw it fail and may press again; an effect unseen would surprise.
                self._log.warning("an interaction came too late", key=act.key)
                return
            if error.code != _ALREADY_ANSWERED:
                raise
            if form is not None:
                # It is open: the first try arrived, though its answer said otherwise.
                return
        await ears.act(act)

    async def _open(self, interaction: discord.Interaction[Any], form: Form) -> None:
        """Open a form; one that does not fit is our fault, and its person is told."""
        try:
            shown = modal(form)
        except ValueError as error:
            reference = self._new_reference()
            self._log.error("a form does not fit", reference=reference, exc_info=error)
            sentence = (
                f"This form cannot be opened here. Nothing was changed. Reference {reference}."
            )
            await interaction.response.send_message(sentence, ephemeral=True)
        else:
            await interaction.response.send_modal(shown)

    async def _form(self, ears: Ears, act: Command | Press) -> Form | None:
        try:
            async with asyncio.timeout(_OPENS_WITHIN):
                return await ears.opening(act)
        except TimeoutError:
            return None


def _values(components: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for one in components:
        inner = one.get("components") or ([one["component"]] if "component" in one else [])
        if inner:
            yield from _values(inner)
        elif "custom_id" in one:
            chosen = one.get("values") or [one.get("value") or ""]
            yield str(one["custom_id"]), str(chosen[0])
