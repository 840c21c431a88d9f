"""Every setting: its type, default, limits and what it is for."""

import ipaddress
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from bot.settings.privacy import Privacy
from handlers.claims.rules import SaleRules
from handlers.faq.rules import FaqRules
from handlers.moderation.rules import ModerationRules
from handlers.money import is_currency
from handlers.orders.rules import InvoiceRules, OrderRules, ShippingSettings, TaxRates
from handlers.payments.rules import PaymentRules
from handlers.returns.rules import ReturnRules
from handlers.setting_values import ListOf
from handlers.support.rules import SupportRules
from handlers.team.hours import QuietHours as Quiet

__all__ = [
    "Channels",
    "Discord",
    "Hook",
    "Intake",
    "Relay",
    "Roles",
    "Settings",
    "Shop",
    "Slack",
    "Stripe",
    "Team",
    "Web",
]

Id = TypeVar("Id")
DATABASES = ("sqlite+aiosqlite", "postgresql+asyncpg")


def _address(*schemes: str) -> AfterValidator:
    def check(url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"is no address; it starts with {schemes[0]}://")
        return url.rstrip("/")

    return AfterValidator(check)


def _trimmed(secret: SecretStr) -> SecretStr:
    """Without the space that a copied token brings along."""
    plain = secret.get_secret_value().strip()
    if not plain.isprintable() or " " in plain:
        raise ValueError("holds a space or line break; copy it anew")
    return SecretStr(plain)


HttpUrl = Annotated[str, _address("https", "http")]
SocketUrl = Annotated[str, _address("wss", "ws")]
Secret = Annotated[SecretStr, Field(min_length=1), AfterValidator(_trimmed)]
DiscordId = Annotated[int, Field(gt=0, lt=2**64)]
SlackId = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9_-]*$")]


@cache
def _zones() -> frozenset[str]:
    # Hundreds of files are looked at for it.
    return frozenset(available_timezones())


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True
    )


class Channels(_Section, Generic[Id]):
    """Where messages to the team go, by audience; an audience without channels uses `alerts`."""

    alerts: ListOf[Id] = Field((), description="Channels for what needs someone now.")
    playbooks: ListOf[Id] = Field((), description="Channels for the steps of playbooks.")
    exceptions: ListOf[Id] = Field((), description="Channels for what a person must decide.")
    returns: ListOf[Id] = Field((), description="Channels for returns.")
    packing: ListOf[Id] = Field((), description="Channels for packing and shipping.")
    support: ListOf[Id] = Field((), description="Channels for customers' questions.")


class Roles(_Section, Generic[Id]):
    """Who is what in the team, by the platform's own ids."""

    moderator: ListOf[Id] = Field((), description="Who moderates: stage, claims, stock, chat.")
    host: ListOf[Id] = Field((), description="Who is on camera.")
    producer: ListOf[Id] = Field((), description="Who runs the show and its playbooks.")
    packer: ListOf[Id] = Field((), description="Who packs and ships.")
    support: ListOf[Id] = Field((), description="Who settles orders, exceptions and returns.")
    owner: ListOf[Id] = Field((), description="Who may do everything.")


class Shop(_Section):
    """The shop itself."""

    name: str = Field("Our shop", min_length=1, max_length=80, description="The shop's name.")
    timezone: str = Field("UTC", description="Time zone in which times are shown.")
    currency: str = Field("USD", description="Currency of prices that name none.")
    locale: str = Field("en_US", description="Locale in which money and dates are shown.")
    copy_file: FilePath | None = Field(
        None, description="File with the shop's own wording of what Andon says."
    )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as a value."""
        return ZoneInfo(self.timezone)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in _zones():
            raise ValueError(f"is {name!r}, no time zone; write it like Europe/Berlin")
        return name

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, code: str) -> str:
        if not is_currency(code.upper()):
            raise ValueError(f"is {code!r}, no currency; write its three letters, such as EUR")
        return code.upper()

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, name: str) -> str:
        try:
            return str(Locale.parse(name, sep="-" if "-" in name else "_"))
        except (ValueError, UnknownLocaleError):
            raise ValueError(f"is {name!r}, no locale; write it like de_DE") from None


class Discord(_Section):
    """The stream chat, and the team's channels if it has no Slack."""

    token: Secret | None = Field(None, description="Token of the bot; without it Discord is off.")
    guild_id: DiscordId | None = Field(None, description="Server in which the bot works.")
    stream_channel_ids: ListOf[DiscordId] = Field((), description="Channels with stream chat.")
    channels: Channels[DiscordId] = Field(
        default_factory=Channels[DiscordId], description="Where messages to the team go."
    )
    roles: Roles[DiscordId] = Field(
        default_factory=Roles[DiscordId], description="Role ids of the team."
    )
    api_url: HttpUrl | None = Field(None, description="Another address of Discord's API.")
    gateway_url: SocketUrl | None = Field(None, description="Another address of its gateway.")

    @property
    def configured(self) -> bool:
        """Whether Andon is to connect to Discord."""
        return self.token is not None


class Slack(_Section):
    """The team's workspace."""

    bot_token: Secret | None = Field(
        None, description="Token of the bot (xoxb-...); without it Slack is off."
    )
    app_token: Secret | None = Field(
        None, description="Token of the app (xapp-...), for Socket Mode."
    )
    signing_secret: Secret | None = Field(
        None, description="Signing secret, for HTTP mode under /slack/events."
    )
    channels: Channels[SlackId] = Field(
        default_factory=Channels[SlackId], description="Where messages to the team go."
    )
    roles: Roles[SlackId] = Field(
        default_factory=Roles[SlackId],
        description="Ids of users, channels or user groups of the team.",
    )
    api_url: HttpUrl | None = Field(None, description="Another address of Slack's API.")

    @property
    def configured(self) -> bool:
        """Whether Andon is to connect to Slack."""
        return self.bot_token is not None


class Web(_Section):
    """The pages and webhooks that Andon serves."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8099, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    token: Secret | None = Field(
        None, description="What opens the pages; needed for any host but this machine."
    )
    stage: bool = Field(
        False, description="Whether the local stage is open: chat without Discord or Slack."
    )

    @field_validator("token")
    @classmethod
    def _closed_to_strangers(
        cls, token: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        host = info.data.get("host")
        if token is None and host is not None and not _this_machine(host):
            raise ValueError(
                f"is missing, though web.host {host} can be reached from other machines; "
                "set a token, or the host 127.0.0.1"
            )
        return token


def _this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Stripe(_Section):
    """Payment by Stripe."""

    api_key: Secret | None = Field(None, description="Secret key; without it Stripe is off.")
    webhook_secret: Secret | None = Field(None, description="Signing secret of the webhook.")
    api_url: HttpUrl | None = Field(None, description="Another address of Stripe's API.")

    @property
    def configured(self) -> bool:
        """Whether customers can pay by Stripe."""
        return self.api_key is not None


class Hook(_Section):
    """Payment by another shop system, which tells of it under /hooks/payment."""

    secret: Secret | None = Field(
        None, description="What the other system signs with; without it this way is off."
    )

    @property
    def configured(self) -> bool:
        """Whether another system may tell of payments."""
        return self.secret is not None


def _quiet(written: str) -> str:
    Quiet.of(written)
    return written


Hours = Annotated[str, AfterValidator(_quiet)]


class QuietHours(_Section):
    """When an audience hears only what is urgent, shop time, such as 22:00-07:00."""

    alerts: Hours | None = Field(None, description="Quiet hours of alerts.")
    playbooks: Hours | None = Field(None, description="Quiet hours of the steps of playbooks.")
    exceptions: Hours | None = Field(
        None, description="Quiet hours of exceptions; what is due within them is said at once."
    )
    returns: Hours | None = Field(None, description="Quiet hours of returns.")
    packing: Hours | None = Field(None, description="Quiet hours of packing and shipping.")
    support: Hours | None = Field(None, description="Quiet hours of customers' questions.")


class Team(_Section):
    """How the team is told."""

    quiet_hours: QuietHours = Field(
        default_factory=QuietHours, description="When an audience hears only what is urgent."
    )
    playbooks: Path | None = Field(
        None, description="A folder of playbooks of your own, beside those of the library."
    )

    @property
    def quiet(self) -> Mapping[str, Quiet]:
        """The quiet hours by audience, as values."""
        written = self.quiet_hours.model_dump(exclude_none=True)
        return {audience: Quiet.of(hours) for audience, hours in written.items()}


class Intake(_Section):
    """How chat is taken in."""

    batch_max: int = Field(500, ge=1, le=500, description="Messages at most in one transaction.")
    queue_max: int = Field(
        20_000, ge=1, le=1_000_000, description="Messages that wait at most; more are a gap."
    )


class Relay(_Section):
    """How messages go out."""

    lease_seconds: int = Field(
        30, ge=5, le=600, description="How long an address stays with a process that went silent."
    )


class Settings(_Section):
    """All settings, as `load_settings` gives them."""

    # A database URL may hold a password, so it is kept out of `repr` like a token.
    database_url: str = Field(
        "sqlite+aiosqlite:///andon.db",
        repr=False,
        description="Where everything is remembered; postgresql+asyncpg://... for several "
        "processes.",
    )
    shop: Shop = Field(default_factory=Shop, description="The shop itself.")
    discord: Discord = Field(default_factory=Discord, description="The stream chat.")
    slack: Slack = Field(default_factory=Slack, description="The team's workspace.")
    web: Web = Field(default_factory=Web, description="The pages and webhooks.")
    stripe: Stripe = Field(default_factory=Stripe, description="Payment by Stripe.")
    hook: Hook = Field(default_factory=Hook, description="Payment by another shop system.")
    orders: OrderRules = Field(
        default_factory=OrderRules, description="What of an order a person looks at."
    )
    invoices: InvoiceRules = Field(
        default_factory=InvoiceRules, description="What stands on invoices."
    )
    shipping: ShippingSettings = Field(
        default_factory=ShippingSettings, description="How parcels leave, and for how much."
    )
    tax: TaxRates = Field(default_factory=TaxRates, description="Tax by table.")
    payments: PaymentRules = Field(
        default_factory=PaymentRules, description="How customers pay, whatever the way."
    )
    privacy: Privacy = Field(
        default_factory=Privacy, description="How addresses, contacts and letters are kept."
    )
    returns: ReturnRules = Field(
        default_factory=ReturnRules, description="What is promised about returns."
    )
    sale: SaleRules = Field(default_factory=SaleRules, description="The rules of the sale.")
    faq: FaqRules = Field(
        default_factory=FaqRules, description="How what is always asked is answered."
    )
    moderation: ModerationRules = Field(
        default_factory=ModerationRules, description="The rules of moderation."
    )
    support: SupportRules = Field(
        default_factory=SupportRules, description="Conversations of customers with the team."
    )
    team: Team = Field(default_factory=Team, description="How the team is told.")
    intake: Intake = Field(default_factory=Intake, description="How chat is taken in.")
    relay: Relay = Field(default_factory=Relay, description="How messages go out.")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url.partition("://")[0] not in DATABASES or "://" not in url:
            raise ValueError(
                "is no database Andon knows; write sqlite+aiosqlite:///FILE or "
                "postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
            )
        return url

    @field_validator("returns")
    @classmethod
    def _amounts_of_the_currency(cls, returns: ReturnRules, info: ValidationInfo) -> ReturnRules:
        shop = info.data.get("shop")
        if shop is not None:
            returns.policy(shop.currency)
            returns.minor("high_value", shop.currency)
        return returns

    @field_validator("orders")
    @classmethod
    def _value_of_the_currency(cls, orders: OrderRules, info: ValidationInfo) -> OrderRules:
        shop = info.data.get("shop")
        if shop is not None:
            orders.high(shop.currency)
        return orders

    @field_validator("shipping")
    @classmethod
    def _prices_of_the_currency(
        cls, shipping: ShippingSettings, info: ValidationInfo
    ) -> ShippingSettings:
        shop = info.data.get("shop")
        if shop is not None:
            shipping.amounts_in(shop.currency)
        return shipping

    @field_validator("web")
    @classmethod
    def _stage_alone(cls, web: Web, info: ValidationInfo) -> Web:
        discord, slack = info.data.get("discord"), info.data.get("slack")
        if web.stage and discord is not None and discord.configured:
            raise ValueError(
                "opens the local stage (web.stage) while Discord is configured; anyone there could "
                "act as anyone, so turn one of them off"
            )
        # In HTTP mode something forwards calls from outside to where the stage is.
        alone = _this_machine(web.host) and slack is not None and slack.app_token is not None
        if web.stage and slack is not None and slack.configured and not alone:
            raise ValueError(
                "opens the local stage (web.stage) while Slack is configured; anyone there could "
                "act as anyone, so that goes on this machine alone: web.host 127.0.0.1, and Socket "
                "Mode (slack.app_token)"
            )
        return web
