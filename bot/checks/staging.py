"""The staging before a show: what `/show checklist` lists, for `andon check --show`."""

from bot.checks.finding import Finding
from bot.settings import Settings
from handlers.registry import Registry
from handlers.shows.checklist import sentence, staging
from handlers.wording import Wording
from storage.engine import Storage
from storage.errors import StorageError
from storage.places import place_of
from storage.upgrade import ensure_current, version_of

__all__ = ["check_staging"]


async def check_staging(settings: Settings) -> list[Finding]:
    """Look at the run order and what is missing for it; each line names who sees to it."""
    try:
        place = place_of(settings.database_url)
        if await version_of(place) is None:
            none = "There is no database yet, so nothing is staged: import the catalogue first."
            return [Finding(about="staging", sentence=none)]
        await ensure_current(place, create=False)
        async with Storage(place) as storage, storage.read() as tx:
            looked = await staging(tx, settings.sale)
    except (StorageError, OSError) as error:
        return [Finding(about="staging", sentence=str(error))]
    wording = Wording(Registry.of().copy)
    found = [
        Finding(
            about="staging",
            sentence=sentence(wording, one, live=looked.live).removeprefix("• "),
            fine=one.remark,
            note=one.remark,
        )
        for one in looked.missing
    ]
    count = f"{len(looked.order)} items in the run order."
    return [
        *([Finding(about="staging", sentence=count, fine=True)] if looked.order else []),
        *found,
    ]
