"""Pick lists: bin by bin, bundles in their parts, short stock on those who come last."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.fulfilment.pick_lists import (
    Article,
    PartsError,
    PickFor,
    Want,
    bin_key,
    pick_batch,
    pick_parcels,
    pick_zones,
    read_parts,
    taken_apart,
    zone_of,
)

ARTICLES = {
    one.sku: one
    for one in (
        Article(sku="DRESS", title="Linen dress", variant="Blue / S", bin="A-10", on_hand=3),
        Article(sku="CUP", title="Enamel cup", bin="A-2", on_hand=5),
        Article(sku="SAUCER", title="Saucer", bin="B-1", on_hand=9),
        Article(sku="CARD", title="Card"),
        Article(sku="TEA", title="Tea set", parts=(("CUP", 1), ("SAUCER", 2))),
        Article(sku="PARTY", title="Party", parts=(("TEA", 2), ("CARD", 1))),
    )
}


def want(parcel: str, sku: str, units: int = 1) -> Want:
    return Want(parcel=parcel, sku=sku, units=units)


def test_a_walk_goes_from_a_2_to_a_10_and_what_has_no_bin_comes_last() -> None:
    bins = ["A-10", "", "B-1", "a-2", "A-2-10", "A-2-9", "12", "A", "9"]
    assert sorted(bins, key=bin_key) == [
        "9", "12", "A", "a-2", "A-2-9", "A-2-10", "A-10", "B-1", "",
    ]  # fmt: skip


def test_one_order_is_fetched_bin_by_bin() -> None:
    (first, second) = pick_parcels(
        [want("P2", "DRESS"), want("P1", "CUP"), want("P2", "CUP", 2), want("P2", "CARD")], ARTICLES
    )
    assert (first.name, second.name) == ("P2", "P1")
    assert [(one.article.sku, one.units) for one in first.picks] == [
        ("CUP", 2),
        ("DRESS", 1),
        ("CARD", 1),
    ]


def test_a_batch_fetches_the_units_of_one_bin_together_and_says_for_whom() -> None:
    batch = pick_batch([want("P1", "CUP"), want("P2", "CUP", 2), want("P1", "CUP")], ARTICLES)
    (cups,) = batch.picks
    assert cups.units == 4
    assert cups.parcels == (PickFor(parcel="P1", units=2), PickFor(parcel="P2", units=2))


def test_zones_are_walked_apart() -> None:
    wants = [want("P1", "SAUCER"), want("P1", "CARD"), want("P2", "DRESS"), want("P2", "CUP")]
    lists = pick_zones(wants, ARTICLES)
    assert [(one.name, [pick.article.sku for pick in one.picks]) for one in lists] == [
        ("A", ["CUP", "DRESS"]),
        ("B", ["SAUCER"]),
        ("", ["CARD"]),
    ]


@pytest.mark.parametrize(
    ("name", "zone"),
    [("A-12", "A"), ("a12", "A"), ("Shelf 3-2", "SHELF"), ("12-3", "12"), ("-", ""), ("", "")],
)
def test_a_zone_is_what_a_bin_begins_with(name: str, zone: str) -> None:
    assert zone_of(name) == zone


def test_a_bundle_is_fetched_as_its_parts_also_within_another() -> None:
    assert taken_apart("PARTY", ARTICLES, 2) == {"CUP": 4, "SAUCER": 8, "CARD": 2}
    batch = pick_batch([want("P1", "TEA"), want("P1", "CUP")], ARTICLES)
    assert [(one.article.sku, one.units) for one in batch.picks] == [("CUP", 2), ("SAUCER", 2)]


def test_a_bundle_in_a_circle_is_refused_by_name() -> None:
    articles = {
        "A": Article(sku="A", title="A", parts=(("B", 1),)),
        "B": Article(sku="B", title="B", parts=(("A", 1),)),
    }
    with pytest.raises(PartsError, match="the bundle A is a part of itself"):
        taken_apart("A", articles)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("CUP", (("CUP", 1),)),
        ("CUP;SAUCER x2", (("CUP", 1), ("SAUCER", 2))),
        (" CUP ; SAUCER ×2 ;; CUP *3", (("CUP", 4), ("SAUCER", 2))),
        ("BOX x2L", (("BOX x2L", 1),)),
        ("MAX2", (("MAX2", 1),)),
    ],
)
def test_parts_are_read_as_the_catalogue_writes_them(
    text: str, parts: tuple[tuple[str, int], ...]
) -> None:
    assert read_parts(text) == parts


def test_no_units_of_a_part_are_refused() -> None:
    with pytest.raises(PartsError, match="'CUP x0' is no part"):
        read_parts("CUP x0")


def test_what_is_not_there_is_short_for_who_comes_last() -> None:
    wants = [want("P1", "DRESS", 2), want("P2", "DRESS", 2), want("P3", "DRESS")]
    (dresses,) = pick_batch(wants, ARTICLES).picks
    assert dresses.short == 2
    assert [share.short for share in dresses.parcels] == [0, 1, 1]
    assert [one.short for one in pick_parcels(wants, ARTICLES)] == [0, 1, 1]


def test_a_sku_that_is_in_no_catalogue_is_fetched_by_its_name() -> None:
    (pick,) = pick_batch([want("P1", "OLD-1")], ARTICLES).picks
    assert (pick.article.title, pick.short) == ("OLD-1", 0)


wants_of_any_kind = st.lists(
    st.builds(
        Want,
        parcel=st.sampled_from(["P1", "P2", "P3"]),
        sku=st.sampled_from([*ARTICLES, "OLD-1"]),
        units=st.integers(1, 4),
    )
)


@given(wants_of_any_kind)
def test_every_kind_of_list_fetches_the_same_units(wants: list[Want]) -> None:
    needed: Counter[str] = Counter()
    for one in wants:
        needed.update(taken_apart(one.sku, ARTICLES, one.units))
    for lists in (
        (pick_batch(wants, ARTICLES),),
        pick_zones(wants, ARTICLES),
        pick_parcels(wants, ARTICLES),
    ):
        fetched: Counter[str] = Counter()
        short: Counter[str] = Counter()
        for walk in lists:
            for pick in walk.picks:
                fetched[pick.article.sku] += pick.units
                short[pick.article.sku] += pick.short
                assert pick.units == sum(share.units for share in pick.parcels)
        assert fetched == needed
        for sku, units in needed.items():
            on_hand = ARTICLES[sku].on_hand if sku in ARTICLES else None
            assert short[sku] == (0 if on_hand is None else max(0, units - on_hand))


@given(st.text(), st.text())
def test_any_bins_can_be_put_in_order(one: str, other: str) -> None:
    assert sorted([one, other], key=bin_key) in ([one, other], [other, one])
