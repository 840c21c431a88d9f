"""The settings as one table: what each is called in the file and in the environment."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.settings.model import Settings

__all__ = ["PREFIX", "Setting", "every_section", "every_setting"]

PREFIX = "ANDON_"
BETWEEN = "__"

#: The way to a setting or section: `("discord", "channels", "alerts")`.
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. `default` is None also where nothing is set by default."""

    key: Key
    default: Any
    description: str
    secret: bool

    @property
    def name(self) -> str:
        """Its name in sentences: `discord.channels.alerts`."""
        return ".".join(self.key)

    @property
    def variable(self) -> str:
        """Its environment variable: `ANDON_DISCORD__CHANNELS__ALERTS`."""
        return PREFIX + BETWEEN.join(self.key).upper()


@cache
def every_setting() -> tuple[Setting, ...]:
    """Every setting in the order in which the documentation lists them."""
    return tuple(
        Setting(
            key=key,
            default=info.get_default(call_default_factory=True, validated_data={}),
            description=info.description or "",
            # Of the database URL the password is secret.
            secret=_mentions(info.annotation, SecretStr) or not info.repr,
        )
        for key, info in _fields(Settings, ())
        if _section(info) is None
    )


@cache
def every_section() -> frozenset[Key]:
    """The key of every section, such as `("discord", "channels")`."""
    return frozenset(key for key, info in _fields(Settings, ()) if _section(info) is not None)


def _fields(model: type[BaseModel], above: Key) -> Iterator[tuple[Key, FieldInfo]]:
    for name, info in model.model_fields.items():
        yield (*above, name), info
        section = _section(info)
        if section is not None:
            yield from _fields(section, (*above, name))


def _section(info: FieldInfo) -> type[BaseModel] | None:
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _mentions(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_mentions(part, kind) for part in get_args(annotation))
