"""Papers, read back from the PDF: by eye as text, by a scanner as codes."""

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

from bot.papers.documents import draw_documents
from bot.papers.labels import draw_labels
from handlers.fulfilment.papers import Align, Block, Column, Document, Label, PaperSize, Sum

COLUMNS = (
    Column(heading="Bin", share=12, strong=True),
    Column(heading="Qty", share=8, align=Align.RIGHT),
    Column(heading="Item", share=60),
)


def slip(rows: int = 2, name: str = "Ana Łukasiewicz", scan: str = "S12-0042") -> Document:
    return Document(
        title="Packing slip",
        subtitle="Studio Mara",
        scan=scan,
        blocks=(Block(heading="Ship to", lines=(name, "Hauptstraße 12", "10115 Berlin")),),
        columns=COLUMNS,
        rows=tuple((f"A-{number}", "2", f"Linen shirt {number}") for number in range(rows)),
        sums=(Sum(label="Units", amount=str(2 * rows), strong=True),),
        notes=("Thank you!",),
    )


def pages(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


def codes(pdf: bytes, page: int = 0) -> list[str]:
    picture = pypdfium2.PdfDocument(pdf)[page].render(scale=3).to_pil()
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("size", PaperSize)
def test_a_slip_can_be_read_and_scanned(size: PaperSize) -> None:
    pdf = draw_documents([slip()], size)
    (page,) = pages(pdf)
    for words in ("Packing slip", "Studio Mara", "Ana Łukasiewicz", "Linen shirt 1", "Thank you!"):
        assert words in page
    assert codes(pdf) == ["S12-0042"]


def test_a_long_slip_says_on_each_page_what_it_belongs_to() -> None:
    first, second, other = pages(draw_documents([slip(rows=40), slip(scan="S12-0043")]))
    assert "Packing slip · 1/2" in first
    assert "Packing slip · 2/2" in second
    assert "Packing slip · 1/1" in other
    assert "Bin" in second
    both = first + second
    assert all(f"Linen shirt {number}" in both for number in range(40))


def test_a_letter_that_no_font_has_leaves_a_box() -> None:
    (page,) = pages(draw_documents([slip(name="Ana 漢字\x00\u202e")]))
    assert "Ana □□" in page


def test_an_amount_keeps_its_blanks() -> None:
    (page,) = pages(draw_documents([slip(name="1\u202f234,00\u00a0€")]))
    assert "1 234,00 €" in page


def test_a_word_without_end_stays_on_the_paper() -> None:
    pdf = draw_documents([slip(name="x" * 3_000)])
    assert sum(page.count("x") for page in pages(pdf)) >= 3_000


@pytest.mark.parametrize(("size", "on_a_sheet"), [(PaperSize.A4, 24), (PaperSize.LETTER, 30)])
def test_labels_fill_sheet_after_sheet(size: PaperSize, on_a_sheet: int) -> None:
    labels = [
        Label(title=f"A-{number:02}", lines=("Linen shirt / M", "LIN-M"), scan=f"BIN-{number:02}")
        for number in range(on_a_sheet + 1)
    ]
    pdf = draw_labels(labels, size)
    assert sorted(codes(pdf)) == [label.scan for label in labels[:-1]]
    assert codes(pdf, 1) == [labels[-1].scan]
    assert "A-05" in pages(pdf)[0]


def test_what_is_too_long_for_a_label_ends_in_dots() -> None:
    (page,) = pages(draw_labels([Label(title="A" * 80, lines=("b" * 200,) * 9, scan="X")]))
    assert "…" in page
    assert codes(draw_labels([Label(title="A" * 80, lines=("b" * 200,) * 9, scan="X")])) == ["X"]


def test_nothing_to_print_is_an_empty_sheet() -> None:
    assert len(pages(draw_labels([]))) == 1
