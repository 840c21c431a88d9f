"""Pictures that people send: bounded, and made anew, so that nothing but the picture stays.

What a picture is its content says, not its name. It is decoded and encoded again in a thread: where
and by what it was taken is gone, and so is whatever else stood in the file.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

import aiohttp

from handlers.messages import NotTaken, Picture

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["LARGEST", "MOST", "Refused", "Sent", "Taken", "bounded", "made_anew", "take_in"]

#: Pictures of one message, and bytes of one picture.
MOST = 5
LARGEST = 10 * 1024 * 1024
_WITHIN_SECONDS = 20.0
_LONGEST_SIDE = 2_048
#: A small file may unfold into very many; a camera takes fewer.
_MOST_PIXELS = 60_000_000
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_QUALITY = 88
_CHUNK = 64 * 1024


class Refused(Exception):
    """What was sent is not taken; `why` says it."""

    def __init__(self, why: NotTaken) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A file as a platform tells of it: how large it claims to be, and how it is fetched.

    `fetch` raises `OSError`, `aiohttp.ClientError`, or `Refused`.
    """

    size: int
    fetch: Callable[[], Awaitable[bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The pictures of a message, made anew, and why others were left out."""

    pictures: tuple[Picture, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()


async def take_in(sent: Sequence[Sent]) -> Taken:
    """Fetch what was sent, one after the other, and make it anew; it takes a bounded time."""
    pictures: list[Picture] = []
    not_taken = [NotTaken.TOO_MANY] * max(0, len(sent) - MOST)
    for one in sent[:MOST]:
        try:
            if one.size > LARGEST:
                raise Refused(NotTaken.TOO_LARGE)
            pictures.append(await asyncio.to_thread(made_anew, await _fetched(one)))
        except Refused as refused:
            not_taken.append(refused.why)
    return Taken(pictures=tuple(pictures), not_taken=tuple(not_taken))


async def _fetched(one: Sent) -> bytes:
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            content = await one.fetch()
    except (OSError, aiohttp.ClientError):
        # A time-out is an OSError.
        raise Refused(NotTaken.NOT_FETCHED) from None
    if len(content) > LARGEST:
        raise Refused(NotTaken.TOO_LARGE)
    return content


async def bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body of a response, as long as it is not too large. Raises `Refused`."""
    if response.status != 200:
        raise Refused(NotTaken.NOT_FETCHED)
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > LARGEST:
            raise Refused(NotTaken.TOO_LARGE)
    return bytes(content)


def made_anew(content: bytes) -> Picture:
    """The picture in `content` as a JPEG or a PNG of its own, upright and 2,048 pixels at most.

    Only its points are taken over; of a moving one the first frame. Raises `Refused`.
    """
    # Here, not at the top: most commands never see a picture.
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise Refused(NotTaken.TOO_LARGE)
            opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened)
            return _encoded(upright)
    except UnidentifiedImageError:
        raise Refused(NotTaken.NO_PICTURE) from None
    except Image.DecompressionBombError:
        raise Refused(NotTaken.TOO_LARGE) from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError):
        # What Pillow raises for files that are cut off or forged.
        raise Refused(NotTaken.BROKEN) from None


def _encoded(picture: "Image") -> Picture:
    see_through = picture.has_transparency_data
    plain = picture.convert("RGBA" if see_through else "RGB")
    plain.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    # The points alone: whatever else came with the file stays behind.
    plain.info = {}
    written, mime = BytesIO(), "image/jpeg"
    if see_through or picture.mode in ("P", "1", "L"):
        mime = "image/png"
        plain.save(written, "PNG", optimize=True)
    else:
        plain.save(written, "JPEG", quality=_QUALITY, exif=b"")
    return Picture.of(written.getvalue(), name="picture", mime=mime, alt="A picture that was sent")
