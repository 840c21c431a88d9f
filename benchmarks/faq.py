"""How well the FAQ says nothing, and how well it answers; fits the acceptance threshold.

`python -m benchmarks.faq` reads two real shops' questions, questions that no shop answers and
ordinary chat from `../shared/data`, and says so if they are not there. Five folds: each question
is asked of a matcher that never saw it. The threshold is the lowest score, in steps of 0.01, at
which both shops give at most `FALSE_SHARE` answers to questions that have none, are right in
`RIGHT` of what they answer (answers to questions without one counted as wrong), and give at most
`FALSE_LINES` answers to a thousand lines of ordinary chat.
"""

import csv
import gzip
import random
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from handlers.faq.entries import Entry
from handlers.faq.matching import THRESHOLD, Match, Matcher, ordinary_talk

DATA = Path(__file__).parents[1].parent / "shared" / "data"
SHOPS = ("curekart", "sofmattress")
FOLDS = 5
RIGHT = 0.94
FALSE_SHARE = 0.02
FALSE_LINES = 0.5

Asked = tuple[str, str]
Answer = Match | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a shop's matcher said: to its own unseen questions, to others', and to chat."""

    asked: list[Asked]
    own: list[Answer]
    foreign: list[Answer]
    chat: list[Answer]
    seconds_to_learn: float
    seconds_a_line: float

    def row(self, threshold: float) -> "Row":
        """Return the figures at a threshold."""
        given = [
            found.faq == label
            for (_, label), found in zip(self.asked, self.own, strict=True)
            if found is not None and found.score >= threshold
        ]
        false = _answered(self.foreign, threshold) / FOLDS
        silent = len(self.foreign) / FOLDS - false
        return Row(
            accuracy=(sum(given) + silent) / (len(self.asked) + len(self.foreign) / FOLDS),
            in_scope=sum(given) / len(self.asked),
            precision=sum(given) / max(len(given), 1),
            precision_of_all=sum(given) / max(len(given) + false, 1),
            answered=len(given) / len(self.asked),
            false_share=false / (len(self.foreign) / FOLDS),
            false_lines=1000 * _answered(self.chat, threshold) / len(self.chat),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `precision_of_all` counts answers to foreign questions as wrong."""

    accuracy: float
    in_scope: float
    precision: float
    precision_of_all: float
    answered: float
    false_share: float
    false_lines: float

    def holds(self) -> bool:
        """Say whether a threshold with these figures may be taken."""
        quiet = self.false_share <= FALSE_SHARE and self.false_lines <= FALSE_LINES
        return quiet and self.precision_of_all >= RIGHT

    def __str__(self) -> str:
        """Return the figures, in the order of the table's head."""
        return (
            f"{self.accuracy:8.3f} {self.in_scope:8.3f} {self.precision:9.3f} "
            f"{self.precision_of_all:8.3f} {self.answered:8.3f} {self.false_share:7.3f} "
            f"{self.false_lines:9.2f}"
        )


def matcher(asked: Sequence[Asked]) -> Matcher:
    """Return a matcher that learned these questions and nothing else."""
    questions: dict[str, list[str]] = defaultdict(list)
    for text, label in asked:
        questions[label].append(text)
    return Matcher.of(
        [Entry(id=label, questions=tuple(texts), answer="-") for label, texts in questions.items()]
    )


def measured(asked: list[Asked], foreign: list[str], chat: list[str]) -> Measured:
    """Ask a shop's questions of matchers that did not see them, and the rest of one that did."""
    fold = _folds([label for _, label in asked])
    own: list[Answer] = [None] * len(asked)
    false: list[Answer] = []
    for held in range(FOLDS):
        one = matcher([pair for pair, at in zip(asked, fold, strict=True) if at != held])
        for place, (text, _) in enumerate(asked):
            if fold[place] == held:
                own[place] = one.best(text)
        false += [one.best(text) for text in foreign]
    start = time.process_time()
    whole = matcher(asked)
    learned = time.process_time()
    said = [whole.best(line) for line in chat]
    return Measured(
        asked=asked,
        own=own,
        foreign=false,
        chat=said,
        seconds_to_learn=learned - start,
        seconds_a_line=(time.process_time() - learned) / len(chat),
    )


def fitted(shops: Sequence[Measured]) -> float | None:
    """Return the threshold; None if no score is high enough."""
    for hundredths in range(50, 100):
        if all(shop.row(hundredths / 100).holds() for shop in shops):
            return hundredths / 100
    return None


def _folds(labels: Sequence[str]) -> list[int]:
    """Deal the questions of each entry out in turn, so that each fold has some of each."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        places[label].append(place)
    shuffle = random.Random(7).shuffle
    dealt, folds = 0, [0] * len(labels)
    for label in sorted(places):
        shuffle(places[label])
        for place in places[label]:
            folds[place] = dealt % FOLDS
            dealt += 1
    return folds


def _answered(answers: Sequence[Answer], threshold: float) -> int:
    return sum(found is not None and found.score >= threshold for found in answers)


def _asked(path: Path) -> list[Asked]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["sentence"], row["label"]) for row in csv.DictReader(file)]


def main() -> int:
    """Print the table and the fitted threshold; 1 if it is not the committed one."""
    if not (DATA / "faq").is_dir():
        print("There is no ../shared/data/faq here, so nothing was measured.")
        return 0
    foreign = (DATA / "faq" / "out_of_scope_dev.txt").read_text(encoding="utf-8").splitlines()
    known = {line.casefold() for line in ordinary_talk()}
    with gzip.open(DATA / "ordinary_chat.txt.gz", "rt", encoding="utf-8") as file:
        chat = [line for text in file if (line := text.rstrip("\n")).casefold() not in known]
    shops = [measured(_asked(DATA / "faq" / f"{name}_train.csv"), foreign, chat) for name in SHOPS]
    print("shop        score accuracy in-scope precision with oos answered false/q false/1000")
    for name, shop in zip(SHOPS, shops, strict=True):
        for score in sorted({0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, THRESHOLD}):
            mark = "*" if score == THRESHOLD else " "
            print(f"{name:11} {score:.2f}{mark} {shop.row(score)}")
        print(
            f"{'':11} learned in {shop.seconds_to_learn:.2f} s of processor time; "
            f"{1000 * shop.seconds_a_line:.3f} ms a line over {len(chat):,} lines of chat"
        )
    threshold = fitted(shops)
    print(f"fitted: {threshold}; committed: {THRESHOLD}")
    return int(threshold != THRESHOLD)


if __name__ == "__main__":
    sys.exit(main())
