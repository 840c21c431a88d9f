"""The shop's policy in words: each clause is rendered from the value that `judge` applies.

    page = promise_page(desk.policy, desk.reasons, told, answer_hours=24)

A page is sentences under headings; the web, a terminal and a test show it in their own way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_percent

from handlers.money import Money
from handlers.returns.policy import Policy, ShippingRule, Wish
from handlers.returns.reasons import Fault, Kind, Reasons
from handlers.wording import Said, Wording, plain

if TYPE_CHECKING:
    from handlers.work import House

__all__ = ["Clause", "Promise", "Section", "Told", "as_markdown", "promise_of", "promise_page"]

_FAULTS = (Fault.SHOP, Fault.CARRIER, Fault.CUSTOMER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a shop tells of its policy: whose it is, in which words, money and dates.

    `day` is when it is told, by the shop's own calendar.
    """

    wording: Wording
    shop_name: str
    currency: str
    locale: str
    day: date
    answer_hours: int = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One sentence, and what it is about."""

    about: str
    sentence: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Clauses under a heading."""

    heading: Said
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The whole page. `language` is that of its words, such as `en`."""

    language: str
    title: Said
    intro: Said
    sections: tuple[Section, ...]

    def clause(self, about: str) -> Said:
        """The sentence about something. Raises `KeyError` where nothing is said of it."""
        for section in self.sections:
            for clause in section.clauses:
                if clause.about == about:
                    return clause.sentence
        raise KeyError(about)


def promise_of(house: "House", now: datetime) -> Promise:
    """Return the page of a shop as it is today."""
    desk = house.returns
    told = Told(
        wording=house.wording,
        shop_name=house.shop_name,
        currency=house.currency,
        locale=house.locale,
        day=now.astimezone(house.timezone).date(),
        answer_hours=desk.decide_within // timedelta(hours=1),
    )
    return promise_page(desk.policy, desk.reasons, told)


def promise_page(policy: Policy, reasons: Reasons, told: Told) -> Promise:
    """Return the page for a policy."""
    words = _Words(policy, reasons, told)
    say = told.wording.say
    day = Said(format_date(told.day, format="long", locale=told.locale))
    parts = {
        "sending": words.sending(),
        "wishes": words.wishes(),
        "costs": words.costs(),
        "complaints": words.complaints(),
        "answer": words.answer(),
    }
    return Promise(
        language=words.language,
        title=say("returns.policy.title", shop=told.shop_name),
        intro=say("returns.policy.intro", day=day),
        sections=tuple(
            Section(heading=say(f"returns.policy.{name}"), clauses=tuple(clauses))
            for name, clauses in parts.items()
        ),
    )


def as_markdown(page: Promise) -> str:
    """The page as Markdown, for a site of the shop's own."""
    parts = [f"# {page.title}", page.intro]
    for section in page.sections:
        parts.append(f"## {section.heading}")
        parts.append("\n".join(f"- {clause.sentence}" for clause in section.clauses))
    return "\n\n".join(parts) + "\n"


class _Words:
    """The clauses of one policy."""

    def __init__(self, policy: Policy, reasons: Reasons, told: Told) -> None:
        self._policy = policy
        self._reasons = reasons
        self._told = told
        self.language = str(told.wording.say("returns.policy.language"))

    def sending(self) -> Iterator[Clause]:
        policy = self._policy
        yield self._clause("window", days=policy.window_days)
        yield self._clause("transit", days=policy.transit_days)
        conditions = [self._word("condition", one.value) for one in policy.conditions]
        named = self._reasons_of("return", Fault.CUSTOMER)
        yield self._clause("condition", conditions=self._listed(conditions), reasons=named)
        for fault in (Fault.SHOP, Fault.CARRIER):
            if named := self._reasons_of("return", fault):
                yield self._clause(f"reasons.{fault}", reasons=named)
        yield self._clause("final_sale")

    def wishes(self) -> Iterator[Clause]:
        policy = self._policy
        wishes = [self._word("wish", one.value) for one in Wish if one in policy.wishes]
        yield self._clause("wish", wishes=self._listed(wishes))
        for wish in (Wish.EXCHANGE, Wish.CREDIT):
            # A bonus for what nobody can choose is no promise.
            if wish in policy.wishes and (bonus := policy.bonus_bp(wish)):
                yield self._clause(f"bonus.{wish}", bonus=self._percent(bonus))

    def costs(self) -> Iterator[Clause]:
        policy = self._policy
        customer = [one for one in _FAULTS if one in policy.customer_pays_return]
        shop = [one for one in _FAULTS if one not in policy.customer_pays_return]
        if shop:
            yield self._clause("shop_pays", faults=self._faults(shop))
        if customer:
            yield self._clause("customer_pays", faults=self._faults(customer))
            free = not policy.label_fee
            fee = "" if free else self._money(policy.label_fee)
            yield self._clause("label", fee=fee)
        yield self._clause("fee", fee=self._percent(policy.fee_bp) if policy.fee_bp else "")
        for fault in _FAULTS:
            rule = policy.shipping_back.get(fault, ShippingRule.NEVER)
            yield self._clause(f"shipping.{rule}", f"shipping.{fault}", fault=self._fault(fault))

    def complaints(self) -> Iterator[Clause]:
        policy = self._policy
        named = self._listed([one.label for one in self._reasons.of("complaint")])
        yield self._clause("complaint.window", days=policy.complaint_days, reasons=named)
        yield self._clause("complaint.always")
        yield self._clause("complaint.offers")
        yield self._clause("complaint.back", back=policy.complaints_come_back)

    def answer(self) -> Iterator[Clause]:
        limit = self._policy.auto_approve_up_to
        # Nothing costs nothing: a limit of 0 approves what was a gift alone.
        shown = "" if limit is None else self._money(limit)
        yield self._clause("automatic", limit=shown)
        yield self._clause("hours", hours=self._told.answer_hours)
        yield self._clause("kept")

    # --- words --------------------------------------------------------------------------------

    def _clause(self, key: str, about: str = "", **values: object) -> Clause:
        sentence = self._told.wording.say(f"returns.policy.{key}", **values)
        return Clause(about=about or key, sentence=sentence)

    def _word(self, kind: str, name: str) -> str:
        return self._told.wording.say(f"returns.policy.{kind}.{name}")

    def _fault(self, fault: Fault) -> str:
        return self._word("fault", fault.value)

    def _faults(self, faults: Sequence[Fault]) -> str:
        return self._listed([self._fault(one) for one in faults])

    def _reasons_of(self, kind: Kind, fault: Fault) -> str:
        found = [one.label for one in self._reasons.of(kind) if one.fault is fault]
        return self._listed(found)

    def _listed(self, words: Sequence[str]) -> Said:
        # Joined in the language of the sentence around them.
        safe = [plain(word) for word in words]
        return Said(format_list(safe, style="or", locale=self.language) if safe else "")

    def _money(self, minor: int) -> Said:
        return Said(Money(minor, self._told.currency).shown(self._told.locale))

    def _percent(self, bp: int) -> Said:
        share = Decimal(bp) / 10_000
        return Said(format_percent(share, locale=self._told.locale, decimal_quantization=False))
