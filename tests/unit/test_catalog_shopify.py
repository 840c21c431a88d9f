"""A product export of Shopify: both its headers, the claim codes chosen, and its odd rows."""

import pytest

from handlers.catalog.files import CatalogError, Problem, read_catalog
from handlers.catalog.model import Catalog, Variant
from handlers.money import Money


def read(data: str, *, currency: str = "USD") -> Catalog:
    return read_catalog(data, name="products_export.csv", currency=currency)


def refused(data: str) -> tuple[Problem, ...]:
    with pytest.raises(CatalogError) as error:
        read(data)
    return error.value.problems


OLD = """Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,\
Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Grams,\
Variant Inventory Qty,Variant Price,Variant Barcode,Image Src,Image Position,\
Gift Card,Variant Image,Cost per item,Status
dress,Summer dress,"<p>Light,
and long</p>",Us,,,"summer, code:D1, Final Sale",true,Color,Blue,Size,S,D-1,250.0,8,48.00,'0036,https://p/1,1,\
false,https://p/b,20,active
dress,,,,,,,,,Blue,,M,D-2,250,-2,48.00,,https://p/2,2,,,,
dress,,,,,,,,,,,,,,,,,https://p/3,3,,,,
mug,Stoneware mug,,Us,,,,false,Title,Default Title,,,MUG7,0,30,18.00,,,,false,,,active
tee,Logo tee,,Us,,,,true,Size,S,,,C1-TEE-S,0,4,25.00,,,,false,,,
tee,,,,,,,,,M,,,C1-TEE-M,0,5,25.00,,,,,,,
print,Print,,Us,,,,true,Title,Default Title,,,,0,,30.00,,,,false,,,active
old,Old thing,,Us,,,,true,Title,Default Title,,,OLD,0,1,5.00,,,,false,,,draft
card,Gift card,,Us,,,,true,Title,Default Title,,,GC,0,1,5.00,,,,true,,,active
"""


def test_a_shopify_export_is_recognised_and_read() -> None:
    dress, mug, tee, prints = read(OLD).items
    assert [item.code for item in (dress, mug, tee, prints)] == ["D1", "MUG7", "C1-TEE", "A1"]
    assert dress.title == "Summer dress"
    assert dress.final_sale
    first, second = dress.variants
    assert first == Variant(
        sku="D-1",
        name="Blue / S",
        price=Money(4800, "USD"),
        stock=8,
        details={
            "barcode": "0036",
            "photo": "https://p/b",
            "weight_g": "250",
            "cost": "20.00",
        },
    )
    assert (second.name, second.stock) == ("Blue / M", 0)
    assert mug.variants[0].name is None
    assert [variant.name for variant in tee.variants] == ["S", "M"]
    assert prints.variants[0].sku == "print"


def test_what_was_chosen_and_left_out_of_an_export_is_told() -> None:
    assert read(OLD).notes == (
        "Left out: 'Old thing' (line 10) is draft.",
        "Left out: 'Gift card' (line 11) is a gift card.",
        "D1 is 'Summer dress': its tag.",
        "MUG7 is 'Stoneware mug': its SKU.",
        "C1-TEE is 'Logo tee': its SKU.",
        "A1 is 'Print': the next free one.",
        "To choose a claim code yourself, give the product a tag such as 'code:A12'.",
        "Line 4 has a stock of -2 in Shopify; it is read as 0.",
        "Line 9 has no SKU; it is called 'print'.",
    )


NEW = """Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,\
Status,SKU,Barcode,Option1 name,Option1 value,Option2 name,Option2 value,Price,Inventory quantity,\
Weight value (grams),Product image URL,Variant image URL,Gift card,Sparkle (product.metafields.x.y)
Summer dress,dress,,Us,,,code:D1,TRUE,Active,D-S,,Size,S,,,48.00,8,250,https://p/1,,FALSE,much
,dress,,,,,,,,D-M,,,M,,,50.00,9,,,,,
Old thing,old,,Us,,,,TRUE,Archived,OLD,,Title,Default Title,,,5.00,1,,,,FALSE,
"""


def test_the_newer_shopify_header_is_read_too() -> None:
    (dress,) = read(NEW, currency="EUR").items
    assert [(v.sku, v.name, v.stock, v.price.minor) for v in dress.variants] == [
        ("D-S", "S", 8, 4800),
        ("D-M", "M", 9, 5000),
    ]
    assert dress.variants[1].price.currency == "EUR"


def test_an_export_without_stock_says_so() -> None:
    assert read(OLD).has_stock
    assert not read(OLD.replace("Variant Inventory Qty", "Elsewhere")).has_stock


def test_products_that_share_a_sku_prefix_get_codes_of_their_own() -> None:
    data = "Handle,Title,Option1 Value,Variant SKU,Variant Price\n"
    data += "a,One,S,T-1-S,1\na,,M,T-2-M,1\nb,Two,S,T-3-S,1\nb,,M,T-4-M,1\nc,Three,,A1,1\n"
    assert [item.code for item in read(data).items] == ["A2", "A3", "A1"]


@pytest.mark.parametrize(
    ("old", "new", "column", "words"),
    [
        ("D-2,250", "D-1,250", "Variant SKU", "'D-1' is the SKU of line 2"),
        (",Blue,,M,", ",Blue,,S,", "Option1 Value", "is in line 2 already"),
        ("-2,48.00", "-2,free", "Variant Price", "is not an amount"),
        ("-2,48.00", "-2,", "Variant Price", "price is missing"),
        ("D-2,250,-2", "D-2,250,few", "Variant Inventory Qty", "is not a stock"),
        ("D-2,250,-2", "D-2,light,1", "Variant Grams", "is not a weight"),
    ],
)
def test_a_bad_row_of_an_export_is_named_by_its_own_column(
    old: str, new: str, column: str, words: str
) -> None:
    (problem,) = refused(OLD.replace(old, new))
    # The description in the first record takes two lines.
    assert (problem.line, problem.column) == (4, column)
    assert words in problem.message


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ("code:D.1", "is not a claim code"),
        ('"code:D1, code:D2"', "2 'code:' tags"),
        ("code:B-9", "has the code 'B-9' already"),
    ],
)
def test_a_bad_code_tag_is_named(tags: str, words: str) -> None:
    data = "Handle,Title,Tags,Option1 Value,Variant SKU,Variant Price\n"
    data += f"a,One,code:B9,,1,1\nb,Two,{tags},,2,1\n"
    problems = refused(data)
    assert (problems[0].line, problems[0].column) == (3, "Tags")
    assert words in problems[0].message


def test_an_export_of_drafts_alone_is_refused() -> None:
    (problem,) = refused("Handle,Title,Option1 Value,Variant Price,Status\na,One,,1,draft\n")
    assert problem.message == "There is no product for sale in this export."
