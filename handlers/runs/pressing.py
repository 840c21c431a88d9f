"""The buttons and forms of runs: ticking a step, doing its command, answering what is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from handlers import paging
from handlers.capability import CommandSpec, FormSpec, OptionKind, PressSpec
from handlers.command_line import Misread, match, read_command
from handlers.commanding import invocation_of, roles_able
from handlers.messages import Answer, Field, FieldKind, Form, FormSubmit, Press, Visibility
from handlers.people import TEAM
from handlers.runs import suggesting
from handlers.runs.asking import of_item, started, to_ask
from handlers.runs.card import command_of, filled, step_number, words_to_say
from handlers.runs.counting import now_of
from handlers.runs.records import Run, load
from handlers.runs.reviews import answer_all, form_for
from handlers.runs.running import do_step, find
from handlers.runs.steps import no_run, note, nothing_there, step_act
from handlers.runs.suggesting import answer_form, lift_mutes, start_suggested
from handlers.work import Work
from playbooks.fields import Value
from playbooks.run import ActKind, Status, StepAct
from storage.schema.runs import runs

__all__ = ["FORMS", "PRESSES"]

_MOST_CHOICES = 25
_LONGEST_WHY = 500
_MORE = (ActKind.SKIP, ActKind.BLOCK, ActKind.NOTE, ActKind.REOPEN)


# --- steps ----------------------------------------------------------------------------------------


async def done(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Done*: the step is done, unless somebody was faster."""
    return await step_act(work, press.person, int(arguments[0]), arguments[1], ActKind.DONE)


async def take(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Take*: somebody is on it."""
    return await step_act(work, press.person, int(arguments[0]), arguments[1], ActKind.START)


async def _look(work: Work, number: str) -> Run | None:
    found = await load(work, runs.c.id == int(number))
    return found[0] if found else None


async def do(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """The command of a step, with the rights of whoever presses; the step is then theirs."""
    say = work.house.wording.say
    run = await find(work, int(arguments[0]))
    step = None if run is None else run.state.playbook.step(arguments[1])
    line = None if run is None or step is None else command_of(work, run.state, step)
    if run is None:
        return no_run(work, int(arguments[0]))
    if step is None or line is None:
        return nothing_there(work, run.id)
    found = match(line, work.commands)
    if isinstance(found, Misread):
        return Answer(text=say(found.key, **found.values))
    spec, rest = found
    if not press.person.may(spec.roles):
        return _not_for(work, press, spec)
    options = read_command(spec, rest, work.snapshot, work.house.currency)
    if isinstance(options, Misread):
        return Answer(text=say(options.key, **options.values))
    now = run.state.step(step.id)
    if now is not None and now.status is Status.OPEN:
        # Where it is not its turn yet the command runs all the same, and the step stays.
        what = StepAct(step=step.id, kind=ActKind.START, who=press.person.name, at=work.at)
        await do_step(work, run, what)
    answer = await spec.run(work, invocation_of(press, spec, options))
    if spec.lists:
        answer = paging.page(answer, spec, line, 1, work.house.wording)
    return replace(answer, visibility=Visibility.PRIVATE)


def _not_for(work: Work, press: Press, spec: CommandSpec) -> Answer:
    name, able = f"/{spec.name}", roles_able(work, spec.roles)
    work.record(press.person, "refused", name)
    return Answer(text=work.house.wording.say("refused.role", what=name, roles=able))


async def words(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Words*: the host's lines and the customers' message, whole, to copy."""
    run = await _look(work, arguments[0])
    if run is None:
        return no_run(work, int(arguments[0]))
    return Answer(text=words_to_say(work, (await now_of(work, run)).state))


async def more(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*More…* where no form can be opened: how the same is typed."""
    run = await _look(work, arguments[0])
    if run is None:
        return no_run(work, int(arguments[0]))
    if run.state.ended_at is not None:
        return nothing_there(work, run.id)
    return Answer(text=work.house.wording.say("runs.more_typed", number=run.id))


async def ask_more(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """*More…*: skip a step, block it, open it again, or write a note."""
    say, run = work.house.wording.say, await _look(work, arguments[0])
    if run is None or run.state.ended_at is not None:
        return None
    state = run.state
    steps = [
        (step.id, f"{step_number(state, step.id)} {filled(state, step.title)}"[:95])
        for step in state.playbook.steps
    ]
    # What is settled comes last: there is seldom more to say about it.
    steps.sort(key=lambda one: (now := state.step(one[0])) is not None and now.settled)
    acts = tuple((kind.value, str(say(f"runs.act.{kind}"))) for kind in _MORE)
    return Form(
        id=f"runs.more:{run.id}",
        title=str(say("runs.more_title", number=run.id)),
        fields=(
            Field(
                name="act", label=say("runs.ask.act"), kind=FieldKind.CHOICE, choices=acts,
            ),
            Field(
                name="step",
                label=say("runs.ask.step"),
                kind=FieldKind.CHOICE,
                choices=tuple(steps[:_MOST_CHOICES]),
                required=False,
            ),
            _WHY,
        ),
    )  # fmt: skip


async def more_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *More…*."""
    number = int(arguments[0]) if arguments[0].isdecimal() else 0
    typed, why = form.values.get("act", ""), form.values.get("why", "").strip()
    kind = next((one for one in _MORE if one.value == typed), None)
    if kind is None:
        return Answer(text=work.house.wording.say("refused.gone"))
    name = form.values.get("step", "").strip()
    if kind is ActKind.NOTE and not name:
        return await note(work, form.person, number, why)
    return await step_act(work, form.person, number, name, kind, why)


# --- suggestions ----------------------------------------------------------------------------------


async def start(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Start*, where nothing has to be asked."""
    return await start_suggested(work, press.person, int(arguments[0]), {})


async def ask_start(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """What is asked of whoever presses *Start*."""
    return await answer_form(work, int(arguments[0]))


async def not_now(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Not now*."""
    return await suggesting.dismiss(work, press.person, int(arguments[0]))


async def mute(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Mute*."""
    return await suggesting.mute(work, press.person, int(arguments[0]))


async def asked_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """What was asked for a start: of a suggestion, or by hand."""
    name, suggestion, code = (*arguments, "", "", "")[:3]
    book = work.house.playbooks.by_id.get(name)
    if book is None:
        return Answer(text=work.house.wording.say("runs.no_playbook", word=name, near=""))
    item = work.snapshot.catalogue.items.get(code)
    known: Mapping[str, Value] = {} if item is None else await of_item(work, item)
    given = {asked: form.values.get(asked, "") for asked in to_ask(book, known)}
    if suggestion.isdecimal() and int(suggestion):
        return await start_suggested(work, form.person, int(suggestion), given)
    answer, number = await started(work, book, known, form.person, given)
    if number:
        await lift_mutes(work, book.id)
    return answer


# --- reviews --------------------------------------------------------------------------------------


async def answer(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Answer* where no form can be opened."""
    return Answer(text=work.house.wording.say("runs.answer_in_a_form"))


async def ask_answers(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The questions of a review."""
    run = await _look(work, arguments[0])
    return None if run is None else await form_for(work, run, int(arguments[1]))


async def answers_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """What the team answered."""
    number = int(arguments[0]) if arguments[0].isdecimal() else 0
    run = await find(work, number)
    if run is None:
        return no_run(work, number)
    given = {
        int(name[1:]): typed
        for name, typed in form.values.items()
        if name[:1] == "q" and name[1:].isdecimal()
    }
    kept = await answer_all(work, run, form.person, given)
    return Answer(text=work.house.wording.say("runs.answers_kept", count=kept))


_STEP = (OptionKind.INTEGER, OptionKind.WORD)
_ONE = (OptionKind.INTEGER,)
_WHY = Field(
    name="why", label="Why, or the note", kind=FieldKind.PARAGRAPH, required=False,
    longest=_LONGEST_WHY,
)  # fmt: skip

PRESSES = (
    PressSpec(name="runs.done", run=done, takes=_STEP, roles=TEAM, label="Done"),
    PressSpec(name="runs.take", run=take, takes=_STEP, roles=TEAM, label="Take"),
    PressSpec(name="runs.do", run=do, takes=_STEP, roles=TEAM),
    PressSpec(name="runs.words", run=words, takes=_ONE, roles=TEAM, label="Words"),
    PressSpec(name="runs.more", run=more, opens=ask_more, takes=_ONE, roles=TEAM, label="More…"),
    PressSpec(name="runs.start", run=start, opens=ask_start, takes=_ONE, roles=TEAM, label="Start"),
    PressSpec(name="runs.not_now", run=not_now, takes=_ONE, roles=TEAM, label="Not now"),
    PressSpec(name="runs.mute", run=mute, takes=_ONE, roles=TEAM, label="Mute"),
    PressSpec(
        name="runs.answer",
        run=answer,
        opens=ask_answers,
        takes=(OptionKind.INTEGER, OptionKind.INTEGER),
        roles=TEAM,
    ),
)
FORMS = (
    FormSpec(name="runs.more", run=more_submit, fields=(_WHY,), roles=TEAM, label="More…"),
    FormSpec(name="runs.asked", run=asked_submit, roles=TEAM, label="Start"),
    FormSpec(name="runs.answers", run=answers_submit, roles=TEAM, label="Answer"),
)
