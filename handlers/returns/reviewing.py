"""The page to look over before the last tap: what comes back, why, and what goes back for it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from babel.dates import format_date

from handlers.money import Money
from handlers.returns.judging import Asked, breakdown_of, joined, judge_lines
from handlers.returns.looking import Bought, before_of
from handlers.returns.policy import Verdict, Wish
from handlers.returns.refunds import Breakdown
from handlers.returns.settling import settle
from handlers.returns.shaping import Shape
from handlers.work import Work

__all__ = ["asked_of", "review"]


def asked_of(work: Work, shaped: Shape, *, good_standing: bool = False) -> Asked | None:
    """What a form asks for, as the policy is asked about it; None while the reason is open."""
    form, reason = shaped.form, shaped.reason(work)
    if reason is None or shaped.chosen is None:
        return None
    wish = form.wish or (form.wishes[0] if len(form.wishes) == 1 else None)
    return Asked(
        units=shaped.units,
        reason=reason,
        condition=form.condition,
        wish=wish,
        photo=bool(form.photos),
        good_standing=good_standing,
    )


async def review(work: Work, shaped: Shape) -> list[str]:
    """The lines of the page."""
    asked, bought = asked_of(work, shaped), shaped.chosen
    if asked is None or bought is None or not asked.units:
        return []
    say, form = work.house.wording.say, shaped.form
    complaint = asked.reason.is_complaint
    lines: list[str] = [say("returns.review.head", order=str(bought.number))]
    for part in bought.parts:
        if part.id in asked.units:
            count = asked.units[part.id]
            unit = say("returns.unit_option", count=count, item=part.label)
            lines.append(say("returns.review.unit", unit=unit))
    condition = say(f"returns.choice.{form.condition}", bonus="") if form.condition else ""
    lines.append(
        say(
            "returns.review.reason",
            reason=asked.reason.label,
            condition=condition,
            photos=len(form.photos),
            asked=asked.reason.photo,
        )
    )
    verdicts = judge_lines(work, bought, asked)
    before, given = await before_of(work, bought.row)
    kept = breakdown_of(bought, verdicts, asked.units, before, given)
    swapped = breakdown_of(bought, verdicts, asked.units, before, given, swapped=True)
    if kept is not None and swapped is not None:
        sums = {wish: swapped if wish is Wish.EXCHANGE else kept for wish in Wish}
        lines += _sums(work, bought, sums[asked.wish or Wish.REFUND])
        lines += _wishes(work, shaped, bought, sums, asked.wish, complaint=complaint)
    return [*lines, *_way_back(work, verdicts)]


def _sums(work: Work, bought: Bought, breakdown: Breakdown) -> Iterator[str]:
    say = work.house.wording.say
    for key, minor in breakdown.shown():
        amount = Money(minor, bought.row.currency).shown(work.house.locale)
        yield say("returns.review.sum", name=say(key), amount=amount)


def _wishes(
    work: Work,
    shaped: Shape,
    bought: Bought,
    sums: Mapping[Wish, Breakdown],
    chosen: Wish | None,
    *,
    complaint: bool,
) -> Iterator[str]:
    """What each wish would give; the one that was made is marked."""
    say, currency = work.house.wording.say, bought.row.currency

    def shown(minor: int) -> str:
        return Money(minor, currency).shown(work.house.locale) if minor else ""

    swaps = shaped.exchanged()
    for wish in shaped.form.wishes:
        replaced, breakdown = complaint and wish is Wish.EXCHANGE, sums[wish]
        bonus = 0 if complaint else bought.policy.bonus_bp(wish)
        price = breakdown.total if replaced else sum(row.price_minor for row in swaps)
        if wish is Wish.EXCHANGE and not replaced and not swaps:
            continue
        given = settle(breakdown, wish, bonus_bp=bonus, price=price)
        yield say(
            f"returns.review.{'replacement' if replaced else wish.value}",
            mine=wish is chosen,
            money=shown(given.money),
            credit=shown(given.credit),
            bonus=shown(given.bonus),
            to_pay=shown(given.to_pay),
            swaps=", ".join(str(row.name or row.title) for row in swaps),
        )


def _way_back(work: Work, verdicts: Mapping[int, Verdict]) -> Iterator[str]:
    verdict = joined(list(verdicts.values()))
    until = ""
    if verdict.until is not None:
        last = (verdict.until - timedelta(seconds=1)).astimezone(work.house.timezone)
        until = format_date(last, "d MMMM", locale=work.house.locale)
    yield work.house.wording.say(
        "returns.review.way_back",
        comes_back=verdict.comes_back,
        customer_pays=verdict.customer_pays_return,
        until=until,
    )
