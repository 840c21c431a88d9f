"""What a shop sets for orders: the `[orders]`, `[shipping]` and `[tax]` settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from handlers.money import Money
from handlers.orders.gate import GateRules
from handlers.orders.shipping import RuleKind, ShippingRule, Step
from handlers.orders.tax import TaxMode, TaxTable, millionths
from handlers.orders.together import ShipTogether
from handlers.setting_values import ListOf

__all__ = [
    "InvoiceRules",
    "OrderDesk",
    "OrderRules",
    "ShippingSettings",
    "ShippingStep",
    "ShippingWay",
    "TaxRates",
]


#: A unit with as many decimals as any currency has.
_FINEST = "CLF"


def _together(written: str) -> str:
    ShipTogether.parse(written)
    return written


def _rates(table: Any) -> Any:
    """Rates as they are written, `19` or `"8.875"`; a place may have one rate for everything."""
    if isinstance(table, str):
        # As a variable it is JSON.
        try:
            table = json.loads(table)
        except ValueError as error:
            raise ValueError("""is no table; write it like {"DE": 19}""") from error
    if not isinstance(table, Mapping):
        return table
    return {
        str(place): rates if isinstance(rates, Mapping) else {"": rates}
        for place, rates in table.items()
    }


def _amount(written: Any) -> Any:
    return str(written) if isinstance(written, int | float) else written


def _rate(written: Any) -> Any:
    plain = _amount(written)
    if isinstance(plain, str):
        millionths(plain)
    return plain


Amount = Annotated[str, BeforeValidator(_amount), Field(pattern=r"^[0-9]{1,12}(\.[0-9]+)?$")]
Rate = Annotated[str, BeforeValidator(_rate)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Count = Annotated[int, Field(ge=1, le=1_000)]


class _Rules(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True
    )


class ShippingStep(_Rules):
    """The price of a parcel up to and with so many grams, or so much money."""

    up_to: Amount | None = Field(None, description="Grams, or an amount; no end if not set.")
    price: Amount = Field(description="The price, such as 4.90.")


class ShippingWay(_Rules):
    """One way for parcels to leave: `[[shipping.ways]]`."""

    key: str = Field(
        min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$", description="Its name in the records."
    )
    label: str = Field("", max_length=60, description="What customers call it.")
    kind: RuleKind = Field(RuleKind.FLAT, description="flat, weight, value or pick_up.")
    price: Amount | None = Field(None, description="The price where it is one.")
    steps: ListOf[ShippingStep] = Field((), description="Prices by weight or value.")
    countries: ListOf[Country] = Field((), description="Countries it goes to; all if none.")
    free_from: Amount | None = Field(None, description="Free where the goods cost so much.")

    @model_validator(mode="after")
    def _one_table(self) -> "ShippingWay":
        # The shop's own currency is another section's: `amounts_in` looks at that.
        self.rule(_FINEST)
        return self

    def rule(self, currency: str) -> ShippingRule:
        """The rule that this is, in minor units. Raises `ValueError`."""
        by_value = self.kind is RuleKind.VALUE
        steps = [
            Step(up_to=_end(step.up_to, currency, by_value), minor=_minor(step.price, currency))
            for step in self.steps
        ]
        if self.price is not None:
            steps.insert(0, Step(minor=_minor(self.price, currency)))
        return ShippingRule(
            key=self.key,
            kind=self.kind,
            currency=currency,
            steps=tuple(steps),
            countries=frozenset(self.countries),
            free_from=None if self.free_from is None else _minor(self.free_from, currency),
        )


def _minor(amount: str, currency: str) -> int:
    return Money.parse(amount, currency).minor


def _named(setting: str, amount: str, currency: str) -> int:
    try:
        return _minor(amount, currency)
    except ValueError as error:
        raise ValueError(f"cannot be used: in {setting} {error}") from None


def _end(up_to: str | None, currency: str, by_value: bool) -> int | None:
    if up_to is None:
        return None
    return _minor(up_to, currency) if by_value else int(float(up_to))


class ShippingSettings(_Rules):
    """How parcels leave: the `[shipping]` settings."""

    ways: ListOf[ShippingWay] = Field(
        (),
        description="The ways for parcels to leave, in the order of preference; without one "
        "shipping costs nothing. Written as tables: [[shipping.ways]].",
    )
    together: Annotated[str, AfterValidator(_together)] = Field(
        "show",
        description="Which paid orders leave together: those of one show, those paid within days "
        "(7d), or all until the customer asks (on request).",
    )

    @model_validator(mode="after")
    def _each_once(self) -> "ShippingSettings":
        keys = [way.key for way in self.ways]
        if len(set(keys)) < len(keys):
            raise ValueError("two ways have one key; each needs its own")
        return self

    def amounts_in(self, currency: str) -> None:
        """Raise `ValueError`, naming the setting, for an amount that `currency` does not know."""
        for way in self.ways:
            try:
                way.rule(currency)
            except ValueError as error:
                raise ValueError(f"cannot be used: in shipping.ways {way.key} {error}") from None


class TaxRates(_Rules):
    """Tax by table: the `[tax]` settings."""

    mode: TaxMode = Field(
        TaxMode.INCLUDED, description="Whether prices contain the tax, or it is added to them."
    )
    rates: Annotated[dict[str, dict[str, Rate]], BeforeValidator(_rates)] = Field(
        default_factory=dict,
        description="Percent by place (DE, US-NY, or * elsewhere): {DE = 19}, or by tax class: "
        '{DE = {"" = 19, food = 7}}.',
    )

    def table(self) -> TaxTable:
        """The rates as millionths."""
        return TaxTable(
            mode=self.mode,
            rates={
                place: {name: millionths(rate) for name, rate in by_class.items()}
                for place, by_class in self.rates.items()
            },
        )


class OrderRules(_Rules):
    """What a person looks at, and where addresses are at home: the `[orders]` settings."""

    country: Country | None = Field(
        None, description="The country of an address that names none; by the shop's locale if not."
    )
    high_value: Amount | None = Field(
        None, description="A paid order of this amount or more is looked at before it is packed."
    )
    most_unpaid: Count = Field(5, description="More unpaid orders of one customer are looked at.")
    declines: Count = Field(1, description="So many declined payments are looked at.")
    coupon_tries: Count = Field(3, description="So many coupons that are used up are looked at.")
    delay_days: Count = Field(
        4,
        description="Days after which customers hear that a parcel is late, from when it could be "
        "packed.",
    )

    def high(self, currency: str) -> int | None:
        """`high_value` in minor units of `currency`. Raises `ValueError` naming the setting."""
        return _named("orders.high_value", self.high_value, currency) if self.high_value else None


class InvoiceRules(_Rules):
    """What stands on invoices beside the order: the `[invoices]` settings."""

    seller: ListOf[str] = Field(
        (), description="Who sells, line by line: name and address. The shop's name if not given."
    )
    tax_number: str = Field("", max_length=40, description="The tax number on invoices.")
    note: str = Field(
        "", max_length=300, description="A sentence under the sums, such as terms or thanks."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDesk:
    """What the orders capability knows of its shop: the settings as values."""

    rules: OrderRules = field(default_factory=OrderRules)
    ways: tuple[ShippingWay, ...] = ()
    shipping: tuple[ShippingRule, ...] = ()
    together: ShipTogether = field(default_factory=lambda: ShipTogether(days=0))
    tax: TaxTable = field(default_factory=TaxTable)
    gate: GateRules = field(default_factory=GateRules)
    country: str = ""
    #: What stands on invoices beside the order.
    invoices: InvoiceRules = field(default_factory=InvoiceRules)

    @classmethod
    def of(
        cls,
        rules: OrderRules,
        shipping: ShippingSettings,
        tax: TaxRates,
        *,
        currency: str,
        locale: str,
        invoices: InvoiceRules | None = None,
    ) -> "OrderDesk":
        """The desk of a shop with these settings."""
        return cls(
            rules=rules,
            ways=shipping.ways,
            shipping=tuple(way.rule(currency) for way in shipping.ways),
            together=ShipTogether.parse(shipping.together),
            tax=tax.table(),
            gate=GateRules(
                high_value=rules.high(currency),
                most_unpaid=rules.most_unpaid,
                declines=rules.declines,
                coupon_tries=rules.coupon_tries,
            ),
            country=rules.country or locale.replace("-", "_").partition("_")[2][:2].upper(),
            invoices=invoices or InvoiceRules(),
        )

    def rule(self, key: str | None) -> ShippingRule | None:
        """The shipping rule of this key."""
        return next((one for one in self.shipping if one.key == key), None)

    def label(self, key: str) -> str:
        """What customers call a way."""
        way = next((one for one in self.ways if one.key == key), None)
        return key if way is None else way.label or way.key.replace("-", " ")
