"""What starts a run, what only suggests one, and what ends it; each playbook of the library."""

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from bot.platforms.base import Outgoing
from handlers import events
from handlers.runs.books import Playbooks, load_playbooks
from playbooks.loader import library
from playbooks.model import EventEnd, Playbook, StepsEnd, TimeEnd
from playbooks.triggers import EventTrigger, ScheduleTrigger
from storage.engine import Storage
from storage.schema.runs import run_suggestions, runs
from storage.schema.traffic import failed_events
from tests.fakes.happening import Happening
from tests.fakes.shop import Shop
from tests.unit.test_playbook_library import fields_for

NAMES = [Path(source.name).stem for source in library()]


def told(shop: Shop, kind: str) -> list[Outgoing]:
    """What the team was told of one kind."""
    return [post for post in shop.paper.posts if post.kind == kind]


async def of(shop: Shop, name: str) -> Sequence[Any]:
    """The runs of a playbook."""
    chosen = select(runs).where(runs.c.playbook_id == name).order_by(runs.c.id)
    return await shop.rows(chosen)


async def happens(shop: Shop, happening: Happening, name: str, fields: dict[str, Any]) -> None:
    """An event happens, about the first item where it is about one."""
    # What an item is, the follower looks up itself.
    known = {one.name for one in dataclasses.fields(vars(events)[name])}
    own = {key: value for key, value in fields.items() if key in known and key != "code"}
    if name == "CordPulled":
        own["code"] = "D2"
    happening.give(name, **own)
    assert await shop.command("/happen") == "it happened"


async def accepts(shop: Shop, book: Playbook) -> None:
    """It is asked for, and somebody presses *Start*."""
    assert f"playbook {book.id}?" in told(shop, "runs.suggestion")[-1].text
    assert await of(shop, book.id) == []
    number = (await shop.rows(select(run_suggestions.c.id).where(
        run_suggestions.c.playbook_id == book.id, run_suggestions.c.state == "asked"
    )))[0].id  # fmt: skip
    await shop.presses_id("Sue", f"runs.start:{number}", role="support")


async def starts(shop: Shop, happening: Happening, book: Playbook) -> None:
    """Let the playbook start in its own way: by itself, by the clock of the show, or by hand."""
    trigger = book.when[0]
    if isinstance(trigger, EventTrigger):
        await happens(shop, happening, trigger.event, fields_for(trigger))
        if not trigger.automatic:
            await accepts(shop, book)
        return
    if isinstance(trigger, ScheduleTrigger):
        await shop.show()
        await shop.command("/show end")
        await shop.passes(seconds=trigger.schedule.total_seconds() + 1)
        await accepts(shop, book)
        return
    line = f"/playbook start {book.id}"
    assert "has to know" in await shop.command(line) or not book.variables
    values = {name: f"some {name}" for name in book.variables}
    await shop.submits("Mo", f"runs.asked:{book.id}:0:", **values)


@pytest.mark.parametrize("name", NAMES)
async def test_each_of_the_library_starts_speaks_calls_and_ends(sqlite: Storage, name: str) -> None:
    happening = Happening()
    async with Shop(sqlite, playbooks=True, capabilities=[happening.capability]) as shop:
        book = shop.andon.house.playbooks.by_id[name]
        await starts(shop, happening, book)
        (row,) = await of(shop, name)
        number = row.id
        text = next(one.text for one in told(shop, "runs.card") if f"Run {number}:" in one.text)
        assert not re.search(r"[{}]", text)
        assert len(text) < 1_900
        words = await shop.presses_id("Mo", f"runs.words:{number}", role="host")
        assert not re.search(r"[{}]", words.text)
        level = book.escalation[0]
        calls = f"📣 Run {number},"
        left = (row.started_at + level.after - shop.clock.now()).total_seconds()
        await shop.passes(seconds=left - 1)
        assert not any(calls in one.text for one in told(shop, "alert.card"))
        await shop.passes(seconds=1)
        (call,) = [one for one in told(shop, "alert.card") if calls in one.text]
        assert call.urgent == (book.severity.value == "urgent")
        await ends(shop, happening, book, number)
        (row,) = await of(shop, name)
        assert row.ended_at is not None
        assert row.next_due is None
        (seen,) = [one for one in told(shop, "runs.review") if f"run {number}:" in one.text]
        assert "1 call" in seen.text
        assert await shop.rows(select(failed_events)) == []


async def ends(shop: Shop, happening: Happening, book: Playbook, number: int) -> None:
    """Let it end in the first way that it names."""
    one = book.ends_when[0]
    if isinstance(one, EventEnd):
        (row,) = await of(shop, book.id)
        fields: dict[str, Any] = dict(fields_for(one))
        other = dict.fromkeys(one.same.values(), 99)
        await happens(shop, happening, one.event, {**fields, **other})
        assert (await of(shop, book.id))[0].ended_at is None
        same = {field: row.variables[variable] for variable, field in one.same.items()}
        await happens(shop, happening, one.event, {**fields, **same})
        return
    assert isinstance(one, StepsEnd | TimeEnd)
    for _ in book.steps:
        for place, step in enumerate(book.steps, 1):
            if step.required:
                await shop.command(f"/playbook step {number} {place} done", "Pia", role="producer")
        if (await of(shop, book.id))[0].ended_at is not None:
            return


async def test_one_that_is_open_is_not_started_twice_and_ends_when_it_is_over(
    storage: Storage,
) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.says("Ana", "claim M3 x3")
        assert [row.about for row in await of(shop, "sold-out-on-camera")] == ['["M3"]']
        await shop.command("/stock add M3 2")
        (row,) = await of(shop, "sold-out-on-camera")
        assert row.ended_why == "There is stock again."
        await shop.command("/cord D2 a seam is open")
        await shop.command("/cord D2 a seam is open")
        assert len(await of(shop, "cord-pulled")) == 1
        await shop.command("/cord M4 chipped")
        assert len(await of(shop, "cord-pulled")) == 2


async def test_a_suggestion_is_answered_once_and_its_quiet_is_kept(storage: Storage) -> None:
    async with suggesting(storage, happening := Happening()) as shop:
        await happens(shop, happening, "QuestionSpike", SPIKE)
        (asked,) = told(shop, "runs.suggestion")
        assert [button.label for button in asked.buttons] == ["Start", "Not now", "Mute"]
        # All that it has to know is known, so there is nothing to ask.
        assert await shop.opens("Sue", "runs.start:1", role="support") is None
        await shop.presses_id("Sue", "runs.start:1", role="support")
        late = await shop.presses_id("Pat", "runs.start:1", role="support")
        assert late.text == "Sue started it: run 1."
        assert len(await of(shop, "many-ask")) == 1
        assert "Sue started it" in told(shop, "runs.suggestion")[0].text
        await shop.command("/playbook end 1 enough")
        # The cooldown of the first is not over yet.
        await happens(shop, happening, "QuestionSpike", SPIKE)
        assert len(told(shop, "runs.suggestion")) == 1
        await shop.passes(minutes=31)
        await happens(shop, happening, "QuestionSpike", SPIKE)
        assert (await shop.presses_id("Sue", "runs.mute:2", role="support")).text.startswith(
            "many-ask is not suggested for 30 days"
        )
    async with suggesting(storage, happening, continues=shop) as later:
        await later.passes(days=1)
        await happens(later, happening, "QuestionSpike", SPIKE)
        assert len(told(later, "runs.suggestion")) == 2
        assert "asked once more" in await later.command("/undo", "Sue", role="support")
        await later.presses_id("Sue", "runs.not_now:2", role="support")
        assert told(later, "runs.suggestion")[1].text.endswith("Sue left it for now.")


async def test_a_broken_playbook_never_costs_a_claim(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        broken = shop.andon.house.playbooks
        low = broken.by_id["stock-running-low"]
        # Its texts were checked when it was read; this one was not.
        bad = low.model_copy(update={"host_script": "Only {nobody_knows} are left!"})
        broken._triggers["LampLit"] = [(bad, low.when[0])]  # type: ignore[list-item]
        await shop.show()
        await shop.command("/stage D2")
        for name in ("Ana", "Bea", "Cy", "Di"):
            await shop.says(name, "claim D2")
        assert shop.heard_by("Di") == ["✅ @Di D2 is yours"]
        assert (await shop.numbers("D2")).held == 4
        assert await of(shop, "stock-running-low") == []
        (failed, *_) = await shop.rows(select(failed_events))
        assert (failed.follower, failed.event) == ("runs.follow", "LampLit")


def test_the_shops_own_files_load_beside_the_library(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MANY_ASK, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("id: bad\ntitle: no steps\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no playbook", encoding="utf-8")
    found = load_playbooks(tmp_path, ())
    assert "many-ask" in found.by_id
    assert {problem.file for problem in found.problems if "library" not in problem.file} == {
        "bad.yaml"
    }
    missing = load_playbooks(tmp_path / "nowhere", ())
    assert "cannot be read" in str(missing.problems[0])


SPIKE = {"show_id": 0, "topic": "sizes", "example": "is M small"}
MANY_ASK = """
id: many-ask
title: "Many ask about {topic}"
when:
  - event: QuestionSpike
    where: {topic: {equals: sizes}}
  - hand: true
owner: support
variables:
  topic: {ask: "What do they ask about?", default: sizes}
steps:
  - id: answer
    title: "Answer it: {topic}"
ends_when:
  - steps: done
"""


def suggesting(storage: Storage, happening: Happening, **more: Any) -> Shop:
    """A shop with one playbook of its own, which is only ever suggested."""
    shop = Shop(storage, playbooks=True, capabilities=[happening.capability], **more)
    books: Playbooks = shop.andon.house.playbooks
    own = Playbook.of(yaml.safe_load(MANY_ASK))
    trigger = own.when[0]
    assert isinstance(trigger, EventTrigger)
    books.by_id = {**books.by_id, own.id: own}
    books._triggers["QuestionSpike"] = [(own, trigger)]
    return shop
