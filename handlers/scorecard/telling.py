"""The scorecard in words, for a chat and a terminal, and as rows for a table."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_percent

from handlers.money import Money
from handlers.scorecard.formulas import Score
from handlers.scorecard.reading import Scorecard
from handlers.wording import Said, plain
from handlers.work import House

__all__ = ["ScoreRow", "score_rows", "told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One line of the scorecard: `by` is show, sku or host. Rates are percent, empty without sales.

    `reasons` and `given` are lists with `;`, such as `too_small 3`.
    """

    by: str
    key: str
    title: str
    sold: int
    returned: int
    return_rate: str
    complaints: int
    complaint_rate: str
    fault_shop: int
    fault_carrier: int
    fault_customer: int
    reasons: str
    given: str


def score_rows(card: Scorecard) -> Iterator[ScoreRow]:
    """Every line: shows, then SKUs, then hosts."""
    for by, scores in (("show", card.shows), ("sku", card.skus), ("host", card.hosts)):
        for one in scores:
            yield ScoreRow(
                by=by,
                key=one.key,
                title=one.title if by == "sku" else "",
                sold=one.sold,
                returned=one.returned,
                return_rate=_plain(one.return_rate),
                complaints=one.complaints,
                complaint_rate=_plain(one.complaint_rate),
                fault_shop=one.faults.get("shop", 0),
                fault_carrier=one.faults.get("carrier", 0),
                fault_customer=one.faults.get("customer", 0),
                reasons="; ".join(f"{name} {units}" for name, units in one.reasons.items()),
                given="; ".join(
                    f"{Money(minor, code).plain()} {code}" for code, minor in one.given.items()
                ),
            )


def _plain(bp: int | None) -> str:
    return "" if bp is None else f"{Decimal(bp) / 100:.2f}"


def told(card: Scorecard, house: House, title: Said, *, money: bool) -> list[str]:
    """The scorecard, line by line; amounts only where `money` may be seen."""
    words = _Words(house, money)
    lines = [title, *words.summary(card)]
    if card.figures is None:
        lines += [house.wording.say("scorecard.shows"), *words.lines(card.shows)]
    back = [one for one in card.skus if one.back or one.given]
    if back:
        lines += [house.wording.say("scorecard.skus"), *words.lines(back, titled=True)]
    if others := len(card.skus) - len(back):
        lines.append(house.wording.say("scorecard.nothing_back", count=others))
    if card.hosts:
        lines += [house.wording.say("scorecard.hosts"), *words.lines(card.hosts)]
    elif card.skus:
        lines.append(house.wording.say("scorecard.nobody"))
    return [str(line) for line in lines]


class _Words:
    """The sentences of one scorecard."""

    def __init__(self, house: House, money: bool) -> None:
        self._house = house
        self._say = house.wording.say
        self._money = money

    def summary(self, card: Scorecard) -> Iterator[Said]:
        """What was sold and came back in all, and why."""
        yield self._say(
            "scorecard.sum",
            sold=sum(one.sold for one in card.shows),
            returned=sum(one.returned for one in card.shows),
            complaints=sum(one.complaints for one in card.shows),
        )
        if card.figures is not None:
            one = card.figures
            yield self._say(
                "scorecard.figures", claimed=one.claimed, held=one.held, none_left=one.none_left
            )
        if reasons := _together(one.reasons for one in card.shows):
            yield self._say("scorecard.reasons", reasons=self._counted(reasons, self._reason))
            faults = _together(one.faults for one in card.shows)
            yield self._say("scorecard.faults", faults=self._counted(faults, self._fault))

    def lines(self, scores: Sequence[Score], *, titled: bool = False) -> Iterator[Said]:
        """A line for each."""
        for one in scores:
            said = self._say(
                "scorecard.line",
                name=one.key,
                title=one.title if titled else "",
                sold=one.sold,
                returned=one.returned,
                return_rate=self._rate(one.return_rate) if one.returned else "",
                complaints=one.complaints,
                complaint_rate=self._rate(one.complaint_rate) if one.complaints else "",
                given=self._given(one),
            )
            yield Said(f"• {said}")

    def _given(self, one: Score) -> Said:
        if not self._money:
            return Said("")
        locale = self._house.locale
        return Said(
            " + ".join(Money(minor, code).shown(locale) for code, minor in one.given.items())
        )

    def _rate(self, bp: int | None) -> str:
        if bp is None:
            return ""
        share = round(Decimal(bp) / 10_000, 3)
        locale = self._house.locale
        return str(format_percent(share, locale=locale, decimal_quantization=False))

    def _counted(self, counts: Mapping[str, int], name: Callable[[str], str]) -> Said:
        return Said(", ".join(f"{name(code)} {units}" for code, units in counts.items()))

    def _reason(self, code: str) -> str:
        known = self._house.returns.reasons.get(code)
        return plain(code.replace("_", " ") if known is None else known.label)

    def _fault(self, fault: str) -> str:
        return self._say("scorecard.fault", fault=fault)


def _together(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for name, units in one.items():
            total[name] = total.get(name, 0) + units
    return dict(sorted(total.items(), key=lambda one: (-one[1], one[0])))
