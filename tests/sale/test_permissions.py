"""Who may do what: every command for every role, and buttons nobody made."""

import os

import pytest
from sqlalchemy import select

from handlers.people import MODERATORS, TEAM, Role
from handlers.registry import Registry
from storage.engine import Storage
from storage.schema import traffic
from tests.fakes.refusals import refusal
from tests.fakes.shop import CATALOGUE, Shop

SUPPORT = frozenset({Role.SUPPORT, Role.PRODUCER, Role.OWNER})

#: A line for each command, and who may type it.
SOAK = "ANDON_SOAK" in os.environ
LINES = {
    "cart": ("", frozenset(Role)),
    "why": ("M3", frozenset(Role)),
    "help": ("", frozenset(Role)),
    "undo": ("", TEAM),
    "mine": ("", TEAM),
    "show start": ("Night", MODERATORS),
    "show end": ("", MODERATORS),
    "show pause": ("", MODERATORS),
    "show resume": ("", MODERATORS),
    "show plan": ("20:30 Friday", MODERATORS),
    "show status": ("", MODERATORS),
    "show checklist": ("", MODERATORS),
    "show lamps": ("20 10", MODERATORS),
    "stage": ("D1 M", MODERATORS),
    "stage next": ("", MODERATORS),
    "stage back": ("", MODERATORS),
    "stage clear": ("", MODERATORS),
    "stock show": ("D1", MODERATORS),
    "stock set": ("M3 4", MODERATORS),
    "stock add": ("M3 1", MODERATORS),
    "stock recount": ("M3 2", MODERATORS),
    "stock pause": ("M3", MODERATORS),
    "stock resume": ("M3", MODERATORS),
    "stock stop": ("M3", MODERATORS),
    "stock unsure": ("M3", MODERATORS),
    "item add": ("K9 5.00 3 Key ring", MODERATORS),
    "item price": ("M3 5.00", MODERATORS),
    "item alias": ("M3 teacup", MODERATORS),
    "item limit": ("M3 2", MODERATORS),
    "item hold": ("M3 20", MODERATORS),
    "item lamps": ("M3 20 10", MODERATORS),
    "claim add": ("Ana D1 M 1 why not", MODERATORS),
    "claim void": ("Ana M3 sorry", MODERATORS),
    "claim move": ("Ana D1 M L", MODERATORS),
    "claim list": ("", MODERATORS),
    "waitlist show": ("M3", MODERATORS),
    "waitlist offer": ("M3", MODERATORS),
    "waitlist skip": ("Ana M3", MODERATORS),
    "exception list": ("", SUPPORT),
    "exception take": ("1", SUPPORT),
    "exception resolve": ("1 done", SUPPORT),
    "exception handon": ("1 owner why", SUPPORT),
}
OURS = {"claims", "exceptions", "mine", "shows", "stock", "team", "waitlist"}


def test_every_command_of_the_sale_is_in_the_table() -> None:
    specs = [
        spec.name
        for capability in Registry.of().capabilities
        if capability.name in OURS
        for spec in capability.commands
    ]
    assert sorted(specs) == sorted(LINES)


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_gets_an_answer_and_who_may_not_hears_who_can(
    sqlite: Storage, role: Role
) -> None:
    async with Shop(sqlite) as shop:
        await shop.says("Ana", "hello")
        refused = []
        for name, (options, roles) in LINES.items():
            before = len(shop.paper.posts)
            answer = await shop.command(f"/{name} {options}", "Kim", role=role.value)
            assert (answer != refusal(f"/{name}", roles)) == (role in roles), name
            assert "Reference" not in answer, name
            if role in roles:
                continue
            refused.append(f"/{name}")
            (post,) = shop.paper.posts[before:]
            assert post.private, name
        rows = await shop.rows(
            select(traffic.audit.c.subject)
            .where(traffic.audit.c.action == "refused", traffic.audit.c.person == "kim")
            .order_by(traffic.audit.c.id)
        )
        assert [row.subject for row in rows] == refused


@pytest.mark.parametrize("line", [f"/{name} {options}" for name, (options, _) in LINES.items()])
async def test_every_command_answers_also_in_a_live_show(sqlite: Storage, line: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        for text in ("claim D1 M", "claim M3 x2", "claim R5"):
            await shop.says("Ana", text)
            await shop.says("Bob", text)
        await shop.command("/stage M3")
        for _ in range(2):
            answer = await shop.command(line, role="owner")
            assert answer
            assert "Reference" not in answer
        assert shop.team() == []


@pytest.mark.parametrize(
    "button",
    [
        "claims.size:999999",
        "claims.size:abc",
        "claims.size:",
        "claims.size",
        "claims.size:-1",
        "claims.size:1:2",
        "claims.size:٣",
        "claims.size:" + "9" * 15,
        "claims.size:" + "9" * 40,
        "claims.keep:999999",
        "claims.keep:x",
        "claims.only:999999",
        "claims.only:",
        "claims.instead:1",
        "claims.instead:999999:R5",
        "claims.instead:1:ZZZ",
        "claims.instead:1:ZZZ:0",
        "claims.forme:1",
        "claims.forme:999999:999999:999999",
        "claims.forme:1:1:99999999999",
        "claims.mine:whatever",
        "claims.nothing:1",
        "rescue.pick:1",
        "rescue.pick:1:2",
        "rescue.pick:a:b",
        "exception.take:1",
        "exception.take:x",
        "exception.take:" + "9" * 15,
        "holds.extend:1",
        "menu.xyz",
        "menu.",
        "menu.count",
        "menu.not:1",
        "menu.why",
        "menu.count" + "x" * 10_000,
        "claims.size:" + "1" * 10_000,
        ":",
        "",
        "🎉:1",
        "claims.instead:1:" + "💣" * 80,
    ],
)
@pytest.mark.parametrize("role", ["viewer", "owner"])
async def test_a_forged_button_gets_a_sentence(sqlite: Storage, button: str, role: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        for message in (None, "paper:2", "x" * 10_000):
            answer = await shop.presses_id("Eve", button, role=role, message=message)
            assert answer.text
            assert "Reference" not in answer.text
            assert answer.private
        assert shop.team() == []
        assert (await shop.numbers("R5")).held == 1


async def test_a_button_acts_for_whoever_presses_it(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Ana", "cancel R5")
        kept = await shop.presses("Eve", "Keep it (R5)")
        assert kept.text == "There was nothing on its way back; nothing changed."
        await shop.passes(seconds=20)
        assert (await shop.numbers("R5")).held == 0


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("claims.count:", {}),
        ("claims.count:nothing", {"code": "M3", "quantity": "1"}),
        ("claims.count:paper:2", {"code": "M3", "variant": "x" * 10_000, "quantity": "9" * 5000}),
        ("claims.count:paper:2", {"code": "@everyone" * 1000}),
        ("claims.count:paper:2", {"code": "M3\0", "quantity": "\ud83d"}),
        ("runs.more:\0", {"act": "note", "why": "half \ud83d"}),
        ("runs.more:99999999999999999999", {"act": "note", "why": "huge"}),
        ("runs.answers:" + "1" * 70, {"q0": "huge"}),
        ("no.such:1", {"code": "M3"}),
        ("", {}),
    ],
)
async def test_a_forged_form_gets_a_sentence(
    sqlite: Storage, form: str, values: dict[str, str]
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "hello")
        answer = await shop.submits("Eve", form, **values)
        assert answer.text
        assert "Reference" not in answer.text
        assert "@" not in answer.text
        refused = await shop.submits("Eve", "claims.count:paper:2", role="viewer", code="M3")
        assert refused.text == refusal("Count as claim", MODERATORS)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/", "There is no command in that. /help lists what there is."),
        ("/shw start", "There is no command shw. Did you mean /show start? /help lists what"),
        ("/stock", "/stock needs one more word: show, set, add, recount, unsure, pause, resume, "),
        ("/stock burn M3", "/stock needs one more word: show, set, add, recount, unsure, pause"),
        ("/show status now", "I did not understand “now”: /show status. Nothing changed."),
        ("/zzz", "There is no command zzz. /help lists what there is."),
        ("/@{ana} <@1> **x** `y`", "There is no command ＠{ana}."),
        ("/stock show @{ana}", "There is no item ＠{ana}."),
    ],
)
async def test_what_is_no_command_is_told_what_would_be(
    sqlite: Storage, line: str, answer: str
) -> None:
    async with Shop(sqlite) as shop:
        assert (await shop.command(line)).startswith(answer)


#: What is left to the soak differs in length and sign only.
WORDS = ["9" * 10_000, '"', *(["x" * 10_000, "'", "🎉" * 3000, "\u202e"] if SOAK else [])]


@pytest.mark.parametrize("word", WORDS)
async def test_nothing_typed_as_an_option_is_a_bug(sqlite: Storage, word: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "hello")
        for name in LINES:
            for options in (word, f"M3 {word}", f"Ana M3 {word}", f"Ana {word} M3", f"1 {word}"):
                answer = await shop.command(f"/{name} {options}", role="owner")
                assert "Reference" not in answer, name
                assert len(answer) < 3_500
        assert shop.team() == []


async def test_names_with_spaces_and_variants_with_slashes_can_be_named(storage: Storage) -> None:
    catalogue = CATALOGUE + (
        "T1,Blue / S,T1-BS,Tee,9.00,USD,3,,R1,no,,\n"
        "T1,Blue / M,T1-BM,Tee,9.00,USD,3,,R1,no,,\n"
        "T1,Red / M,T1-RM,Tee,9.00,USD,3,,R1,no,,\n"
    )
    async with Shop(storage, catalogue=catalogue) as shop:
        await shop.show()
        await shop.says("Ana Lu", "hi")
        assert await shop.command("/stage T1 Blue / S") == "T1 / Blue / S is on stage: 3 left."
        assert "T1 / Blue / M: 7 on hand" in await shop.command("/stock set T1 7 blue m")
        added = await shop.command("/claim add “Ana Lu” T1 Blue / S 2 a gift")
        assert added == "Added: T1 / Blue / S ×2 for Ana Lu."
        moved = await shop.command("/claim move 'Ana Lu' T1 Blue / S Blue / M")
        assert moved == "Moved 2 from Ana Lu: T1 / Blue / S to T1 / Blue / M."
        assert (await shop.command('/claim void "ana lu" T1 "Blue / M" oops')).startswith("Void: 2")
