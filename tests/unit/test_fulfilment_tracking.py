"""Tracking exports read back: what is new, what is known, and what a person must look at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.fulfilment.carriers import Carrier, carrier_named, guess_carrier, tracking_link
from handlers.fulfilment.shipping_labels import LabelForm
from handlers.fulfilment.tracking import TrackingFault, read_tracking
from handlers.registry import Registry
from handlers.wording import Wording

UPS, USPS = "1Z999AA10123456784", "9361289878700317633795"
OPEN = {"P1": "", "P2": "", "P3": "", "P9": UPS}


def faults(text: str) -> list[tuple[int, str, str, str]]:
    plan = read_tracking(text, OPEN)
    return [(one.line, one.column, one.fault.value, one.found) for one in plan.problems]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (f"parcel,carrier,tracking\nP1,UPS,{UPS}\n", LabelForm.PLAIN),
        (f"\ufeffParcel;Carrier;Tracking\r\np1;UPS;{UPS}\r\n", LabelForm.PLAIN),
        (
            f'Order - Number,"Carrier - Name",Shipment - Tracking Number\nP1,UPS,="{UPS}"\n',
            LabelForm.SHIPSTATION,
        ),
        (
            f"Ship Date,Order #,Tracking #,Provider\n11/21/2026,P1,{UPS},UPS\n",
            LabelForm.SHIPSTATION,
        ),
        (
            "Order ID,Tracking Number,Carrier\nP1,1Z 999 AA1 01 2345 6784,UPS\n",
            LabelForm.PIRATE_SHIP,
        ),
        (f"\n\nOrder ID\tTracking Number\n\nP1\t{UPS}\n", LabelForm.PIRATE_SHIP),
    ],
)
def test_each_export_is_known_by_its_header(text: str, form: LabelForm) -> None:
    plan = read_tracking(text, OPEN)
    assert plan.form is form
    (new,) = plan.new
    assert (new.parcel, new.carrier, new.tracking) == ("P1", Carrier.UPS, UPS)
    assert (plan.known, plan.problems) == ((), ())


def test_what_stood_there_already_is_not_new() -> None:
    plan = read_tracking(f"parcel,carrier,tracking\nP9,ups,{UPS}\n", OPEN)
    assert (plan.new, [one.parcel for one in plan.known], plan.problems) == ((), ["P9"], ())


def test_a_carrier_without_links_keeps_its_name() -> None:
    (new,) = read_tracking("parcel,carrier,tracking\nP1,Bike Bob,BB1234567\n", OPEN).new
    assert (new.carrier, new.carrier_text) == (None, "Bike Bob")


def test_rows_that_cannot_be_used_are_named_and_the_others_stay() -> None:
    text = (
        "parcel,carrier,tracking\n"
        f"P1,USPS,{USPS}\n"
        ",UPS,1234567890\n"
        "P2,UPS,\n"
        "P2,UPS,not yet\n"
        "P2,USPS,9.4001E+21\n"
        "P8,UPS,1234567890\n"
        "P9,UPS,1234567899\n"
        "P3\n"
    )
    assert [one.parcel for one in read_tracking(text, OPEN).new] == ["P1"]
    assert faults(text) == [
        (3, "parcel", "no_parcel", ""),
        (4, "tracking", "no_tracking", "P2"),
        (5, "tracking", "bad_tracking", "not yet"),
        (6, "tracking", "rounded", "9.4001E+21"),
        (7, "parcel", "unknown_parcel", "P8"),
        (8, "parcel", "other_tracking", "P9"),
        (9, "tracking", "no_tracking", "P3"),
    ]


def test_two_numbers_for_one_parcel_or_one_for_two_are_left_to_a_person() -> None:
    text = "parcel,carrier,tracking\nP1,,AAA111\nP1,,AAA222\nP2,,BBB333\nP3,,BBB333\n"
    assert read_tracking(text, OPEN).new == ()
    assert faults(text) == [
        (2, "parcel", "parcel_twice", "P1"),
        (3, "parcel", "parcel_twice", "P1"),
        (4, "tracking", "tracking_twice", "BBB333"),
        (5, "tracking", "tracking_twice", "BBB333"),
    ]


def test_the_same_row_twice_is_one() -> None:
    plan = read_tracking("parcel,carrier,tracking\nP1,,AAA111\nP1,,aaa 111\n", OPEN)
    assert (len(plan.new), plan.problems) == (1, ())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "not_read"),
        ("\n \n", "not_read"),
        ("name,city\nAna,Boston\n", "no_column"),
        ('parcel,tracking\n"P1', "not_read"),
    ],
)
def test_a_file_that_is_none_changes_nothing(text: str, fault: str) -> None:
    plan = read_tracking(text, OPEN)
    assert (plan.form, plan.new) == (None, ())
    assert [one.fault.value for one in plan.problems] == [fault]


def test_a_line_break_inside_a_cell_does_not_shift_the_lines() -> None:
    text = 'parcel,carrier,tracking,note\nP1,,AAA111,"two\nlines"\nP8,,BBB222,\n'
    assert faults(text) == [(4, "parcel", "unknown_parcel", "P8")]


@given(st.text() | st.text(alphabet='parceltking,;"\n\tP19AU=\x00'))
def test_any_text_is_a_plan_for_parcels_that_there_are(text: str) -> None:
    for start in ("", "parcel,carrier,tracking\n"):
        plan = read_tracking(start + text, OPEN)
        assert {one.parcel for one in plan.new} <= {"P1", "P2", "P3"}
        assert len({one.parcel for one in plan.new}) == len(plan.new)


def test_every_fault_has_a_sentence() -> None:
    wording = Wording(Registry.of().copy)
    for fault in TrackingFault:
        assert wording.say(fault.said, line=3, column="tracking", found="P1")


@pytest.mark.parametrize(
    ("tracking", "carrier"),
    [
        (UPS, Carrier.UPS),
        ("1z 999 aa1 01 2345 6784", Carrier.UPS),
        ("1Z999AA10123456785", None),
        (USPS, Carrier.USPS),
        ("9361289878700317633796", None),
        ("RB123456785GB", Carrier.ROYAL_MAIL),
        ("RB123456785DE", Carrier.DHL),
        ("LX473124829US", Carrier.USPS),
        ("RB123456785JP", None),
        ("RB123456784GB", None),
        ("JJD0099999999999999", Carrier.DHL),
        ("123456789012", None),
        ("1234567890", None),
        ("01234567890123", None),
        ("", None),
    ],
)
def test_a_carrier_is_guessed_only_where_its_number_is_certain(
    tracking: str, carrier: Carrier | None
) -> None:
    assert guess_carrier(tracking) is carrier


@pytest.mark.parametrize(
    ("text", "carrier"),
    [
        ("USPS Ground Advantage", Carrier.USPS),
        ("Stamps.com", Carrier.USPS),
        ("UPS® Ground", Carrier.UPS),
        ("ups", Carrier.UPS),
        ("UPS Mail Innovations", None),
        ("FedEx Home Delivery", Carrier.FEDEX),
        ("DHL Express", Carrier.DHL),
        ("DPD UK", Carrier.DPD),
        ("gls_eu", Carrier.GLS),
        ("Royal Mail Tracked 24", Carrier.ROYAL_MAIL),
        ("Canada Post", Carrier.CANADA_POST),
        ("Colissimo", Carrier.LA_POSTE),
        ("La Poste", Carrier.LA_POSTE),
        ("PostNL", Carrier.POSTNL),
        ("Hermes UK", Carrier.EVRI),
        ("Evri", Carrier.EVRI),
        ("Bike Bob", None),
        ("", None),
    ],
)
def test_carriers_are_known_by_their_names(text: str, carrier: Carrier | None) -> None:
    assert carrier_named(text) is carrier


@pytest.mark.parametrize("carrier", Carrier)
def test_a_link_leads_to_its_carrier_whatever_the_number_holds(carrier: Carrier) -> None:
    link = tracking_link(carrier, "A/1?x=é")
    assert link.startswith("https://")
    assert "A%2F1%3Fx%3D%C3%A9" in link
