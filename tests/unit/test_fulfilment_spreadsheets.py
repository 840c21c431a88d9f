"""CSV files that open in a spreadsheet without running anything."""

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.spreadsheets import BOM, Number, csv_cell, csv_line, csv_text, unguarded

FORMULA = re.compile("[\\s'\"\u200b\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
RUNS = re.compile(f"{FORMULA.pattern}|'*[\t\r\n]")


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://evil.example","click")',
        "=1+1",
        "+1+1",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(A1:A9)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        '"=1+1',
        "'=1+1",
        "'\r",
        "'\"  =1+1",
        "\ufeff=1+1",
        "\u200b@SUM(1)",
        "\u00a0=1",
        "\uff1d1+1",
        "+49 30 1-1",
        "-",
        "--1",
    ],
)
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert csv_cell(text) == f"'{text}"
    assert unguarded(csv_cell(text)) == text


@pytest.mark.parametrize(
    "value", [-3, 0, Decimal("-4.50"), Number("+49301234567"), Number("-2"), "", "'tis", "A-1"]
)
def test_numbers_and_ordinary_text_stay_as_they_are(value: object) -> None:
    assert csv_cell(value) == str(value)


@pytest.mark.parametrize("text", ["-2", "+1", Number("+1+1"), Number("=1"), Number("-")])
def test_text_that_only_looks_like_a_number_is_text(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


def test_a_cell_that_semicolons_would_split_starts_no_formula_either() -> None:
    assert csv_cell("Ana;=1+1; @x; fine") == "Ana;'=1+1;' @x; fine"


@given(st.text(alphabet="=+-@;'\" \t\r\n\ufeffaA1(),\uff1d") | st.text())
def test_no_cell_runs_however_the_file_is_split_and_every_cell_is_read_back(text: str) -> None:
    (cells,) = csv.reader(io.StringIO(csv_line([text, "x"]), newline=""), strict=True)
    assert len(cells) == 2
    assert cells[0].startswith("'") or not RUNS.match(cells[0])
    for cell in cells[0].split(";")[1:]:
        assert cell.startswith("'") or not FORMULA.match(cell)
    if ";" not in text:
        assert unguarded(cells[0]) == text


def test_a_file_has_a_header_and_says_that_it_is_utf_8() -> None:
    text = csv_text(["name", "units"], [["Zoë", 2], ["=1", -1]], bom=True)
    assert text == f"{BOM}name,units\r\nZoë,2\r\n'=1,-1\r\n"
