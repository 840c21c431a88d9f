"""Answers commands, buttons, menus and forms: who may, what was meant, and who does it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from handlers import paging
from handlers.capability import CommandSpec, FormSpec, MenuSpec, PressSpec, Role
from handlers.command_line import Misread, match, read_command, read_given
from handlers.commanding import invocation_of, roles_able
from handlers.form_checks import faults_of, returned
from handlers.messages import Answer, Command, Form, FormSubmit, Press, Visibility
from handlers.registry import Registry
from handlers.work import Work

__all__ = ["answer_to", "faults_in", "form_of", "is_beside", "may_open"]

#: What a button's id may hold on every platform; a longer one is forged.
_LONGEST_BUTTON = 100
_LONGEST_NUMBER = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """Why an act is not carried out: the sentence, and what is put into the audit, if anything."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    audited: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """What an act asks for: what runs, and what may open a form before it."""

    run: Callable[[], Awaitable[Answer]]
    opens: Callable[[], Awaitable[Form | None]] | None = None


async def answer_to(registry: Registry, work: Work, act: Command | Press | FormSubmit) -> Answer:
    """Do what `act` asks for, and return what to say to the one who asked."""
    meant = _meant(registry, work, act)
    if isinstance(meant, _Meant):
        return await meant.run()
    if meant.audited is not None:
        work.record(act.person, "refused", meant.audited)
    return Answer(text=work.house.wording.say(meant.key, **meant.values))


async def form_of(registry: Registry, work: Work, act: Command | Press) -> Form | None:
    """The form that `act` opens; None where it opens none, or is refused. Only reads."""
    meant = _meant(registry, work, act)
    return None if isinstance(meant, _Refused) or meant.opens is None else await meant.opens()


async def faults_in(registry: Registry, work: Work, form: FormSubmit) -> Mapping[str, str]:
    """A sentence for each field of `form` that cannot stay as it is; none if it is refused."""
    spec, arguments = _spec_of(registry, form)
    if spec is None or not form.person.may(spec.roles):
        return {}
    return await _faults(work, spec, form, arguments)


def may_open(registry: Registry, act: Command | Press) -> bool:
    """Whether what `act` names may open a form, before anything is read for it."""
    spec: CommandSpec | PressSpec | MenuSpec | None
    if isinstance(act, Command):
        found = match(act.line, registry.commands)
        spec = None if isinstance(found, Misread) else found[0]
    else:
        spec = _menu_of(registry, act) or registry.presses.get(act.button.partition(":")[0])
    return spec is not None and spec.opens is not None


def is_beside(registry: Registry, act: Command | Press) -> bool:
    """Whether `act` is a command that reads beside the sale, or another page of its answer."""
    if isinstance(act, Command):
        found = match(act.line, registry.commands)
    else:
        again = paging.asked_again(act.button)
        found = match("" if again is None else again[1], registry.commands)
    if isinstance(found, Misread):
        return False
    spec = found[0]
    # Who may not is refused where that can be put into the audit.
    return spec.beside and act.person.may(spec.roles) and (spec.lists or isinstance(act, Command))


def _meant(registry: Registry, work: Work, act: Command | Press | FormSubmit) -> _Meant | _Refused:
    if isinstance(act, Command):
        return _command(registry, work, act)
    if isinstance(act, FormSubmit):
        return _form(registry, work, act)
    if act.button.startswith("menu."):
        return _menu(registry, work, act)
    return _press(registry, work, act)


def _command(registry: Registry, work: Work, command: Command, page: int = 1) -> _Meant | _Refused:
    found = match(command.line, registry.commands)
    if isinstance(found, Misread):
        return _misread(found)
    spec, rest = found
    if not command.person.may(spec.roles):
        return _not_for(work, f"/{spec.name}", spec.roles)
    if command.options is None:
        options = read_command(spec, rest, work.snapshot, work.house.currency)
    else:
        options = read_given(spec, command.options, work.snapshot, work.house.currency)
    if isinstance(options, Misread):
        return _misread(options)
    invocation = invocation_of(command, spec, options)
    run = partial(spec.run, work, invocation)
    if spec.lists:
        given = command.options
        line = command.line if given is None else paging.line_of(spec, given)
        return _Meant(run=partial(_list, run, work, spec, line, page))
    return _Meant(
        run=run, opens=None if spec.opens is None else partial(spec.opens, work, invocation)
    )


async def _list(
    run: Callable[[], Awaitable[Answer]], work: Work, spec: CommandSpec, line: str, page: int
) -> Answer:
    return paging.page(await run(), spec, line, page, work.house.wording)


def _page(registry: Registry, work: Work, press: Press) -> _Meant | _Refused:
    """Another page of a list: its command once more, for whoever presses."""
    asked = paging.asked_again(press.button)
    found = match(asked[1], registry.commands) if asked is not None else None
    if asked is None or found is None or isinstance(found, Misread) or not found[0].lists:
        return _gone(press.button)
    number, line = asked
    command = Command(
        key=press.key,
        person=press.person,
        channel=press.channel,
        sent_at=press.sent_at,
        line=line,
        reply_to=press.reply_to,
    )
    meant = _command(registry, work, command, number)
    return meant if isinstance(meant, _Refused) else _Meant(run=partial(_in_private, meant.run))


async def _in_private(run: Callable[[], Awaitable[Answer]]) -> Answer:
    return replace(await run(), visibility=Visibility.PRIVATE)


def _menu_of(registry: Registry, press: Press) -> MenuSpec | None:
    name = press.button.removeprefix("menu.")
    return None if name == press.button else registry.menus.get(name.removesuffix(":"))


def _menu(registry: Registry, work: Work, press: Press) -> _Meant | _Refused:
    menu = _menu_of(registry, press)
    if menu is None:
        return _gone(press.button)
    if not press.person.may(menu.roles):
        return _not_for(work, menu.label, menu.roles)
    return _Meant(
        run=partial(menu.run, work, press),
        opens=None if menu.opens is None else partial(menu.opens, work, press),
    )


def _press(registry: Registry, work: Work, press: Press) -> _Meant | _Refused:
    name, _, rest = press.button.partition(":")
    if len(press.button) > _LONGEST_BUTTON:
        return _gone(press.button)
    if name == paging.BUTTON:
        return _page(registry, work, press)
    arguments = rest.split(":") if rest else []
    spec = registry.presses.get(name)
    if spec is None or not spec.fits(arguments):
        return _gone(press.button)
    if not press.person.may(spec.roles):
        return _not_for(work, name, spec.roles, spec.label)
    return _Meant(
        run=partial(spec.run, work, press, arguments),
        opens=None if spec.opens is None else partial(spec.opens, work, press, arguments),
    )


def _form(registry: Registry, work: Work, form: FormSubmit) -> _Meant | _Refused:
    spec, arguments = _spec_of(registry, form)
    if spec is None:
        return _gone(form.form)
    if not form.person.may(spec.roles):
        return _not_for(work, spec.name, spec.roles, spec.label)
    return _Meant(run=partial(_checked, work, spec, form, arguments))


def _spec_of(registry: Registry, form: FormSubmit) -> tuple[FormSpec | None, Sequence[str]]:
    name, _, rest = form.form.partition(":")
    arguments = rest.split(":")
    # A number there is the id of a row or a line: one that fits into no column is forged.
    numbers = [one for one in arguments if one.isdecimal()]
    forged = any(len(one) > _LONGEST_NUMBER or int(one) >= 2**63 for one in numbers)
    if forged or len(form.form) > _LONGEST_BUTTON:
        return None, ()
    return registry.forms.get(name), arguments


async def _checked(
    work: Work, spec: FormSpec, form: FormSubmit, arguments: Sequence[str]
) -> Answer:
    """Do what a form asks for, unless a field of it cannot stay as it is."""
    faults = await _faults(work, spec, form, arguments)
    if not faults:
        return await spec.run(work, form, arguments)
    return Answer(text=returned(spec.fields, form.values, faults, work.house.wording))


async def _faults(
    work: Work, spec: FormSpec, form: FormSubmit, arguments: Sequence[str]
) -> Mapping[str, str]:
    faults = faults_of(spec.fields, form.values, work.house.wording)
    if faults or spec.check is None:
        return faults
    return await spec.check(work, form, arguments)


def _gone(what: str) -> _Refused:
    # It may be old, and it may be forged: the audit has it either way.
    return _Refused(key="refused.gone", audited=what[:_LONGEST_BUTTON])


def _misread(misread: Misread) -> _Refused:
    return _Refused(key=misread.key, values=misread.values)


def _not_for(work: Work, what: str, roles: frozenset[Role], label: str | None = None) -> _Refused:
    """Why somebody may not: `what` is for the audit, `label` what people call it, if anything."""
    said = {"what": what if label is None else label, "roles": roles_able(work, roles)}
    return _Refused(key="refused.role", values=said, audited=what)
