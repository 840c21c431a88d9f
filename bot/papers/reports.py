"""Draws the picture of a show's report as PNG; matplotlib loads on first use.

No colour stands alone: each part has a hatching of its own, and its number beside it in words.
"""

import io
from typing import TYPE_CHECKING

from handlers.reporting.picture import Bar, ReportPicture, Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_report"]

#: Fill and hatching. The colours keep apart for people who see few of them, and print well.
_LOOKS = {
    "paid": ("#1b7837", ""),
    "held": ("#9ecae1", "//"),
    "given_back": ("#d9d9d9", ".."),
    "expired": ("#d95f02", "xx"),
    "unmet": ("#756bb1", ""),
}
_WIDTH_INCH, _DPI = 8.0, 130
_STACK_INCH, _BAR_INCH, _REST_INCH = 1.5, 0.32, 0.9
_INK, _PALE = "#1a1a1a", "#595959"
#: Stands for a letter that the font lacks: a gap would go unseen.
_LACKING = "□"
_LONGEST_LABEL = 28


def draw_report(picture: ReportPicture) -> bytes:
    """The picture as a PNG of some 1,000 pixels width. Takes a second: call it in a thread."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    stacks, bars = max(1, len(picture.stacks)), max(1, len(picture.unmet))
    heights = [_STACK_INCH] * stacks + [bars * _BAR_INCH + 0.6]
    figure = Figure(
        figsize=(_WIDTH_INCH, sum(heights) + _REST_INCH), dpi=_DPI, layout="constrained"
    )
    FigureCanvasAgg(figure)
    figure.suptitle(_drawable(picture.title), fontsize=15, fontweight="bold", color=_INK)
    *tops, bottom = figure.subplots(stacks + 1, 1, height_ratios=heights, squeeze=False)[:, 0]
    for place, axes in enumerate(tops):
        _draw_stack(axes, picture.stacks[place] if picture.stacks else None, picture.nothing)
    _draw_bars(bottom, picture)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    return drawn.getvalue()


def _draw_stack(axes: "Axes", stack: Stack | None, nothing: str) -> None:
    axes.set_axis_off()
    if stack is None or not stack.parts:
        axes.text(0, 0.5, _drawable(nothing if stack is None else stack.title), color=_PALE)
        return
    axes.set_title(_drawable(stack.title), loc="left", fontsize=11, color=_INK)
    begins = 0
    for part in stack.parts:
        colour, hatch = _LOOKS[part.kind]
        axes.barh(
            0,
            part.length,
            left=begins,
            height=0.8,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=1.5,
            label=_drawable(part.label),
        )
        begins += part.length
    axes.set_xlim(0, begins)
    axes.legend(
        loc="upper left", bbox_to_anchor=(0, 0), ncols=2, frameon=False, fontsize=10, handlelength=2
    )


def _draw_bars(axes: "Axes", picture: ReportPicture) -> None:
    axes.set_title(_drawable(picture.unmet_title), loc="left", fontsize=11, color=_INK)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelcolor=_INK)
    axes.set_xticks([])
    if not picture.unmet:
        axes.set_yticks([])
        axes.text(0, 0.5, _drawable(picture.nothing), color=_PALE)
        return
    places = range(len(picture.unmet))
    colour, _ = _LOOKS["unmet"]
    drawn = axes.barh(places, [bar.length for bar in picture.unmet], height=0.7, color=colour)
    axes.bar_label(drawn, [str(bar.length) for bar in picture.unmet], padding=4, color=_INK)
    axes.set_yticks(places, [_named(bar) for bar in picture.unmet])
    axes.invert_yaxis()


def _named(bar: Bar) -> str:
    label = bar.label
    short = label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
    return _drawable(short)


def _drawable(text: str) -> str:
    """`text` with a box for every letter that the font lacks, and its dollars no formulas."""
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont("DejaVu Sans"))
    letters = (" " if letter.isspace() else letter for letter in text)
    known = (one if font.get_char_index(ord(one)) else _LACKING for one in letters)
    return "".join(known).replace("$", r"\$")
