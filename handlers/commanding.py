"""Commands asked for by something else than a typed line: a button, a form, a playbook's step.

They run as if the one who presses had typed them. Who may is looked at before: by the roles of the
button or form, or with `roles_able` where the command decides.
"""

from collections.abc import Mapping
from typing import Any

from handlers.capability import CommandSpec
from handlers.command_line import Invocation
from handlers.messages import Answer, Command, FormSubmit, Press
from handlers.people import Role
from handlers.wording import Said
from handlers.work import Work

__all__ = ["as_command", "invocation_of", "roles_able"]


def invocation_of(
    act: Command | Press | FormSubmit, spec: CommandSpec, options: Mapping[str, Any]
) -> Invocation:
    """The command `spec` with `options` as read, by the person and in the channel of `act`."""
    return Invocation(
        spec=spec,
        key=act.key,
        person=act.person,
        channel=act.channel,
        reply_to=act.reply_to,
        sent_at=act.sent_at,
        options=options,
    )


async def as_command(work: Work, act: Press | FormSubmit, name: str, **options: Any) -> Answer:
    """Run the command `name`, its other options not given."""
    spec = work.commands[name]
    given = {option.name: None for option in spec.options} | options
    return await spec.run(work, invocation_of(act, spec, given))


def roles_able(work: Work, roles: frozenset[Role]) -> list[Said]:
    """What those of `roles` are called that somebody in this house can have."""
    say = work.house.wording.say
    return [say(f"role.{role.value}") for role in Role if role in roles & work.house.given]
