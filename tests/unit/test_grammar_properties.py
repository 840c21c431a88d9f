"""What holds for every line, however it is typed."""

import gzip
import json
import string
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.claims.grammar import read, read_variant
from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import Kind
from tests.fakes.examples import examples
from tests.unit.grammar_shop import LEXICON, heard, item

SAMPLES = Path("../shared/data")

WORDS = [
    *("claim", "sold", "mine", "cf", "เอา", "chốt", "我要", "cancel", "nvm", "claimm", "cliam"),
    *("K21", "k-21", "K 22", "K25", "H3", "h4", "8", "250", "44b", "GEM1", "teapot", "K23", "К21"),
    *("M", "medium", "XL", "green", "s", "pink", "blk", "rose", "38", "7.5", "one size"),
    *("x2", "2x", "+1", "+ 2", "*3", "2", "99", "x0", "x999999", "qty 3", "two", "-1", "×2"),
    *("please", "omg", "and", "&", "+", "the", "for me", "for", "@bob", "$40", "12.50", "if"),
    *("if any left", "no", "no wait", "actually", "can i get", "i want", "I'll take", "not"),
    *("lol", "broken", "is", "said", "?", "!", ",", ".", "\n", ";", "(", ")", '"', "`", "> ", "**"),
    *("http://x.example/y", "<3", ":)", "it's", "don't", "to", "or", "#8", "№8", "_", "~~", "||"),
]
lines = st.lists(st.sampled_from(WORDS), max_size=9).flatmap(
    lambda words: st.sampled_from([" ".join(words), "".join(words)])
)
claim_words = st.sampled_from(["claim", "sold", "Mine", "cf", "เอา", "cancel", "nvm", "cliam", ""])
codes = st.sampled_from(["K21", "k-21", "K 22", "K25", "h3", "8", "250", "44b", "teapot", ""])
details = st.sampled_from(["M", "green s", "x2", "2x", "+1", "2", "two", "XL", "for @bob", ""])
endings = st.sampled_from(["please", "!!", "omg", ", H4 x2", " and K21 L", "if any left", ""])
lines |= st.tuples(claim_words, codes, details, endings).map(" ".join)
stages = st.sampled_from([None, "H3", "K21", "K25", "8", "Z9"])
EMOJI = "🙏 ❤️ 1️⃣ 9️⃣ #️⃣ *️⃣ ™ ™️ © ® Ⓜ Ⓜ️ 🇻🇳 👩‍👩‍👧‍👦 👍🏽 ☝🏿 ‼️ ⁉️ ✖️ ➕ 🔟 🆗 🅰️ ㊗️ 〰️ ↔️ ℹ️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ² ³ ¹ ⁺ ⁿ ª"
emoji = st.sampled_from(EMOJI.split(" "))
full_width = str.maketrans(
    {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)} | {" ": "\u3000"}
)


@given(line=lines, stage=stages)
def test_case_does_not_matter(line: str, stage: str | None) -> None:
    assert heard(line.upper(), stage) == heard(line.lower(), stage) == heard(line, stage)


@given(text=st.text(max_size=40), stage=stages)
def test_case_does_not_matter_in_any_script(text: str, stage: str | None) -> None:
    said = heard(text, stage)
    assert (said.kind, said.items) == (
        heard(text.swapcase(), stage).kind,
        heard(text.swapcase(), stage).items,
    )


@given(line=lines, stage=stages)
def test_width_does_not_matter(line: str, stage: str | None) -> None:
    assert heard(line.translate(full_width), stage) == heard(line, stage)


@given(line=lines, stage=stages, gap=st.sampled_from(["  ", "   ", " \t ", "\u00a0", " \u200b "]))
def test_longer_gaps_do_not_matter(line: str, stage: str | None, gap: str) -> None:
    assert heard(line.replace(" ", gap), stage) == heard(line, stage)


@given(line=lines, stage=stages, tail=st.lists(emoji, min_size=1, max_size=4))
def test_emoji_behind_do_not_matter(line: str, stage: str | None, tail: list[str]) -> None:
    assert heard(line + "".join(tail), stage) == heard(line, stage)
    assert heard(f"{line} {' '.join(tail)}", stage) == heard(line, stage)


@given(line=lines, stage=stages)
def test_invisible_characters_do_not_matter(line: str, stage: str | None) -> None:
    assert heard("\u200b".join(line), stage) == heard(line, stage)


@given(line=lines, stage=stages)
def test_every_reading_is_whole(line: str, stage: str | None) -> None:
    reading = heard(line, stage)
    assert reading.why
    assert bool(reading.items) == (reading.kind in (Kind.CLAIM, Kind.CANCEL))
    # A claim or a release may carry the near miss of what was left out of it.
    assert reading.near_miss or reading.kind is not Kind.NEAR_MISS
    assert not reading.near_miss or reading.kind is not Kind.NONE
    if reading.near_miss and reading.items:
        assert "left out" in reading.why
    total = sum(wish.quantity or 1 for wish in reading.items)
    assert total <= 99
    for wish in reading.items:
        names = LEXICON.variants(wish.code).names
        assert wish.variant is None or wish.variant in names
        assert wish.quantity is None or 1 <= wish.quantity <= 99
        assert (wish.quantity is None) <= (reading.kind == Kind.CANCEL)
        assert set(wish.fitting) <= set(names)
    assert len({(wish.code, wish.variant, wish.fitting) for wish in reading.items}) == len(
        reading.items
    )


@given(line=lines, word=st.text(string.ascii_lowercase, min_size=9, max_size=12), data=st.data())
def test_one_foreign_word_makes_a_clause_talk(line: str, word: str, data: st.DataObject) -> None:
    words = line.translate(str.maketrans("", "", ".,!;\n>?")).split(" ")
    place = data.draw(st.integers(0, len(words)))
    clause = " ".join([*words[:place], word, *words[place:]])
    assert heard(clause).kind in (Kind.NONE, Kind.NEAR_MISS)


@settings(max_examples=examples(300))
@given(text=st.text(st.characters(), max_size=60), stage=stages)
def test_no_text_raises(text: str, stage: str | None) -> None:
    heard(text, stage)
    read_variant(text, LEXICON, "K21")


@pytest.mark.parametrize(
    "text",
    [
        "\ud800",
        "claim \udfff H3",
        "\x00\x01claim\x7fH3",
        "\u202eclaim H3\u202c",
        "a\u0300" * 90,
        "claim " * 2_000,
        "x" * 10_000,
        "9" * 499,
        "claim H3 x" + "9" * 480,
        "claim " + "8 " * 240,
        "claim K21 " + "M " * 240,
        "K21+1 " * 80,
        *(mark * (499 // len(mark)) for mark in ("*", "_", "'", "`", "<", '"', "~~", "((", "a-")),
        *(mark * (499 // len(mark)) for mark in ("ﷺ", "1.", "a_", ":a", "<:", "if ", "*a", "a'")),
    ],
)
def test_odd_lines_are_read_without_error(text: str) -> None:
    assert heard(text, "H3").why


def test_ten_thousand_items_are_compiled_and_found() -> None:
    items = [item(f"{letter}{number}", "S", "M") for letter in "ABCDE" for number in range(2_000)]
    lexicon = Lexicon.of(items)
    assert read("claim c1999 m x2", lexicon).items[0].code == "C1999"
    assert read("claim c2000", lexicon).codes[0] == "C1000"


def shared(name: str) -> Path:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("the shared samples are not here")
    return path


def shared_lexicon() -> Lexicon:
    import csv

    with shared("shop_catalog.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=itemgetter("code"))
    return Lexicon.of(
        item(code, *(row["variant"] for row in same), aliases=tuple(same[0]["aliases"].split(";")))
        for code, group in groupby(rows, key=itemgetter("code"))
        for same in [list(group)]
    )


def test_the_sample_cases_are_read_exactly() -> None:
    lexicon = shared_lexicon()
    for row in shared("claim_cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(row)
        reading = read(case["text"], lexicon, case["stage"])
        items = [
            {"code": w.code, "variant": w.variant, "quantity": w.quantity} for w in reading.items
        ]
        assert (reading.kind, items) == (case["kind"], case["items"]), case


def test_ordinary_talk_holds_no_claim() -> None:
    lexicon = shared_lexicon()
    with gzip.open(shared("ordinary_chat.txt.gz"), "rt", encoding="utf-8") as file:
        readings = [(line, read(line, lexicon).kind) for line in file]
    assert [line for line, kind in readings if kind in (Kind.CLAIM, Kind.CANCEL)] == []
