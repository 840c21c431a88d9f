"""How well a direct message that starts a return is told from one that does not.

`python -m benchmarks.returns_intent` reads the lines of `returns_intent.yaml`, which are in no
test, and ordinary chat from `../shared/data` where it is. The lines were written in six rounds,
each before the patterns of `handlers/returns/intent.yaml` had seen them, and the patterns were
mended after each: what is printed now is no blind figure; those are in decision 0027. It prints the
share that is read right, each line that is not, and the time a line takes.
"""

import gzip
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import yaml

from handlers.returns.intent import IntentReader, Kind

DATA = Path(__file__).parents[1].parent / "shared" / "data"
LINES = Path(__file__).with_suffix(".yaml")


def measured(reader: IntentReader, lines: Iterable[str], kind: Kind) -> list[tuple[str, Kind]]:
    """Return the lines that were read as something other than `kind`, and as what."""
    read = ((text, reader.read(text).kind) for text in lines)
    return [(text, found) for text, found in read if found is not kind]


def held_out() -> dict[Kind, list[str]]:
    """Return the lines by what each should be read as."""
    lines = yaml.safe_load(LINES.read_text(encoding="utf-8"))
    return {Kind(kind): texts for kind, texts in lines.items()}


def chat() -> list[str]:
    """Return ordinary chat lines, or none where the data are not there."""
    path = DATA / "ordinary_chat.txt.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in lines]


def main() -> int:
    """Print the figures."""
    reader = IntentReader.load()
    for kind, lines in held_out().items():
        wrong = measured(reader, lines, kind)
        print(f"{kind.value}: {len(lines) - len(wrong)} of {len(lines)} right")
        for text, found in wrong:
            print(f"    {found.value}: {text}")
    talk = chat()
    begun = time.perf_counter()
    wrong = measured(reader, talk, Kind.NONE)
    seconds = time.perf_counter() - begun
    if talk:
        print(f"chat: {len(wrong)} of {len(talk)} lines; {1e6 * seconds / len(talk):.0f} µs a line")
        for text, found in wrong[:40]:
            print(f"    {found.value}: {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
