"""Answers commands, buttons, menus and forms: who may, what was meant, and who does it."""

from handlers.capability import Role
from handlers.command_line import Invocation, Misread, match, read_command
from handlers.messages import Answer, Command, FormSubmit, Press
from handlers.people import Person
from handlers.registry import Registry
from handlers.work import Work

__all__ = ["answer_to"]

#: What a button's id may hold on every platform; a longer one is forged.
_LONGEST_BUTTON = 100


async def answer_to(registry: Registry, work: Work, act: Command | Press | FormSubmit) -> Answer:
    """Do what `act` asks for, and return what to say to the one who asked."""
    if isinstance(act, Command):
        return await _command(registry, work, act)
    if isinstance(act, FormSubmit):
        return await _form(registry, work, act)
    if act.button.startswith("menu."):
        return await _menu(registry, work, act)
    return await _press(registry, work, act)


async def _command(registry: Registry, work: Work, command: Command) -> Answer:
    found = match(command.line, registry.commands)
    if isinstance(found, Misread):
        return _misread(work, found)
    spec, rest = found
    if not command.person.may(spec.roles):
        return _refuse(work, command.person, f"/{spec.name}", spec.roles)
    options = read_command(spec, rest, work.snapshot, work.house.currency)
    if isinstance(options, Misread):
        return _misread(work, options)
    return await spec.run(
        work,
        Invocation(
            spec=spec,
            key=command.key,
            person=command.person,
            channel=command.channel,
            reply_to=command.reply_to,
            sent_at=command.sent_at,
            options=options,
        ),
    )


async def _menu(registry: Registry, work: Work, press: Press) -> Answer:
    menu = registry.menus.get(press.button.removeprefix("menu.").removesuffix(":"))
    if menu is None:
        return _gone(work)
    if not press.person.may(menu.roles):
        return _refuse(work, press.person, menu.label, menu.roles)
    return await menu.run(work, press)


async def _press(registry: Registry, work: Work, press: Press) -> Answer:
    name, _, rest = press.button.partition(":")
    arguments = rest.split(":") if rest else []
    spec = registry.presses.get(name)
    if spec is None or len(press.button) > _LONGEST_BUTTON or not spec.fits(arguments):
        return _gone(work)
    if not press.person.may(spec.roles):
        return _refuse(work, press.person, name, spec.roles)
    return await spec.run(work, press, arguments)


async def _form(registry: Registry, work: Work, form: FormSubmit) -> Answer:
    name, _, rest = form.form.partition(":")
    spec = registry.forms.get(name)
    if spec is None:
        return _gone(work)
    if not form.person.may(spec.roles):
        return _refuse(work, form.person, name, spec.roles)
    return await spec.run(work, form, rest.split(":"))


def _misread(work: Work, misread: Misread) -> Answer:
    return Answer(text=work.house.wording.say(misread.key, **misread.values))


def _gone(work: Work) -> Answer:
    return Answer(text=work.house.wording.say("refused.gone"))


def _refuse(work: Work, person: Person, what: str, roles: frozenset[Role]) -> Answer:
    work.record(person, "refused", what)
    named = [role.value for role in Role if role in roles]
    return Answer(text=work.house.wording.say("refused.role", what=what, roles=named))
