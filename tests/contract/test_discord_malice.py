"""A malicious client gets nowhere, and what it tried is in the audit."""

from collections.abc import Mapping

import pytest

from handlers.capability import FormSpec, OptionKind, PressSpec
from handlers.people import EVERYONE, Role
from handlers.registry import Registry
from tests.fakes.discord import FakeDiscord, Interaction
from tests.fakes.discord.shop import TEAM, DiscordShop
from tests.fakes.refusals import refusal

REGISTRY = Registry.of()


def refusals(shop: DiscordShop) -> list[str]:
    """What the audit has of them."""
    rows = shop.rows("SELECT subject FROM audit WHERE action = 'refused' ORDER BY id")
    return [str(row[0]) for row in rows]


def stock(shop: DiscordShop) -> list[tuple[object, ...]]:
    """What is held and what there is, of each SKU."""
    return shop.rows("SELECT sku, on_hand, reserved FROM variants ORDER BY sku")


async def told(act: Interaction) -> str:
    """What an act was answered, in private."""
    text = (await act.reply()).content
    assert (await act.answered()).ephemeral
    assert "Reference" not in text
    return text


async def test_a_command_without_the_role(server: FakeDiscord, shop: DiscordShop) -> None:
    server.member("Eve")
    assert "moderator" in await told(server.command("Eve", "show end"))
    assert refusals(shop) == ["/show end"]
    assert shop.rows("SELECT state FROM shows") == [("live",)]


@pytest.mark.parametrize(
    "forged",
    [
        "rescue.pick:1:1",
        "exception.take:1",
        "claims.keep:999999999999999999",
        "no.such:1",
        "x" * 100,
        "menu.count",
        "select:0",
    ],
)
async def test_a_forged_button(server: FakeDiscord, shop: DiscordShop, forged: str) -> None:
    server.member("Eve")
    server.says("Eve", "live", "claim A2")
    await shop.takes_in(1)
    post, before = server.posts("live")[-1], stock(shop)
    assert await told(server.presses("Eve", post, forged))
    assert stock(shop) == before
    assert len(refusals(shop)) == 1


async def test_a_forged_choice_of_a_select(server: FakeDiscord, shop: DiscordShop) -> None:
    post, before = server.says("Eve", "live", "hello"), stock(shop)
    for chosen in ("exception.take:1", "select:0", "", "💣" * 50):
        assert await told(server.presses("Eve", post, "select:0", [chosen]))
    assert await told(server.presses("Eve", post, "select:0", []))
    assert stock(shop) == before
    assert len(refusals(shop)) == 5


def pressed(spec: PressSpec) -> str:
    """An id of a button of this kind."""
    takes = ("1" if kind is OptionKind.INTEGER else "x" for kind in spec.takes)
    return f"{spec.name}:{':'.join(takes)}"


async def test_buttons_and_forms_that_are_not_for_everyone_ask_for_the_role(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    presses = [spec for spec in REGISTRY.presses.values() if spec.roles != EVERYONE]
    forms = [spec for spec in REGISTRY.forms.values() if spec.roles != EVERYONE]
    assert presses
    assert forms
    line = server.says("Ana", "live", "the dress please please")
    expected, before = [], stock(shop)
    for role in map(Role, ("viewer", *TEAM)):
        kim = server.member(f"Kim {role}", *([] if role is Role.VIEWER else [role.title()]))
        acts: list[tuple[PressSpec | FormSpec, Interaction]] = [
            *(
                (spec, server.presses(kim, line, pressed(spec)))
                for spec in presses
                # One that opens a form for those who may is answered by it, not in words.
                if spec.opens is None or role not in spec.roles
            ),
            *((spec, server.submits(kim, f"{spec.name}:x", {"code": "A1"})) for spec in forms),
        ]
        for spec, act in acts:
            refused = refusal(spec.label, spec.roles)
            assert (await told(act) == refused) is (role not in spec.roles), spec.name
            expected += [] if role in spec.roles else [spec.name]
    assert sorted(refusals(shop)) == sorted(expected)
    assert stock(shop) == before


FILLED: tuple[Mapping[str, str], ...] = (
    {"code": "A1" * 500, "quantity": "9" * 500, "variant": "x"},
    {"code": "A1", "quantity": "1 or 2", "variant": "x" * 4000, "evil": "y" * 4000},
    {"code": "@everyone" * 400, "quantity": "1"},
    {"quantity": "99999999999999999999"},
    {"quantity": "-1", "code": "A1"},
    {"evil": "1"},
    {},
)


@pytest.mark.parametrize("filled", FILLED)
async def test_a_forged_form(
    server: FakeDiscord, shop: DiscordShop, filled: Mapping[str, str]
) -> None:
    line = server.says("Ana", "live", "the dress please please")
    await shop.takes_in(1)
    server.member("Eve")
    form = f"claims.count:discord:{line.id}"
    assert "moderator" in await told(server.submits("Eve", form, filled))
    assert refusals(shop) == ["claims.count"]
    # Who may use it does not get further with it either.
    sentence = await told(server.submits("Mo", form, filled))
    assert sentence
    assert "@" not in sentence
    assert len(sentence) <= 2000
    assert shop.claims() == []


async def test_a_form_that_is_none_of_ours(server: FakeDiscord, shop: DiscordShop) -> None:
    for form in ("no.such:1", "claims.count", "x" * 100):
        assert await told(server.submits("Eve", form, {"code": "A1"}))
    assert refusals(shop) == ["no.such:1", "claims.count", "x" * 100]


async def test_someone_elses_button_acts_for_who_presses_it(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.says("Ana", "live", "claim A2")
    server.says("Ana", "live", "cancel A2")
    await shop.takes_in(2)
    await server.until(lambda: any("goes back" in text for text in server.reads()))
    post = next(one for one in server.posts() if any("keep" in i for i in one.custom_ids))
    [keep] = [one for one in post.custom_ids if one.startswith("claims.keep")]
    assert "nothing changed" in await told(server.presses("Eve", post, keep))
    cart = server.command("Ana", "cart")
    assert "goes back" in await told(cart)
    # What is private of Ana, in the hands of Eve, tells of Eve.
    assert "A2" not in await told(server.presses("Eve", post, "claims.mine:"))
    assert "Kept" in await told(server.presses("Ana", post, keep))


async def test_names_and_text_that_would_mention_everyone(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.says("@everyone", "live", "claim A1 for @everyone")
    server.says("@here", "live", "claim A1")
    server.says("<@&1>", "live", "claim X9 @here <@&1> <@2>")
    server.says("Ana", "live", "claim A1")
    await server.until(lambda: any("@Ana" in text for text in server.reads()))
    await told(server.command("Mo", "claim list"))
    people = {str(one) for one in server.world.members}
    sent = [
        *server.requests("POST", "/channels/*/messages"),
        *server.requests("PATCH", "/channels/*/messages/*"),
        *server.requests("PATCH", "/webhooks/*"),
        *server.requests("POST", "/webhooks/*"),
    ]
    assert len(sent) >= 4
    for request in sent:
        assert isinstance(request.body, dict)
        allowed = request.body["allowed_mentions"]
        assert allowed["parse"] == []
        assert not allowed.get("roles")
        assert not allowed.get("replied_user")
        users = {str(one) for one in allowed.get("users", ())}
        assert users <= people
        assert all(f"<@{one}>" in request.body["content"] for one in users)
    for post in server.posts():
        for word in ("@everyone", "@here", "<@&"):
            assert word not in post.content


async def test_a_rush_of_forged_acts_is_answered_and_the_sale_goes_on(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    post = server.says("Eve", "live", "hello")
    acts = [server.presses("Eve", post, f"no.such:{n}") for n in range(40)]
    line = server.says("Ana", "live", "claim A1")
    await shop.takes_in(2)
    for act in acts:
        assert await told(act)
    assert shop.claims() == [str(line.id)]
    assert len(refusals(shop)) == 40
