"""The painter of the show's own message: at once, never too often, and always what is so last."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.clock import ManualClock
from bot.platforms.base import BoardPost, PostDelayed, PostFailed, ShowsBoard
from bot.show_board import ShowBoards
from handlers.messages import Channel
from storage.errors import StorageUnavailable
from tests.fakes.floor import NOON

STREAM, OTHER = Channel("wall", "stream"), Channel("wall", "other")


class Wall:
    """A platform that shows boards: what was painted, when, and what goes wrong next."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.painted: list[tuple[float, str]] = []
        self.boards: list[BoardPost] = []
        self.troubles: list[BaseException] = []
        self.tries = 0
        #: Where set, painting takes until it is opened.
        self.held: asyncio.Event | None = None

    async def show_board(self, channel: Channel, board: BoardPost) -> None:
        self.tries += 1
        if self.held is not None:
            await self.held.wait()
        if self.troubles:
            raise self.troubles.pop(0)
        self.boards.append(board)
        self.painted.append(((self.clock.now() - NOON).total_seconds(), board.text))


class Hall:
    """A show whose board reads as `says`, and the painters of its walls."""

    def __init__(self, *channels: Channel) -> None:
        self.clock = ManualClock(NOON)
        self.board: BoardPost | None = BoardPost(show=1, title="Friday", text="start")
        self.last: dict[int, BoardPost] = {}
        self.reads = 0
        self.unreadable: list[BaseException] = []
        self.alerts: list[str] = []
        self.owner = True
        self.walls = {channel: Wall(self.clock) for channel in channels or (STREAM,)}
        self.boards = ShowBoards(
            self.read,
            [(wall, channel) for channel, wall in self.walls.items()],
            self.clock,
            new_reference=lambda: "ref1",
            alert=self.alerts.append,
            owning=lambda: self.owner,
        )

    async def read(self, show_id: int | None = None) -> BoardPost | None:
        self.reads += 1
        if self.unreadable:
            raise self.unreadable.pop(0)
        return self.board if show_id is None else self.last.get(show_id, self.board)

    @property
    def wall(self) -> Wall:
        return self.walls[STREAM]

    @property
    def painted(self) -> list[tuple[float, str]]:
        return self.wall.painted

    def says(self, text: str, *, show: int = 1, final: bool = False) -> None:
        self.board = BoardPost(show=show, title="Friday", text=text, final=final)
        self.boards.changed()

    async def turns(self) -> None:
        """Everybody does what can be done without time passing."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def passes(self, seconds: float) -> None:
        """Time passes in steps of a tenth of a second."""
        await self.turns()
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)
            await self.turns()


@asynccontextmanager
async def hall(*channels: Channel) -> AsyncIterator[Hall]:
    here = Hall(*channels)
    running = asyncio.create_task(here.boards.run())
    await here.turns()
    yield here
    await here.boards.stop()
    await running


async def test_a_start_paints_what_is_so_then() -> None:
    async with hall() as here:
        assert isinstance(here.wall, ShowsBoard)
        assert here.painted == [(0, "start")]


async def test_nothing_is_painted_while_there_was_no_show() -> None:
    here = Hall()
    here.board = None
    running = asyncio.create_task(here.boards.run())
    await here.passes(5)
    assert here.painted == []
    here.says("live")
    await here.turns()
    assert here.painted == [(5, "live")]
    await here.boards.stop()
    await running


async def test_the_first_change_is_painted_at_once() -> None:
    async with hall() as here:
        await here.passes(10)
        here.says("a")
        await here.turns()
        assert here.painted[1:] == [(10, "a")]


async def test_many_changes_are_painted_every_two_seconds_and_the_last_one_always() -> None:
    async with hall() as here:
        for number in range(50):
            here.says(str(number))
            await here.passes(0.1)
        await here.passes(10)
        assert here.painted == [(0, "start"), (2, "19"), (4, "39"), (6, "49")]


async def test_the_pace_counts_from_when_the_message_stood() -> None:
    async with hall() as here:
        await here.passes(5)
        here.wall.held = asyncio.Event()
        here.says("slow")
        await here.passes(3)
        here.says("next")
        here.wall.held.set()
        await here.passes(1.5)
        assert here.painted[1:] == [(8, "slow")]
        await here.passes(1)
        assert here.painted[2:] == [(10, "next")]


async def test_what_reads_the_same_is_not_painted_again() -> None:
    async with hall() as here:
        await here.passes(5)
        for _ in range(20):
            here.boards.changed()
            await here.passes(0.1)
        assert here.painted == [(0, "start")]
        # Two seconds of changes are no reason to look at every one of them.
        assert here.reads <= 6


async def test_while_nothing_changes_nobody_looks() -> None:
    async with hall() as here:
        await here.passes(5)
        reads = here.reads
        await here.passes(60)
        assert here.reads == reads
        assert here.clock.next_due() is None


async def test_a_change_while_it_is_read_is_not_lost() -> None:
    async with hall() as here:
        await here.passes(5)
        here.says("a")
        await here.turns()
        here.says("b")
        await here.passes(3)
        assert [text for _, text in here.painted] == ["start", "a", "b"]


async def test_the_end_of_a_show_is_painted_once() -> None:
    async with hall() as here:
        here.says("over", final=True)
        await here.passes(3)
        here.says("over, and one came back", final=True)
        await here.passes(30)
        assert [text for _, text in here.painted] == ["start", "over"]


async def test_a_show_that_goes_on_after_all_ends_once_more() -> None:
    async with hall() as here:
        for text, final in (("over", True), ("goes on", False), ("over again", True)):
            here.says(text, final=final)
            await here.passes(3)
        assert [text for _, text in here.painted] == ["start", "over", "goes on", "over again"]


async def test_a_show_gets_its_last_word_before_the_next_one_begins() -> None:
    async with hall() as here:
        here.last[1] = BoardPost(show=1, title="Friday", text="over", final=True)
        here.says("next show", show=2)
        await here.passes(10)
        assert [(one.show, one.text) for one in here.wall.boards] == [
            (1, "start"),
            (1, "over"),
            (2, "next show"),
        ]


async def test_a_show_that_never_was_gets_a_last_word_too() -> None:
    async with hall() as here:
        here.last[1] = BoardPost(show=1, title="", text="not begun", final=True)
        here.board = None
        here.boards.changed()
        await here.passes(30)
        assert [text for _, text in here.painted] == ["start", "not begun"]


async def test_an_older_show_that_is_over_is_left_alone() -> None:
    async with hall() as here:
        here.last[1] = BoardPost(show=2, title="", text="not begun", final=True)
        here.says("live", show=2)
        await here.passes(3)
        here.last[2] = BoardPost(show=2, title="", text="not begun", final=True)
        here.says("over since yesterday", show=1, final=True)
        await here.passes(10)
        assert "over since yesterday" not in [text for _, text in here.painted]


@pytest.mark.parametrize("trouble", [PostDelayed("busy"), OSError("gone"), TimeoutError()])
async def test_what_may_work_later_is_tried_again_by_itself(trouble: Exception) -> None:
    async with hall() as here:
        await here.passes(5)
        here.wall.troubles = [replace_with(trouble) for _ in range(3)]
        with capture_logs() as logs:
            here.says("a")
            await here.passes(13)
            assert here.painted[1:] == []
            await here.passes(2)
        # After 2, 4 and 8 seconds.
        assert here.painted[1:] == [(19, "a")]
        assert [log["failures"] for log in logs] == [1, 2, 3]
        assert here.alerts == []


def replace_with(trouble: Exception) -> Exception:
    """A fresh one of the same kind: an error is raised once."""
    return type(trouble)(*trouble.args)


async def test_it_waits_as_long_as_the_platform_asks() -> None:
    async with hall() as here:
        await here.passes(5)
        here.wall.troubles = [PostDelayed("slow down", retry_after=45)]
        here.says("a")
        await here.passes(44)
        assert here.wall.tries == 2
        here.says("b")
        await here.passes(2)
        assert here.painted[1:] == [(50, "b")]


async def test_a_database_that_is_away_is_waited_for() -> None:
    async with hall() as here:
        await here.passes(5)
        here.unreadable = [StorageUnavailable("Locked.", reason="locked")]
        here.says("a")
        await here.passes(3)
        assert here.painted[1:] == [(7, "a")]
        assert here.alerts == []


async def test_what_is_refused_is_tried_at_the_next_change_and_told_once() -> None:
    async with hall() as here:
        await here.passes(5)
        here.wall.troubles = [PostFailed("no right to pin here.") for _ in range(5)]
        for number in range(5):
            here.says(str(number))
            await here.passes(40)
        assert here.wall.tries == 6
        assert here.painted[1:] == []
        assert here.alerts == [
            "The show's own message cannot be brought up to date (no right to pin here). It is "
            "tried again when something changes. Reference ref1."
        ]
        here.says("well again")
        await here.turns()
        assert here.painted[1:] == [(205, "well again")]


async def test_what_is_refused_is_not_hammered() -> None:
    async with hall() as here:
        await here.passes(5)
        here.wall.troubles = [PostFailed("no") for _ in range(100)]
        for number in range(600):
            here.says(str(number))
            await here.passes(0.1)
        assert here.wall.tries <= 7


async def test_a_bug_ends_one_painting_and_nothing_else() -> None:
    async with hall() as here:
        await here.passes(5)
        here.unreadable = [KeyError("board.nobody_says_this"), ValueError("and another")]
        with capture_logs() as logs:
            here.says("a")
            await here.passes(5)
            here.says("b")
            await here.passes(5)
            here.says("c")
            await here.passes(5)
        assert [log["reference"] for log in logs] == ["ref1", "ref1"]
        assert here.painted[-1][1] == "c"
        assert here.alerts == [
            "The show's own message cannot be brought up to date. It is tried again when "
            "something changes. Reference ref1."
        ]


async def test_a_platform_that_hangs_up_is_no_end_of_ours() -> None:
    async with hall() as here:
        await here.passes(5)
        here.wall.troubles = [asyncio.CancelledError()]
        here.says("a")
        await here.passes(3)
        assert here.painted[1:] == [(7, "a")]


async def test_each_channel_has_its_own_pace_and_troubles() -> None:
    async with hall(STREAM, OTHER) as here:
        await here.passes(5)
        here.wall.troubles = [PostDelayed("busy", retry_after=20)]
        here.says("a")
        await here.passes(1)
        assert here.painted[1:] == []
        assert here.walls[OTHER].painted[1:] == [(5, "a")]


async def test_only_who_takes_in_the_stream_paints() -> None:
    here = Hall()
    here.owner = False
    running = asyncio.create_task(here.boards.run())
    here.says("a")
    await here.passes(10)
    assert (here.painted, here.reads) == ([], 0)
    here.owner = True
    await here.passes(1)
    assert [text for _, text in here.painted] == ["a"]
    here.owner = False
    here.says("painted by the other")
    await here.passes(5)
    here.says("a")
    here.owner = True
    # What stands there now was painted by somebody else.
    await here.passes(2)
    assert [text for _, text in here.painted] == ["a", "a"]
    await here.boards.stop()
    await running


async def test_a_message_that_was_lost_is_painted_again() -> None:
    async with hall() as here:
        await here.passes(5)
        here.boards.repaint()
        await here.turns()
        assert [text for _, text in here.painted] == ["start", "start"]


async def test_a_stop_lets_the_edit_under_way_end_and_begins_no_other() -> None:
    here = Hall()
    here.wall.held = asyncio.Event()
    running = asyncio.create_task(here.boards.run())
    await here.turns()
    stopping = asyncio.create_task(here.boards.stop())
    await here.turns()
    here.says("too late")
    assert not stopping.done()
    here.wall.held.set()
    await stopping
    await running
    assert [text for _, text in here.painted] == ["start"]


async def test_a_stop_gives_up_what_does_not_end() -> None:
    here = Hall()
    here.wall.held = asyncio.Event()
    running = asyncio.create_task(here.boards.run())
    await here.turns()
    await here.boards.stop(within=0.01)
    await running
    assert here.painted == []


async def test_without_a_place_it_runs_until_it_is_stopped() -> None:
    boards = ShowBoards(
        Hall().read, [], ManualClock(NOON), new_reference=lambda: "r", alert=lambda _: None
    )
    running = asyncio.create_task(boards.run())
    boards.changed()
    await asyncio.sleep(0)
    assert not running.done()
    await boards.stop()
    await running


async def test_another_title_is_another_board() -> None:
    async with hall() as here:
        await here.passes(5)
        assert here.board is not None
        here.board = replace(here.board, title="Friday · paused")
        here.boards.changed()
        await here.turns()
        assert here.wall.boards[-1].title == "Friday · paused"


async def test_a_board_that_is_deleted_while_it_is_painted_is_painted_again() -> None:
    async with hall() as here:
        here.wall.held = asyncio.Event()
        await here.passes(5)
        here.says("live")
        await here.turns()
        here.boards.repaint()
        here.wall.held.set()
        await here.passes(3)
        assert [text for _, text in here.painted] == ["start", "live", "live"]


async def test_a_platform_that_loses_its_board_has_it_painted_again() -> None:
    here = Hall()

    class Losing(Wall):
        def when_a_board_is_gone(self, tell: Callable[[], None]) -> None:
            self.lose = tell

    wall = Losing(here.clock)
    boards = ShowBoards(
        here.read,
        [(wall, STREAM)],
        here.clock,
        new_reference=lambda: "ref1",
        alert=here.alerts.append,
    )
    running = asyncio.create_task(boards.run())
    await here.passes(3)
    wall.lose()
    await here.passes(3)
    assert [text for _, text in wall.painted] == ["start", "start"]
    await boards.stop()
    await running
