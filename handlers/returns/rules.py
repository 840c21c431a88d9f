"""What a shop sets for returns: the `[returns]` settings, and the desk that its handlers use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FilePath

from handlers.money import Money
from handlers.orders.model import Address
from handlers.returns.policy import Condition, Policy, ShippingRule, Wish
from handlers.returns.reasons import Fault, Reasons, ReasonsError, read_reasons, starter
from handlers.setting_values import ListOf

__all__ = ["ReturnAddress", "ReturnDesk", "ReturnRules", "ShippingBack"]


def _written(value: Any) -> Any:
    plain_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if plain_number else value


Amount = Annotated[str, BeforeValidator(_written), Field(pattern=r"^[0-9]{1,12}(\.[0-9]+)?$")]
Percent = Annotated[
    str, BeforeValidator(_written), Field(pattern=r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$")
]
Days = Annotated[int, Field(ge=0, le=3650)]
Line = Annotated[str, Field(max_length=70)]


class _Rules(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True
    )


class ShippingBack(_Rules):
    """Whether what was paid for shipping goes back, by whose fault it is."""

    shop: ShippingRule = Field(
        ShippingRule.ALWAYS,
        description="Where the shop is at fault: always, when_all_back or never; once per order.",
    )
    carrier: ShippingRule = Field(
        ShippingRule.ALWAYS, description="The same where the carrier is at fault."
    )
    customer: ShippingRule = Field(
        ShippingRule.WHEN_ALL_BACK, description="The same where the customer has the reason."
    )


class ReturnAddress(_Rules):
    """Where returns are sent; it stands on slips and labels."""

    name: Line | None = Field(None, description="Who receives returns; the shop's name if not set.")
    street: Line | None = Field(None, description="Street and number.")
    addition: Line | None = Field(None, description="A second line, such as a floor.")
    postcode: Line | None = Field(None, description="The postcode, if the country has them.")
    city: Line | None = Field(
        None, description="City; without street and city there is no address."
    )
    region: Line | None = Field(None, description="State or region, where addresses have one.")
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        None, description="Two letters, such as DE; by the shop's locale if not set."
    )
    email: Line | None = Field(None, description="For the carrier, if it asks.")
    phone: Line | None = Field(None, description="For the carrier, if it asks.")


class ReturnRules(_Rules):
    """What is promised about returns, and how the team takes them: the `[returns]` settings."""

    window_days: Days = Field(
        30, description="How many days after delivery something may be sent back; the last counts."
    )
    transit_days: int = Field(
        7, ge=0, le=365, description="Days from dispatch to delivery where nobody knows that day."
    )
    complaint_days: Days = Field(
        30, description="How many days after delivery something broken or missing may be told."
    )
    conditions: ListOf[Condition] = Field(
        (Condition.UNOPENED, Condition.TRIED_ON),
        description="In which condition it comes back where the customer has the reason: unopened, "
        "tried_on, used, damaged.",
    )
    wishes: ListOf[Wish] = Field(
        tuple(Wish), description="What customers can choose for a return: exchange, credit, refund."
    )
    customer_pays_return: ListOf[Fault] = Field(
        (Fault.CUSTOMER,),
        description="By whose fault customers pay to send it back: customer, carrier, shop.",
    )
    shipping_back: ShippingBack = Field(
        default_factory=ShippingBack, description="Whether the shipping that was paid goes back."
    )
    fee_percent: Percent = Field(
        "0",
        description="Percent kept of each unit that comes back where the customer has the reason.",
    )
    label_fee: Amount = Field(
        "0", description="What a return label of the shop costs who is to pay for sending it back."
    )
    exchange_bonus_percent: Percent = Field(
        "0", description="Percent that the shop adds towards an exchange."
    )
    credit_bonus_percent: Percent = Field("0", description="Percent that it adds to store credit.")
    auto_approve_up_to: Amount | None = Field(
        None,
        description="Returns up to this amount of customers in good standing need nobody; never "
        "without a person if not set.",
    )
    complaints_come_back: bool = Field(
        False, description="Whether what is broken or wrong is sent in before it is made good."
    )
    reasons: FilePath | None = Field(
        None, description="File with the shop's own reasons; Andon's own if not set."
    )
    address: ReturnAddress = Field(
        default_factory=ReturnAddress, description="Where returns are sent."
    )
    answer_hours: int = Field(
        24, ge=1, le=720, description="How long the team may take to answer a return."
    )
    send_days: int = Field(
        14, ge=1, le=365, description="Days to send what was approved, before that ends by itself."
    )
    remind_days: int = Field(
        4, ge=0, le=365, description="So many days before that its customer is reminded once."
    )
    pay_days: int = Field(7, ge=1, le=365, description="Days to pay the difference of an exchange.")
    many_returns: int = Field(
        4, ge=1, le=1_000, description="So many returns of one customer are shown to the team."
    )
    many_returns_days: int = Field(180, ge=1, le=3650, description="Within so many days.")
    high_value: Amount | None = Field(
        None, description="A return of this amount or more is shown to the team as such."
    )
    defects_alarm: int = Field(
        3, ge=1, le=1_000, description="So many defects of one SKU in a show are an alarm."
    )
    pause_on_defects: bool = Field(
        False, description="Whether that alarm pauses the item while its show is live."
    )

    def policy(self, currency: str) -> Policy:
        """The promise in minor units of `currency`. Raises `ValueError` naming the setting."""
        return Policy(
            window_days=self.window_days,
            transit_days=self.transit_days,
            complaint_days=self.complaint_days,
            conditions=self.conditions,
            wishes=self.wishes,
            customer_pays_return=self.customer_pays_return,
            shipping_back={
                Fault.SHOP: self.shipping_back.shop,
                Fault.CARRIER: self.shipping_back.carrier,
                Fault.CUSTOMER: self.shipping_back.customer,
            },
            fee_bp=_bp(self.fee_percent),
            label_fee=self.minor("label_fee", currency) or 0,
            exchange_bonus_bp=_bp(self.exchange_bonus_percent),
            credit_bonus_bp=_bp(self.credit_bonus_percent),
            auto_approve_up_to=self.minor("auto_approve_up_to", currency),
            complaints_come_back=self.complaints_come_back,
        )

    def minor(self, name: str, currency: str) -> int | None:
        """A written amount in minor units of `currency`. Raises `ValueError` naming the setting."""
        written: str | None = getattr(self, name)
        if written is None:
            return None
        try:
            return Money.parse(written, currency).minor
        except ValueError as error:
            raise ValueError(f"cannot be used: in returns.{name} {error}") from None


def _bp(percent: str) -> int:
    return int(Decimal(percent) * 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDesk:
    """The policy of the day, the reasons that may be given, and how the team works on returns.

    The team decides and inspects within `decide_within`. A customer sends within `send_within`,
    is reminded `remind_before` that ends, and pays the difference of an exchange within
    `pay_within`. `address` is where it goes, None where none is set.

    Flags: `many` returns in `many_within`, and a value above `high_value` (minor units; None:
    never). After `defects` returns of one SKU of a show that say that it is faulty its playbook
    is offered, and it is paused if `defect_pauses`.
    """

    policy: Policy = field(default_factory=Policy)
    reasons: Reasons = field(default_factory=starter)
    address: Address | None = None
    decide_within: timedelta = timedelta(hours=24)
    send_within: timedelta = timedelta(days=14)
    remind_before: timedelta = timedelta(days=4)
    pay_within: timedelta = timedelta(days=7)
    many: int = 4
    many_within: timedelta = timedelta(days=180)
    high_value: int | None = None
    defects: int = 3
    defect_pauses: bool = False

    @classmethod
    def of(
        cls, rules: ReturnRules, *, currency: str, locale: str, shop_name: str = ""
    ) -> "ReturnDesk":
        """The desk of a shop with these settings.

        Raises `ReasonsError` for a file of reasons that cannot be used, with every problem in it.
        """
        return cls(
            policy=rules.policy(currency),
            reasons=_reasons(rules),
            address=_address(rules.address, locale, shop_name),
            decide_within=timedelta(hours=rules.answer_hours),
            send_within=timedelta(days=rules.send_days),
            remind_before=timedelta(days=rules.remind_days),
            pay_within=timedelta(days=rules.pay_days),
            many=rules.many_returns,
            many_within=timedelta(days=rules.many_returns_days),
            high_value=rules.minor("high_value", currency),
            defects=rules.defects_alarm,
            defect_pauses=rules.pause_on_defects,
        )

    def policy_of(self, stored: Mapping[str, Any] | None) -> Policy:
        """Return what was promised with an order; today's where nothing was copied onto it."""
        return self.policy if stored is None else Policy.model_validate(stored)


def _reasons(rules: ReturnRules) -> Reasons:
    if rules.reasons is None:
        return starter()
    try:
        content = rules.reasons.read_bytes()
    except OSError as error:
        problem = f"{rules.reasons}: cannot be read: {error.strerror}"
        raise ReasonsError((problem,)) from None
    return read_reasons(content, name=str(rules.reasons))


def _address(written: ReturnAddress, locale: str, shop_name: str) -> Address | None:
    if not (written.street and written.city):
        return None
    return Address(
        name=written.name or shop_name,
        line1=written.street,
        line2=written.addition or "",
        postcode=written.postcode or "",
        city=written.city,
        region=written.region or "",
        country=written.country or locale.replace("-", "_").partition("_")[2][-2:].upper(),
        email=written.email or "",
        phone=written.phone or "",
    )
