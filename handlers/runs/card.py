"""The card of a run: what the host says, the steps with their owners and times, what comes next."""

from collections.abc import Iterator, Mapping, Sequence

from handlers.claims.telling import shown_time
from handlers.command_line import Misread, match
from handlers.messages import Button, ButtonStyle
from handlers.runs.records import Run
from handlers.speech import button_values
from handlers.team.taking import history_line
from handlers.wording import Said, plain
from handlers.work import Work
from playbooks.filling import fill, fill_command, holes
from playbooks.model import Playbook, Severity, Step
from playbooks.run import Entry, EntryKind, RunState, Status, StepState

__all__ = [
    "card_text",
    "command_of",
    "filled",
    "harmless",
    "next_steps",
    "of_live_show",
    "plain_title",
    "say_run",
    "step_named",
    "step_number",
    "words_to_say",
]

_SIGNS = {
    Status.OPEN: "⬜",
    Status.IN_PROGRESS: "🔵",
    Status.BLOCKED: "⛔",
    Status.DONE: "✅",
    Status.SKIPPED: "⏭️",
}
_WAITS = "▫️"
_ROLES_TOLD = (EntryKind.REMINDED, EntryKind.ESCALATED)
_MOST_STEPS = 12
_MOST_SETTLED = 3
_MOST_WITH_BUTTONS = 4
_LONGEST_HOST_LINE = 300
_LONGEST_COMMAND = 70


def say_run(work: Work, run: Run, entries: Sequence[Entry], *, acted: bool, new: bool) -> None:
    """Say the card of a run as it is now; `entries` are what happened, for its thread."""
    book = run.state.playbook
    urgent = new and book.severity is Severity.URGENT
    work.tell_team(
        "playbooks",
        "runs.card",
        {
            "text": card_text(work, run),
            "severity": book.severity.value,
            "urgent": urgent,
            "history": "" if new else "\n".join(_history(work, run.state, entries)),
            **button_values(_buttons(work, run)),
        },
        card=f"run:{run.id}",
        due_at=work.at if acted or of_live_show(work, run.state.variables) else None,
    )


def of_live_show(work: Work, variables: Mapping[str, object]) -> bool:
    """Whether this is about the show that is live: then it is said at any hour."""
    live = work.snapshot.timeline.live
    return live is not None and variables.get("show_id") == live.id


def filled(state: RunState, text: str) -> Said:
    """A text of the playbook with its holes filled; what people typed into them is harmless."""
    return Said(fill(text, harmless(state.variables)))


def plain_title(book: Playbook, known: Mapping[str, object]) -> Said:
    """The title of a playbook; its name instead, and the item, where not all of it is known."""
    told = {name: one for name, one in harmless(known).items() if one is not None}
    if all(name in told for name in holes(book.title)):
        return Said(fill(book.title, told))
    name = book.id.replace("-", " ").capitalize()
    return Said(f"{name}: {told['code']}" if told.get("code") else name)


def harmless(variables: Mapping[str, object]) -> dict[str, object]:
    """Variables that what people typed into them cannot make mention or format anything."""
    return {
        name: plain(value) if isinstance(value, str) else value for name, value in variables.items()
    }


# --- the text -------------------------------------------------------------------------------------


def card_text(work: Work, run: Run) -> Said:
    """The whole card in words."""
    say, state, book = work.house.wording.say, run.state, run.state.playbook
    lines = [
        say(
            f"runs.head.{book.severity.value}",
            number=run.id,
            title=filled(state, book.title),
            by=state.variables.get("started_by", ""),
            at=shown_time(work, state.started_at),
            owner=say(f"role.{book.owner.value}"),
        )
    ]
    if state.ended_at is not None:
        told = {"at": shown_time(work, state.ended_at), "who": state.ended_by}
        lines.append(say(f"runs.over.{state.ended_how}", **told, why=state.ended_why))
    elif book.host_script:
        lines.append(say("runs.host", line=Said(_brief(filled(state, book.host_script)))))
    lines += _step_lines(work, run)
    return Said("\n".join(lines))


def _brief(text: str) -> str:
    """As many whole lines as the card has room for; the rest is behind *Words*."""
    if len(text) <= _LONGEST_HOST_LINE:
        return text
    cut = max(text.rfind(end, 0, _LONGEST_HOST_LINE) for end in (". ", ".\n", "! ", "? "))
    return text[: cut + 1] + " …" if cut > 0 else text[: _LONGEST_HOST_LINE - 1] + "…"


def _step_lines(work: Work, run: Run) -> Iterator[Said]:
    say, state = work.house.wording.say, run.state
    steps = list(zip(state.steps, state.playbook.steps, strict=True))
    # A finished run shows all that was done; an open one, what is still to do.
    settled = [pair for pair in steps if pair[0].settled]
    shown_settled = settled if len(steps) <= _MOST_STEPS else settled[-_MOST_SETTLED:]
    if len(settled) > len(shown_settled):
        yield say("runs.settled", count=len(settled) - len(shown_settled))
    left = [pair for pair in steps if not pair[0].settled]
    shown = [*shown_settled, *left[: _MOST_STEPS - min(len(shown_settled), _MOST_SETTLED)]]
    for pair in steps:
        if pair in shown:
            yield _step_line(work, run, *pair)
    more = len(shown_settled) + len(left) - len(shown)
    if more > 0:
        yield say("runs.more", count=more, number=run.id)


def _step_line(work: Work, run: Run, now: StepState, step: Step) -> Said:
    say, book = work.house.wording.say, run.state.playbook
    waits = not now.settled and now.ready_at is None
    command = fill_command(step.command or "", harmless(run.state.variables))
    known = command_of(work, run.state, step) is not None
    return say(
        "runs.step",
        sign=_WAITS if waits else _SIGNS[now.status],
        number=step_number(run.state, step.id),
        title=filled(run.state, step.title),
        who=now.who or say(f"role.{book.owner_of(step).value}"),
        why=now.why,
        optional=not step.required and not now.settled,
        # What is complete is a button; the rest has to be typed.
        command="" if now.settled or not known or step.complete else Said(plain(command)),
        due="" if now.settled else shown_time(work, now.due_at),
        overdue=not now.settled and now.due_at is not None and now.due_at <= work.at,
    )


def _history(work: Work, state: RunState, entries: Sequence[Entry]) -> Iterator[Said]:
    say = work.house.wording.say
    for entry in entries:
        step = state.playbook.step(entry.step)
        yield history_line(
            work,
            f"runs.told.{entry.kind}",
            who=say(f"role.{entry.who}") if entry.kind in _ROLES_TOLD else entry.who,
            number=0 if step is None else step_number(state, step.id),
            words=entry.words,
            times=entry.number,
        )


# --- what can be pressed --------------------------------------------------------------------------


def next_steps(state: RunState) -> Sequence[tuple[StepState, Step]]:
    """The steps whose turn it is, in the order of the playbook."""
    if state.ended_at is not None:
        return ()
    pairs = zip(state.steps, state.playbook.steps, strict=True)
    return [(now, step) for now, step in pairs if now.ready_at is not None and not now.settled]


def command_of(work: Work, state: RunState, step: Step) -> str | None:
    """The command line of a step, filled in; None where it has none that exists yet."""
    if step.command is None:
        return None
    line = fill_command(step.command, state.variables)
    return None if isinstance(match(line, work.commands), Misread) else line


def _buttons(work: Work, run: Run) -> tuple[Button, ...]:
    say, state = work.house.wording.say, run.state
    buttons: list[Button] = []
    for now, step in next_steps(state)[:_MOST_WITH_BUTTONS]:
        number = step_number(state, step.id)
        to = f"{run.id}:{step.id}"
        buttons.append(
            Button(
                id=f"runs.done:{to}",
                label=say("runs.button.done", number=number),
                style=ButtonStyle.PRIMARY,
            )
        )
        if now.status is not Status.IN_PROGRESS:
            buttons.append(
                Button(id=f"runs.take:{to}", label=say("runs.button.take", number=number))
            )
        line = command_of(work, state, step) if step.complete else None
        if line is not None:
            buttons.append(Button(id=f"runs.do:{to}", label=line[:_LONGEST_COMMAND]))
    if state.ended_at is None:
        label = say("runs.button.more")
        buttons.append(Button(id=f"runs.more:{run.id}", label=label))
        if state.playbook.host_script or state.playbook.customer_message:
            buttons.append(Button(id=f"runs.words:{run.id}", label=say("runs.button.words")))
    return tuple(buttons)


def words_to_say(work: Work, state: RunState) -> Said:
    """What the host says and what the customers read, word for word, ready to be copied."""
    say, book = work.house.wording.say, state.playbook
    parts = []
    for key, text in (("host", book.host_script), ("customers", book.customer_message)):
        if text:
            parts.append(say(f"runs.words.{key}", text=filled(state, text)))
    return Said("\n".join(parts))


def step_number(state: RunState, name: str) -> int:
    """The number of a step on the card, from 1."""
    return next(at for at, one in enumerate(state.playbook.steps, 1) if one.id == name)


def step_named(state: RunState, word: str) -> str:
    """The step that a person means by its number or its name; the word itself if it is none."""
    steps = state.playbook.steps
    if word.isascii() and word.isdecimal() and len(word) < 4 and 1 <= int(word) <= len(steps):
        return steps[int(word) - 1].id
    return word.casefold()
