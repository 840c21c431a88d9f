"""One-time codes: short enough to type, from a source nobody can foresee, and kept as a hash."""

import secrets

__all__ = ["made_code", "read_code", "shown_code"]

#: Without what is mistaken for something else: 0 and O, 1 and I and L.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 8


def made_code() -> str:
    """A new code: one of 31^8."""
    return "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))


def shown_code(code: str) -> str:
    """A code as it is shown: `K7QM-4XPD`."""
    return f"{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str | None:
    """The code that was typed, in any case, with or without its hyphen; None if it is none."""
    plain = "".join(sign for sign in typed.upper() if sign.isalnum())
    return plain if len(plain) == _LENGTH and set(plain) <= set(_SIGNS) else None
