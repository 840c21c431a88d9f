"""How settings may be written: a list as one value, as `1,2`, as JSON or as a list."""

import json
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator

__all__ = ["ListOf"]

T = TypeVar("T")


def _as_list(written: Any) -> Any:
    if isinstance(written, str):
        return _parts(written.strip())
    if isinstance(written, list | tuple | dict) or written is None:
        return written
    return [written]


def _parts(text: str) -> list[Any]:
    if not text.startswith("["):
        return [part for part in (part.strip() for part in text.split(",")) if part]
    try:
        parts = json.loads(text)
    except ValueError:
        raise ValueError('is no list; write it like 1,2 or ["1", "2"]') from None
    return list(parts)


#: A tuple of `T` that may be written as `1`, `1,2`, `[1, 2]` in JSON, or as a list.
ListOf = Annotated[tuple[T, ...], BeforeValidator(_as_list)]
