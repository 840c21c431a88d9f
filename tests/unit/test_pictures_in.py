"""Pictures that people send: bounded, taken for what they are, without where that was."""

from collections.abc import Callable, Coroutine
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.pictures_in import LARGEST, Refused, Sent, made_anew, take_in
from handlers.messages import NotTaken


def photo(size: tuple[int, int] = (64, 32), *, kind: str = "JPEG", mode: str = "RGB") -> bytes:
    """A picture as a telephone writes it: with a place, a maker, a way to hold it, a comment."""
    picture = Image.new(mode, size)
    exif = Image.Exif()
    exif[0x010F] = "Telltale Phones"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.6)
    exif.get_ifd(0x8825)[1] = "N"
    written = BytesIO()
    more: dict[str, Any] = {"comment": b"Telltale Street 7"} if kind in ("JPEG", "GIF") else {}
    picture.save(written, kind, exif=exif, **more)
    return written.getvalue()


def fetching(content: bytes) -> Callable[[], Coroutine[Any, Any, bytes]]:
    async def fetch() -> bytes:
        return content

    return fetch


def sent(content: bytes) -> Sent:
    return Sent(size=len(content), fetch=fetching(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_nothing_stays_of_where_and_by_what_it_was_taken(kind: str) -> None:
    content = photo(kind=kind)
    with Image.open(BytesIO(content)) as before:
        told = kind != "GIF" and bool(before.getexif().get_ifd(0x8825))
        assert told or b"Telltale" in content
    made = made_anew(content)
    assert b"Telltale" not in made.content
    assert b"Exif" not in made.content
    with Image.open(BytesIO(made.content)) as after:
        assert not after.getexif()
        assert {"exif", "comment", "xmp", "XML:com.adobe.xmp", "icc_profile"}.isdisjoint(after.info)


def test_it_stands_upright_and_is_no_larger_than_it_need_be() -> None:
    with Image.open(BytesIO(made_anew(photo()).content)) as upright:
        assert upright.size == (32, 64)
    with Image.open(BytesIO(made_anew(photo((5_000, 1_000))).content)) as smaller:
        assert max(smaller.size) == 2_048


def test_what_is_see_through_stays_so() -> None:
    made = made_anew(photo(kind="PNG", mode="RGBA"))
    assert made.mime == "image/png"
    assert made.name.endswith(".png")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"%PDF-1.7 named holiday.jpg", NotTaken.NO_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NotTaken.NO_PICTURE),
        (b"", NotTaken.NO_PICTURE),
        (photo((400, 400))[:300], NotTaken.BROKEN),
        (photo((400, 400), kind="PNG")[:200], NotTaken.BROKEN),
    ],
)
def test_what_is_no_picture_is_told_from_one_that_is_broken(content: bytes, why: NotTaken) -> None:
    with pytest.raises(Refused) as refused:
        made_anew(content)
    assert refused.value.why is why


def test_a_bomb_is_not_unfolded() -> None:
    written = BytesIO()
    Image.new("1", (9_000, 9_000)).save(written, "PNG")
    assert len(written.getvalue()) < 50_000
    with pytest.raises(Refused) as refused:
        made_anew(written.getvalue())
    assert refused.value.why is NotTaken.TOO_LARGE


async def test_a_message_brings_five_of_bounded_size() -> None:
    async def away() -> bytes:
        raise ConnectionResetError

    async def lies() -> bytes:
        return b"\xff\xd8\xff" + bytes(LARGEST)

    small = photo()
    taken = await take_in([sent(small)] * 7)
    assert len(taken.pictures) == 5
    assert taken.not_taken == (NotTaken.TOO_MANY, NotTaken.TOO_MANY)
    taken = await take_in(
        [
            Sent(size=LARGEST + 1, fetch=away),
            Sent(size=10, fetch=away),
            Sent(size=10, fetch=lies),
            sent(b"PK\x03\x04"),
            sent(small),
        ]
    )
    assert taken.not_taken == (
        NotTaken.TOO_LARGE,
        NotTaken.NOT_FETCHED,
        NotTaken.TOO_LARGE,
        NotTaken.NO_PICTURE,
    )
    assert len(taken.pictures) == 1
