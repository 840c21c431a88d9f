"""What waits for a person: said by `/mine`, and shown on a page of theirs."""

from datetime import timedelta

from sqlalchemy import select

from handlers.capability import Capability, WaitingThing, Waits
from handlers.messages import Button, Home
from handlers.people import Person
from handlers.work import Work
from storage.engine import Storage
from storage.schema import traffic
from tests.fakes.shop import EVENING, Shop


async def chores(work: Work, person: Person) -> list[WaitingThing]:
    """Nobody but Pia has any."""
    if person.id != "pia":
        return []
    times = {"water": None, "sweep": 3, "feed": -1, "post": 1, "dust": -2}
    return [
        WaitingThing(
            title=name,
            detail="soon" if name == "post" else "",
            due=None if hours is None else EVENING + timedelta(hours=hours),
            buttons=(Button(id=f"chore.do:{name}", label=f"Do {name}"),),
        )
        for name, hours in times.items()
    ]


CHORES = Capability(name="chores", summary="Work.", waits=(Waits(name="chores", run=chores),))


async def home(shop: Shop, name: str, role: str) -> Home:
    found = await shop.andon.intake.home(shop.person(name, role))
    assert found is not None
    return found


async def two_exceptions(shop: Shop) -> None:
    await shop.show()
    await shop.says("Ana", "claim M3")
    await shop.says("Bea", "claim M4")
    await shop.command("/stock recount M3 0")
    await shop.passes(minutes=5)
    await shop.command("/stock recount M4 0")


async def test_the_overdue_come_first_then_by_deadline(sqlite: Storage) -> None:
    async with Shop(sqlite, capabilities=[CHORES]) as shop:
        answer = await shop.command("/mine", "Pia", role="packer")
        assert answer.splitlines() == [
            "5 things wait for you:",
            "⏰ dust · overdue since 18:00",
            "⏰ feed · overdue since 19:00",
            "post · soon · due 21:00",
            "sweep · due 23:00",
            "water",
        ]
        labels = [button.label for button in shop.paper.posts[-1].buttons]
        assert labels == ["Do dust", "Do feed", "Do post", "Do sweep", "Do water"]
        assert await shop.command("/mine", "Sue", role="support") == (
            "Nothing waits for you right now."
        )
        assert (await shop.command("/mine", "Ana", role="viewer")).startswith(
            "You cannot use /mine yourself"
        )


async def test_exceptions_wait_for_who_took_them_and_open_ones_for_their_role(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await two_exceptions(shop)
        await shop.command("/exception take 2", "Sue", role="support")
        lines = (await shop.command("/mine", "Sue", role="support")).splitlines()
        assert lines[0] == "2 things wait for you:"
        assert "Exception 1" in lines[1]
        assert lines[1].endswith("nobody has it yet · due Sat 07 Mar 00:00")
        assert lines[2].endswith("you have it · due Sat 07 Mar 00:05")
        pat = await shop.command("/mine", "Pat", role="support")
        assert pat.count("Exception") == 1
        assert (await shop.command("/mine", "Mo")).startswith("Nothing waits")
        # A small shop has one role.
        assert "Exception 1" in await shop.command("/mine", "Olga", role="owner")


async def test_what_is_listed_can_be_taken_there_and_then_and_turns_overdue(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await two_exceptions(shop)
        await shop.command("/mine", "Sue", role="support")
        await shop.presses("Sue", "Take 1", role="support")
        await shop.passes(hours=4, minutes=2)
        lines = (await shop.command("/mine", "Sue", role="support")).splitlines()
        assert lines[1].startswith("⏰")
        assert lines[1].endswith("you have it · overdue since 00:00")
        await shop.command("/exception resolve 1 found", "Sue", role="support")
        assert (await shop.command("/mine", "Sue", role="support")).startswith("One thing waits")


async def test_a_persons_page_says_the_same_and_changes_nothing(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await two_exceptions(shop)
        posts, audit = len(shop.paper.posts), await shop.rows(select(traffic.audit))
        page = await home(shop, "Sue", "support")
        assert page.title == "What waits for you"
        assert [section.buttons[0].label for section in page.sections] == ["Take 1", "Take 2"]
        assert "nobody has it yet · due Sat 07 Mar 00:00" in page.sections[0].text
        assert (await home(shop, "Kim", "packer")).sections[0].text == (
            "Nothing waits for you right now."
        )
        assert len(shop.paper.posts) == posts
        assert await shop.rows(select(traffic.audit)) == audit


async def test_a_moderators_page_begins_with_the_card_of_the_show(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert len((await home(shop, "Mo", "moderator")).sections) == 1
        await shop.show()
        await shop.command("/stage D1")
        card, *rest = (await home(shop, "Mo", "moderator")).sections
        assert "On stage since" in card.text
        assert "🟢 S: 2 left · 🟢 M: 3 left · 🟢 L: 1 left" in card.text
        assert [button.label for button in card.buttons] == [
            "Next", "Pause", "Sold out", "Recount", "Undo", "Cord…",
        ]  # fmt: skip
        assert len(rest) == 1
        assert "On stage" not in str(await home(shop, "Sue", "support"))
