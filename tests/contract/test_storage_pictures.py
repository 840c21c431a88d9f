"""Pictures are kept once, with what shows them."""

from storage.engine import Storage
from storage.repositories import pictures
from storage.schema.pictures import pictures as table


async def test_a_picture_is_kept_once_and_read_back_as_it_was(storage: Storage) -> None:
    content = bytes(range(256)) * 2_000
    async with storage.write() as tx:
        await pictures.keep(tx, {"a": content, "b": b"two"})
        await pictures.keep(tx, {"a": content})
    async with storage.read() as tx:
        assert await pictures.contents(tx, ["a", "c"]) == {"a": content}
        assert await pictures.contents(tx, []) == {}
        assert len(await tx.all(table.select())) == 2


async def test_what_is_rolled_back_takes_its_picture_with_it(storage: Storage) -> None:
    class Broken(Exception):
        """The transaction ends here."""

    try:
        async with storage.write() as tx:
            await pictures.keep(tx, {"a": b"one"})
            raise Broken
    except Broken:
        async with storage.read() as tx:
            assert await pictures.contents(tx, ["a"]) == {}
