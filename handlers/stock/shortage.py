"""What a recount found missing: an exception, open until the units are made up or decided on."""

from handlers.claims.records import Stock
from handlers.exceptions.opening import close_exceptions, open_exception
from handlers.work import Work

__all__ = ["shortage_changed"]

_DISCREPANCY = "stock_discrepancy"


async def shortage_changed(work: Work, stock: Stock, how: str) -> None:
    """Open the exception of a variant that is short, bring it up to date, or resolve it."""
    if not stock.short:
        await close_exceptions(work, _DISCREPANCY, stock.label, outcome=how)
        return
    await open_exception(
        work,
        _DISCREPANCY,
        subject=stock.label,
        owner_role="support",
        values={
            "item": stock.label,
            "on_hand": stock.on_hand,
            "reserved": stock.reserved,
            "short": stock.short,
        },
    )
