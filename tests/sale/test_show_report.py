"""How a show went: told at its end, told once more when nothing is held, and there at any time."""

import io
import re
from collections.abc import Mapping

import pytest
from PIL import Image
from sqlalchemy import func, select

from bot.reporting import ReportDesk
from storage.engine import Storage
from storage.repositories.pictures import contents
from storage.schema.pictures import pictures
from tests.fakes.packing import PackingShop


class Reporting(PackingShop):
    """A shop whose desk makes the reports that are due."""

    @property
    def desk(self) -> ReportDesk:
        """A desk as another process has it."""
        return ReportDesk(
            self.storage, self.andon.intake.webhook, lambda: self.andon.house, now=self.clock.now
        )

    async def errands(self) -> None:
        """The desk makes what is due, and what is said about it is posted."""
        await self.desk.tick(self.clock.now())
        await self._settle()

    def reports(self) -> list[str]:
        """The cards that the team has."""
        return [post.text for post in self.paper.posts if post.kind == "report.card"]


async def evening(shop: Reporting) -> None:
    """Ana buys, Bob only claims, Cleo and Dan come too late; a moderator helps."""
    await shop.show()
    await shop.sells("Ana", "claim M3 x2")
    await shop.says("Bob", "claim R5")
    await shop.says("Cleo", "claim R5")
    await shop.says("Dan", "claim R5")
    await shop.says("Eve", "hello")
    told = await shop.command("/claim add Eve M4 1 asked on camera")
    assert "Eve" in told, told
    await shop.closes()


async def test_a_show_is_reported_at_its_end_and_after_the_last_hold(storage: Storage) -> None:
    async with Reporting(storage) as shop:
        await evening(shop)
        assert shop.reports() == []
        await shop.errands()
        (first,) = shop.reports()
        lines = first.splitlines()
        # How long is wall time, which stands still for nobody.
        assert re.fullmatch(
            r"⏱ .* p50 \S+ s, p99 \S+ s \(4 of 4 lines that claimed\)\.", lines.pop(4)
        )
        assert lines == [
            "📊 Friday (S1), Fri 06 Mar",
            "Not final: 2 units are still held. The last word comes once they are paid or have "
            "expired.",
            "💰 Claimed $122.00 (4 units): paid $36.00 (30 %), expired $0.00, still held $86.00. "
            "Came in, with shipping and tax: $36.00.",
            "🙋 Wanted and not had: R5 ×2; 2 in all.",
            "✋ By hand: 1 claim added, 0 counted, 0 moved, 0 taken back.",
            "❓ Unanswered questions: 0. Steps late: 0 of 0. Exceptions: 0 opened, 0 open, 0 late.",
            "As a picture and as CSV: andon report S1 --out FOLDER",
        ]
        await shop.errands()
        assert len(shop.reports()) == 1
        await shop.passes(days=4)
        await shop.errands()
        await shop.errands()
        first, final = shop.reports()
        assert "Final: nothing of it is held any more." in final
        # Cleo and Dan were offered the ring in turn, and let it go too.
        assert "Claimed $250.00 (6 units): paid $36.00 (14 %), expired $214.00." in final
        assert "Nobody waits in vain." in final


async def test_the_report_has_a_picture_that_says_its_numbers(sqlite: Storage) -> None:
    async with Reporting(sqlite) as shop:
        await evening(shop)
        await shop.errands()
        (card,) = [post for post in shop.paper.posts if post.kind == "report.card"]
        (picture,) = card.pictures
        assert "paid $36.00 (30 %)" in picture.alt
        assert "R5 ×2" in picture.alt
        async with shop.storage.read() as tx:
            kept = await contents(tx, [picture.id])
        drawn = Image.open(io.BytesIO(kept[picture.id]))
        assert drawn.format == "PNG"
        assert drawn.size[0] > 900


async def test_two_processes_tell_a_report_once_and_a_new_end_tells_it_anew(
    sqlite: Storage,
) -> None:
    async with Reporting(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command("/show end")
        await shop.command("/undo")
        await shop.passes(minutes=1)
        await shop.errands()
        assert shop.reports() == []
        await shop.closes()
        await shop.errands()
        await shop.errands()
        assert len(shop.reports()) == 1


async def test_who_sees_no_money_reads_the_rest_at_any_time(sqlite: Storage) -> None:
    async with Reporting(sqlite) as shop:
        assert "no such show" in await shop.command("/show report")
        await shop.show()
        await shop.says("Bob", "claim R5")
        mine = await shop.command("/show report", "Sue", role="support")
        assert "It is still live" in mine
        assert "Claimed $64.00" in mine
        for named in ("1", "s1", "friday"):
            told = await shop.command(f"/show report {named}")
            assert "📊 Friday (S1)" in told
            assert "$" not in told
        assert "no such show" in await shop.command("/show report Monday")


async def test_a_picture_that_cannot_be_drawn_does_not_keep_the_report(
    sqlite: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_picture: object) -> bytes:
        raise MemoryError("too large")

    monkeypatch.setattr("bot.reporting.draw_report", fails)
    async with Reporting(sqlite) as shop:
        await evening(shop)
        for minutes in (1, 3):
            with pytest.raises(MemoryError):
                await shop.errands()
            await shop.passes(minutes=minutes)
        await shop.errands()
        (report,) = shop.reports()
        assert "Claimed $122.00" in report
        assert await shop._scalar(select(func.count()).select_from(pictures)) == 0


def test_what_is_shown_of_an_evening_with_odd_names_can_be_drawn() -> None:
    from bot.papers.reports import draw_report
    from handlers.reporting.picture import Bar, ReportPicture, Stack

    parts: Mapping[str, int] = {"paid": 90_000, "held": 3_000, "given_back": 1, "expired": 50_000}
    stack = Stack(
        title="$1,430.01 and $2",
        parts=tuple(Bar(kind=kind, label=f"{kind} $1", length=n) for kind, n in parts.items()),
    )
    bars = tuple(
        Bar(kind="unmet", label=f"X{n} / 我要 🎉 a very long size indeed", length=n) for n in (1, 9)
    )
    common = {"title": "Show_1^2 $x$ 金曜日", "unmet_title": "Wanted", "nothing": "-", "alt": "-"}
    for stacks, unmet in (((stack, stack), bars), ((), ())):
        assert draw_report(ReportPicture(stacks=stacks, unmet=unmet, **common))[:4] == b"\x89PNG"
