"""The fake Discord, held against the real discord.py: commands, menus, buttons and forms."""

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.listener import Listener, running


@pytest.fixture
async def client(server: FakeDiscord) -> AsyncIterator[Listener]:
    async with running(server) as client:
        yield client


@pytest.fixture
async def tree(client: Listener) -> Listener:
    group = app_commands.Group(name="show", description="the show")

    @group.command(name="start", description="start it")
    async def start(interaction: discord.Interaction, name: str) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(content=f"{name} starts")
        await interaction.followup.send("and more", ephemeral=True)

    @start.autocomplete("name")
    async def names(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=typed.upper(), value=typed.upper())]

    @app_commands.context_menu(name="Why?")
    async def why(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"because: {message.content}", ephemeral=True)

    guild = client.guilds[0]
    client.tree.add_command(group, guild=guild)
    client.tree.add_command(why, guild=guild)
    await client.tree.sync(guild=guild)
    return client


async def test_a_command_is_deferred_answered_and_followed_up(
    server: FakeDiscord, tree: Listener
) -> None:
    act = server.command("Mo", "show start", {"name": "Friday"})
    answered = await act.answered()
    assert (answered.deferred, answered.ephemeral) == (True, True)
    await act.until(lambda one: bool(one.followups))
    assert (await act.reply()).content == "Friday starts"
    assert [one.content for one in act.followups] == ["and more"]
    assert server.posts() == []


async def test_a_half_typed_option_is_completed(server: FakeDiscord, tree: Listener) -> None:
    act = server.types("Mo", "show start", "name", "fri")
    assert (await act.answered()).choices == ["FRI"]


async def test_a_menu_of_a_message(server: FakeDiscord, tree: Listener) -> None:
    act = server.chooses("Mo", "Why?", server.says("Ana", "live", "claim A12"))
    answered = await act.answered()
    assert (answered.text, answered.ephemeral) == ("because: claim A12", True)


async def test_what_is_not_registered_cannot_be_typed(server: FakeDiscord, tree: Listener) -> None:
    with pytest.raises(LookupError, match="no command /stage"):
        server.command("Mo", "stage")
    with pytest.raises(LookupError, match="takes no colour"):
        server.command("Mo", "show start", {"colour": "red"})


async def test_a_second_answer_is_40060(server: FakeDiscord, client: Listener) -> None:
    caught: list[discord.HTTPException] = []

    async def twice(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        interaction.response._response_type = None
        try:
            await interaction.response.send_message("again")
        except discord.HTTPException as error:
            caught.append(error)
        server.changes.tell()

    client.answering = twice
    message = server.says("Ana", "live", "anything")
    act = server.presses("Ana", message, "cart.show:")
    await server.until(lambda: caught)
    assert (caught[0].status, caught[0].code) == (400, 40060)
    assert [one.code for one in act.refused] == [40060]


async def test_a_late_answer_is_10062(server: FakeDiscord, client: Listener) -> None:
    caught: list[discord.HTTPException] = []

    async def late(interaction: discord.Interaction) -> None:
        act.expired = True
        try:
            await interaction.response.defer()
        except discord.NotFound as error:
            caught.append(error)
        server.changes.tell()

    client.answering = late
    act = server.presses("Ana", server.says("Ana", "live", "anything"), "cart.show:")
    await server.until(lambda: caught)
    assert caught[0].code == 10062


async def test_a_button_opens_a_form_that_is_filled_in(
    server: FakeDiscord, client: Listener
) -> None:
    answers: list[Any] = []

    class Return(discord.ui.Modal, title="Return"):
        why: discord.ui.TextInput["Return"] = discord.ui.TextInput(
            label="Why?", custom_id="why", default="too small"
        )

    async def form(interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            await interaction.response.send_modal(Return(custom_id="return:7"))
        else:
            answers.append(interaction.data)
            await interaction.response.send_message("thanks", ephemeral=True)

    client.answering = form
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Return", custom_id="return.open:7"))
    await client.place().send("your parcel", view=view)
    [message] = await server.posted()
    assert message.custom_ids == ["return.open:7"]

    opened = await server.presses("Ana", message, "return.open:7").answered()
    assert opened.modal is not None
    assert opened.modal["title"] == "Return"
    sent = server.submits("Ana", opened.modal, {"why": "too large"})
    assert (await sent.answered()).text == "thanks"
    assert answers[0]["custom_id"] == "return:7"
    assert answers[0]["components"][0]["components"][0]["value"] == "too large"
