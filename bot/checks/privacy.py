"""What is private: is there a key that seals it, and does it open what was sealed before?"""

from sqlalchemy import select

from bot.checks.finding import Finding
from bot.settings import Settings
from storage.engine import Storage
from storage.errors import StorageError
from storage.places import place_of
from storage.schema import orders
from storage.schema.support import customer_pictures, support_messages
from storage.upgrade import HEAD, version_of

__all__ = ["check_privacy"]


async def check_privacy(settings: Settings) -> list[Finding]:
    """Look at the keys, and for addresses and letters that none of them opens."""
    sealer = settings.privacy.sealer()
    try:
        place = place_of(settings.database_url)
        names: set[str | None] = set()
        if await version_of(place) == HEAD:
            async with Storage(place) as storage, storage.read() as tx:
                for table in (orders.postal_addresses, support_messages, customer_pictures):
                    rows = await tx.all(select(table.c.key_name).distinct())
                    names |= {row.key_name for row in rows}
    except (StorageError, OSError):
        # The look at the database has said so.
        return []
    lost = sorted(name for name in names if name is not None and not sealer.knows(name))
    if lost:
        return [
            Finding(
                about="privacy",
                sentence=f"Addresses or letters are sealed with the key {', '.join(lost)}, which "
                "is not in privacy.keys: nobody can read them, nothing else stops. Put that key "
                "back, behind the newest.",
            )
        ]
    if sealer.seals:
        return [Finding(about="privacy", sentence="Addresses and letters are sealed.", fine=True)]
    return [
        Finding(
            about="privacy",
            sentence="privacy.keys is not set: customers are asked for addresses, and those would "
            "stand in the database as they are typed. `andon setup` makes a key.",
            fine=True,
            note=True,
        )
    ]
