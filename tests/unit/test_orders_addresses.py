"""Addresses are looked over and compared, and never shown."""

import logging
from dataclasses import replace
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from handlers.orders.addresses import (
    check_address,
    read_address,
    tax_place,
    tidied,
    written,
)
from handlers.orders.likeness import Likeness, door_key, likely_twins
from handlers.orders.model import Address

BERLIN = Address(
    name="Ana Reyes",
    line1="Torstraße 12",
    postcode="10115",
    city="Berlin",
    country="DE",
    email="ana@example.org",
    phone="+49 30 123456",
)
ALBANY = Address(
    name="Ben Okafor",
    line1="14 Main Street",
    line2="Apt 3",
    postcode="12207",
    city="Albany",
    region="NY",
    country="US",
)


def faults(address: Address) -> set[tuple[str, str]]:
    return {(one.field, one.fault.value) for one in check_address(address)}


@pytest.mark.parametrize("address", [BERLIN, ALBANY])
def test_a_whole_address_is_well(address: Address) -> None:
    assert faults(address) == set()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"name": ""}, {("name", "missing")}),
        ({"name": "--"}, {("name", "missing")}),
        ({"line1": "", "line2": ""}, {("line1", "missing")}),
        ({"line1": "Torstraße"}, {("line1", "no_house_number")}),
        ({"line1": "Torstraße", "line2": "Haus 3"}, set()),
        ({"city": ""}, {("city", "missing")}),
        ({"postcode": ""}, {("postcode", "missing")}),
        ({"postcode": "1011"}, {("postcode", "wrong_form")}),
        ({"postcode": "SW1A 1AA"}, {("postcode", "wrong_form")}),
        ({"country": ""}, {("country", "missing")}),
        ({"country": "Narnia"}, {("country", "unknown")}),
        ({"email": "ana@"}, {("email", "wrong_form")}),
        ({"phone": "later"}, {("phone", "wrong_form")}),
        ({"line2": "x" * 71}, {("line2", "too_long")}),
    ],
)
def test_what_is_wrong_is_named_by_field(
    change: dict[str, str], found: set[tuple[str, str]]
) -> None:
    assert faults(replace(BERLIN, **change)) == found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"region": ""}, {("region", "missing")}),
        ({"region": "Bavaria"}, {("region", "unknown")}),
        ({"region": "CA"}, {("postcode", "not_there")}),
        ({"region": "California", "postcode": "90001"}, set()),
        ({"country": "CA", "region": "ON", "postcode": "K1A 0B1"}, set()),
        ({"country": "CA", "region": "BC", "postcode": "K1A 0B1"}, {("postcode", "not_there")}),
        ({"country": "AU", "region": "VIC", "postcode": "3000"}, set()),
        ({"country": "AU", "region": "TAS", "postcode": "3000"}, {("postcode", "not_there")}),
        ({"country": "HK", "region": "", "postcode": ""}, set()),
    ],
)
def test_postcode_and_region_must_fit(change: dict[str, str], found: set[tuple[str, str]]) -> None:
    assert faults(replace(ALBANY, **change)) == found


@pytest.mark.parametrize(
    ("country", "typed", "shown"),
    [
        ("DE", "D-10115", "10115"), ("GB", "sw1a1aa", "SW1A 1AA"), ("GB", "M1 1AE", "M1 1AE"),
        ("CA", "k1a0b1", "K1A 0B1"), ("NL", "1012ab", "1012 AB"), ("PL", "00001", "00-001"),
        ("SE", "SE-11120", "111 20"), ("PT", "1000001", "1000-001"), ("JP", "1000001", "100-0001"),
        ("US", "12207", "12207"), ("US", "122070001", "12207-0001"),
        ("BR", "01310100", "01310-100"),
        ("CZ", "11000", "110 00"), ("IE", "d02af30", "D02 AF30"), ("LV", "LV-1010", "1010"),
        ("AT", "A-1010", "1010"), ("FR", "75001", "75001"), ("AU", "2000", "2000"),
    ],
)  # fmt: skip
def test_a_postcode_is_written_as_its_country_does(country: str, typed: str, shown: str) -> None:
    assert tidied(replace(BERLIN, country=country, postcode=typed)).postcode == shown


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("DE", "00115"), ("AT", "0123"), ("CA", "D1A 0B1"), ("NL", "0012 AB"), ("ES", "53001"),
        ("IN", "011000"), ("GB", "12345"), ("US", "1234"), ("CH", "80001"), ("IT", "ROMA"),
        ("JP", "100-001"), ("IE", "DUBLIN"),
    ],
)  # fmt: skip
def test_a_postcode_of_another_form_does_not_fit(country: str, typed: str) -> None:
    address = tidied(replace(BERLIN, country=country, postcode=typed))
    assert ("postcode", "wrong_form") in faults(address)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("germany", "DE"), ("de", "DE"), ("U.S.A.", "US"), ("UK", "GB"), ("Deutschland", "DE"),
     ("Österreich", "AT"), ("united kingdom", "GB"), ("Narnia", "Narnia")],
)  # fmt: skip
def test_a_country_is_known_by_its_names(typed: str, code: str) -> None:
    assert tidied(replace(BERLIN, country=typed)).country == code


def test_a_country_is_known_in_the_language_of_the_shop() -> None:
    assert tidied(replace(BERLIN, country="Allemagne"), "fr").country == "DE"


def test_an_address_is_put_in_order() -> None:
    typed = replace(ALBANY, name="  Ben   Okafor ", region="new york", country="usa")
    assert tidied(typed) == ALBANY
    assert (tax_place(ALBANY), tax_place(BERLIN)) == ("US-NY", "DE")


addresses = st.builds(Address, **{name: st.text(max_size=12) for name in Address.__slots__})


@given(address=addresses)
def test_any_address_can_be_kept_checked_and_put_in_order(address: Address) -> None:
    assert read_address(written(address)) == address
    tidy = tidied(address)
    assert tidied(tidy) == tidy
    check_address(tidy)


# --- it is never shown ----------------------------------------------------------------------------


def test_no_log_or_error_shows_an_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("shop").error("lost %r %s", BERLIN, [BERLIN])
    with structlog.testing.capture_logs() as logs:
        structlog.get_logger().info("moved", address=str(BERLIN))
    shown = [caplog.text, str(logs), f"{BERLIN}", repr({"to": BERLIN}), repr(check_address(BERLIN))]
    with pytest.raises(ValueError, match="cannot be read") as broken:
        read_address(written(BERLIN) + "x")
    shown += [repr(broken.value), str(broken.value.__cause__)]
    for text in shown:
        for secret in ("Ana", "Tor", "10115", "Berlin", "example", "123456"):
            assert secret not in text


# --- likely duplicates ----------------------------------------------------------------------------


def twins(**change: Any) -> list[tuple[int, str]]:
    bare = {"email": "", "phone": ""} | change
    found = likely_twins(BERLIN, 1, [(1, BERLIN), (2, replace(BERLIN, **bare))])
    return [(one.customer_id, one.likeness.value) for one in found]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"name": "REYES, Ana"},
        {"name": "Ana Reyés"},
        {"name": "Ms. Ana Reyes"},
        {"line1": "Torstr. 12"},
        {"line1": "Tor Str 12"},
        {"line1": "12 Torstrasse"},
        {"line1": "Torstrase 12"},
    ],
)
def test_the_same_door_and_name_are_likely_one_person(change: dict[str, str]) -> None:
    assert twins(**change) == [(2, "person")]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Ben Reyes"},
        {"name": "Mia Schulz"},
        {"line1": "Torstraße 14"},
        {"line1": "Torstraße 12", "line2": "Whg 3"},
        {"line1": "Lindenallee 12"},
        {"postcode": "10117"},
        {"country": "FR"},
        {"name": ""},
    ],
)
def test_a_household_or_a_neighbour_is_somebody_else(change: dict[str, str]) -> None:
    assert twins(**change) == []


@pytest.mark.parametrize(
    "change",
    [{"email": "ANA@example.org"}, {"phone": "0049 30 123456"}, {"phone": "030/123456"}],
)
def test_the_same_contact_is_worth_a_look(change: dict[str, str]) -> None:
    elsewhere = {"name": "Mia Schulz", "line1": "Lindenallee 3", "postcode": "50667"}
    assert twins(**elsewhere, **change) == [(2, Likeness.CONTACT.value)]


def test_only_addresses_of_one_door_need_be_compared() -> None:
    assert door_key(BERLIN) == door_key(replace(BERLIN, line1="Elsewhere 3", city="berlin"))
    assert door_key(BERLIN) != door_key(replace(BERLIN, postcode="10117"))
    assert door_key(replace(BERLIN, postcode="", city="Hong Kong", country="HK")) == "hk:hongkong"
