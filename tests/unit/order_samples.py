"""Orders of any kind, as hypothesis makes them up: lines, discounts, taxes, shipping."""

from hypothesis import strategies as st

from handlers.orders.model import Discount, Line, ShippingCharge
from handlers.orders.tax import TaxMode, TaxTable
from storage.order_states import DiscountKind

CODES = ("A1", "B2", "C3")
PLACES = ("DE", "FR", "US-NY", "US", "JP", "")
CLASSES = ("", "reduced", "books")

minors = st.integers(0, 500_000) | st.sampled_from([0, 1, 99, 4_800])
rates = st.sampled_from([0, 70_000, 88_750, 190_000, 333_333, 1_000_000]) | st.integers(0, 10**6)


@st.composite
def some_lines(draw: st.DrawFn, least: int = 0) -> list[Line]:
    """Lines of an order, of any price and tax class."""
    count = draw(st.integers(least, 6))
    return [
        Line(
            id=number,
            code=draw(st.sampled_from(CODES)),
            sku=f"SKU-{number}",
            title="Linen dress",
            quantity=draw(st.integers(1, 99)),
            unit_minor=draw(minors),
            tax_class=draw(st.sampled_from(CLASSES)),
            weight_g=draw(st.integers(0, 5_000)),
        )
        for number in range(1, count + 1)
    ]


discounts = st.lists(
    st.one_of(
        st.builds(
            Discount,
            kind=st.just(DiscountKind.PERCENT),
            value=st.integers(0, 1_000_000),
            items=st.frozensets(st.sampled_from(CODES)),
        ),
        st.builds(
            Discount,
            kind=st.just(DiscountKind.AMOUNT),
            value=minors,
            items=st.frozensets(st.sampled_from(CODES)),
        ),
        st.just(Discount(kind=DiscountKind.FREE_SHIPPING)),
    ),
    max_size=4,
)
tax_tables = st.builds(
    TaxTable,
    mode=st.sampled_from(list(TaxMode)),
    rates=st.dictionaries(
        st.sampled_from([*PLACES[:-1], "*"]),
        st.dictionaries(st.sampled_from([*CLASSES, "shipping"]), rates, max_size=3),
        max_size=4,
    ),
)
charges = st.none() | st.builds(ShippingCharge, method=st.just("post"), minor=minors)
places = st.sampled_from(PLACES)
