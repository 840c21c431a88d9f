"""What a recount found missing: an exception, open until the units are made up or decided on."""

from sqlalchemy import select

from handlers.claims.records import Stock
from handlers.exceptions.opening import close_exceptions, open_exception
from handlers.wording import Said
from handlers.work import Work
from storage.schema import sale

__all__ = ["shortage_changed", "still_needed"]

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


async def still_needed(work: Work, kind: str, subject: str) -> Said | None:
    """What keeps a variant closed although its exception is decided; None if nothing does."""
    if kind != _DISCREPANCY:
        return None
    ids = [
        variant.id
        for item in work.snapshot.catalogue.items.values()
        for variant in item.variants.values()
        if item.label(variant.name) == subject
    ]
    short = select(sale.variants.c.id).where(sale.variants.c.id.in_(ids), sale.variants.c.short > 0)
    if not ids or await work.tx.scalar(short.limit(1)) is None:
        return None
    return work.house.wording.say("stock.still_short", item=subject)
