"""Draws documents: packing slips, pick lists, invoices. One file for as many as are wanted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.papers.paper import FONT, draw_code, drawable, new_paper
from handlers.fulfilment.papers import Align, Block, Document, PaperSize, Sum

if TYPE_CHECKING:
    from fpdf import FPDF

__all__ = ["draw_documents"]

_CODE_MM = 30.0
_GREY, _RULE = 110, 200
_LINE_MM = 5.0
_FOOT_MM = 11.0


def draw_documents(
    documents: Sequence[Document], size: PaperSize = PaperSize.A4, fonts: Sequence[Path] = ()
) -> bytes:
    """The documents as one PDF, each on pages of its own. Takes a while: call it in a thread."""
    paper = new_paper(size, fonts)
    for document in documents:
        first = paper.pages_count + 1
        _draw(paper, document)
        _number(paper, drawable(paper, document.title), first)
    return bytes(paper.output())


def _draw(paper: "FPDF", document: Document) -> None:
    paper.add_page()
    top = paper.get_y()
    if document.scan:
        draw_code(paper, document.scan, paper.w - paper.r_margin - _CODE_MM, top, _CODE_MM)
    _text(paper, document.title, 18, strong=True)
    if document.subtitle:
        _text(paper, document.subtitle, 11)
    paper.set_y(max(paper.get_y(), top + (_CODE_MM if document.scan else 0)) + 2)
    _blocks(paper, document.blocks)
    _table(paper, document)
    _sums(paper, document.sums)
    for note in document.notes:
        paper.ln(2)
        _text(paper, note, 10)


def _number(paper: "FPDF", title: str, first: int) -> None:
    """Write at the foot of each page from `first` on what it belongs to, and its number."""
    last, margin = paper.pages_count, paper.b_margin
    paper.set_auto_page_break(False)
    paper.set_font(FONT, "", 8)
    paper.set_text_color(_GREY)
    for page in range(first, last + 1):
        paper.page = page
        paper.set_xy(paper.l_margin, paper.h - _FOOT_MM)
        paper.cell(paper.epw, 4, f"{title} · {page - first + 1}/{last - first + 1}", align="R")
    paper.set_text_color(0)
    paper.set_auto_page_break(True, margin)


def _text(paper: "FPDF", text: str, size: float, *, strong: bool = False) -> None:
    paper.set_font(FONT, "B" if strong else "", size)
    width = paper.epw - (_CODE_MM + 2 if paper.get_y() < paper.t_margin + _CODE_MM else 0)
    paper.multi_cell(
        width, size * 0.5, drawable(paper, text), align="L", new_x="LMARGIN", new_y="NEXT"
    )


def _blocks(paper: "FPDF", blocks: Sequence[Block]) -> None:
    if not blocks:
        return
    top, bottom, width = paper.get_y(), paper.get_y(), paper.epw / len(blocks)
    for place, block in enumerate(blocks):
        paper.set_xy(paper.l_margin + place * width, top)
        for number, line in enumerate((block.heading, *block.lines)):
            paper.set_font(FONT, "", 8 if number == 0 else 10)
            paper.set_text_color(_GREY if number == 0 else 0)
            x = paper.l_margin + place * width
            paper.set_x(x)
            paper.multi_cell(
                width - 3, _LINE_MM, drawable(paper, line), align="L", new_x="LEFT", new_y="NEXT"
            )
        bottom = max(bottom, paper.get_y())
    paper.set_text_color(0)
    paper.set_xy(paper.l_margin, bottom + 4)


def _table(paper: "FPDF", document: Document) -> None:
    from fpdf.enums import TableBordersLayout
    from fpdf.fonts import FontFace

    paper.set_font(FONT, "", 10)
    paper.set_draw_color(_RULE)
    with paper.table(
        col_widths=tuple(column.share for column in document.columns),
        text_align=tuple(
            "RIGHT" if column.align is Align.RIGHT else "LEFT" for column in document.columns
        ),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="BOLD", size_pt=8, color=_GREY),
        line_height=_LINE_MM,
        padding=1.2,
    ) as table:
        heads = table.row()
        for column in document.columns:
            heads.cell(drawable(paper, column.heading))
        strong = FontFace(emphasis="BOLD")
        for cells in document.rows:
            row = table.row()
            for column, cell in zip(document.columns, cells, strict=True):
                row.cell(drawable(paper, cell), style=strong if column.strong else None)


def _sums(paper: "FPDF", sums: Sequence[Sum]) -> None:
    paper.ln(2)
    width = paper.epw * 0.2
    for one in sums:
        paper.set_font(FONT, "B" if one.strong else "", 11 if one.strong else 10)
        paper.cell(paper.epw - width, _LINE_MM + 0.5, drawable(paper, one.label), align="R")
        amount = drawable(paper, one.amount)
        paper.cell(width, _LINE_MM + 0.5, amount, align="R", new_x="LMARGIN", new_y="NEXT")
