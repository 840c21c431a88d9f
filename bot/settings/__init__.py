"""Every setting: typed, validated, refused early, passed in.

    settings = load_settings()

reads `andon.toml` and the environment, or raises `SettingsError` with every problem at once.
"""

from bot.settings.load import DEFAULT_FILE, SettingsError, load_settings
from bot.settings.model import (
    Channels,
    Discord,
    Intake,
    Relay,
    Roles,
    Settings,
    Shop,
    Slack,
    Stripe,
    Web,
)
from bot.settings.table import Setting, every_setting

__all__ = [
    "DEFAULT_FILE",
    "Channels",
    "Discord",
    "Intake",
    "Relay",
    "Roles",
    "Setting",
    "Settings",
    "SettingsError",
    "Shop",
    "Slack",
    "Stripe",
    "Web",
    "every_setting",
    "load_settings",
]
