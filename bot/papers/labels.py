"""Draws labels, many to a sheet: 3 by 8 on A4 (70 x 36 mm), 3 by 10 on Letter (2⅝ x 1 inch)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.papers.paper import FONT, draw_code, drawable, new_paper
from handlers.fulfilment.papers import Label, PaperSize

if TYPE_CHECKING:
    from fpdf import FPDF

__all__ = ["draw_labels"]

_INCH_MM = 25.4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """Where labels lie on a sheet, in millimetres."""

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap: float = 0.0


_SHEETS = {
    PaperSize.A4: _Sheet(columns=3, rows=8, width=70.0, height=36.0, left=0.0, top=4.5),
    PaperSize.LETTER: _Sheet(
        columns=3,
        rows=10,
        width=2.625 * _INCH_MM,
        height=1.0 * _INCH_MM,
        left=0.1875 * _INCH_MM,
        top=0.5 * _INCH_MM,
        gap=0.125 * _INCH_MM,
    ),
}
#: No printer reaches the edge of a label.
_PADDING_MM = 3.5


def draw_labels(
    labels: Sequence[Label], size: PaperSize = PaperSize.A4, fonts: Sequence[Path] = ()
) -> bytes:
    """The labels as one PDF, in their order, row by row. Takes a while: call it in a thread."""
    paper, sheet = new_paper(size, fonts, margin_mm=0), _SHEETS[size]
    paper.set_auto_page_break(False)
    for number, label in enumerate(labels):
        place = number % (sheet.columns * sheet.rows)
        if place == 0:
            paper.add_page()
        row, column = divmod(place, sheet.columns)
        x = sheet.left + column * (sheet.width + sheet.gap)
        _draw(paper, label, x, sheet.top + row * sheet.height, sheet)
    if not labels:
        paper.add_page()
    return bytes(paper.output())


def _draw(paper: "FPDF", label: Label, x: float, y: float, sheet: _Sheet) -> None:
    side = sheet.height - 2 * _PADDING_MM
    draw_code(paper, label.scan, x + sheet.width - _PADDING_MM - side, y + _PADDING_MM, side)
    width = sheet.width - side - 2 * _PADDING_MM - 1
    paper.set_xy(x + _PADDING_MM, y + _PADDING_MM)
    _fitted(paper, label.title, width, 20.0, 8.0, strong=True)
    for line in label.lines:
        if paper.get_y() + 4 > y + sheet.height - _PADDING_MM:
            return
        paper.set_x(x + _PADDING_MM)
        _fitted(paper, line, width, 8.0, 6.0)


def _fitted(
    paper: "FPDF", text: str, width: float, size: float, least: float, *, strong: bool = False
) -> None:
    """One line, as large as fits; what does not fit at `least` points is cut with an ellipsis."""
    text = drawable(paper, text)
    paper.set_font(FONT, "B" if strong else "", size)
    while size > least and paper.get_string_width(text) > width:
        size -= 0.5
        paper.set_font_size(size)
    if paper.get_string_width(text) > width:
        while text and paper.get_string_width(text + "…") > width:
            text = text[:-1]
        text += "…"
    paper.cell(width, size * 0.45, text, new_x="LEFT", new_y="NEXT")
