"""The payment ways that the settings name."""

from bot.payments.base import PaymentWay
from bot.settings import Settings

__all__ = ["ways_of"]


def ways_of(settings: Settings) -> dict[str, PaymentWay]:
    """Those that something is asked of, by name; a transfer or another system needs no asking."""
    given = settings.stripe
    if given.api_key is None:
        return {}
    # On first use: who has no Stripe need not wait for its client.
    from bot.payments.stripe import StripeWay

    if given.api_url is None:
        return {"stripe": StripeWay(given.api_key, given.webhook_secret)}
    return {"stripe": StripeWay(given.api_key, given.webhook_secret, given.api_url)}
