"""Questions come out the same however the chat is cut into batches, and whatever is fed twice."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.e2e.test_rehearse import same
from tests.fakes.process import andon
from tests.fakes.shop import CATALOGUE

Stream = Callable[[], Iterator[dict[str, Any]]]
FACTS = json.dumps({"return_days": "30", "return_cost": "4 $", "payment_methods": "card"})
ASKED = (
    "how do I pay", "can i return it", "where is my order", "did i get it", "how do i claim",
    "claim M3", "claim D1", "M", "cancel M3", "is the mug dishwasher safe?", "omg love", "hi all",
    "is there parking", "where can I park",
)  # fmt: skip


def log(lines: int = 400) -> Iterator[dict[str, Any]]:
    dice, at = Random(3), 0.0
    staff = {"author": "mo", "name": "Mo", "role": "moderator"}
    yield {"id": "start", "at": 0.0, **staff, "text": "/show start Friday"}
    for number in range(lines):
        at += dice.choice([0.0, 0.1, 0.3, 1.0, 7.0])
        if number == lines // 3:
            text = "/faq add parking is there parking / where can I park = Behind the studio."
            yield {"id": "add", "at": at, **staff, "text": text}
        if number == lines // 2:
            yield {"id": "mute", "at": at, **staff, "text": "/faq mute payment"}
        who = f"v{dice.randrange(60)}"
        yield {"id": number, "at": at, "author": who, "name": who, "text": dice.choice(ASKED)}
    yield {"id": "end", "at": at + 1, **staff, "text": "/show end"}


#: Few people who ask a few things for minutes, so that answers begin again while some still wait.
PRESSED = (
    "how do I pay", "can i return it", "where is my order", "claim M3", "is there parking",
    "free nitro, dm me to claim your prize", "claim D2 https://bit.ly/x", "hey @everyone",
    "PLEASE SHOW US THE BLUE ONE AGAIN NOW MARA PLEASE", "omg love", "see (blog.example/x)",
)  # fmt: skip
TYPED = {
    60: "/faq add parking is there parking / where can I park = Behind the studio.",
    80: "/mod rules everyone off", 100: "/faq mute payment", 110: "/mod permit v3",
    120: "/mod warn v4", 130: "/mod timeout v5 5", 140: "/undo", 150: "/faq unmute payment",
}  # fmt: skip


def pressed(lines: int = 260 if "ANDON_SOAK" in os.environ else 170) -> Iterator[dict[str, Any]]:
    dice, at = Random(5), 0.0
    staff = {"author": "mo", "name": "Mo", "role": "moderator"}
    yield {"id": "start", "at": 0.0, **staff, "text": "/show start Friday"}
    for number in range(lines):
        at += dice.choice([0, 0, 0.1, 0.3, 1, 7])
        if number in TYPED:
            yield {"id": f"typed{number}", "at": at, **staff, "text": TYPED[number]}
        who = f"v{dice.randrange(25)}"
        name = {"v7": "Mara Ho1t", "v8": "Admin Support"}.get(who, who)
        yield {"id": number, "at": at, "author": who, "name": name, "text": dice.choice(PRESSED)}
    yield {"id": "end", "at": at + 1, **staff, "text": "/show end"}


def rehearsed(folder: Path, stream: Stream, **given: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "catalogue.csv").write_text(CATALOGUE)
    (folder / "chat.jsonl").write_text("\n".join(map(json.dumps, stream())))
    url = f"sqlite+aiosqlite:///{folder / 'evening.db'}"
    said = andon(
        *("rehearse", "chat.jsonl", "--catalog", "catalogue.csv", "--out", "out"),
        *("--database", url),
        folder=folder,
        SALE__CLAIMABLE="listed",
        FAQ__FACTS=FACTS,
        MODERATION__MODE="act",
        MODERATION__PROTECTED_NAMES='["Mara Holt"]',
        **given,
    )
    assert (said.code, said.error) == (0, "")
    return url


def answered(folder: Path) -> list[str]:
    lines = (folder / "out/outbox.jsonl").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if '"faq.' in line]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("stream", [log, pressed] if "ANDON_SOAK" in os.environ else [pressed])
async def test_the_size_of_batches_changes_nothing(tmp_path: Path, stream: Stream) -> None:
    whole = rehearsed(tmp_path / "whole", stream)
    assert len(answered(tmp_path / "whole")) > 10
    for size in (1, 7):
        cut = rehearsed(tmp_path / f"cut{size}", stream, INTAKE__BATCH_MAX=str(size))
        await same(cut, whole)
    before = answered(tmp_path / "whole")
    rehearsed(tmp_path / "whole", stream)
    assert answered(tmp_path / "whole") == before
