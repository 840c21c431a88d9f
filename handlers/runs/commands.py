"""`/playbook`: what there is, what is open, and everything that is done to it, typed."""

from collections.abc import Mapping

from rapidfuzz import process

from handlers.capability import CommandSpec, Option, OptionKind
from handlers.claims.telling import shown_time
from handlers.command_line import Invocation
from handlers.messages import Answer, Form
from handlers.people import TEAM
from handlers.runs.asking import ask_form, of_item, started
from handlers.runs.card import card_text, filled, next_steps, plain_title
from handlers.runs.counting import now_of
from handlers.runs.records import Run, load
from handlers.runs.steps import end_run, no_run, note, step_act
from handlers.runs.suggesting import lift_mutes
from handlers.work import Work
from playbooks.fields import Value
from playbooks.model import Playbook
from playbooks.run import ActKind
from storage.schema.runs import runs

__all__ = ["COMMANDS", "open_runs"]

_ACTS = tuple(kind.value for kind in ActKind if kind is not ActKind.NOTE)
_MOST = 200


async def list_(work: Work, command: Invocation) -> Answer:
    """`/playbook list`: the runs that are open, and the playbooks that can be started."""
    say = work.house.wording.say
    lines = [_open_line(work, run) for run in await open_runs(work)]
    for book in sorted(work.house.playbooks.by_id.values(), key=lambda one: one.id):
        lines.append(say("runs.list", name=book.id, title=plain_title(book, {})))
    return Answer(text="\n".join(lines) or say("runs.none_there"))


async def status(work: Work, command: Invocation) -> Answer:
    """`/playbook status [RUN]`: the card of a run, or the runs that are open."""
    number = command.options["run"]
    if number is not None:
        found = await load(work, runs.c.id == number)
        if not found:
            return no_run(work, number)
        return Answer(text=card_text(work, await now_of(work, found[0])))
    lines = [_open_line(work, run) for run in await open_runs(work)]
    return Answer(text="\n".join(lines) or work.house.wording.say("runs.none_open"))


async def open_runs(work: Work) -> list[Run]:
    """Every open run, the oldest first."""
    found = await load(work, runs.c.ended_at.is_(None), most=_MOST)
    return sorted(found, key=lambda run: run.id)


def _open_line(work: Work, run: Run) -> str:
    state = run.state
    return work.house.wording.say(
        "runs.open",
        number=run.id,
        title=filled(state, state.playbook.title),
        done=sum(step.settled for step in state.steps),
        steps=len(state.steps),
        waiting=len(next_steps(state)),
        at=shown_time(work, state.started_at),
    )


async def start(work: Work, command: Invocation) -> Answer:
    """`/playbook start NAME [CODE]`: by hand."""
    book = _named(work, command)
    if not isinstance(book, Playbook):
        return book
    answer, number = await started(work, book, await _known(work, command), command.person, {})
    if number:
        await lift_mutes(work, book.id)
    return answer


async def ask(work: Work, command: Invocation) -> Form | None:
    """The questions of the playbook that `/playbook start` names, if it has any."""
    book = _named(work, command)
    if not isinstance(book, Playbook):
        return None
    return await ask_form(work, book, await _known(work, command))


def _named(work: Work, command: Invocation) -> Playbook | Answer:
    books, word = work.house.playbooks.by_id, command.options["name"].casefold()
    found = books.get(word)
    if found is not None:
        return found
    near = process.extractOne(word[:60], list(books), score_cutoff=50)
    told = {"word": command.options["name"], "near": near[0] if near else ""}
    return Answer(text=work.house.wording.say("runs.no_playbook", **told))


async def _known(work: Work, command: Invocation) -> Mapping[str, Value]:
    item = command.options["code"]
    return {} if item is None else await of_item(work, item)


async def step(work: Work, command: Invocation) -> Answer:
    """`/playbook step RUN STEP done|skip|block|start|reopen [WHY…]`."""
    given = command.options
    kind, why = ActKind(given["act"]), given["why"] or ""
    return await step_act(work, command.person, given["run"], given["step"], kind, why)


async def noted(work: Work, command: Invocation) -> Answer:
    """`/playbook note RUN TEXT…`."""
    return await note(work, command.person, command.options["run"], command.options["text"])


async def ended(work: Work, command: Invocation) -> Answer:
    """`/playbook end RUN WHY…`."""
    return await end_run(work, command.person, command.options["run"], command.options["why"])


_RUN = Option(name="run", kind=OptionKind.RUN, summary="the run's number")

COMMANDS = (
    CommandSpec(
        name="playbook list",
        summary="open runs, and the playbooks there are",
        run=list_,
        roles=TEAM,
        lists=True,
    ),
    CommandSpec(
        name="playbook start",
        summary="start one by hand",
        run=start,
        opens=ask,
        roles=TEAM,
        options=(
            Option(name="name", kind=OptionKind.PLAYBOOK, summary="the playbook's name"),
            Option(
                name="code", kind=OptionKind.ITEM, summary="the item it is about", required=False
            ),
        ),
    ),
    CommandSpec(
        name="playbook step",
        summary="say what became of a step",
        run=step,
        roles=TEAM,
        options=(
            _RUN,
            Option(name="step", kind=OptionKind.STEP, summary="its number or name"),
            Option(name="act", kind=OptionKind.WORD, summary="what was done", choices=_ACTS),
            Option(
                name="why",
                kind=OptionKind.TEXT,
                summary="why; needed to skip or block",
                required=False,
            ),
        ),
    ),
    CommandSpec(
        name="playbook note",
        summary="write a note into a run",
        run=noted,
        roles=TEAM,
        options=(_RUN, Option(name="text", kind=OptionKind.TEXT, summary="the note")),
    ),
    CommandSpec(
        name="playbook status",
        summary="where a run stands, or what is open",
        run=status,
        roles=TEAM,
        lists=True,
        options=(
            Option(name="run", kind=OptionKind.RUN, summary="the run's number", required=False),
        ),
    ),
    CommandSpec(
        name="playbook end",
        summary="end a run; what is left is skipped",
        run=ended,
        roles=TEAM,
        options=(_RUN, Option(name="why", kind=OptionKind.TEXT, summary="why it ends")),
    ),
)
