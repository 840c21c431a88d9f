"""Moderation in a show: what is done about a line, by which rule, and how it is taken back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from handlers.messages import ChatMessage, Command, MessageEdited, Press
from handlers.moderation.model import Rule
from handlers.moderation.strikes import STEPS
from handlers.people import Person, Role
from storage.engine import Storage
from storage.schema import sale
from storage.schema.moderation import moderation_log, moderation_taught
from storage.schema.runs import runs
from storage.schema.traffic import audit
from tests.fakes.shop import PLATFORM, STREAM, Shop

SCAM = "free nitro, dm me to claim your prize"
PASTE = "we all want the blue linen back in stock before the summer is over please dear shop"
OTHER = "everybody please look at this other place because things are so much cheaper over there"
ACT: Mapping[str, Any] = {"mode": "act", "protected_names": ["Mara Holt"]}


async def log(shop: Shop) -> list[tuple[str, str, str]]:
    """Who, by which rule, and what: the log in order."""
    rows = await shop.rows(
        select(moderation_log).order_by(moderation_log.c.at, moderation_log.c.ref)
    )
    return [(row.name, row.rule, row.action) for row in rows]


def cards(shop: Shop) -> list[str]:
    return [text for text in shop.team() if text.startswith("🛡️")]


# --- each step ------------------------------------------------------------------------------------


async def test_a_scam_is_deleted_and_the_team_has_a_card_of_it(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        key = await shop.says("Kim", SCAM)
        assert shop.acts() == [("delete", key)]
        assert cards(shop)[0].startswith(f"🛡️ Deleted · scam: Kim wrote “{SCAM}” — wants you")
        assert await log(shop) == [("Kim", "scam", "delete")]


async def test_the_steps_climb_to_a_timeout_and_to_a_person(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        keys = [await shop.says("Kim", SCAM) for _ in range(3)]
        assert shop.acts() == [
            ("delete", keys[0]),
            ("delete", keys[1]),
            ("timeout", "kim"),
            ("delete", keys[2]),
        ]
        assert [action for *_, action in await log(shop)] == ["delete", "timeout", "review"]
        assert cards(shop)[-1].startswith("🛡️ Please look · scam")


async def test_strikes_fade_while_time_passes(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Kim", SCAM)
        await shop.passes(minutes=61)
        await shop.says("Kim", SCAM)
        assert [action for *_, action in await log(shop)] == ["delete", "delete"]


async def test_a_warning_is_a_neutral_mention_over_a_private_word(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        shop.heard()
        for _ in range(4):
            await shop.says("Lou", "please show the blue one")
        assert shop.heard() == ["💬 @Lou, a word from the team for you: press *Read it*."]
        assert shop.acts() == []
        read = await shop.presses("Lou", "Read it")
        assert read.private
        assert read.text.startswith("Please say the same thing less often")
        assert "“please show the blue one”" in read.text
        other = await shop.presses("Ana", "Read it")
        assert other.text == "This word is for somebody else."


async def test_who_asked_for_direct_messages_is_warned_by_one(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Lou", "claim M3")
        await shop.writes("Lou", "dm")
        shop.heard()
        for _ in range(4):
            await shop.says("Lou", "please show the blue one")
        assert shop.heard() == []
        assert shop.direct("Lou")[-1].startswith("💬 A word from the team")


RULES = [
    ("link", "look at https://blog.example/x", "note", {}),
    ("risky_link", "see bit.ly/abc", "delete", {}),
    ("hidden_link", "visit evil dot com", "delete", {}),
    ("look_alike_link", "https://paypa1.com/x", "delete", {}),
    ("invite", "join discord.gg/abcdef", "delete", {}),
    ("scam", SCAM, "delete", {}),
    ("blocked_phrase", "what a flurb", "delete", {"blocked_phrases": ["flurb"]}),
    ("mentions", "@ab1 @cd2 @ef3 @gh4 @ij5 hi", "delete", {}),
    ("everyone", "hey @everyone", "warn", {}),
    ("zalgo", "h" + "\u0301" * 14 + "i", "delete", {}),
    ("caps", "THIS IS THE LOUDEST LINE THAT ANYBODY EVER WROTE", "note", {}),
    ("symbols", "!" * 60, "note", {}),
]


@pytest.mark.parametrize(("rule", "text", "action", "more"), RULES)
async def test_each_rule_acts_as_told(
    sqlite: Storage, rule: str, text: str, action: str, more: Mapping[str, Any]
) -> None:
    async with Shop(sqlite, moderation={**ACT, **more}) as shop:
        await shop.show()
        key = await shop.says("Kim", text)
        assert await log(shop) == [("Kim", rule, action)]
        assert shop.acts() == ([("delete", key)] if action == "delete" else [])
        assert len(cards(shop)) == (0 if action == "note" else 1)


async def test_an_impostor_is_deleted_and_the_playbook_starts(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT, playbooks=True) as shop:
        await shop.show()
        key = await shop.says("Mara Ho1t", "dm me to pay for your order")
        assert shop.acts() == [("delete", key)]
        found = await shop.rows(select(runs).where(runs.c.playbook_id == "impersonation"))
        assert [row.variables["name"] for row in found] == ["Mara Ho1t"]


async def test_a_raid_is_one_card_for_a_person_and_deletes_nothing(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        for number in range(9):
            await shop.says(f"New{number}", PASTE)
        assert [rule for _, rule, _ in await log(shop)] == ["raid"] * 4
        assert len(cards(shop)) == 1
        assert shop.acts() == []


async def test_a_new_account_may_not_post_links(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        at = shop.clock.now()
        person = replace(shop.person("Kim"), joined=at - timedelta(hours=1))
        await shop.hears(line(shop, person, "see https://blog.example/x"))
        old = replace(shop.person("Lou"), joined=at - timedelta(days=9))
        await shop.hears(line(shop, old, "see https://blog.example/x"))
        assert await log(shop) == [("Kim", "new_account", "delete"), ("Lou", "link", "note")]


def line(shop: Shop, person: Person, text: str, **more: Any) -> ChatMessage:
    number = shop._next()
    return ChatMessage(
        key=f"{PLATFORM}:{number}",
        channel=STREAM,
        native_id=str(number),
        person=person,
        text=text,
        sent_at=shop._moment(),
        **more,
    )


# --- who and what is never touched ----------------------------------------------------------------


@pytest.mark.parametrize("role", [one for one in Role if one not in ("viewer", "customer")])
async def test_the_team_is_never_touched(sqlite: Storage, role: Role) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        for _ in range(6):
            await shop.says("Mara Ho1t", SCAM, role=role.value)
        assert await log(shop) == []
        assert shop.acts() == []


async def test_another_bot_is_left_alone(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        robot = replace(shop.person("Robot"), machine=True)
        await shop.hears(line(shop, robot, SCAM, quotes=True))
        assert await log(shop) == []


async def test_claims_in_capitals_with_emoji_and_repeated_are_claims(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        for name in ("Ana", "Bea", "Cyd"):
            for _ in range(5):
                await shop.says(name, "CLAIM D1 M!!!!!! 😍😍😍😍😍😍😍😍😍😍")
        assert await log(shop) == []
        assert shop.acts() == []
        claims = await shop.rows(select(sale.holds.c.quantity).order_by(sale.holds.c.id))
        assert [row.quantity for row in claims] == [1, 1, 1]


async def test_viewers_who_say_what_the_host_asked_for_are_left_alone(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Mara", f"Type it with me: {PASTE}!", role="host")
        for number in range(30):
            await shop.says(f"V{number}", PASTE)
        assert await log(shop) == []


async def test_a_size_may_be_said_again_and_again_by_who_was_asked(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation={**ACT, "repeats_short": 2}) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1")
        for _ in range(6):
            await shop.says("Ana", "M")
        assert await log(shop) == []
        assert (await shop.numbers("D1-M")).held == 1


async def test_claim_abuse_goes_before_a_person_and_the_claims_stand(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT, release_delay_seconds=1) as shop:
        await shop.show()
        for _ in range(6):
            await shop.says("Kim", "claim D2")
            await shop.says("Kim", "cancel D2")
            await shop.passes(seconds=3)
        await shop.says("Kim", "claim D2")
        assert await log(shop) == [("Kim", "claim_abuse", "review")]
        assert shop.acts() == []
        assert (await shop.numbers("D2")).held == 1
        card = next(post for post in shop.paper.posts if post.kind == "moderation.card")
        assert [button.label for button in card.buttons] == ["Time out", "False alarm"]


async def test_a_claim_beside_a_scam_stands_and_a_person_looks(storage: Storage) -> None:
    async with Shop(storage, moderation={**ACT, "blocked_phrases": ["omg"]}) as shop:
        await shop.show()
        await shop.says("Kim", "omg claim M3")
        assert await log(shop) == [("Kim", "blocked_phrase", "review")]
        assert shop.acts() == []
        assert (await shop.numbers("M3")).held == 1


async def test_a_deleted_line_is_answered_by_nobody(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation={**ACT, "blocked_phrases": ["claim it"]}) as shop:
        await shop.show()
        shop.heard()
        key = await shop.says("Kim", "can I claim it, D9? claim D9")
        assert shop.acts() == [("delete", key)] or shop.acts() == []
        if shop.acts():
            assert shop.heard() == []


# --- dry run --------------------------------------------------------------------------------------


async def test_out_of_the_box_nothing_is_done_and_one_card_says_what_would_be(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        shop.heard()
        for _ in range(3):
            await shop.says("Kim", SCAM)
        await shop.says("Lou", "see bit.ly/abc")
        assert shop.acts() == []
        assert shop.heard() == []
        assert cards(shop) == []
        await shop.passes(minutes=11)
        (card,) = cards(shop)
        assert "would have acted 4 times today: scam 3, risky link 1" in card
        assert "would timeout (scam) Kim" in card
        await shop.says("Lou", "see bit.ly/abd")
        await shop.passes(minutes=11)
        (card,) = cards(shop)
        assert "5 times" in card


async def test_off_means_that_nothing_is_looked_at(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation={"mode": "off"}) as shop:
        await shop.show()
        await shop.says("Kim", SCAM)
        await shop.passes(minutes=11)
        assert await log(shop) == []
        assert cards(shop) == []


async def test_rules_are_let_to_act_one_by_one(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert "scam: dry" in await shop.command("/mod rules scam")
        told = await shop.command("/mod rules scam on")
        assert told == "scam is on from the next line on."
        key = await shop.says("Kim", SCAM)
        await shop.says("Lou", "see bit.ly/abc")
        assert shop.acts() == [("delete", key)]
        assert "scam: on · acted 1" in await shop.command("/mod rules scam")
        assert "only noted 1" in await shop.command("/mod rules risky_link")
        await shop.command("/mod rules scam off")
        await shop.says("Max", SCAM)
        assert [name for name, *_ in await log(shop)] == ["Kim", "Lou"]
        assert await shop.command("/undo") == "scam is set as it was before."
        await shop.says("Max", SCAM)
        assert len(shop.acts()) == 2


async def test_the_rules_are_listed_with_what_they_did_in_this_show(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        assert "Of the last 7 days:" in await shop.command("/mod rules")
        await shop.says("Kim", SCAM)
        await shop.show()
        told = await shop.command("/mod rules")
        assert "Since the start of Friday:" in told
        assert "scam: on · acted 0, only noted 0" in told
        await shop.says("Lou", SCAM)
        await shop.says("Max", "look at https://blog.example/x")
        await shop.command("/mod rules caps off")
        told = await shop.command("/mod rules")
        assert "scam: on · acted 1, only noted 0" in told
        # What ends in a note was only noted, although the rule may act.
        assert "\nlink: on · acted 0, only noted 1" in told
        assert "caps: off" in await shop.command("/mod rules caps")


# --- taking back ----------------------------------------------------------------------------------


async def test_undo_of_a_deletion_says_sorry_and_takes_the_strike_back(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Kim", SCAM)
        shop.heard()
        told = await shop.presses("Mo", "Undo", role="moderator")
        assert told.text == "Taken back for Kim: the act, and the strike that came with it."
        # What it said stays out of the chat: it may have held an address, or an invite.
        sorry = (
            "💬 @Kim your line was taken away by mistake, sorry. Press *Read it* to see it again."
        )
        assert shop.heard() == [sorry]
        assert SCAM in (await shop.presses("Kim", "Read it")).text
        assert "somebody else" in (await shop.presses("Lou", "Read it")).text
        assert cards(shop) == [f"{cards(shop)[0].split(' · settled')[0]} · settled by Mo at 20:00"]
        await shop.says("Kim", SCAM)
        assert [action for *_, action in await log(shop)] == ["delete", "delete"]


async def test_undo_of_a_timeout_lets_somebody_write_again(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Kim", SCAM)
        await shop.says("Kim", SCAM)
        await shop.presses("Mo", "Undo", role="moderator")
        assert shop.acts()[-1] == ("free", "kim")
        assert shop.heard()[-1].startswith("💬 @Kim you can write again")


async def test_undo_of_a_warning_is_said_and_the_word_is_gone(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Lou", "hey @everyone")
        why = shop._find("Read it")
        await shop.presses("Mo", "Undo", role="moderator")
        assert shop.heard()[-1].startswith("💬 @Lou the team's word to you is taken back")
        assert (await shop.presses_id("Lou", why)).text == "The team took this back. All is well."


TAUGHT = [
    ("see youtube.com/a and https://evil.top/b", "risky_link", "see https://sub.evil.top/other"),
    ("join discord.gg/abcdef", "invite", "come to discord.gg/abcdef now"),
    (SCAM, "scam", f"hey all {SCAM}"),
    ("what a flurb", "blocked_phrase", "What a FLURB!"),
    ("@ab1 @cd2 @ef3 @gh4 @ij5 hi", "mentions", "@ab1 @cd2 @ef3 @gh4 @ij5 hi"),
]


@pytest.mark.parametrize(("text", "rule", "again"), TAUGHT)
async def test_a_false_alarm_teaches_also_over_a_restart_and_another_process(
    sqlite: Storage, text: str, rule: str, again: str
) -> None:
    rules = {**ACT, "blocked_phrases": ["flurb"]}
    async with Shop(sqlite, moderation=rules) as shop:
        await shop.show()
        await shop.says("Kim", text)
        assert [one for _, one, _ in await log(shop)] == [rule]
        await shop.presses("Mo", "False alarm", role="moderator")
        await shop.says("Lou", again)
        assert len(await log(shop)) == 1
    async with Shop(sqlite, moderation=rules, continues=shop) as later:
        await later.says("Max", again)
        assert len(await log(later)) == 1
        # Another process, in which a moderator takes it back.
        other = Shop(sqlite, moderation=rules, continues=later)
        undo = Command(
            key=f"{PLATFORM}:elsewhere",
            person=shop.person("Mo", "moderator"),
            channel=STREAM,
            sent_at=later._moment(),
            line="/undo",
            reply_to="mo:elsewhere",
        )
        async with sqlite.write() as tx:
            await other.andon.dispatcher.act(tx, undo, undo.sent_at)
        assert await later.rows(select(moderation_taught)) == []
        await later.says("Pia", again)
        assert len(await log(later)) == 2


async def test_a_false_alarm_taught_in_one_process_is_known_in_the_other(
    storage: Storage,
) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Kim", SCAM)
        other = Shop(storage, moderation=ACT, continues=shop)
        await other.andon.dispatcher.refresh()
        press = shop._press("Mo", shop._find("False alarm"), "moderator", None)
        async with storage.write() as tx:
            await other.andon.dispatcher.act(tx, press, press.sent_at)
        await shop.says("Lou", SCAM)
        assert await log(shop) == [("Kim", "scam", "delete")]


async def test_a_person_may_be_called_like_a_host_once_the_team_says_so(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Mara Ho1t", "hello all")
        assert await log(shop) == [("Mara Ho1t", "impostor_name", "review")]
        await shop.presses("Mo", "False alarm", role="moderator")
        await shop.passes(hours=2)
        await shop.says("Mara Ho1t", "hello again")
        assert len(await log(shop)) == 1


async def test_two_moderators_press_at_once_and_the_second_hears_who_was_faster(
    storage: Storage,
) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Kim", SCAM)
        undo, wrong = shop._find("Undo"), shop._find("False alarm")
        await shop.presses_id("Mo", undo, role="moderator")
        late = await shop.presses_id("Mia", wrong, role="owner")
        assert late.text == "Mo was faster; nothing was changed."
        again = await shop.presses_id("Mo", undo, role="moderator")
        assert again.text == "Mo was faster; nothing was changed."
        assert await shop.rows(select(moderation_taught)) == []


@pytest.mark.parametrize(
    "button",
    ["mod.undo:", "mod.undo:nothing", "mod.false:a:b", "mod.delete:0123456789ab", "mod.count:zz"],
)
async def test_a_forged_press_changes_nothing(sqlite: Storage, button: str) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Kim", SCAM)
        before = shop.acts()
        await shop.presses_id("Mo", button, role="moderator")
        assert shop.acts() == before
        undo = shop._find("Undo").replace("mod.undo", "mod.timeout")
        told = await shop.presses_id("Mo", undo, role="moderator")
        assert "nothing was changed" in told.text
        mine = await shop.presses_id("Kim", shop._find("Undo"))
        assert "moderator" in mine.text
        assert shop.acts() == before


async def test_a_person_decides_about_what_was_handed_to_them(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Mara Ho1t", "hello all")
        told = await shop.presses("Mo", "Time out", role="moderator")
        assert told.text.startswith("Mara Ho1t can write nothing for 10 min")
        assert shop.acts() == [("timeout", "mara ho1t")]
        assert await shop.command("/undo") == (
            "Taken back for Mara Ho1t: the act, and the strike that came with it."
        )
        assert shop.acts()[-1] == ("free", "mara ho1t")


# --- edits, repeats, restarts ---------------------------------------------------------------------


async def test_an_edit_is_looked_at_again(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        key = await shop.says("Kim", "so pretty")
        await shop.edits(key, "join discord.gg/abcdef", "Kim")
        assert shop.acts() == [("delete", key)]


async def test_a_line_edited_into_spam_and_back_is_judged_once_for_each_text(
    storage: Storage,
) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        key = await shop.says("Kim", "so pretty")
        into, back = edit(shop, key, SCAM), edit(shop, key, "so pretty")
        for message in (into, into, back, back):
            await shop.hears(message)
        assert await log(shop) == [("Kim", "scam", "delete")]
        assert shop.acts() == [("delete", key)]
        await shop.hears(edit(shop, key, SCAM))
        assert [action for *_, action in await log(shop)] == ["delete", "delete"]
        (strikes,) = await shop.rows(select(func.sum(moderation_log.c.weight)))
        assert strikes[0] == STEPS[Rule.SCAM].weight


def edit(shop: Shop, key: str, text: str) -> MessageEdited:
    at = shop._moment()
    return MessageEdited(
        key=f"{key}@{at.isoformat()}",
        of=key,
        channel=STREAM,
        native_id=key.split(":")[1],
        person=shop.person("Kim"),
        text=text,
        sent_at=at,
        edited_at=at,
    )


async def test_an_edit_found_for_the_same_is_no_second_strike(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        key = await shop.says("Kim", "hey @everyone")
        await shop.edits(key, "hey @everyone!", "Kim")
        weights = await shop.rows(select(func.sum(moderation_log.c.weight)))
        assert weights[0][0] == 3
        assert len([one for one in shop.heard() if "a word from the team" in one]) == 1


async def test_a_line_delivered_twice_is_one_offence(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        message = line(shop, shop.person("Kim"), SCAM)
        await shop.hears(message)
        await shop.hears(message)
        assert await log(shop) == [("Kim", "scam", "delete")]


async def test_a_press_delivered_twice_is_one_press(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Kim", SCAM)
        press = shop._press("Mo", shop._find("Undo"), "moderator", None)
        assert isinstance(press, Press)
        for _ in range(2):
            await shop.andon.intake.act(press)
        done = await shop.rows(select(audit).where(audit.c.action == "mod.takeback"))
        assert len(done) == 1


async def test_strikes_and_repeats_outlast_a_restart(storage: Storage) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Mara", f"Say it: {PASTE}", role="host")
        await shop.says("Kim", SCAM)
        for _ in range(3):
            await shop.says("Lou", "please show the blue one")
        for number in range(4):
            await shop.says(f"New{number}", OTHER)
    async with Shop(storage, moderation=ACT, continues=shop) as again:
        await again.says("Kim", SCAM)
        await again.says("Lou", "please show the blue one")
        for number in range(4, 7):
            await again.says(f"New{number}", OTHER)
        for number in range(8):
            await again.says(f"V{number}", PASTE)
        assert [(name, rule, action) for name, rule, action in await log(again)][1:] == [
            ("Kim", "scam", "timeout"),
            ("Lou", "repeated", "warn"),
            ("New5", "raid", "review"),
            ("New6", "raid", "review"),
        ]


async def test_the_memory_is_built_once_and_not_for_each_batch(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        for number in range(6):
            key = await shop.says("Ana", f"hello {number}")
        await shop.edits(key, "hello you", "Ana")
        await shop.deletes(key)
        await shop.say_together(("Ana", "claim M3"), ("Bea", "hi"))
        await shop.command("/stage M3")
        await shop.says("Bea", "mine")
        assert shop.andon.house.moderation.rebuilt == 1
