"""The chapter about the shop: its name, time zone and currency."""

import os
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from bot.settings import Settings, SettingsError, load_settings
from bot.settings.table import BETWEEN, Key
from bot.setup.asking import NotThat, Voice, ask_for
from bot.setup.interview import Learned

__all__ = ["accepted", "ask_shop"]


def ask_shop(voice: Voice, known: Settings) -> Learned:
    """Ask about the shop itself."""
    shop = known.shop
    return {
        ("shop", "name"): ask_for(
            voice,
            "The name of your shop",
            lambda answer: accepted(("shop", "name"), answer),
            default=shop.name,
        ),
        ("shop", "timezone"): ask_for(
            voice,
            "Its time zone, like Europe/Berlin, or just the city in its name",
            lambda answer: accepted(("shop", "timezone"), _zone(answer)),
            default=shop.timezone,
        ),
        ("shop", "currency"): ask_for(
            voice,
            "The currency of its prices, three letters",
            lambda answer: accepted(("shop", "currency"), answer),
            default=shop.currency,
        ),
    }


def accepted(key: Key, answer: str) -> Any:
    """The value that the setting `key` makes of an answer. Raises `NotThat` with its sentence."""
    try:
        settings: Any = load_settings(Path(os.devnull), {}, **{BETWEEN.join(key): answer})
    except SettingsError as error:
        raise NotThat(error.problems[0]) from None
    for name in key:
        settings = getattr(settings, name)
    return settings


def _zone(answer: str) -> str:
    """The zone that is meant: as written, in any case, or by its city where there is one such."""
    wanted = answer.strip().replace(" ", "_").casefold()
    zones = {zone.casefold(): zone for zone in available_timezones()}
    if wanted in zones:
        return zones[wanted]
    cities = [zone for folded, zone in zones.items() if folded.rpartition("/")[2] == wanted]
    if len(cities) > 1:
        raise NotThat(f"There are several: {', '.join(sorted(cities))}; type one of them.")
    return cities[0] if cities else answer
