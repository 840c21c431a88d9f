"""Tells the stream that items are being counted: in one post, however many they are."""

from collections.abc import Sequence
from typing import Any

from handlers.claims.rules import SaleRules
from handlers.speech import Rendered, Spoken, gather
from handlers.wording import Wording

__all__ = ["merge_counting"]


def merge_counting(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """One item has its sentence; several that are counted for as long share one."""
    by_seconds: dict[Any, list[Spoken]] = {}
    for one in spoken:
        by_seconds.setdefault(one.values["seconds"], []).append(one)
    pieces = []
    for seconds, together in by_seconds.items():
        items = [{"code": one.values["code"], "left": one.values["left"]} for one in together]
        text = (
            wording.say("lamps.counting", seconds=seconds, **items[0])
            if len(items) == 1
            else wording.say("lamps.counting_many", seconds=seconds, items=items)
        )
        pieces.append((text, tuple(one.id for one in together)))
    return gather(pieces, kind="lamps.counting", max_characters=max_characters)
