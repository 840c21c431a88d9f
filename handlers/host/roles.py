"""Who acts on the host's page."""

from handlers.people import MODERATORS, Role

__all__ = ["HOSTS"]

#: Who runs the show, and the one who stands in front of it.
HOSTS = MODERATORS | {Role.HOST}
