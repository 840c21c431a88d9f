"""What a shop sets for letters to its team, and the button by which a person is asked for."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from handlers.messages import Button

if TYPE_CHECKING:
    from handlers.work import Work

__all__ = ["SupportRules", "a_person"]


class SupportRules(BaseModel):
    """Every rule of conversations with customers that can be set."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True
    )

    answer_minutes: int = Field(
        60,
        ge=1,
        le=7 * 24 * 60,
        description="Within so many minutes a customer's letter is answered; then it is urgent.",
    )
    silent_days: int = Field(
        3,
        ge=1,
        le=90,
        description="A conversation that was answered closes after so many days of silence.",
    )
    picture_days: int = Field(
        90,
        ge=1,
        le=3650,
        description="Pictures that customers sent are deleted after so many days.",
    )


def a_person(work: "Work") -> Button:
    """*A person, please*, for under an answer that may not be enough."""
    return Button(id="support.person:", label=work.house.wording.say("support.button.person"))
