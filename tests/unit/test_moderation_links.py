"""Links: found however they are written, allowed where they should be, and seen through."""

import pytest

from handlers.moderation.domains import find_links, imitated, registrable
from handlers.moderation.model import Action, Rule
from tests.unit.moderated import EIGHT, watching


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://shop.example/cart?x=1", "shop.example"),
        ("see www.shop.example now", "shop.example"),
        ("cheap-things.com!", "cheap-things.com"),
        ("http://203.0.113.7/pay", "203.0.113.7"),
        ("<https://a.example/b>", "a.example"),
        ("cheaplinen dot com slash sale", "cheaplinen.com"),
        ("cheaplinen (dot) shop", "cheaplinen.shop"),
        ("cheaplinen[.]store", "cheaplinen.store"),
        ("cheaplinen . com", "cheaplinen.com"),
        ("cheaplinen,com", "cheaplinen.com"),
        ("discord . gg / linen", "discord.gg"),
        ("ex\u200bam\u200bple.com", "example.com"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
        ("example。com", "example.com"),
        ("https://good.example@bad.example/x", "bad.example"),
        ("[good.example](https://bad.example/x)", "bad.example"),
        ("t.me/abc", "t.me"),
        ("bit.ly/abc", "bit.ly"),
        ("http://xn--pypal-4ve.com/", "p\u0430ypal.com"),
        ("go 1.2.3.4/x", "1.2.3.4"),
        ("1.2.3.4:8080", "1.2.3.4"),
        ("https://0177.0.0.1/x", "0177.0.0.1"),
        ("data:text/html;base64,PHNjcmlwdD4=", "data:"),
        ("tg://resolve?domain=x", "t.me"),
    ],
)
def test_a_link_is_found_however_it_is_written(text: str, host: str) -> None:
    assert find_links(text)[0].host == host


def test_a_link_from_right_to_left_hides() -> None:
    links = find_links("\u202emoc.live//:sptth")
    assert ("evil.com", True) in [(link.host, link.hidden is not None) for link in links]


def test_a_number_in_any_writing_is_a_bare_address() -> None:
    assert all(find_links(text)[0].is_number for text in ("http://0177.0.0.1/", "1.2.3.4/x"))


@pytest.mark.parametrize("text", ["only $5.90.It is yours", "10.5.2.1 was it", "so 3.50.to go"])
def test_a_price_before_a_sentence_is_no_link(text: str) -> None:
    assert find_links(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "so cute.love it",
        "wow.so pretty",
        "ok.it is mine",
        "size M.in blue",
        "12.50 for that?",
        "v1.2 of the pattern",
        "wait...what",
        "e.g. the blue one",
        "claim A12.B3",
        "mail me at ana@shop.example",
        "the dot com years",
        "polka dot shop dress",
        "bye.gg",
        "well played. gg",
        "well played,gg",
        "[K21] and [H3]",
        "://",
        "https://",
    ],
)
def test_a_missing_space_is_no_link(text: str) -> None:
    assert find_links(text) == ()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[linenlab.example](https://evil.example/login)", Rule.HIDDEN_LINK),
        ("https://linenlab.example@evil.example/pay", Rule.HIDDEN_LINK),
        ("my\u200bshop\u200b.com", Rule.HIDDEN_LINK),
        ("myshop dot com", Rule.HIDDEN_LINK),
        ("https://p\u0430ypal.com/x", Rule.LOOK_ALIKE_LINK),
        ("https://xn--pypal-4ve.com", Rule.LOOK_ALIKE_LINK),
        ("https://paypa1.com", Rule.LOOK_ALIKE_LINK),
        ("https://paypal.com.session.example", Rule.LOOK_ALIKE_LINK),
        ("https://linenlab-pay.com", Rule.LOOK_ALIKE_LINK),
        ("https://linen1ab.example", Rule.LOOK_ALIKE_LINK),
        ("https://steamcornmunity.com/gift", Rule.LOOK_ALIKE_LINK),
        ("https://discordapp.co/gifts/abc", Rule.LOOK_ALIKE_LINK),
        ("https://mara-holt-orders.example/x", Rule.LOOK_ALIKE_LINK),
        ("https://mara-holt.example/x", Rule.LINK),
        ("https://mara-h0lt.example/x", Rule.LOOK_ALIKE_LINK),
        ("http://[2001:db8::1]/x", Rule.RISKY_LINK),
        ("http://203.0.113.7/x", Rule.RISKY_LINK),
        ("https://tinyurl.com/abc", Rule.RISKY_LINK),
        ("https://things.click/a", Rule.RISKY_LINK),
        ("https://files.example/app.apk", Rule.RISKY_LINK),
        ("https://rival.example/sale", Rule.RISKY_LINK),
        ("discord.gg/abc", Rule.INVITE),
        ("https://discord.com/invite/abc", Rule.INVITE),
        ("t.me/abc", Rule.INVITE),
        ("https://news.example/today", Rule.LINK),
        ("https://linenlab.example/cart", None),
        ("https://www.linenlab.example/cart", None),
        ("[our cart](https://linenlab.example/cart)", None),
        ("[linenlab.example](https://linenlab.example/cart)", None),
        ("https://youtu.be/abc", None),
        ("discord.gg/ourshop", None),
    ],
)
def test_a_link_is_held_to_where_it_leads(text: str, rule: Rule | None) -> None:
    chat = watching(
        allowed_domains=["linenlab.example", "youtu.be"],
        blocked_domains=["rival.example"],
        allowed_invites=["https://discord.gg/ourshop"],
    )
    assert chat.says("kim", text).rule is rule


def test_a_permit_covers_links_and_invites_but_no_disguise() -> None:
    chat = watching()
    for text in ("https://news.example/x", "discord.gg/friends", "https://tinyurl.com/a"):
        assert chat.says("ana", text, permitted=True).action is Action.NONE
    hidden = "[good.example](https://bad.example)"
    assert chat.says("ana", hidden, permitted=True).rule is Rule.HIDDEN_LINK


def test_a_plain_link_goes_from_note_to_warning_to_delete() -> None:
    chat = watching()
    links = (f"https://blog.example/{day}" for day in "abcdef")
    assert chat.actions("ana", links) == ["note", "note", "warn", "warn", "delete", "delete"]


def test_an_edit_into_a_link_is_seen_and_struck_once() -> None:
    chat = watching()
    assert chat.says("kim", "hello all", key="1").action is Action.NONE
    edit = {"key": "1", "edited": True}
    first = chat.says("kim", "join discord.gg/abc", **edit)
    again = chat.says("kim", "join discord.gg/abc !", **edit)
    assert (first.action, again.action) == (Action.DELETE, Action.DELETE)
    assert len(chat.state.author("kim", EIGHT.timestamp()).strikes) == 1


@pytest.mark.parametrize(
    ("host", "like"),
    [
        ("paypal.com", None),
        ("www.paypal.com", None),
        ("paypal-secure.com", "paypal.com"),
        ("paypal.ru", "paypal.com"),
        ("amazon.de", None),
        ("discorcl.example", None),
        ("dlscord.com", "discord.com"),
        ("something.example", None),
    ],
)
def test_a_domain_is_told_from_its_imitation(host: str, like: str | None) -> None:
    genuine = ("paypal.com", "amazon.com", "discord.com")
    assert imitated(host, genuine) == like


def test_what_was_registered_is_the_domain() -> None:
    assert registrable("a.b.shop.example") == "shop.example"
    assert registrable("www.shop.co.uk") == "shop.co.uk"
