"""What the packing page reads of a running Andon: the packer's table, and papers as PDF."""

import asyncio
from collections.abc import Sequence

from bot.andon import Andon
from bot.papers.documents import draw_documents
from bot.papers.labels import draw_labels
from bot.web.board import BoardUnavailable
from handlers.fulfilment.invoicing import note_invoices, parcel_invoices
from handlers.fulfilment.papers import Document
from handlers.fulfilment.printing import paper_size, pick_documents, shelf_labels, slip_document
from handlers.fulfilment.seeing import PackLook, see_packing
from handlers.fulfilment.slips import PickKind
from handlers.people import Person
from storage.errors import StorageError

__all__ = ["PackTable"]


class PackTable:
    """Reads for the packing page, never waiting for chat; only the audit is written."""

    def __init__(self, andon: Andon) -> None:
        self._andon = andon

    async def look(self, person: Person | None) -> PackLook:
        """What this packer sees now; None for somebody who only looks on."""
        try:
            async with self._andon.storage.read() as tx:
                return await see_packing(tx, self._andon.house, person)
        except StorageError as error:
            raise BoardUnavailable(str(error)) from error

    async def slip(self, parcel_id: int, fence: int) -> bytes | None:
        """The slip of a parcel that is being packed under this fence."""
        async with self._andon.storage.read() as tx:
            document = await slip_document(tx, self._andon.house, parcel_id, fence)
        return None if document is None else await self._drawn([document])

    async def invoices(self, parcel_id: int, fence: int) -> bytes | None:
        """The invoices of what is in a parcel that is being packed under this fence."""
        async with self._andon.storage.read() as tx:
            documents = await parcel_invoices(tx, self._andon.house, parcel_id, fence)
        if not documents:
            return None
        # The buyer's address stands on it: who looked is known before they do.
        async with self._andon.storage.write() as tx:
            await note_invoices(tx, parcel_id, fence, self._andon.clock.now())
        return await self._drawn(documents)

    async def picks(self, kind: PickKind, name: str) -> bytes:
        """Pick lists for what waits."""
        async with self._andon.storage.read() as tx:
            documents = await pick_documents(tx, self._andon.house, kind, name)
        return await self._drawn(documents)

    async def labels(self, what: str, zone: str) -> bytes:
        """Labels for `bins` or `skus`."""
        house = self._andon.house
        async with self._andon.storage.read() as tx:
            labels = await shelf_labels(tx, house, what, zone)
        return await asyncio.to_thread(draw_labels, labels, paper_size(house.locale))

    async def _drawn(self, documents: Sequence[Document]) -> bytes:
        size = paper_size(self._andon.house.locale)
        return await asyncio.to_thread(draw_documents, documents, size)
