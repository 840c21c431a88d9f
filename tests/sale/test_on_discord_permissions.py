"""Who may do what on Discord: every command and menu of the table, by a member with each role."""

import os
from collections.abc import Iterator
from typing import Any

import discord
import pytest
from simcord.actors import MemberActor

from handlers.capability import CommandSpec, MenuSpec, OptionKind
from handlers.people import EVERYONE, Role
from handlers.registry import Registry
from storage.engine import Storage
from storage.schema import sale, traffic
from tests.fakes.databases import Contents, contents
from tests.fakes.refusals import refusal
from tests.fakes.simulated import TEAM, Answered, SimulatedShop

REGISTRY = Registry.of()
ROLES = [Role.VIEWER, *map(Role, TEAM)]
#: Whom Discord lets do everything, and who has no role of the settings all the same.
MIGHTY = ["administrator", "owner of the server"]
#: All of them are walked in the soak.
SOAK = "ANDON_SOAK" in os.environ
A_FEW = [Role.VIEWER, Role.PACKER]
VALUES = {
    OptionKind.WORD: "K9",
    OptionKind.TEXT: "because of this",
    OptionKind.INTEGER: 1,
    OptionKind.AMOUNT: "5.00",
    OptionKind.ITEM: "M3",
    OptionKind.VARIANT: "M",
    OptionKind.PLAYBOOK: "stock-running-low",
    OptionKind.RUN: "1",
    OptionKind.STEP: "1",
}
#: What being refused leaves behind: that it was tried, and what was answered.
TRACES = {traffic.audit.name, traffic.outbox.name, traffic.messages.name}


def test_every_role_of_the_team_is_one_on_discord() -> None:
    assert set(ROLES) == set(Role) - {Role.CUSTOMER}


def someone(shop: SimulatedShop, who: Role | str) -> MemberActor:
    """A member whose client shows every command, whatever their role in the shop is."""
    if who == "owner of the server":
        return MemberActor(shop.env, shop.guild, shop.guild.owner)
    everything = discord.Permissions.all()
    shown = everything if who == "administrator" else discord.Permissions(manage_messages=True)
    helper = shop.guild.create_role("helper", permissions=shown)
    team = [shop.roles[who]] if who in shop.roles else []
    return shop.guild.add_member(shop.env.create_user("Kim"), roles=[helper, *team])


async def given(shop: SimulatedShop, kim: MemberActor, spec: CommandSpec) -> Answered:
    """Type a command with a value for each option, as Discord's client asks for them."""
    root, _, word = spec.name.partition(" ")
    own = REGISTRY.commands.get(root)
    if own is not None and word:
        # To Discord it is one command, whose first option takes the word.
        result = await kim.slash(shop.stream, root, **{own.options[0].name: word})
    else:
        result = await kim.slash(shop.stream, spec.name, **dict(options(shop, spec)))
    await shop.settled()
    return Answered(text=shop.text_of(result), ephemeral=bool(result.ephemeral))


def options(shop: SimulatedShop, spec: CommandSpec) -> Iterator[tuple[str, Any]]:
    for option in spec.options:
        if option.kind is OptionKind.PERSON:
            yield option.name, shop.mo
        else:
            yield option.name, option.choices[0] if option.choices else VALUES[option.kind]


async def left_by(url: str) -> Contents:
    """All that the shop remembers but what a refusal leaves."""
    return {name: rows for name, rows in (await contents(url)).items() if name not in TRACES}


async def refused(shop: SimulatedShop) -> list[str]:
    """What the audit has of acts that were refused."""
    async with shop.storage.read() as tx:
        rows = await tx.all(
            traffic.audit.select()
            .where(traffic.audit.c.action == "refused")
            .order_by(traffic.audit.c.id)
        )
    return [row.subject for row in rows]


@pytest.mark.parametrize("who", [*ROLES, *MIGHTY] if SOAK else A_FEW)
async def test_who_may_gets_an_answer_and_who_may_not_hears_who_can(
    sqlite: Storage, sqlite_url: str, who: Role | str
) -> None:
    role = who if isinstance(who, Role) else Role.VIEWER
    async with SimulatedShop(sqlite) as shop:
        await shop.show()
        line = await shop.says(shop.member("Ana"), "claim M3")
        kim = someone(shop, who)
        specs: list[CommandSpec | MenuSpec] = [
            *REGISTRY.commands.values(),
            *REGISTRY.menus.values(),
        ]
        # What is let through changes things; so what is refused comes first.
        specs.sort(key=lambda spec: role in spec.roles)
        before, said, expected = await left_by(sqlite_url), shop.live(), []
        for spec in specs:
            shown = f"/{spec.name}" if isinstance(spec, CommandSpec) else spec.label
            if isinstance(spec, CommandSpec):
                answer = await given(shop, kim, spec)
            else:
                answer = await shop.chooses(kim, spec.label, line)
            assert answer.ephemeral, shown
            assert answer.text, shown
            assert "Reference" not in answer.text, shown
            told = refusal(shown, spec.roles)
            if role in spec.roles:
                assert answer.text != told, shown
                continue
            assert answer.text == told
            expected.append(shown)
            assert shop.live() == said, shown
            if spec is specs[-1] or role in specs[specs.index(spec) + 1].roles:
                assert await left_by(sqlite_url) == before
        assert await refused(shop) == expected


async def test_a_viewers_client_shows_only_what_is_for_everyone(small_shop: SimulatedShop) -> None:
    shown = small_shop.member("Ana").available_commands(small_shop.stream)
    assert set(shown) == {
        spec.name for spec in REGISTRY.commands.values() if spec.roles == EVERYONE
    }


async def test_a_role_that_is_taken_away_counts_no_more(shop: SimulatedShop) -> None:
    assert "Reference" not in (await shop.types(shop.mo, "claim list")).text
    shop.env.backend.get_guild(shop.guild.id).members[shop.mo.id].role_ids.clear()
    helper = shop.guild.create_role("helper", permissions=discord.Permissions.all())
    shop.env.backend.get_guild(shop.guild.id).members[shop.mo.id].role_ids.append(helper.id)
    told = await shop.types(shop.mo, "claim list")
    assert told.text == refusal("/claim list", REGISTRY.commands["claim list"].roles)
    await shop.mo.send_dm("/show end")
    await shop.settled()
    async with shop.storage.read() as tx:
        assert [row.state for row in await tx.all(sale.shows.select())] == ["live"]
