"""The catalogue in the database as Andon's own CSV, with what is on hand as its stock."""

from handlers.catalog.files import write_catalog
from handlers.catalog.import_values import KnownItem
from handlers.catalog.importing import load_known
from handlers.catalog.model import Item, Variant
from storage.unit_of_work import Transaction

__all__ = ["export_catalog"]


async def export_catalog(tx: Transaction) -> str:
    """Return a CSV that, imported again, changes nothing."""
    return write_catalog(_as_item(known) for known in await load_known(tx))


def _as_item(known: KnownItem) -> Item:
    return Item(
        code=known.code,
        title=known.title,
        limit=known.limit,
        final_sale=known.final_sale,
        replacements=known.replacements,
        aliases=known.aliases,
        variants=tuple(
            Variant(
                sku=variant.sku,
                name=variant.name,
                price=variant.price,
                stock=variant.on_hand,
                bin=variant.bin,
                details=variant.details,
            )
            for variant in known.variants
        ),
    )
