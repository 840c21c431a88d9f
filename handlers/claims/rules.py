"""The rules of the sale that a shop may adjust, with their defaults: the `[sale]` settings."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from handlers.setting_values import ListOf

__all__ = ["CLAIM_WORDS", "Claimable", "Repeats", "SaleRules", "SoftPause"]

CLAIM_WORDS = ("claim", "claiming", "sold", "mine", "dibs", "cf", "เอา", "chốt", "我要")

Count = Annotated[int, Field(ge=0, le=10_000)]
AtLeastOne = Annotated[int, Field(ge=1, le=10_000)]
Percent = Annotated[int, Field(ge=0, le=100)]
Seconds = Annotated[int, Field(ge=0, le=3_600)]
Hours = Annotated[int, Field(ge=1, le=24 * 365)]


class SoftPause(StrEnum):
    """What a fall to the pause mark does."""

    AUTO = "auto"
    CONFIRM = "confirm"
    NOTIFY = "notify"


class Claimable(StrEnum):
    """From when an item can be claimed."""

    AFTER_STAGED = "after_staged"
    ON_STAGE = "on_stage"
    LISTED = "listed"


class Repeats(StrEnum):
    """What a second claim for the same variant does."""

    RAISE = "raise"
    SET = "set"
    ADD = "add"
    IGNORE = "ignore"


class SaleRules(BaseModel):
    """Every rule of the sale that can be set; times and counts carry their unit in the name."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,
    )

    claim_words: ListOf[str] = Field(
        CLAIM_WORDS, min_length=1, description="The words by which a viewer claims."
    )
    bare_words: ListOf[str] | None = Field(
        None,
        description="Claim words that alone claim the item on stage; all of them if not set.",
    )
    claimable: Claimable = Field(
        Claimable.AFTER_STAGED,
        description="When an item can be claimed: once it was on stage, only while it is, "
        "or as soon as it is listed.",
    )
    repeats: Repeats = Field(
        Repeats.RAISE,
        description="What a second claim for the same variant does: raise to a higher number, "
        "set to that number, add it, or ignore it.",
    )
    stream_delay_seconds: float = Field(
        8,
        ge=0,
        le=120,
        allow_inf_nan=False,
        description="How far viewers see the stream behind the stage.",
    )
    limit_per_item: int | None = Field(
        None,
        ge=1,
        le=999_999,
        description="Units per customer, item and show where the catalogue names no limit.",
    )

    release_delay_seconds: Seconds = Field(
        15, description="How long a release typed in chat can be taken back."
    )
    release_on_delete: bool = Field(
        False, description="Whether deleting the message of a claim releases it."
    )

    amber_percent: Percent = Field(
        20, description="The lamp turns amber when this much of the staged stock is left."
    )
    pause_percent: Percent = Field(
        10, description="The soft pause comes when this much of the staged stock is left."
    )
    soft_pause: SoftPause = Field(
        SoftPause.AUTO,
        description="What the soft pause does: keep claims pending for a count (confirm), only "
        "tell the team (notify), or the first for large or unsure stock (auto).",
    )
    soft_pause_auto_confirm_from: AtLeastOne = Field(
        20, description="With `auto`, so many units staged make the pause wait for a count."
    )
    soft_pause_resume_seconds: AtLeastOne = Field(
        30, description="With `auto`, a waiting pause ends by itself after this time."
    )

    hold_hours: Hours = Field(24, description="How long after the show unpaid units are held.")
    hold_warnings_hours: ListOf[Hours] = Field(
        (12, 2),
        description="How long before a hold ends its customer is warned; a shorter hold skips "
        "what does not fit.",
    )
    extension_hours: Hours = Field(24, description="How much longer an extension holds units.")
    extensions: int = Field(
        1, ge=0, le=1, description="How often a customer may extend a hold: once, or never."
    )
    offer_hours: Hours = Field(
        12, description="Hours of the offer window for which an offer at least stands."
    )
    offer_from_hour: int = Field(
        9, ge=0, le=23, description="The hour, shop time, at which the offer window opens."
    )
    offer_until_hour: int = Field(
        21, ge=1, le=24, description="The hour, shop time, at which the offer window closes."
    )

    idle_ask_minutes: AtLeastOne = Field(
        60, description="A live show without stage or claim for so long asks the team."
    )
    idle_end_hours: Hours = Field(
        3, description="A live show without stage or claim for so long ends, undoable."
    )

    hint_seconds: Seconds = Field(20, description="One code gets at most one hint in this time.")
    hint_viewer_minutes: Count = Field(
        5, description="One viewer gets at most one hint for an item in this time."
    )
    hint_limit_per_second: Count = Field(
        2, description="Above so many hints a second they are told in private only."
    )
    rescue_people: AtLeastOne = Field(
        3, description="So many people with one unknown code make a card for the team."
    )
    rescue_seconds: AtLeastOne = Field(
        30, description="The time in which they must have typed that code."
    )
    reactions_below_per_second: Count = Field(
        3, description="Below so many claims a second each claim gets a reaction too."
    )
    waitlist_named: Count = Field(
        10, description="So many waitlisted viewers are named in one line; the rest are counted."
    )
    reminder_mentions: int = Field(
        80, ge=1, le=80, description="So many people at most are reminded in one message."
    )

    @property
    def words_alone(self) -> tuple[str, ...]:
        """The words that alone claim the item on stage."""
        return self.claim_words if self.bare_words is None else self.bare_words

    @field_validator("claim_words")
    @classmethod
    def _known_words(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(word.casefold() for word in words))
        unknown = [word for word in words if word not in CLAIM_WORDS]
        if unknown:
            raise ValueError(f"has no word {unknown[0]!r}; it takes {', '.join(CLAIM_WORDS)}")
        return words

    @field_validator("bare_words")
    @classmethod
    def _bare_among_claim_words(
        cls, words: tuple[str, ...] | None, info: ValidationInfo
    ) -> tuple[str, ...] | None:
        if words is None or "claim_words" not in info.data:
            return words
        words = tuple(dict.fromkeys(word.casefold() for word in words))
        strange = [word for word in words if word not in info.data["claim_words"]]
        if strange:
            raise ValueError(f"names {strange[0]!r}, which is not among sale.claim_words")
        return words

    @field_validator("pause_percent")
    @classmethod
    def _pause_below_amber(cls, pause: int, info: ValidationInfo) -> int:
        amber = info.data.get("amber_percent")
        if amber is not None and amber <= pause:
            raise ValueError(f"must be below sale.amber_percent, which is {amber}")
        return pause

    @field_validator("hold_warnings_hours")
    @classmethod
    def _first_warning_first(cls, warnings: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(warnings), reverse=True))

    @field_validator("offer_until_hour")
    @classmethod
    def _window_open(cls, until: int, info: ValidationInfo) -> int:
        opens = info.data.get("offer_from_hour")
        if opens is not None and opens >= until:
            raise ValueError(f"must be later than sale.offer_from_hour, which is {opens}")
        return until

    @field_validator("idle_end_hours")
    @classmethod
    def _ask_before_ending(cls, hours: int, info: ValidationInfo) -> int:
        minutes = info.data.get("idle_ask_minutes")
        if minutes is not None and minutes >= hours * 60:
            raise ValueError(f"must be longer than sale.idle_ask_minutes, which is {minutes}")
        return hours
