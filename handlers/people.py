"""Who speaks: roles, and a person as one platform knows them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["EVERYONE", "MODERATORS", "SETTLERS", "TEAM", "Person", "Role"]


class Role(StrEnum):
    """What a person may do; platforms map their own roles to these."""

    VIEWER = "viewer"
    CUSTOMER = "customer"
    MODERATOR = "moderator"
    HOST = "host"
    PRODUCER = "producer"
    PACKER = "packer"
    SUPPORT = "support"
    OWNER = "owner"


#: Owners and producers may do what a moderator may, so that a small shop needs one role.
MODERATORS = frozenset({Role.MODERATOR, Role.PRODUCER, Role.OWNER})
#: Who decides what waits for a person.
SETTLERS = frozenset({Role.SUPPORT, Role.PRODUCER, Role.OWNER})
TEAM = frozenset(Role) - {Role.VIEWER, Role.CUSTOMER}
EVERYONE = frozenset(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One identity: an id on a platform, the name shown there, and the roles it has there.

    `joined` is when the account was made, where the platform says so; `machine` is another bot.
    """

    platform: str
    id: str
    name: str
    roles: frozenset[Role] = frozenset({Role.VIEWER})
    joined: datetime | None = field(default=None, compare=False)
    machine: bool = field(default=False, compare=False)

    def may(self, roles: frozenset[Role]) -> bool:
        """Whether this person has one of `roles`."""
        return not self.roles.isdisjoint(roles)
