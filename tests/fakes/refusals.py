"""What somebody without a role is told."""

from collections.abc import Collection

from handlers.people import Role

__all__ = ["asked", "refusal"]

_NAMED = {
    Role.MODERATOR: "a moderator",
    Role.HOST: "the host",
    Role.PRODUCER: "the producer",
    Role.PACKER: "a packer",
    Role.SUPPORT: "support",
    Role.OWNER: "the owner",
}


def asked(roles: Collection[Role]) -> str:
    """Whom a refusal names."""
    *others, last = [named for role, named in _NAMED.items() if role in roles]
    return f"{', '.join(others)} or {last}" if others else last


def refusal(what: str, roles: Collection[Role]) -> str:
    """The whole sentence."""
    return f"You cannot use {what or 'that'} yourself; please ask {asked(roles)}."
