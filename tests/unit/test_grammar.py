"""What viewers type, and what they get for it."""

import pytest

from handlers.claims.grammar import LONGEST, read, read_variant
from handlers.claims.lexicon import ClaimWords, Lexicon
from handlers.claims.reading import Kind, NearMiss
from tests.unit.grammar_shop import LEXICON, claimed, heard, item


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # claim words, before, after, glued, drawn out, with one slip
        ("claim K21 M", "K21 M x1"),
        ("claiming K21 M", "K21 M x1"),
        ("i'm claiming K21 M", "K21 M x1"),
        ("SOLD h3", "H3 x1"),
        ("h3 mine", "H3 x1"),
        ("dibs on the teapot", "H3 x1"),
        ("cf H3", "H3 x1"),
        ("cfH3 2", "H3 x2"),
        ("sold250", "250 x1"),
        ("H3sold", "H3 x1"),
        ("เอา H3 ครับ", "H3 x1"),
        ("เอาH3", "H3 x1"),
        ("chốt K21 M", "K21 M x1"),
        ("我要H3", "H3 x1"),
        ("soldddd H3", "H3 x1"),
        ("claaaim H3", "H3 x1"),
        ("cliam H3", "H3 x1"),
        ("claimm h3", "H3 x1"),
        ("clàim H3", "H3 x1"),
        # codes and aliases
        ("claim K-21 M", "K21 M x1"),
        ("claim K 21 M", "K21 M x1"),
        ("claim K - 21 M", "K21 M x1"),
        ("claim 44 b", "44B x1"),
        ("claim gem 1", "GEM1 x1"),
        ("claim #k21 #M", "K21 M x1"),
        ("claim k21/m", "K21 M x1"),
        ("claim K21-M", "K21 M x1"),
        ("claim (K21) [M]", "K21 M x1"),
        ("claim the wrap gown in M", "K21 M x1"),
        ("claim t-pot", "H3 x1"),
        ("claim 8", "8 x1"),
        ("claim #8", "8 x1"),
        ("claim no. 8", "8 x1"),
        ("claim number 8", "8 x1"),
        ("claim M 2", "M2 x1"),
        ("claim X4", "X4 x1"),
        # variants
        ("claim K21 medium", "K21 M x1"),
        ("claim size M K21", "K21 M x1"),
        ("claim item K25, colour: green, size: S", "K25 Green / S x1"),
        ("sold grn small K25", "K25 Green / S x1"),
        ("claim K25 s pink x2", "K25 Pink / S x2"),
        ("claim K25 pin m", "K25 Pink / M x1"),
        ("claim K22", "K22 One size x1"),
        ("claim K22 one size", "K22 One size x1"),
        ("claim K22 os", "K22 One size x1"),
        ("claim T9 blk", "T9 Black x1"),
        ("claim T9 bl", "T9 x1"),
        ("claim T9 dusty rose", "T9 Dusty Rose x1"),
        ("claim T9 dusty", "T9 Dusty Rose x1"),
        ("claim T9 rose", "T9 Rose x1"),
        ("claim S5 38", "S5 38 x1"),
        ("claim S5 7.5", "S5 7.5 x1"),
        ("claim S5 39 2", "S5 39 x2"),
        ("claim K25 green", "K25 x1"),
        ("claim K21 M 2", "K21 M x2"),
        ("claim K21 M L", "K21 M x1, K21 L x1"),
        ("claim K21 M M", "K21 M x1"),
        ("claim K25 green s and pink m", "K25 Green / S x1, K25 Pink / M x1"),
        ("claim K21 M x2, L x1", "K21 M x2, K21 L x1"),
        ("claim K21 2 M 1 L", "K21 M x2, K21 L x1"),
        # quantities
        ("claim H3 x2", "H3 x2"),
        ("claim 2x H3", "H3 x2"),
        ("claim H3x2", "H3 x2"),
        ("claim 2xH3", "H3 x2"),
        ("claim H3*2", "H3 x2"),
        ("claim H3 × 2", "H3 x2"),
        ("claim H3 qty 2", "H3 x2"),
        ("claim H3 qty:2", "H3 x2"),
        ("claim H3 + 2", "H3 x2"),
        ("claim H3 2", "H3 x2"),
        ("claim 2 H3", "H3 x2"),
        ("claim two H3", "H3 x2"),
        ("claim H3 2pcs", "H3 x2"),
        ("claim H3 x99", "H3 x99"),
        ("claim H3 x 99", "H3 x99"),
        ("claim 8 x2", "8 x2"),
        ("claim 8 2", "8 x2"),
        # no word, but a signed quantity and nothing else
        ("H3+1", "H3 x1"),
        ("2x H3", "H3 x2"),
        ("K21 M+1, H3+2", "K21 M x1, H3 x2"),
        ("H3+1 H4+1", "H3 x1, H4 x1"),
        ("Ｈ３＋１、Ｈ４＋２", "H3 x1, H4 x2"),
        ("8+1", "8 x1"),
        # several
        ("claim K21 M and H3", "K21 M x1, H3 x1"),
        ("claim K21 M\nclaim H3", "K21 M x1, H3 x1"),
        ("claim 2 K21 M and 1 T9 black", "K21 M x2, T9 Black x1"),
        ("2x H3 3x H4", "H3 x2, H4 x3"),
        ("H3 2x H4 3x", "H3 x2, H4 x3"),
        ("claim H3 H3", "H3 x1"),
        ("claim K21, K21 M", "K21 M x1"),
        ("claim K21 M and Q77", "K21 M x1"),
        ("claim K21 XL and H3", "H3 x1"),
        ("K21 M, mine!", "K21 M x1"),
        # what may stand beside
        ("omg yes claim K21 M for me please 🙏🙏", "K21 M x1"),
        ("yes!! claim H3", "H3 x1"),
        ("claim K21 M if any left", "K21 M x1"),
        ("claim K21 M if there's any left pls", "K21 M x1"),
        ("claim K21 M, can't wait!", "K21 M x1"),
        ("so pretty, claim K21 M", "K21 M x1"),
        ("**claim** _K21_ M", "K21 M x1"),
        ("> claim K21 M\nclaim H3", "H3 x1"),
        ("claim H3 <3", "H3 x1"),
        ("claim H3 <:mug:12345>", "H3 x1"),
    ],
)
def test_a_claim_is_read(text: str, expected: str) -> None:
    reading = heard(text)
    assert (reading.kind, claimed(reading.items)) == (Kind.CLAIM, expected), reading


@pytest.mark.parametrize(
    ("text", "stage", "expected"),
    [
        ("mine", "H3", "H3 x1"),
        ("SOLD!!", "H3", "H3 x1"),
        ("MINE MINE MINE", "H3", "H3 x1"),
        ("(mine)", "H3", "H3 x1"),
        ("omg mine please", "H3", "H3 x1"),
        ("claim this one", "H3", "H3 x1"),
        ("mine if any left", "H3", "H3 x1"),
        ("mine 2", "H3", "H3 x2"),
        ("claim x3", "H3", "H3 x3"),
        ("+1", "H3", "H3 x1"),
        ("+2 pls", "H3", "H3 x2"),
        ("x2", "H3", "H3 x2"),
        ("+8", "H3", "H3 x8"),
        ("mine M", "K21", "K21 M x1"),
        ("M+1", "K21", "K21 M x1"),
        ("mine M 2", "K21", "K21 M x2"),
        ("mine M L", "K21", "K21 M x1, K21 L x1"),
        ("mine green", "K25", "K25 x1"),
        ("mine", "8", "8 x1"),
        ("claim 8", "8", "8 x1"),
        ("claim H4", "H3", "H4 x1"),
        ("mine! claim H4", "H3", "H4 x1"),
    ],
)
def test_what_is_on_stage_need_not_be_named(text: str, stage: str, expected: str) -> None:
    reading = heard(text, stage)
    assert (reading.kind, claimed(reading.items)) == (Kind.CLAIM, expected), reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unclaim K21", "K21"),
        ("cancel my K21 M please", "K21 M"),
        ("cancel my claim on K21", "K21"),
        ("cancel claim H3", "H3"),
        ("pass on K21", "K21"),
        ("drop the teapot", "H3"),
        ("remove H3 from my cart", "H3"),
        ("never mind H3", "H3"),
        ("nvm, H3", "H3"),
        ("sorry, cancel H3", "H3"),
        ("un-claim H3", "H3"),
        ("cancle H3", "H3"),
        ("uclaim H3", "H3"),
        ("cancel H3 x2", "H3 x2"),
        ("cancel 2 H3", "H3 x2"),
        ("cancel 8", "8"),
        ("cancel K22", "K22 One size"),
        ("cancel K21 and H3", "K21, H3"),
    ],
)
def test_a_release_is_read(text: str, expected: str) -> None:
    reading = heard(text)
    assert (reading.kind, claimed(reading.items)) == (Kind.CANCEL, expected), reading


@pytest.mark.parametrize(
    ("text", "stage", "near_miss", "codes"),
    [
        ("claim K23", None, NearMiss.UNKNOWN_CODE, "K22"),
        ("claim KZ1 M", None, NearMiss.UNKNOWN_CODE, "K21"),
        ("claim K211", None, NearMiss.UNKNOWN_CODE, "K21"),
        ("claim K21-2", None, NearMiss.UNKNOWN_CODE, "K21"),
        ("claim 25", None, NearMiss.UNKNOWN_CODE, "K25"),
        ("claim GEMI", None, NearMiss.UNKNOWN_CODE, "GEM1"),
        ("claim tepot", None, NearMiss.UNKNOWN_CODE, "H3"),
        ("claim GEM", None, NearMiss.UNKNOWN_CODE, "GEM1"),
        ("claim teapots", None, NearMiss.UNKNOWN_CODE, "H3"),
        ("H5+1", None, NearMiss.UNKNOWN_CODE, "H4"),
        ("sold 999", None, NearMiss.UNKNOWN_CODE, None),
        ("cancel K23", None, NearMiss.UNKNOWN_CODE, "K22"),
        ("claim К21 M", None, NearMiss.LOOK_ALIKE, "K21"),
        ("сlaim K21 M", None, NearMiss.LOOK_ALIKE, "K21"),
        ("claim K21 М", None, NearMiss.LOOK_ALIKE, "K21"),
        ("K21 M", None, NearMiss.BARE_CODE, "K21"),
        ("K21 M", "K21", NearMiss.BARE_CODE, "K21"),
        ("H3 2", None, NearMiss.BARE_CODE, "H3"),
        ("H3+1, love it", None, NearMiss.BARE_CODE, "H3"),
        ("mine", None, NearMiss.NO_STAGE, None),
        ("mine M x2", None, NearMiss.NO_STAGE, None),
        ("claim 8", "H3", NearMiss.AMBIGUOUS_NUMBER, "H3"),
        ("claim H3 8", None, NearMiss.AMBIGUOUS_NUMBER, "H3"),
        ("claim H3 x4", None, NearMiss.AMBIGUOUS_NUMBER, "H3"),
        ("claim 250 8", None, NearMiss.AMBIGUOUS_NUMBER, "250"),
        ("2. claim K21 M", None, NearMiss.AMBIGUOUS_NUMBER, "K21"),
        ("claim K21 M L x2", None, NearMiss.AMBIGUOUS_NUMBER, "K21"),
        ("claim K21 XL", None, NearMiss.LACKS_VARIANT, "K21"),
        ("claim K21 2XL", None, NearMiss.LACKS_VARIANT, "K21"),
        ("claim H3 blue", None, NearMiss.LACKS_VARIANT, "H3"),
        ("claim K25 green pink", None, NearMiss.LACKS_VARIANT, "K25"),
        ("mine XL", "K21", NearMiss.LACKS_VARIANT, "K21"),
        ("cancel K21 XL", None, NearMiss.LACKS_VARIANT, "K21"),
        ("claim X55", "H3", NearMiss.UNKNOWN_CODE, None),
        ("claim x21", "K21", NearMiss.UNKNOWN_CODE, "K21"),
        ("claim H3 x0", None, NearMiss.BAD_QUANTITY, "H3"),
        ("claim H3 x999999", None, NearMiss.BAD_QUANTITY, "H3"),
        ("claim H3 x999999999999999999999", None, NearMiss.BAD_QUANTITY, "H3"),
        ("claim H3 12", None, NearMiss.BAD_QUANTITY, "H3"),
        ("claim H3 -2", None, NearMiss.BAD_QUANTITY, "H3"),
        ("claim H3 x1.5", None, NearMiss.BAD_QUANTITY, "H3"),
        ("claim H3 x60 H4 x40", None, NearMiss.BAD_QUANTITY, "H3"),
        ("H3+0", None, NearMiss.BAD_QUANTITY, "H3"),
        ("claim H3 x2 x3", None, NearMiss.TWO_QUANTITIES, "H3"),
        ("H3+1 H3+2", None, NearMiss.TWO_QUANTITIES, "H3"),
        ("claim K21 x2 and K21 M", None, NearMiss.TWO_QUANTITIES, "K21"),
        ("claim K21, cancel H3", None, NearMiss.CLAIM_AND_RELEASE, "K21"),
        ("drop K21 claim H3", None, NearMiss.CLAIM_AND_RELEASE, "K21"),
        ("claim K21 nvm", None, NearMiss.CLAIM_AND_RELEASE, "K21"),
        ("nvm", None, NearMiss.NOTHING_TO_RELEASE, None),
        ("cancel my order", "H3", NearMiss.NOTHING_TO_RELEASE, None),
        ("can i get K21 M", None, NearMiss.ASKS, "K21"),
        ("could I please have the teapot?", None, NearMiss.ASKS, "H3"),
        ("can I claim K21 M?", None, NearMiss.ASKS, "K21"),
        ("claim K21 M. is it lined?", None, NearMiss.ASKS, "K21"),
        ("if K21 is left I'll take it", None, NearMiss.CONDITION, "K21"),
        ("I'll take K 21, if the M is there", None, NearMiss.CONDITION, "K21"),
        ("i want K21 M", None, NearMiss.WANTS, "K21"),
        ("I'll take the teapot", None, NearMiss.WANTS, "H3"),
        ("claim K21 M for $40", None, NearMiss.PRICE, "K21"),
        ("claim K21 M for 40 euros", None, NearMiss.PRICE, "K21"),
        ("claim K21 12.50", None, NearMiss.PRICE, "K21"),
        ("claim K21 M for @bob", None, NearMiss.PERSON, "K21"),
        ("claim K21 M for my sister", None, NearMiss.PERSON, "K21"),
        ("claim H3 <@123>", None, NearMiss.PERSON, "H3"),
        ("claim K21 M no wait L", None, NearMiss.CHANGED_MIND, "K21"),
        ("claim K21 M, actually L", None, NearMiss.CHANGED_MIND, "K21"),
        ("claim K21 M, jk", None, NearMiss.CHANGED_MIND, "K21"),
        ("claim K21 M, I don't want it", None, NearMiss.CHANGED_MIND, "K21"),
    ],
)
def test_a_near_miss_says_why(
    text: str, stage: str | None, near_miss: NearMiss, codes: str | None
) -> None:
    reading = heard(text, stage)
    assert (reading.kind, reading.near_miss) == (Kind.NEAR_MISS, near_miss), reading
    assert reading.codes[:1] == ((codes,) if codes else ()), reading
    assert reading.why
    assert reading.items == ()


@pytest.mark.parametrize("stage", [None, "K21"])
@pytest.mark.parametrize(
    "text",
    [
        "sold out?",
        "sold out again smh",
        "is K21 sold?",
        "K21 sold already?",
        "claim K21 M?",
        "who sold 12",
        "not sold 12",
        "no claim K21",
        "don't claim K21",
        "can't do K21",
        "ไม่เอา H3",
        "ไม่เอาH3",
        "i sold 12 shirts yesterday",
        "sold it",
        "I claimed that yesterday",
        "she claims K21",
        "bob: claim K21",
        "K21 vs K22",
        "claim K21 or K22",
        "K21 is gorgeous",
        "k21 looks nice",
        "K21, love it",
        "sold 12.50 or so",
        "12:30",
        "claim 1st",
        "8 people here lol",
        "8",
        "teapot",
        "thanks for the teapot",
        "2x H3 arrived today",
        "got my parcel, 2x H3",
        "+1 to that",
        "+1, agreed",
        "+1 lol",
        "one piece!",
        "mine is broken",
        "mine too tbh",
        "goldmine lol",
        "minecraft",
        "my claim to fame",
        "type SOLD K21 to order",
        "to order, type, SOLD K21",
        "she said, claim K21",
        "drop the price on K21",
        "when does H3 drop",
        "drop it",
        "nvm H3 lol",
        "don't cancel H3",
        "i want K21 but I'm broke",
        "can you show K21 again",
        "> claim K21 M",
        "`claim K21 M`",
        "```\nclaim K21 M\n```",
        '"claim K21 M"',
        "“claim K21 M”",
        "'claim K21 M'",
        "~~claim K21 M~~",
        "https://shop.example/claim/K21",
        "claim K21 https://shop.example",
        "сегодня хорошая погода",
        "",
        "   ",
        "...",
        "🙏",
    ],
)
def test_talk_is_never_a_claim(text: str, stage: str | None) -> None:
    reading = heard(text, stage)
    assert reading.kind == Kind.NONE, reading
    assert reading.why


def test_a_number_as_typed_is_told_from_one_that_is_filled_in() -> None:
    assert not heard("claim H3").items[0].counted
    assert heard("claim H3 x1").items[0].counted
    assert heard("+1", "H3").items[0].staged
    assert not heard("claim H3", "H3").items[0].staged


def test_variants_that_still_fit_are_named() -> None:
    assert heard("claim K25 green").items[0].fitting == ("Green / S", "Green / M")
    assert heard("claim K21").items[0].fitting == ("S", "M", "L")
    assert heard("claim K21 M").items[0].fitting == ()


def test_what_is_left_out_is_named() -> None:
    why = heard("claim K21 M and Q77").why
    assert "K21 M" in why
    assert "Q77" in why


def test_only_one_variant_on_stage_is_meant_by_a_bare_word() -> None:
    bare = read("mine", LEXICON, "K21", stage_variant="L")
    other = read("mine M", LEXICON, "K21", stage_variant="L")
    assert (bare.items[0].variant, other.items[0].variant) == ("L", "M")


def test_an_unknown_stage_is_no_stage() -> None:
    assert heard("mine", "Z99").near_miss == NearMiss.NO_STAGE


def test_a_long_line_is_never_a_claim() -> None:
    assert heard("claim H3".ljust(LONGEST)).kind == Kind.CLAIM
    assert heard("claim H3".ljust(LONGEST + 1)).kind == Kind.NONE


def test_a_shop_chooses_its_words() -> None:
    words = ClaimWords(words=frozenset({"nehme", "mine"}), bare=frozenset({"nehme"}))
    lexicon = Lexicon.of([item("H3")], words)
    assert read("nehme H3", lexicon).kind == Kind.CLAIM
    assert read("nehme", lexicon, "H3").kind == Kind.CLAIM
    assert read("mine H3", lexicon).kind == Kind.CLAIM
    assert read("mine", lexicon, "H3").kind == Kind.NONE
    assert read("claim H3", lexicon).kind == Kind.NONE


def test_a_wrong_code_can_be_given_a_meaning() -> None:
    rescued = LEXICON.with_alias("K23", "K22").with_alias("31", "H4")
    assert claimed(read("claim K-23 x2", rescued).items) == "K22 One size x2"
    assert claimed(read("claim k 23", rescued).items) == "K22 One size x1"
    assert claimed(read("sold 31", rescued).items) == "H4 x1"
    assert heard("claim K23").near_miss == NearMiss.UNKNOWN_CODE


def test_unknown_codes_are_given_as_typed() -> None:
    assert heard("claim k23").unknown == ("K23",)
    assert heard("sold 999").unknown == ("999",)


def test_an_alias_of_two_items_names_neither() -> None:
    lexicon = Lexicon.of([item("A1", aliases=("scarf",)), item("A2", aliases=("scarf",))])
    assert read("claim scarf", lexicon).near_miss == NearMiss.UNKNOWN_CODE


def test_a_space_does_not_join_where_the_parts_mean_something() -> None:
    lexicon = Lexicon.of([item("A1"), item("A12"), item("L2"), item("K1", "S", "L")])
    assert claimed(read("claim A1 2", lexicon).items) == "A1 x2"
    assert claimed(read("claim K1 L 2", lexicon).items) == "K1 L x2"
    assert claimed(read("claim L 2", lexicon).items) == "L2 x1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M", ("M",)),
        ("medium pls", ("M",)),
        ("size M please!", ("M",)),
        ("the L one", ("L",)),
        ("K21 M", ()),
        ("M or L", ()),
        ("M L", ()),
        ("M?", ()),
        ("XL", ()),
        ("please", ()),
        ("M is too big", ()),
        ("", ()),
    ],
)
def test_an_answer_to_which_size(text: str, expected: tuple[str, ...]) -> None:
    assert read_variant(text, LEXICON, "K21") == expected


def test_half_an_answer_names_what_still_fits() -> None:
    assert read_variant("green", LEXICON, "K25") == ("Green / S", "Green / M")


@pytest.mark.parametrize(
    "line",
    [
        "don't! claim H3",
        "i did not. claim H3",
        "i can't. H3 claim",
        "claim H3, i don't",
        "claim H3, forget it",
        "claim H3, false alarm",
        "if they restock, claim H3",
        "claim H3, if i had money",
        "claim H3, unless someone else wants it",
        "claim H3, he said",
        "claim H3, said no one ever",
        "why did my claim fail. claim H3",
    ],
)
def test_talk_that_denies_takes_back_or_makes_conditions_beside_a_claim_counts(line: str) -> None:
    assert heard(line).kind is not Kind.CLAIM


@pytest.mark.parametrize(
    "line", ["can't wait, claim H3", "claim H3, this is so cute", "claim H3 if any left, thanks"]
)
def test_friendly_talk_beside_a_claim_does_not_matter(line: str) -> None:
    assert heard(line).kind is Kind.CLAIM


@pytest.mark.parametrize("person", ["<@123>", "<@!123>", "<@250>", "<@&250>", "<@U12|ana>"])
@pytest.mark.parametrize(
    "line", ["claim H3 for {}", "{} H3 claim", "claim H3 {}", "H3+1 {}", "claim {} H3 please"]
)
def test_a_mention_is_a_person_whoever_it_names(line: str, person: str) -> None:
    for stage in (None, "H3", "250"):
        reading = read(line.format(person), LEXICON, stage)
        assert (reading.kind, reading.near_miss) == (Kind.NEAR_MISS, NearMiss.PERSON)
        assert reading.codes == ("H3",)


@pytest.mark.parametrize(
    "token",
    ["<#250>", "<#250|general>", "<t:250>", "<t:250:R>", "</stage:250>", "<id:250>", "<@250>"],
)
@pytest.mark.parametrize("line", ["claim {}", "{} mine", "sold {} please", "{} +1", "{}", "x2 {}"])
def test_what_a_platform_writes_in_brackets_names_no_item(line: str, token: str) -> None:
    reading = read(line.format(token), LEXICON)
    assert reading.kind is not Kind.CLAIM
    assert not reading.items
    assert "250" not in reading.codes


@pytest.mark.parametrize("token", ["<#250>", "<t:250:R>", "</stage:250>"])
def test_a_channel_or_a_time_beside_a_claim_makes_it_talk(token: str) -> None:
    for line in (f"claim H3 {token}", f"claim H3 in {token}", f"{token} H3 mine"):
        assert read(line, LEXICON, "H3").kind is Kind.NONE
