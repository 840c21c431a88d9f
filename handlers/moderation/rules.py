"""The rules of moderation that a shop may adjust, with their defaults: `[moderation]` settings."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from handlers.moderation.model import Rule
from handlers.moderation.phrases import PhraseError, compiled
from handlers.setting_values import ListOf

__all__ = ["Mode", "ModerationRules"]

Count = Annotated[int, Field(ge=2, le=1_000)]
Seconds = Annotated[int, Field(ge=1, le=3_600)]
Percent = Annotated[int, Field(ge=1, le=100)]


class Mode(StrEnum):
    """Whether the rules act."""

    OFF = "off"
    WATCH = "watch"
    ACT = "act"


def _domain(typed: str) -> str:
    domain = typed.strip().lower().removeprefix("https://").removeprefix("www.").rstrip("/")
    if "." not in domain or not domain.replace(".", "").replace("-", "").isalnum():
        raise ValueError(f"names {typed!r}, which is no domain; write it like shop.example")
    return domain


def _expression(pattern: str) -> str:
    try:
        compiled(pattern)
    except PhraseError as error:
        raise ValueError(str(error)) from None
    return pattern


Domain = Annotated[str, AfterValidator(_domain)]
Expression = Annotated[str, AfterValidator(_expression)]


class ModerationRules(BaseModel):
    """Every rule of moderation that can be set; times and counts carry their unit in the name."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,
    )

    mode: Mode = Field(
        Mode.WATCH,
        description="Whether the rules act, only note what they would do (watch), or are off.",
    )
    off: ListOf[Rule] = Field((), description="Rules that are not applied.")
    note_only: ListOf[Rule] = Field((), description="Rules that note and never do more.")

    allowed_domains: ListOf[Domain] = Field(
        (
            "giphy.com",
            "tenor.com",
            "twitch.tv",
            "wikipedia.org",
            "youtu.be",
            "youtube.com",
        ),
        description="Domains that anyone may link to; put the shop's own here.",
    )
    blocked_domains: ListOf[Domain] = Field(
        (), description="Domains whose links are always deleted."
    )
    allowed_invites: ListOf[str] = Field(
        (), description="Invites that anyone may post, such as discord.gg/ourshop."
    )
    allowed_phrases: ListOf[str] = Field(
        (), description="A line that holds one of these is no scam; false alarms end up here."
    )
    blocked_phrases: ListOf[str] = Field((), description="Words or phrases nobody may write.")
    blocked_patterns: ListOf[Expression] = Field(
        (), description="Regular expressions for what nobody may write."
    )
    pattern_milliseconds: int = Field(
        20,
        ge=1,
        le=500,
        description="An expression that takes longer on one line is switched off and reported.",
    )

    protected_names: ListOf[str] = Field(
        (), description="Names that nobody may imitate: the host, the shop, the moderators."
    )
    new_account_hours: int = Field(
        24, ge=0, le=8_760, description="An account younger than this counts as new."
    )
    mentions: Count = Field(5, description="So many people mentioned in one line are too many.")
    flood_lines: Count = Field(8, description="So many lines by one person are a flood.")
    flood_seconds: Seconds = Field(10, description="The time in which they are a flood.")
    repeats: Count = Field(4, description="So many times the same line by one person is too often.")
    repeats_short: Count = Field(
        10, description="The same for a line of one or two short words, such as an emote."
    )
    repeats_seconds: Seconds = Field(60, description="The time in which they are too often.")
    raid_people: Count = Field(6, description="So many newcomers with one long line are a raid.")
    raid_seconds: Seconds = Field(30, description="The time in which they are a raid.")
    caps_letters: Count = Field(30, description="A line of fewer letters is never shouting.")
    caps_percent: Percent = Field(85, description="So much of it in capitals is shouting.")
    symbols: Count = Field(40, description="So many signs and pictures in one line are a wall.")
    claims_a_minute: Count = Field(
        60, description="More claims by one person in a minute go before a person of the team."
    )
    cancels: Count = Field(
        6, description="So many claims and releases by turns go before a person of the team."
    )
    cancels_seconds: Seconds = Field(600, description="The time in which they do.")

    timeout_minutes: int = Field(
        10, ge=1, le=1_440, description="For so long somebody may not write after a timeout."
    )
    permit_minutes: int = Field(
        10, ge=1, le=1_440, description="For so long a permit lets somebody post links."
    )
    slow_seconds: int = Field(
        0,
        ge=0,
        le=120,
        description="In a flood a viewer may write one line in so many seconds, while nothing on "
        "stage has units left; 0 for never.",
    )
    slow_after_lines: Count = Field(100, description="So many lines in a channel are a flood.")
    slow_within_seconds: Seconds = Field(10, description="The time in which they are a flood.")
    slow_for_seconds: Seconds = Field(120, description="So long a channel stays slow at most.")
    strike_minutes: int = Field(
        60, ge=1, le=10_080, description="After this time a strike has faded away."
    )
