"""Packing by scanner: what is right, what is refused and counted, and when to stop."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.fulfilment.scanning import (
    PackLine,
    PackState,
    ScanKind,
    Scanned,
    as_json,
    from_json,
    missing,
    scan,
    slip_code,
    undo,
)
from handlers.registry import Registry
from handlers.wording import Wording

DRESS = PackLine(
    sku="LD-BLU-S",
    title="Linen dress",
    variant="Blue / S",
    bin="A-10",
    barcode="012345678905",
    kin=("LD-BLU-M", "012345678912"),
    units=2,
)
CUP = PackLine(sku="CUP", title="Enamel cup", barcode="4006381333931", units=1)
TABLE = PackState(parcel="P77", address="ab12", lines=(DRESS, CUP))


def scanned(*codes: str, state: PackState = TABLE, address: str = "ab12") -> Scanned:
    answer = Scanned(kind=ScanKind.SLIP, state=state)
    for code in codes:
        answer = scan(answer.state, code, address=address, parcels=("P78",))
    return answer


@pytest.mark.parametrize(
    "code",
    [
        "LD-BLU-S",
        " ld-blu-s\r\n",
        "012345678905",
        "0012345678905",
        "00012345678905",
        "]E00012345678905",
    ],
)
def test_a_unit_is_right_by_sku_or_barcode_however_the_scanner_says_it(code: str) -> None:
    answer = scanned(code)
    assert (answer.kind, answer.state.left, answer.state.wrong) == (ScanKind.RIGHT, 2, 0)
    assert answer.line == replace(DRESS, packed=1)
    assert answer.sounds_right


def test_the_last_unit_completes_the_parcel() -> None:
    answer = scanned("CUP", "LD-BLU-S", "LD-BLU-S")
    assert (answer.kind, answer.state.left) == (ScanKind.DONE, 0)
    assert missing(answer.state) == ()
    assert scanned("P77~ab12", state=answer.state).kind is ScanKind.DONE


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("LD-BLU-M", ScanKind.VARIANT),
        ("0012345678912", ScanKind.VARIANT),
        ("HAT", ScanKind.WRONG),
        ("", ScanKind.WRONG),
        ("LD", ScanKind.WRONG),
    ],
)
def test_what_does_not_belong_is_refused_and_counted(code: str, kind: ScanKind) -> None:
    answer = scanned(code)
    assert (answer.kind, answer.state) == (kind, replace(TABLE, wrong=1))
    assert not answer.sounds_right
    assert answer.line == (DRESS if kind is ScanKind.VARIANT else None)


def test_one_more_than_was_bought_is_refused_and_counted() -> None:
    answer = scanned("CUP", "CUP")
    assert (answer.kind, answer.state.wrong, answer.state.left) == (ScanKind.EXTRA, 1, 2)


def test_what_is_missing_is_known_at_any_time() -> None:
    state = scanned("LD-BLU-S", "HAT").state
    assert [(line.sku, line.left) for line in missing(state)] == [("LD-BLU-S", 1), ("CUP", 1)]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (slip_code("P77", "ab12"), ScanKind.SLIP),
        ("p77", ScanKind.SLIP),
        (slip_code("P77", "old1"), ScanKind.STOP),
        (slip_code("P78", "ab12"), ScanKind.OTHER_PARCEL),
        ("P78", ScanKind.OTHER_PARCEL),
    ],
)
def test_slips_are_told_apart_and_pack_nothing(code: str, kind: ScanKind) -> None:
    assert scanned(code) == Scanned(kind=kind, state=TABLE)


@pytest.mark.parametrize("code", ["LD-BLU-S", "HAT", "P77~ab12", "P77"])
def test_an_address_that_changed_since_the_slip_stops_every_scan(code: str) -> None:
    assert scanned(code, address="cd34") == Scanned(kind=ScanKind.STOP, state=TABLE)


def test_two_articles_with_one_barcode_are_told_apart_by_sku() -> None:
    twin = replace(CUP, sku="CUP-RED")
    state = replace(TABLE, lines=(CUP, twin))
    answer = scanned(CUP.barcode, state=state)
    assert (answer.kind, answer.state) == (ScanKind.AMBIGUOUS, state)
    assert scanned("CUP-RED", state=state).line == replace(twin, packed=1)


def test_a_sku_on_two_lines_fills_one_after_the_other() -> None:
    state = replace(TABLE, lines=(CUP, CUP))
    answer = scanned("CUP", "CUP", state=state)
    assert (answer.kind, [line.packed for line in answer.state.lines]) == (ScanKind.DONE, [1, 1])


def test_a_sku_that_looks_like_the_parcel_is_a_unit() -> None:
    state = replace(TABLE, lines=(replace(CUP, sku="P77"),))
    assert scanned("P77", state=state).kind is ScanKind.DONE


def test_undo_takes_the_last_unit_out_and_keeps_what_was_refused() -> None:
    before = scanned("LD-BLU-S").state
    state, line = undo(scanned("CUP", "HAT", state=before).state)
    assert state == replace(before, wrong=1)
    assert line == CUP
    state, line = undo(state)
    assert line == DRESS
    assert undo(state) == (state, None)


codes = st.lists(
    st.sampled_from(
        ["LD-BLU-S", "CUP", "LD-BLU-M", "HAT", "P77", "P78", "4006381333931", "undo", "~", "é"]
    )
)


@given(codes)
def test_units_always_add_up_and_the_state_survives_as_text(typed: list[str]) -> None:
    state, refused = TABLE, 0
    for code in typed:
        if code == "undo":
            state, _ = undo(state)
            continue
        answer = scan(state, code, address="ab12", parcels=("P78",))
        counted = {ScanKind.WRONG, ScanKind.VARIANT, ScanKind.EXTRA}
        refused += answer.kind in counted
        moved = state.left - answer.state.left
        assert moved == (1 if answer.line and answer.sounds_right else 0)
        state = answer.state
        assert from_json(as_json(state)) == state
    packed = Counter(state.scans)
    assert [line.packed for line in state.lines] == [packed[0], packed[1]]
    assert state.wrong == refused


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"parcel": "P1"}',
        as_json(TABLE).replace('"units": 2', '"units": 0'),
        as_json(TABLE).replace('"packed": 0', '"packed": "1"', 1),
        as_json(TABLE).replace('"scans": []', '"scans": [0]'),
        as_json(TABLE).replace('"scans": []', '"scans": [7]'),
        as_json(TABLE).replace('"scans": []', '"scans": [true]'),
        as_json(TABLE).replace('"wrong"', '"worng"'),
    ],
)
def test_a_state_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a kept parcel"):
        from_json(text)


@pytest.mark.parametrize("kind", ScanKind)
def test_every_answer_has_a_sentence(kind: ScanKind) -> None:
    said = Scanned(kind=kind, state=TABLE).said
    assert Wording(Registry.of().copy).say(said, parcel="P77", item="Cup", left=2)
