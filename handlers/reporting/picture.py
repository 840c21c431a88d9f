"""What the picture of a report shows, as values: it is drawn without knowing of shows."""

from dataclasses import dataclass

from handlers.money import Money
from handlers.reporting.figures import MoneyFigures, ShowFigures, percent_of
from handlers.reporting.words import report_lines, report_title
from handlers.wording import Said
from handlers.work import House

__all__ = ["Bar", "ReportPicture", "Stack", "picture_of"]

_MOST_BARS = 8
#: What reads a picture aloud takes so much at once, and so does each platform.
_LONGEST_ALT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A length with what it stands for, in words with its number. `kind` tells bars apart."""

    kind: str
    label: str
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Parts of a whole."""

    title: str
    parts: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPicture:
    """All that is drawn; `alt` says the same to who does not see it."""

    title: str
    stacks: tuple[Stack, ...]
    unmet_title: str
    unmet: tuple[Bar, ...]
    nothing: str
    alt: str


def picture_of(house: House, figures: ShowFigures) -> ReportPicture:
    """The picture of a show's report."""
    say = house.wording.say
    title = report_title(house, figures)
    alt = " ".join([title, *report_lines(house, figures)])
    return ReportPicture(
        title=title,
        stacks=tuple(_stack(house, one) for one in figures.money),
        unmet_title=say("report.picture.unmet"),
        unmet=tuple(
            Bar(kind="unmet", label=one.label, length=one.units)
            for one in figures.unmet[:_MOST_BARS]
        ),
        nothing=say("report.picture.nothing"),
        alt=alt if len(alt) <= _LONGEST_ALT else alt[: _LONGEST_ALT - 1] + "…",
    )


def _stack(house: House, figures: MoneyFigures) -> Stack:
    claimed = figures.claimed.minor
    kinds = {
        "paid": figures.paid,
        "held": figures.held,
        "given_back": figures.given_back,
        "expired": figures.expired,
    }
    return Stack(
        title=house.wording.say(
            "report.picture.money", claimed=_shown(house, claimed, figures.currency)
        ),
        parts=tuple(
            Bar(kind=kind, label=_part(house, kind, goods.minor, figures), length=goods.minor)
            for kind, goods in kinds.items()
            if goods.minor
        ),
    )


def _part(house: House, kind: str, minor: int, figures: MoneyFigures) -> Said:
    return house.wording.say(
        f"report.picture.{kind}",
        amount=_shown(house, minor, figures.currency),
        percent=percent_of(minor, figures.claimed.minor),
    )


def _shown(house: House, minor: int, currency: str) -> str:
    return Money(minor, currency).shown(house.locale)
