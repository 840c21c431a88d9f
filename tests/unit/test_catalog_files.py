"""Catalogue files: what is read, what is refused and in which words, and that nothing is lost."""

import csv
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.catalog.assembly import code_fault
from handlers.catalog.files import CatalogError, Problem, read_catalog, write_catalog
from handlers.catalog.model import Catalog, Item, Variant, code_key
from handlers.catalog.own_csv import COLUMNS, DETAILS
from handlers.money import Money, is_currency

HEADER = ",".join(COLUMNS)
SHOP = f"""{HEADER}
D1,S,D1-S,Summer dress,48.00,USD,8,2,R1-01,no,D2,dress;frock
D1,M,D1-M,Summer dress,49.50,USD,12,2,R1-02,no,D2,dress;frock
D2,,D2,"Kaftan, long",42.00,USD,20,,,yes,,
"""


def read(data: bytes | str, *, currency: str = "USD", known: tuple[str, ...] = ()) -> Catalog:
    return read_catalog(data, name="shop.csv", currency=currency, known=known)


def refused(data: bytes | str) -> tuple[Problem, ...]:
    with pytest.raises(CatalogError) as error:
        read(data)
    assert len(str(error.value).splitlines()) == len(error.value.problems)
    return error.value.problems


def row(**cells: str) -> str:
    """The header and one good row but for `cells`."""
    good = {"code": "D1", "sku": "D1", "title": "Dress", "price": "48.00", "stock": "8"} | cells
    columns = [*COLUMNS, *(column for column in good if column not in COLUMNS)]
    return f"{','.join(columns)}\n{','.join(good.get(column, '') for column in columns)}\n"


# --- what is read ---


def test_a_catalogue_is_read() -> None:
    dress, kaftan = read(SHOP).items
    assert dress == Item(
        code="D1",
        title="Summer dress",
        limit=2,
        replacements=("D2",),
        aliases=("dress", "frock"),
        variants=(
            Variant(sku="D1-S", name="S", price=Money(4800, "USD"), stock=8, bin="R1-01"),
            Variant(sku="D1-M", name="M", price=Money(4950, "USD"), stock=12, bin="R1-02"),
        ),
    )
    assert kaftan.title == "Kaftan, long"
    assert kaftan.final_sale
    assert kaftan.limit is None
    assert kaftan.variants[0].name is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(SHOP, id="text"),
        pytest.param(b"\xef\xbb\xbf" + SHOP.encode(), id="byte order mark"),
        pytest.param(SHOP.encode("utf-16"), id="UTF-16, as Excel's Unicode text"),
        pytest.param(SHOP.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(SHOP.replace("\n", "\r").encode(), id="CR"),
        pytest.param("\n\n" + SHOP.replace("\n", "\n\n"), id="empty lines"),
        pytest.param(SHOP + ",,,,,,,,,,,\n,,\n", id="rows of nothing"),
        pytest.param(SHOP.replace("\n", ",,\n"), id="padded columns"),
        pytest.param(SHOP.rstrip("\n"), id="no last newline"),
        pytest.param(SHOP.replace("final_sale", " Final_Sale "), id="header in another case"),
        pytest.param("sep=,\n" + SHOP, id="Excel's separator line"),
    ],
)
def test_the_ways_of_spreadsheets_make_no_difference(data: bytes | str) -> None:
    assert read(data) == read(SHOP)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_spreadsheet_in_europe_parts_cells_otherwise_and_writes_a_decimal_comma(
    delimiter: str,
) -> None:
    written = (
        SHOP.replace('"Kaftan, long"', "Kaftan~ long")
        .replace(";", "|")
        .replace(",", delimiter)
        .replace(".", ",")
        .replace("dress|frock", '"dress;frock"')
        .replace("~", ",")
    )
    assert read(written) == read(SHOP)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("yes", True), ("TRUE", True), ("1", True), ("no", False), ("False", False), ("0", False)],
)
def test_final_sale_is_yes_or_no(written: str, meant: bool) -> None:
    assert read(row(final_sale=written)).items[0].final_sale is meant


def test_details_are_kept_as_written_without_the_empty_ones() -> None:
    data = row(weight_g="450", barcode="0036000291452", cost="12.5", fragile="yes", origin="")
    assert read(data).items[0].variants[0].details == {
        "weight_g": "450",
        "barcode": "0036000291452",
        "cost": "12.50",
        "fragile": "yes",
    }


def test_an_item_whose_rows_lie_apart_is_one_item() -> None:
    data = f"{HEADER}\nA-12,S,1,Dress,1,USD,1,,,,,\nB3,,2,Mug,1,USD,1,,,,,\n"
    data += "a12,M,3,Dress,1,USD,1,,,,,\n"
    items = read(data).items
    assert [item.code for item in items] == ["A-12", "B3"]
    assert [variant.name for variant in items[0].variants] == ["S", "M"]


def test_a_replacement_is_called_as_its_own_row_calls_it() -> None:
    data = f"{HEADER}\nB3,,1,Mug,1,USD,1,,,,a12; A-12,\nA-12,,2,Dress,1,USD,1,,,,,\n"
    assert read(data).items[0].replacements == ("A-12",)


def test_a_replacement_may_be_an_item_that_the_shop_has_already() -> None:
    assert read(row(replacements="c 7"), known=("C7",)).items[0].replacements == ("C7",)


def test_a_price_without_a_currency_is_in_the_shops() -> None:
    assert read(row(price="1200"), currency="JPY").items[0].variants[0].price == Money(1200, "JPY")


def test_a_catalogue_in_another_currency_than_the_shops_is_read_with_a_note() -> None:
    catalog = read(row(currency="eur"))
    assert catalog.items[0].variants[0].price == Money(4800, "EUR")
    assert catalog.notes == ("Prices are in EUR, though the shop's currency is USD.",)


def test_an_alias_that_is_the_items_own_code_says_nothing() -> None:
    assert read(row(aliases="d-1;dress;Dress")).items[0].aliases == ("dress",)


# --- what is refused ---


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("price", "", "is not an amount; write it like 48.00"),
        ("price", "$48", "is not an amount"),
        ("price", "-1", "is not an amount"),
        ("price", "1e3", "is not an amount"),
        ("price", "nan", "is not an amount"),
        ("price", "48.005", "more decimals than USD knows"),
        ("price", "٤٨", "is not an amount"),
        ("currency", "USX", "is not a currency"),
        ("stock", "", "stock is missing"),
        ("stock", "-3", "below zero"),
        ("stock", "2.5", "is not a stock"),
        ("stock", "many", "is not a stock"),
        ("stock", "1000000", "is not a stock"),
        ("limit", "0", "would sell nothing"),
        ("limit", "two", "is not a limit"),
        ("final_sale", "maybe", "neither yes nor no"),
        ("code", "", "claim code is missing"),
        ("code", "D.1", "is not a claim code"),
        ("code", "D_1", "is not a claim code"),
        ("code", "D--1", "is not a claim code"),
        ("code", "-D1", "is not a claim code"),
        ("code", "D" * 21, "longer than 20"),
        ("sku", "", "is empty"),
        ("sku", "5.01235E+12", "was shortened by the spreadsheet"),
        ("title", "", "is empty"),
        ("title", "=1+1", "is a spreadsheet formula"),
        ("title", "#REF!", "is an error of the spreadsheet"),
        ("title", "a\x07b", "cannot be shown"),
        ("title", "\ud800", "cannot be shown"),
        ("title", "x" * 256, "at most 255"),
        ("replacements", "D9", "no code of this catalogue"),
        ("replacements", "d-1", "cannot replace itself"),
        ("aliases", "the/dress", "cannot be read in chat"),
        ("weight_g", "heavy", "is not a weight"),
        ("cost", "much", "is not an amount"),
        ("fragile", "very", "neither yes nor no"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(column: str, cell: str, words: str) -> None:
    (problem,) = refused(row(**{column: cell}))
    assert (problem.line, problem.column) == (2, column)
    assert words in problem.message


SAME = "D1,M,D1-M,Dress,48,USD,1,2,,no,E1,dress\nE1,,E1,Mug,1,USD,1,,,,,mug\n"


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("D1,L,D1-M,Dress,48,USD,1,2,,no,E1,dress", "sku", "'D1-M' is the SKU of line 2"),
        ("d-1,m,D1-X,Dress,48,USD,1,2,,no,E1,dress", "variant", "d-1 / m is in line 2 already"),
        ("D1,,D1-X,Dress,48,USD,1,2,,no,E1,dress", "variant", "this row must name one too"),
        ("D1,L,D1-L,Gown,48,USD,1,2,,no,E1,dress", "title", "all rows of D1 must agree"),
        ("D1,L,D1-L,Dress,48,USD,1,,,no,E1,dress", "limit", "all rows of D1 must agree"),
        ("D1,L,D1-L,Dress,48,USD,1,2,,yes,E1,dress", "final_sale", "all rows of D1 must agree"),
        ("D1,L,D1-L,Dress,48,USD,1,2,,no,,dress", "replacements", "all rows of D1 must agree"),
        ("D1,L,D1-L,Dress,48,USD,1,2,,no,E1,gown", "aliases", "all rows of D1 must agree"),
        ("F1,,F1,Bowl,1,USD,1,,,,,Mug", "aliases", "'Mug' is an alias of E1 already"),
        ("F1,,F1,Bowl,1,USD,1,,,,,d-1", "aliases", "'d-1' is the code of D1 already"),
        ("F1,,F1,Bowl,1,EUR,1,,,,,", "currency", "EUR here but USD in line 2"),
        ("F1,,F1,Bowl,1", "", "has 5 cells where the header has 12"),
        ("F1,,F1,Bowl,1,USD,1,,,,,,more", "", "has 13 cells where the header has 12"),
        ('F1,,F1,"Bo"wl,1,USD,1,,,,,', "", "check the quotes"),
        ('F1,,F1,"Bowl,1,USD,1,,,,,', "", "check the quotes"),
    ],
)
def test_rows_that_do_not_fit_together(line: str, column: str, words: str) -> None:
    problems = refused(f"{HEADER}\n{SAME}{line}\n")
    assert [(problem.line, problem.column) for problem in problems] == [(4, column)]
    assert words in problems[0].message


def test_rows_that_agree_may_list_aliases_in_another_order() -> None:
    data = f"{HEADER}\nD1,M,1,Dress,1,USD,1,,,,,a;b\nD1,L,2,Dress,1,USD,1,,,,,b;a\n"
    assert read(data).items[0].aliases == ("a", "b")


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", 0, "The file is empty"),
        (b" \n\n", 0, "The file is empty"),
        (HEADER.encode(), 0, "not one item"),
        (SHOP.replace("frock", "b\u00e9b\u00e9").encode("latin-1"), 2, "not UTF-8"),
        (SHOP.encode("utf-16-le"), 0, "not text in UTF-8"),
        (b"PK\x03\x04 and so on", 0, "This is a spreadsheet, not a CSV file"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_with_a_sentence(
    data: bytes, line: int, words: str
) -> None:
    (problem,) = refused(data)
    assert problem.line == line
    assert words in problem.message


def test_an_unknown_column_is_answered_with_the_nearest() -> None:
    (problem,) = refused(row().replace("aliases", "alias"))
    assert (problem.line, problem.column) == (1, "alias")
    assert problem.message == "This column is not known; did you mean 'aliases'?"


def test_a_column_that_is_missing_or_twice_is_named() -> None:
    missing = refused("code,variant,title,stock\nD1,,Dress,8\n")
    assert [problem.column for problem in missing] == ["sku", "price"]
    (twice,) = refused(SHOP.replace("bin,", "limit,"))
    assert twice.column == "limit"


def test_a_cell_in_a_column_without_a_name_is_not_dropped() -> None:
    (problem,) = refused(f"{HEADER},\nD1,,1,Dress,1,USD,1,,,,,,lost\n")
    assert "'lost' stands in a column without a name" in problem.message


def test_all_problems_are_told_at_once_and_nothing_is_taken() -> None:
    data = f"{HEADER}\nD1,S,1,Dress,48.00,USD,8,,,,,\nD2,,,Mug,x,USD,-1,,,,D1,\n\n"
    data += "D.3,,3,Cup,1,USD,1,,,,,\n"
    with pytest.raises(CatalogError) as error:
        read(data)
    assert str(error.value).splitlines() == [
        "shop.csv:3: column 'sku': This cell is empty; please fill it in.",
        "shop.csv:3: column 'price': 'x' is not an amount; write it like 48.00.",
        "shop.csv:3: column 'stock': '-1' is below zero; write 0 if there is none.",
        "shop.csv:5: column 'code': 'D.3' is not a claim code; it takes letters and digits, "
        "with single spaces or hyphens between them, such as A12.",
    ]


def test_a_cell_of_two_lines_does_not_shift_the_line_numbers() -> None:
    data = f'{HEADER}\nD1,,1,"Summer\ndress",1,USD,1,,,,,\nD2,,2,Mug,x,USD,1,,,,,\n'
    (problem,) = refused(data)
    assert problem.line == 4


# --- what is written ---

WORDS = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("=+-@';,\"# "), max_size=12
).map(lambda text: " ".join(text.split()))
PLAIN_WORDS = st.from_regex(r"[a-z]{2,8}( [a-z]{2,8})?", fullmatch=True)
CODES = st.from_regex(r"[A-Z]{1,3}[ -]?[0-9]{1,4}", fullmatch=True)


@st.composite
def catalogues(draw: st.DrawFn) -> tuple[Item, ...]:
    codes = draw(st.lists(CODES, min_size=1, max_size=4, unique_by=code_key))
    aliases = iter(draw(st.lists(PLAIN_WORDS, max_size=6, unique_by=code_key)))
    skus = (f"SKU-{number}" for number in range(100))
    items = []
    for code in codes:
        names = draw(
            st.just([None]) | st.lists(st.sampled_from("SML"), min_size=1, max_size=3, unique=True)
        )
        others = [other for other in codes if other != code]
        items.append(
            Item(
                code=code,
                title=draw(WORDS.filter(bool)),
                limit=draw(st.none() | st.integers(1, 99)),
                final_sale=draw(st.booleans()),
                replacements=tuple(draw(st.lists(st.sampled_from(others), unique=True)))
                if others
                else (),
                aliases=tuple(alias for _, alias in zip(range(2), aliases, strict=False)),
                variants=tuple(draw(variants(name, next(skus))) for name in names),
            )
        )
    return tuple(items)


def variants(name: str | None, sku: str) -> st.SearchStrategy[Variant]:
    return st.builds(
        Variant,
        sku=st.just(sku),
        name=st.just(name),
        price=st.builds(Money, st.integers(0, 10**9), st.just("KWD")),
        stock=st.integers(0, 999_999),
        bin=WORDS,
        details=st.dictionaries(
            st.sampled_from(sorted({*DETAILS} - {"weight_g", "barcode", "fragile", "cost"})),
            WORDS.filter(bool),
        ),
    )


@given(catalogues())
def test_what_is_written_reads_back_exactly_and_no_cell_of_it_runs_in_a_spreadsheet(
    items: tuple[Item, ...],
) -> None:
    written = write_catalog(items)
    assert read(written, currency="KWD").items == items
    cells = [cell for cells in csv.reader(written.splitlines()) for cell in cells]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_no_file_does_worse_than_be_refused(data: bytes | str) -> None:
    with pytest.raises(CatalogError):
        read(data)


@given(st.lists(st.text(st.sampled_from('A1;,"\n =-x'), max_size=40), max_size=5))
def test_no_row_does_worse_than_be_refused(lines: list[str]) -> None:
    with suppress(CatalogError):
        assert read("\n".join([HEADER, *lines])).items


# --- codes and money ---


def test_spellings_of_a_code_have_one_key() -> None:
    assert {code_key(text) for text in ("A12", "a-12", "A 12", "Ａ１２", "a–12")} == {"A12"}


@pytest.mark.parametrize("code", ["A12", "7", "LUX1", "66C", "A-12", "A 12", "Größe7", "連衣裙1"])
def test_codes_of_letters_and_digits_are_codes(code: str) -> None:
    assert code_fault(code) is None


def test_currencies_are_known_by_their_letters() -> None:
    assert is_currency("KWD")
    assert not is_currency("usd")
    assert not is_currency("US")


def test_the_catalogue_of_the_claim_cases_reads() -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / "shop_catalog.csv"
    if not path.exists():
        pytest.skip("only where the claim cases are at hand")
    items = read(path.read_bytes()).items
    assert sum(len(item.variants) for item in items) == 16
    assert read(write_catalog(items)).items == items
