"""Which questions the FAQ answers, and all that it lets pass."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.faq.claimlike import reads_as_claim
from handlers.faq.entries import Entry, starter
from handlers.faq.matching import Matcher, ordinary_talk
from handlers.faq.words import words_of
from tests.fakes.examples import examples

ASKED = {
    "shipping-cost": [
        "how much is shipping to texas",
        "how much is shippng",
        "HOW MUCH IS SHIPPING???",
        "how muchhhh is shipping 😍",
        "what does shipping cost",
        "whats the shipping cost pls",
        "is the shipping free",
        "do u have free shipping",
        "@maria how much is shipping",
        "how much is ｓｈｉｐｐｉｎｇ",
        "shipping kitna hai",
        "cuánto vale el envío",
    ],
    "shipping-time": [
        "how long does shipping take to get here",
        "how long does the delivery take",
        "how long will shipping take",
        "how many days until I get mine",
        "how fast do you guys ship",
    ],
    "countries": [
        "do you ship to canada?",
        "do you ship to germany",
        "do u ship to the uk",
        "do you ship internationaly",
        "which countries do you guys ship to",
        "do you ship worldwide 🌍",
    ],
    "customs": ["do I have to pay customs fees", "who pays the import duties", "customs charges?"],
    "combined-shipping": [
        "do you combine shipping?",
        "can you combine my orders pls",
        "is the shipping combined",
        "do you do combined shipping",
    ],
    "tracking": [
        "where is my order??",
        "WHERES MY ORDERRRR",
        "where's my package",
        "where can i track my order",
        "can you check my order status pls",
        "my parcel still hasn't arrived",
        "can I get a tracking link",
    ],
    "order-cutoff": [
        "whats the deadline for orders",
        "until when can I order",
        "when do orders close?",
    ],
    "payment": [
        "do you take paypal?",
        "how can i pay",
        "what payment methods do you accept",
        "can I pay with paypal",
    ],
    "holds-waitlist": [
        "how long do you hold it for me",
        "how does the waitlist work?",
        "how do i get on the waitlist",
        "am i on the waiting list",
    ],
    "sizes": [
        "what sizes do you have?",
        "is there a size chart",
        "which size should I get",
        "is it true to size?",
        "do you have a sizechart",
    ],
    "returns": [
        "can I return it if it doesn't fit",
        "what's your return policy?",
        "how do I return something",
        "do I get a refund",
        "what is the retrun policy",
    ],
    "pick-up": ["can I pick up my order", "do you offer local pickup?", "can i pick it up myself"],
    "how-to-claim": ["how do I claim?", "how do i claim an item", "how do you claim something"],
}

SILENT = [
    "claim A12 M",
    "A12",
    "a12 m x2",
    "mine",
    "mine mine",
    "MINE!!!",
    "sold B3",
    "cf B3",
    "dibs A12 L please",
    "B3+1 B4+1",
    "+1",
    "7",
    "cancel A12",
    "drop B3 please",
    "can I get A12 in M",
    "I want B3",
    "if there's any A12 left I'll take it",
    "claim A12 for $40",
    "我要 A12",
    "เอา B3",
    "chốt A12 M",
    "claim the tote please",
    "hey all",
    "greetings from Ohio",
    "lol she is so funny",
    "love that dress on you",
    "the blue one is gorgeous",
    "my dog just ate my slipper",
    "what song is this",
    "who is the new host",
    "what's your cat called",
    "how old is your daughter",
    "where did you grow up",
    "how tall are you",
    "what's the weather like there",
    "is it snowing where you are",
    "why is the chat so fast",
    "how was your holiday",
    "how long have you been streaming",
    "what's on the wall behind you",
    "can you turn the music down",
    "can you hold it up to the light",
    "how do you do your hair like that",
    "which team won last night",
    "how many viewers are there",
    "what is the capital of Latvia",
    "how do I fix a leaking tap",
    "how much does a giraffe weigh",
    "did she just say that",
    "my package of noodles exploded",
    "I paid my rent today, yay",
    "ship them already, they are so in love",
    "bring back the old intro",
    "he returned to the band",
    "that joke never gets old",
    "поздравляю всех",
    "สวยมากเลย",
    "これ好き",
    "😍😍😍",
    "https://example.com/shipping",
    "!!!???",
    "",
]


@pytest.fixture(scope="module")
def shop() -> Matcher:
    return Matcher.of(starter().entries)


def test_it_answers_what_is_asked_and_hardly_ever_with_the_wrong_answer() -> None:
    asked = [(faq, text) for faq, texts in ASKED.items() for text in texts]
    same = {tuple(words_of(text)) for _, text in asked}
    unseen = [
        entry.asked_as([text for text in entry.questions if tuple(words_of(text)) not in same])
        for entry in starter().entries
    ]
    matcher = Matcher.of(unseen)
    answers = [(faq, text, matcher.ask(text)) for faq, text in asked]
    wrong = [(text, match) for faq, text, match in answers if match and match.faq != faq]
    right = sum(match is not None and match.faq == faq for faq, _, match in answers)
    assert len(asked) >= 60
    assert len(wrong) <= 2, wrong
    assert right / len(asked) >= 0.75


@pytest.mark.parametrize("text", SILENT)
def test_it_says_nothing_to(shop: Matcher, text: str) -> None:
    assert shop.ask(text) is None


def test_it_says_nothing_to_two_hundred_lines_of_talk_it_did_not_learn() -> None:
    talk = ordinary_talk()
    held = talk[:: len(talk) // 200][:200]
    rest = [line for line in talk if line not in set(held)]
    matcher = Matcher.of(starter().entries, talk=rest)
    assert [line for line in held if matcher.ask(line)] == []


@pytest.mark.parametrize(
    "text",
    [
        "how do I claim A12",
        "is A12 true to size",
        "how much is shipping for 2",
        "cancel my order",
        "can I order",
        "what sizes are there",
    ],
)
def test_questions_do_not_read_as_claims(text: str) -> None:
    assert not reads_as_claim(words_of(text))


def test_a_slip_is_forgiven_only_where_the_line_bears_it_out() -> None:
    matcher = Matcher.of(
        [
            Entry(id="start", questions=("start again", "start over", "start"), answer="-"),
            Entry(id="size", questions=("what size do I need", "size chart"), answer="-"),
        ]
    )
    assert matcher.ask("stare") is None
    assert (found := matcher.ask("what siez do i need")) is not None
    assert found.faq == "size"


def test_without_entries_or_words_there_is_no_answer() -> None:
    assert Matcher.of([]).ask("how much is shipping") is None
    assert Matcher.of([]).scores("how much is shipping") == ()
    wordless = Matcher.of([Entry(id="none", questions=("?",), answer="-")])
    assert wordless.ask("?") is None


def test_scores_rank_every_entry_and_begin_with_the_best(shop: Matcher) -> None:
    scores = shop.scores("how much is shipping")
    assert {match.faq for match in scores} == {entry.id for entry in starter().entries}
    assert scores[0] == shop.best("how much is shipping") == shop.ask("how much is shipping")
    assert list(scores) == sorted(scores, key=lambda match: -match.score)
    assert all(match.score <= 0.5 for match in scores[1:])


@settings(max_examples=examples(150))
@given(text=st.text(max_size=600) | st.text("aA1 ?!é😍ก我\u200b\u0301'@:<>", max_size=60))
def test_any_text_has_one_answer(shop: Matcher, text: str) -> None:
    first = shop.best(text)
    assert first == shop.best(text)
    assert first is None or 0 <= first.score <= 1


def test_the_same_entries_learn_the_same(shop: Matcher) -> None:
    again = Matcher.of(starter().entries)
    lines = [text for texts in ASKED.values() for text in texts] + SILENT
    assert [shop.best(line) for line in lines] == [again.best(line) for line in lines]


def test_questions_of_the_starter_are_found_again_by_a_matcher_that_lacks_them() -> None:
    entries = starter().entries
    right = wrong = total = 0
    for held in range(5):
        matcher = Matcher.of(
            [
                entry.asked_as([q for at, q in enumerate(entry.questions) if at % 5 != held])
                for entry in entries
            ]
        )
        for entry in entries:
            for question in entry.questions[held::5]:
                found = matcher.ask(question)
                total += 1
                right += found is not None and found.faq == entry.id
                wrong += found is not None and found.faq != entry.id
    assert right / total >= 0.7
    assert right / (right + wrong) >= 0.97
