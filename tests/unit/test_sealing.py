"""What is private is sealed with the shop's keys, and a key can be changed."""

import pytest

from storage.sealing import Locked, Sealer, key_name, new_key


def test_what_is_sealed_comes_back_and_says_nothing_on_the_way() -> None:
    sealer = Sealer([new_key()])
    sealed = sealer.seal("12 Mill Lane")
    assert b"Mill" not in sealed.content
    assert sealer.open(sealed.content, sealed.key_name) == b"12 Mill Lane"


def test_without_a_key_it_stays_readable_and_a_key_can_come_later() -> None:
    sealed = Sealer().seal("12 Mill Lane")
    assert (sealed.content, sealed.key_name) == (b"12 Mill Lane", None)
    assert Sealer([new_key()]).open(sealed.content, None) == b"12 Mill Lane"


def test_a_new_key_in_front_seals_and_the_old_one_still_opens() -> None:
    old, new = new_key(), new_key()
    before, after = Sealer([old]), Sealer([new, old])
    sealed = before.seal("12 Mill Lane")
    assert after.open(sealed.content, sealed.key_name) == b"12 Mill Lane"
    assert after.seal("x").key_name == key_name(new)
    assert before.mark("mill lane 12") == after.mark("mill lane 12")


def test_a_missing_key_and_a_forged_content_say_so() -> None:
    sealer = Sealer([new_key()])
    sealed = sealer.seal("12 Mill Lane")
    with pytest.raises(Locked, match="not among"):
        Sealer([new_key()]).open(sealed.content, sealed.key_name)
    with pytest.raises(Locked, match="was changed"):
        sealer.open(sealed.content[:-4] + b"AAA=", sealed.key_name)


@pytest.mark.parametrize("key", ["", "short", "not base64 at all" * 3])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"key|base64|padding|bytes"):
        Sealer([key])


def test_a_key_is_never_shown() -> None:
    key = new_key()
    assert key not in repr(Sealer([key]))
