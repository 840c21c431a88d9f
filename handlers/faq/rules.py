"""How questions are answered, as a shop may adjust it: the `[faq]` settings."""

import json
from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from handlers.setting_values import ListOf

__all__ = ["Day", "FaqRules"]

Count = Annotated[int, Field(ge=1, le=1_000)]


class Day(StrEnum):
    """A day of the week."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


def _as_mapping(written: Any) -> Any:
    if not isinstance(written, str):
        return written
    try:
        return json.loads(written)
    except ValueError:
        raise ValueError('names no values; write it like {"name": "value"}') from None


Texts = Annotated[Mapping[str, str], BeforeValidator(_as_mapping)]


class FaqRules(BaseModel):
    """Every rule of the FAQ that can be set; times and counts carry their unit in the name."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True
    )

    answers: bool = Field(True, description="Whether questions in the chat are answered.")
    file: Path | None = Field(
        None,
        description="The FAQ file (YAML); without it Andon's own answers, as far as the facts "
        "that they need are set.",
    )
    facts: Texts = Field(
        default_factory=dict,
        description="What the answers' {{ names }} stand for, beside the facts of the file; in a "
        'variable as JSON: {"return_days": "30"}.',
    )
    rates: Texts = Field(
        default_factory=dict,
        description="What shipping costs, by country; answers say it as {{ rates }}.",
    )
    dispatch_days: ListOf[Day] = Field(
        (), description="The days on which parcels leave; answers say {{ next_dispatch_day }}."
    )
    dispatch_cutoff: str = Field(
        "12:00",
        description="What is paid by then, shop time, leaves the same day, if parcels leave then; "
        "answers say {{ cutoff_time }}.",
    )
    cooldown_seconds: int = Field(
        300, ge=10, le=86_400, description="An answer comes again in a channel after this time."
    )
    join_seconds: int = Field(
        20,
        ge=1,
        le=600,
        description="Who asks within this time is added to the answer; later on, one message for "
        "all who asked in such a time says where it is.",
    )
    named: int = Field(20, ge=1, le=80, description="So many askers at most are named at once.")
    spike_people: Count = Field(
        6, ge=2, description="Fewer people with one question are never a spike."
    )
    spike_minutes: Count = Field(5, description="The time in which a spike is counted.")
    spike_times: Count = Field(
        3, description="So many times what the show has seen before makes a spike."
    )
    spike_quiet_minutes: Count = Field(
        30, description="A question that spiked cannot do so again within this time."
    )

    @field_validator("dispatch_cutoff")
    @classmethod
    def _time_of_day(cls, written: str) -> str:
        try:
            return f"{time.fromisoformat(written):%H:%M}"
        except ValueError:
            raise ValueError(f"is {written!r}, no time of day; write it like 14:00") from None
