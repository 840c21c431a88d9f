"""A sheet of paper with letters for every name, and QR codes made of lines.

The core fonts of PDF know western Europe only, and customers live everywhere: text is set in DejaVu
Sans, which comes with matplotlib, and what it lacks in the fonts of the shop's settings.
"""

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from handlers.fulfilment.papers import PaperSize

if TYPE_CHECKING:
    from fpdf import FPDF

__all__ = ["FONT", "draw_code", "drawable", "new_paper"]

FONT = "paper"
_MARGIN_MM = 15.0
#: Stands for a letter that no font has: a gap would go unseen.
_LACKING = "□"
_BLANK = re.compile(r"\s")


def new_paper(
    size: PaperSize, fonts: Sequence[Path] = (), *, margin_mm: float = _MARGIN_MM
) -> "FPDF":
    """An empty document; `fonts` are TrueType files for letters that DejaVu lacks.

    Raises `FileNotFoundError` for a font that is not there.
    """
    from fpdf import FPDF

    paper = FPDF(format=size.value.lower())
    paper.set_margins(margin_mm, margin_mm)
    paper.set_auto_page_break(True, margin_mm)
    ours = files("matplotlib") / "mpl-data" / "fonts" / "ttf"
    for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
        paper.add_font(FONT, style, str(ours / name))
    for number, font in enumerate(fonts):
        paper.add_font(f"{FONT}{number}", "", font)
    paper.set_fallback_fonts([f"{FONT}{number}" for number in range(len(fonts))], exact_match=False)
    paper.set_font(FONT, size=10)
    return paper


def drawable(paper: "FPDF", text: str) -> str:
    """`text` with a box for every letter that none of the paper's fonts has, on one line."""
    from fpdf.fonts import TTFFont

    known = [font.cmap for font in paper.fonts.values() if isinstance(font, TTFFont)]
    return "".join(
        letter if any(ord(letter) in cmap for cmap in known) else _LACKING
        # The blanks inside an amount are ones that never break a line.
        for letter in _BLANK.sub(" ", text)
        if letter.isprintable()
    )


def draw_code(paper: "FPDF", text: str, x: float, y: float, side: float) -> None:
    """Draw `text` as a QR code of `side` millimetres, its quiet zone included."""
    import segno

    code = segno.make_qr(text, error="m")
    modules = list(code.matrix_iter(border=4))
    step = side / len(modules)
    paper.set_fill_color(0)
    for row, line in enumerate(modules):
        start: int | None = None
        for column, dark in enumerate([*line, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                # A run at a time: thousands of single squares make a slow file, with hairlines.
                width = (column - start) * step
                paper.rect(x + start * step, y + row * step, width, step, style="F")
                start = None
