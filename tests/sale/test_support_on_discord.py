"""A person behind the DM, on Discord: the team answers by form, and by replying to the card."""

from io import BytesIO

from PIL import Image
from sqlalchemy import select

from storage.schema.support import customer_pictures
from tests.fakes.simulated import SimulatedShop


def photo() -> bytes:
    written = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Telltale Phones"
    Image.new("RGB", (40, 30), "red").save(written, "JPEG", exif=exif)
    return written.getvalue()


async def test_a_letter_with_a_picture_is_answered_by_form_and_by_reply(
    shop: SimulatedShop,
) -> None:
    ana, maya = shop.member("Ana Lopez"), shop.member("Maya Lind", "support")

    def told() -> list[str]:
        return [one.content for one in ana.user.dm_channel.history() if one.author.bot]

    await shop.says(ana, "claim M3")
    await ana.send_dm("hello")
    await shop.settled()
    assert shop.alerts.history() == [] or "💬" not in shop.alerts.history()[-1].content
    files = [("vase.jpg", photo()), ("bill.jpg", b"%PDF-1.7 not a picture")]
    sent = shop.env.backend.store_attachments(ana.user.dm_channel.id, files)
    await ana.send_dm("This vase came in two pieces, @everyone look", attachments=sent)
    await shop.settled()
    assert told()[-1].startswith("1 file is not a picture that I can pass on")
    assert "a person reads it now" in told()[-1]
    (letter,) = [one for one in shop.alerts.history() if "💬 1 · Ana" in one.content]
    assert "Lopez" not in letter.content
    assert "@everyone" not in letter.content
    assert "📷 1: press Pictures" in letter.content
    looked = await maya.click(letter, label="Pictures")
    await shop.settled()
    assert looked.ephemeral
    assert looked.response is not None
    (shown,) = looked.response.attachments
    content = await shown.read()
    assert content.startswith(b"\xff\xd8\xff")
    assert b"Telltale" not in content
    async with shop.storage.read() as tx:
        (kept,) = await tx.all(select(customer_pictures.c.content))
    assert b"Telltale" not in bytes(kept.content)

    form = await maya.click(letter, label="Reply")
    assert form.modal is not None
    await maya.submit_modal(form, {"text": "Oh no! A new one leaves today."})
    await shop.settled()
    assert told()[-1] == "Oh no! A new one leaves today.\n— Maya"
    await maya.send(shop.alerts, "And keep the pieces.", reply_to=letter)
    await maya.send(shop.alerts, "// she is nice", reply_to=letter)
    await maya.send(shop.alerts, "what a day")
    await shop.settled()
    assert told()[-1] == "And keep the pieces.\n— Maya"
    await maya.click(letter, label="Close")
    await shop.settled()
    assert told()[-1].startswith("✓ This conversation is closed.")
