"""Why a platform cannot be looked at before a show; known without the SDK of any.

The errors are one sentence each, with the way out and never with a token:

- `CannotLook`: the platform is out of reach, or refuses.
    - `WrongToken`: it does not know this token, or the token is one of another kind.
"""

__all__ = ["CannotLook", "WrongToken"]


class CannotLook(Exception):
    """The platform cannot be looked at; `str()` says why and what to do."""


class WrongToken(CannotLook):
    """The token of the bot is none of this platform."""
