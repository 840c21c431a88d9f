"""What packing is made of: the numbers of parcels, who packs at a page, and the packer's paper."""

from datetime import UTC, datetime

import pytest

from bot.web.host_desk import WebDesk
from bot.web.pack import PackDesk
from handlers.fulfilment.numbers import parcel_number, read_parcel_number
from handlers.fulfilment.papers import PaperSize
from handlers.fulfilment.printing import paper_size
from handlers.fulfilment.roles import PACKERS
from handlers.fulfilment.sending import Sent
from handlers.people import Role


@pytest.mark.parametrize(
    ("typed", "id"),
    [
        ("P0042", 42),
        ("p42", 42),
        (" #P-0042 ", 42),
        ("parcel 42", 42),
        ("PO042", 42),
        ("P12345", 12345),
        ("P0", None),
        ("S12-0042", None),
        ("", None),
        ("P0042; DROP", None),
    ],
)
def test_a_parcels_number_is_read_as_people_type_it(typed: str, id: int | None) -> None:
    assert read_parcel_number(typed) == id
    if id is not None:
        assert read_parcel_number(parcel_number(id)) == id


@pytest.mark.parametrize(
    ("tracking", "carrier", "sent", "link"),
    [
        ("1z 999aa1 0123456784", "", ("1Z999AA10123456784", "UPS"), "www.ups.com"),
        ("AB12345", "Post", ("AB12345", "Post"), ""),
        ("12345678", "dhl express", ("12345678", "DHL"), "www.dhl.com"),
        ("", "", ("", ""), ""),
    ],
)
def test_how_a_parcel_leaves(tracking: str, carrier: str, sent: tuple[str, str], link: str) -> None:
    read = Sent.read(tracking, carrier)
    assert read is not None
    assert (read.tracking, read.carrier) == sent
    assert link in read.link
    assert bool(read.link) == bool(link)


@pytest.mark.parametrize("tracking", ["abc", "ABCDEFGH", "1Z<script>", "x" * 41])
def test_what_is_no_tracking_number_is_refused(tracking: str) -> None:
    assert Sent.read(tracking, "UPS") is None


def test_where_the_chat_is_elsewhere_whoever_opens_the_page_packs_under_their_name() -> None:
    desk = PackDesk(WebDesk(lambda: datetime(2026, 3, 6, tzinfo=UTC)))
    pia = desk.welcome("pia", " Pia  Post ", Role.VIEWER)
    assert (pia.id, pia.name, pia.platform) == ("packer-pia", "Pia Post", "web")
    assert pia.roles == {Role.PACKER} <= PACKERS
    assert desk.welcome("max", "Max", Role.OWNER).roles == {Role.PACKER}


def test_the_paper_is_what_lies_in_that_countrys_printers() -> None:
    assert paper_size("en_US") is PaperSize.LETTER
    assert paper_size("es-MX") is PaperSize.LETTER
    assert paper_size("de_DE") is PaperSize.A4
    assert paper_size("en") is PaperSize.A4
