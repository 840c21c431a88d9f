"""Incidents as they are asked for, and where they stand among the lines of a log."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.moments import YEAR_2000
from bot.rehearsal import IncidentRefused, Log, log_message, read_incident, read_incidents
from bot.rehearsal.incidents import QUESTIONS, planned
from bot.rehearsal.script import Stretch, script
from handlers.catalog.files import read_catalog
from handlers.claims.grammar import read
from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import Kind
from handlers.incidents.model import INCIDENT, IncidentKind
from handlers.messages import ChatMessage

SHOP = b"""code,variant,sku,title,price,currency,stock
A-12,,A12,Linen dress,48.00,USD,8
D1,Blue / S,D1-S,Kaftan,42.00,USD,5
D1,Blue / M,D1-M,Kaftan,42.00,USD,5
"""
CATALOGUE = read_catalog(SHOP, name="shop.csv", currency="USD")


def log(*seconds: int, channel: str = "stream") -> Log:
    """A log of a line at each of these seconds, with ids by their place."""
    lines = (
        f'{{"id": "{place}", "at": {at}, "author": "ana", "channel": "{channel}", "text": "hi"}}'
        for place, at in enumerate(seconds)
    )
    messages = [message for line in lines if (message := log_message(line)) is not None]
    assert len(messages) == len(seconds)
    return Log(messages=messages)


def stretches(the_log: Log, *wishes: str) -> list[Stretch]:
    """The script of a log with these incidents."""
    wanted = [read_incident(wish) for wish in wishes]
    return script(the_log, planned(wanted, the_log, CATALOGUE, None), the_log.last)


def keys(stretch: Stretch) -> list[str]:
    """What comes in a stretch: ids of lines, and incidents as `!number`."""
    return [one.key.removeprefix("rehearse:stream:").replace(INCIDENT, "!") for one in stretch.said]


@pytest.mark.parametrize(
    ("text", "kind", "seconds", "code", "lasts"),
    [
        ("sell-out@12m:A12", IncidentKind.SELL_OUT, 720, "A12", None),
        (" wrong-count@1h5m:D1 / M ", IncidentKind.WRONG_COUNT, 3_900, "D1 / M", None),
        ("payment-outage@90s", IncidentKind.PAYMENT_OUTAGE, 90, "", None),
        ("question-spike@0s", IncidentKind.QUESTION_SPIKE, 0, "", None),
        ("platform-gap@15m+45s", IncidentKind.PLATFORM_GAP, 900, "", 45),
        ("platform-gap@15m", IncidentKind.PLATFORM_GAP, 900, "", 120),
    ],
)
def test_a_wish_is_read(
    text: str, kind: IncidentKind, seconds: int, code: str, lasts: int | None
) -> None:
    wanted = read_incident(text)
    assert (wanted.kind, wanted.after, wanted.code) == (kind, timedelta(seconds=seconds), code)
    assert wanted.lasts == (None if lasts is None else timedelta(seconds=lasts))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no incident; write it like"),
        ("sell-out", "is no incident; write it like"),
        ("sell-out@:A12", "is no incident; write it like"),
        ("sell-out@soon:A12", "is no incident; write it like"),
        ("earthquake@5m", "'earthquake' is no kind of incident; there are sell-out"),
        ("sell-out@12:A12", "'12' is no length of time"),
        ("sell-out@5m5h:A12", "'5m5h' is no length of time"),
        ("sell-out@5m", "which item"),
        ("wrong-count@5m: ", "is no incident; write it like"),
        ("payment-outage@5m:A12", "happens to no item"),
        ("sell-out@5m+1m:A12", "only a platform-gap has a length"),
        ("platform-gap@5m+0s", "a gap of no length is none"),
    ],
)
def test_a_wish_that_is_none_is_refused(text: str, why: str) -> None:
    with pytest.raises(IncidentRefused, match=why):
        read_incident(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sell-out@1m:A12", "must be a short YAML list"),
        ("- sell-out@1m:A12\n- [1, 2]", "entry 2: write kind and at"),
        ("- {kind: sell-out}", "entry 1: write kind and at"),
        ("- {kind: sell-out, at: 1m, item: A12}", "entry 1: write kind and at"),
        ("- {kind: sell-out, at: 5, code: A12}", "entry 1: sell-out@5:A12: '5' is no length"),
        ("- {kind: sell-out, at: [5m], code: A12}", "is no length"),
        ("- !!python/object/apply:os.getcwd []", "entry 1: write kind and at"),
        ("- {", "is no YAML"),
        ("- " * 60_000, "must be a short YAML list"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_entry(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "evening.yaml"
    path.write_text(text)
    with pytest.raises(IncidentRefused, match=why):
        read_incidents(path)


@pytest.mark.parametrize("code", ["no", "0123", "1_000", "A12"])
def test_an_item_is_called_as_it_is_written(tmp_path: Path, code: str) -> None:
    path = tmp_path / "evening.yaml"
    path.write_text(f"- {{kind: sell-out, at: 1m, code: {code}}}\n")
    (wanted,) = read_incidents(path)
    assert wanted.code == code


def test_an_item_is_found_as_viewers_spell_it() -> None:
    the_log = log(0, 600)
    wanted = [read_incident(f"sell-out@{m}m:{code}") for m, code in ((1, "a12"), (2, "d1/blue/s"))]
    found = planned(wanted, the_log, CATALOGUE, None)
    assert [(one.code, one.variant) for one in found] == [("A-12", None), ("D1", "Blue / S")]


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        (["sell-out@1m:Q7"], "the catalogue has no item Q7"),
        (["sell-out@1m:A12/S"], "A-12 has no S; it has none"),
        (["sell-out@1m:D1/Red"], "D1 has no Red; it has Blue / S, Blue / M"),
        (["payment-outage@11m"], "over 0:10:00 after its first line"),
        (["platform-gap@9m+61s"], "over 0:10:00 after its first line"),
        (["payment-outage@1m", "payment-outage@1m"], "it is there twice"),
        (["platform-gap@3m+2m", "platform-gap@1m+2m"], "one gap at a time"),
    ],
)
def test_what_cannot_happen_in_this_log_is_refused(wishes: Sequence[str], why: str) -> None:
    with pytest.raises(IncidentRefused, match=why):
        planned([read_incident(wish) for wish in wishes], log(0, 600), CATALOGUE, None)


def test_a_log_without_lines_has_no_time_to_count_from() -> None:
    with pytest.raises(IncidentRefused, match="no line that it could count from"):
        planned([read_incident("payment-outage@0s")], Log(), CATALOGUE, None)


def test_the_clock_may_run_on_to_an_incident() -> None:
    until = YEAR_2000 + timedelta(hours=1)
    (one,) = planned([read_incident("payment-outage@1h")], log(0, 600), CATALOGUE, until)
    assert one.at == until


def test_an_incident_follows_the_lines_of_its_moment() -> None:
    (only,) = stretches(log(0, 60, 60, 61), "payment-outage@1m", "sell-out@0s:A12")
    assert keys(only) == ["0", "!2", "1", "2", "!1", "3"]


def test_lines_out_of_order_move_no_incident() -> None:
    (only,) = stretches(log(0, 90, 30, 91), "payment-outage@1m")
    assert keys(only) == ["0", "!1", "1", "2", "3"]


def test_a_gap_keeps_its_lines_together_up_to_its_end() -> None:
    before, away, after = stretches(log(0, 60, 61, 180, 181), "platform-gap@1m+2m")
    assert (before.gap, after.gap) == (None, None)
    assert away.gap is not None
    assert [keys(before), keys(away), keys(after)] == [
        ["0", "1"],
        ["!1", "2", "3"],
        ["!1:back", "4"],
    ]


def test_questions_are_nobodys_claims_and_stop_with_the_clock() -> None:
    the_log = log(0, 70, channel="studio")
    (only,) = stretches(the_log, "question-spike@1m")
    asked = [one for one in only.said if isinstance(one, ChatMessage) and INCIDENT in one.key]
    assert [one.text for one in asked] == list(QUESTIONS)
    assert len({one.person.id for one in asked}) == len(QUESTIONS)
    assert {one.channel.id for one in asked} == {"studio"}
    assert max(one.sent_at for one in asked) == the_log.last
    lexicon = Lexicon.of(CATALOGUE.items)
    assert {read(text, lexicon, "A-12").kind for text in QUESTIONS} == {Kind.NONE}
