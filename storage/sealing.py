"""What is private is encrypted before it is stored: addresses, contacts, letters, pictures.

Fernet (AES-128-CBC with HMAC-SHA256) by `cryptography`. The first key seals, each of them opens, so
that a key is changed by putting a new one in front. Each sealed thing carries the name of its key.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

__all__ = ["Locked", "Sealed", "Sealer", "key_name", "new_key"]


#: Begins a text that is sealed; nobody can type it.
_SIGN = "\x1bsealed:"


class Locked(Exception):
    """What was sealed cannot be opened: its key is not among ours, or it was changed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is stored: the content, and the name of its key, or None where it is as it was."""

    content: bytes
    key_name: str | None


class Sealer:
    """Seals and opens by the shop's keys; without one, what it is given stays readable.

    Raises `ValueError` for a key that is none: 32 bytes, as URL-safe base64.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._first = key_name(keys[0]) if keys else None
        self._secret = urlsafe_b64decode(keys[-1]) if keys else b""
        self._keys = {key_name(key): _fernet(key) for key in keys}

    def __repr__(self) -> str:
        return f"Sealer({', '.join(self._keys) or 'no key'})"

    @property
    def seals(self) -> bool:
        """Whether there is a key."""
        return self._first is not None

    @property
    def first(self) -> str | None:
        """The name of the key that seals; what has another is sealed anew some day."""
        return self._first

    def knows(self, name: str) -> bool:
        """Whether the key of this name is among ours."""
        return name in self._keys

    def seal(self, content: bytes | str) -> Sealed:
        """Return what to store for `content`; text is taken as UTF-8."""
        plain = content.encode() if isinstance(content, str) else content
        if self._first is None:
            return Sealed(plain, None)
        return Sealed(self._keys[self._first].encrypt(plain), self._first)

    def open(self, content: bytes | str, name: str | None) -> bytes:
        """Return what was sealed. Raises `Locked` without its key."""
        from cryptography.fernet import InvalidToken

        raw = content.encode() if isinstance(content, str) else content
        if name is None:
            return raw
        if name not in self._keys:
            raise Locked(f"it was sealed with key {name}, which is not among the settings' keys")
        try:
            return self._keys[name].decrypt(raw)
        except InvalidToken:
            raise Locked(f"it was changed after key {name} sealed it") from None

    def seal_text(self, text: str) -> str:
        """Return what to store for `text` in one column: it says itself whether it is sealed."""
        sealed = self.seal(text)
        if sealed.key_name is None:
            return text.removeprefix(_SIGN)
        return f"{_SIGN}{sealed.key_name}:{sealed.content.decode()}"

    def open_text(self, kept: str) -> str:
        """Return what `seal_text` was given. Raises `Locked` without its key."""
        if not kept.startswith(_SIGN):
            return kept
        name, _, content = kept.removeprefix(_SIGN).partition(":")
        return self.open(content, name).decode()

    def is_current(self, kept: str) -> bool:
        """Whether a text is kept as it would be today: sealed with the first key, if any."""
        name = kept.removeprefix(_SIGN).partition(":")[0] if kept.startswith(_SIGN) else None
        return not kept or name == self._first

    def mark(self, text: str) -> str:
        """Return a keyed hash by which equal texts are found: 64 hexadecimal digits.

        It is keyed by the oldest key, so that it stays when a new one is put in front.
        """
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


def _fernet(key: str) -> "Fernet":
    # Here, not at the top: most commands never touch anything private.
    from cryptography.fernet import Fernet

    return Fernet(key)


def key_name(key: str) -> str:
    """Return what a key is called where the key itself must not stand."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def new_key() -> str:
    """Return a new random key."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()
