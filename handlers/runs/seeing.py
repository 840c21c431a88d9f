"""What the page of the runs shows: every open run, its steps, whose they are and when they are due.

It only reads. Instants are ISO 8601, so that the page can count down by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.runs.card import filled, step_number
from handlers.runs.counting import as_of_now
from handlers.runs.records import Run, load
from handlers.snapshot import Snapshot
from handlers.work import House, Work
from playbooks.filling import fill_command
from playbooks.model import Step
from playbooks.run import RunState, StepState
from storage.schema.runs import runs
from storage.unit_of_work import Transaction

__all__ = ["RunLook", "RunsLook", "StepLook", "see_runs"]

#: Far more than anybody looks through.
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLook:
    """A step. `after` are the numbers of the steps that it waits for; `due` is empty without one.

    `who` has it or settled it; `owner` is the role whose it is.
    """

    id: str
    number: int
    title: str
    owner: str
    who: str
    status: str
    why: str
    due: str
    after: tuple[int, ...]
    required: bool
    command: str
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLook:
    """An open run, `urgent`, `warning` or `info`; `words` are what the host says, to be read."""

    number: int
    title: str
    severity: str
    owner: str
    since: str
    words: str
    steps: tuple[StepLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsLook:
    """The open runs, the most urgent first and then the newest."""

    shop: str
    runs: tuple[RunLook, ...]


_ORDER = {"urgent": 0, "warning": 1, "info": 2}


async def see_runs(tx: Transaction, snapshot: Snapshot, house: House, now: datetime) -> RunsLook:
    """Read what the page shows, from a read transaction."""
    work = Work(tx, house, snapshot, now, commands={}, undoes={}, waits=())
    found = await load(work, runs.c.ended_at.is_(None), most=_MOST)
    looks = [_run(work, run) for run in await as_of_now(work, found)]
    return RunsLook(
        shop=house.shop_name,
        runs=tuple(sorted(looks, key=lambda one: (_ORDER[one.severity], -one.number))),
    )


def _run(work: Work, run: Run) -> RunLook:
    state, book = run.state, run.state.playbook
    return RunLook(
        number=run.id,
        title=filled(state, book.title),
        severity=book.severity.value,
        owner=work.house.wording.say(f"role.{book.owner.value}"),
        since=state.started_at.isoformat(),
        words=filled(state, book.host_script) if book.host_script else "",
        steps=tuple(_steps(work, state)),
    )


def _steps(work: Work, state: RunState) -> Sequence[StepLook]:
    pairs = zip(state.steps, state.playbook.steps, strict=True)
    return [_step(work, state, now, step) for now, step in pairs]


def _step(work: Work, state: RunState, now: StepState, step: Step) -> StepLook:
    open_ = [one for one in step.depends_on if (on := state.step(one)) and not on.settled]
    owner = state.playbook.owner_of(step)
    return StepLook(
        id=step.id,
        number=step_number(state, step.id),
        title=filled(state, step.title),
        owner=work.house.wording.say(f"role.{owner.value}"),
        who=now.who,
        status=now.status.value,
        why=now.why,
        due="" if now.settled or now.due_at is None else now.due_at.isoformat(),
        after=tuple(step_number(state, one) for one in open_),
        required=step.required,
        command=fill_command(step.command, state.variables) if step.command else "",
        proof=filled(state, step.proof) if step.proof else "",
    )
