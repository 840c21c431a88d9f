"""How a show's figures read: as text, and as a table."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from babel.dates import format_date

from handlers.money import Money
from handlers.reporting.figures import MoneyFigures, ShowFigures, Unmet, percent_of
from handlers.spreadsheets import csv_text
from handlers.wording import Said
from handlers.work import House

__all__ = ["report_csv", "report_lines", "report_text", "report_title"]

_MOST_NAMED = 5


def report_text(house: House, figures: ShowFigures, *, money: bool = True) -> str:
    """The report in a few lines; without `money` for who is to see none."""
    say = house.wording.say
    head = say("report.head", title=report_title(house, figures))
    lines = [head, _standing(house, figures)]
    lines += report_lines(house, figures, money=money)
    return "\n".join([*lines, say("report.files", show=figures.show_id)])


def report_title(house: House, figures: ShowFigures) -> Said:
    """Which show it is, and of which day."""
    when = (figures.started_at or figures.at).astimezone(house.timezone)
    return house.wording.say(
        "report.title",
        name=figures.name,
        show=figures.show_id,
        day=format_date(when, "EEE dd MMM", locale=house.locale),
    )


def _standing(house: House, figures: ShowFigures) -> Said:
    say = house.wording.say
    if figures.ended_at is None:
        return say("report.live")
    return (
        say("report.final") if figures.final else say("report.not_final", units=figures.units_held)
    )


def report_lines(house: House, figures: ShowFigures, *, money: bool = True) -> list[Said]:
    """Its figures, a line each."""
    say = house.wording.say
    lines = [_money(house, one) for one in figures.money] if money else []
    if money and not lines:
        lines = [say("report.no_money")]
    lines += [_unmet(house, figures.unmet), _waited(house, figures)]
    hands, steps, exceptions = figures.handwork, figures.steps, figures.exceptions
    lines.append(
        say(
            "report.handwork",
            added=hands.added,
            counted=hands.counted,
            moved=hands.moved,
            voided=hands.voided,
        )
    )
    lines.append(
        say("report.open", questions=figures.questions, steps=steps, exceptions=exceptions)
    )
    return lines


def _money(house: House, figures: MoneyFigures) -> Said:
    def shown(minor: int, *, always: bool = True) -> str:
        return Money(minor, figures.currency).shown(house.locale) if minor or always else ""

    claimed = figures.claimed
    return house.wording.say(
        "report.money",
        claimed=shown(claimed.minor),
        units=claimed.units,
        paid=shown(figures.paid.minor),
        percent=percent_of(figures.paid.minor, claimed.minor),
        expired=shown(figures.expired.minor),
        given_back=shown(figures.given_back.minor, always=False),
        held=shown(figures.held.minor, always=False),
        received=shown(figures.received),
    )


def _unmet(house: House, unmet: Sequence[Unmet]) -> Said:
    say = house.wording.say
    if not unmet:
        return say("report.no_unmet")
    named = unmet[:_MOST_NAMED]
    return say(
        "report.unmet",
        first=[say("report.unmet_one", label=one.label, units=one.units) for one in named],
        more=len(unmet) - len(named),
        units=sum(one.units for one in unmet),
    )


def _waited(house: House, figures: ShowFigures) -> Said:
    say, known = house.wording.say, figures.waited
    if known.p50 is None or known.p99 is None:
        return say("report.not_waited")
    return say(
        "report.waited",
        p50=say("report.seconds", seconds=f"{known.p50:.1f}"),
        p99=say("report.seconds", seconds=f"{known.p99:.1f}"),
        told=known.told,
        claims=known.claims,
    )


def report_csv(figures: ShowFigures) -> str:
    """The same as a table: a figure a row, money in major units, waits in seconds."""
    return csv_text(("figure", "of", "value", "unit"), _rows(figures), bom=True)


def _rows(figures: ShowFigures) -> Iterator[tuple[str, str, object, str]]:
    yield "show", figures.name, figures.show_id, "number"
    yield "final", "", int(figures.final), "yes is 1"
    for one in figures.money:
        parts = {
            "claimed": one.claimed,
            "paid": one.paid,
            "expired": one.expired,
            "given_back": one.given_back,
            "held": one.held,
        }
        for name, goods in parts.items():
            yield f"{name}_money", "", _amount(goods.minor, one.currency), one.currency
            yield f"{name}_units", "", goods.units, one.currency
        yield "received_money", "", _amount(one.received, one.currency), one.currency
    for wanted in figures.unmet:
        yield "unmet_units", wanted.sku, wanted.units, "units"
        yield "unmet_people", wanted.sku, wanted.people, "people"
    known = figures.waited
    for name, seconds in (("p50", known.p50), ("p99", known.p99)):
        if seconds is not None:
            yield f"acknowledged_{name}", "", Decimal(f"{seconds:.3f}"), "s"
    yield "claiming_lines", "", known.claims, "lines"
    yield "acknowledged_lines", "", known.told, "lines"
    hands = figures.handwork
    for name, acts in (
        ("added", hands.added),
        ("counted", hands.counted),
        ("moved", hands.moved),
        ("voided", hands.voided),
    ):
        yield f"claims_{name}", "", acts, "acts"
    yield "questions_unanswered", "", figures.questions, "questions"
    for what, late in (("steps", figures.steps), ("exceptions", figures.exceptions)):
        yield what, "", late.count, what
        yield f"{what}_open", "", late.open, what
        yield f"{what}_late", "", late.late, what


def _amount(minor: int, currency: str) -> Decimal:
    return Decimal(Money(minor, currency).plain())
