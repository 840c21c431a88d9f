"""How much moderation catches, how often it is wrong, and what a line costs.

`python -m benchmarks.moderation talk TALK.txt.gz` prints the rate per rule of ordinary chat, each
line as a new viewer's first; `… spam` what of the spam lines is caught; `… claims CASES.jsonl
CATALOG.csv` every claim case that does not pass, said once and by 30 viewers within a second;
`… speed TALK.txt.gz` the cost of a line with every rule on; `… bomb` how long an expression that
would run for seconds holds up the chat. With 1 as the exit code if an aim is missed.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.reading import catalogue, talk_of
from handlers.claims.grammar import read
from handlers.claims.lexicon import Lexicon
from handlers.moderation.judging import Guard
from handlers.moderation.model import Seen, Verdict
from handlers.moderation.rules import ModerationRules
from handlers.moderation.state import State
from tests.unit.spam_lines import HELD_OUT, SPAM, TEAM, Spam

AT = datetime(2026, 7, 1, 20, tzinfo=UTC)
PER_THOUSAND = 1.0
CAUGHT = 0.9
#: A third of a core for 200 messages a second.
MICROSECONDS = 1_000_000 / 3 / 200
ROUNDS = 3
VIEWERS = 30


def first_line(guard: Guard, text: str, name: str = "") -> Verdict:
    """Judge a line as a new viewer's first."""
    return guard.judge(Seen(at=AT, author="new", name=name, text=text), State())


def talk(path: Path) -> int:
    """Print the rate per rule of ordinary chat; 1 if too many lines would be acted on."""
    guard = Guard.of(ModerationRules(), TEAM)
    lines = talk_of(path)
    verdicts = [first_line(guard, line) for line in lines]
    found = Counter((verdict.rule, verdict.action) for verdict in verdicts if verdict.rule)
    for (rule, action), times in found.most_common():
        print(f"{rule!s:16} {action!s:8} {times:6}  {times * 1000 / len(lines):7.3f} per 1,000")
    acts = sum(verdict.acts for verdict in verdicts) * 1000 / len(lines)
    print(f"{'actions':16} {'':8} {sum(v.acts for v in verdicts):6}  {acts:7.3f} per 1,000")
    return int(acts > PER_THOUSAND)


def spam() -> int:
    """Print what of the spam lines is missed, and the share caught; 1 if that is too little."""
    guard = Guard.of(ModerationRules(), TEAM)
    shares = [_caught(guard, *table) for table in (("tuned on", SPAM), ("held out", HELD_OUT))]
    return int(shares[0] < CAUGHT)


def _caught(guard: Guard, name: str, lines: Sequence[Spam]) -> float:
    missed = [spam for spam in lines if not first_line(guard, spam.text, spam.name).acts]
    for spam in missed:
        print(f"missed: {spam.text}  ({spam.name})")
    share = 1 - len(missed) / len(lines)
    print(f"{name}: {len(lines) - len(missed)} of {len(lines)} caught, {share:.0%}")
    return share


def claims(path: Path, items: Path) -> int:
    """Print every claim case without a link that does not pass untouched; 1 if there is one."""
    lexicon = Lexicon.of(catalogue(items))
    guard = Guard.of(ModerationRules(), TEAM)
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    cases = [case for case in cases if "://" not in case["text"]]
    touched = 0
    for case in cases:
        kind = read(case["text"], lexicon, case["stage"]).kind
        state = State()
        for viewer in range(VIEWERS):
            at = AT + timedelta(milliseconds=viewer * 30)
            seen = Seen(at=at, author=str(viewer), name="", text=case["text"], kind=kind)
            if (verdict := guard.judge(seen, state)).rule:
                touched += 1
                print(case["text"], viewer, verdict)
    print(f"{touched} of {len(cases)} cases by {VIEWERS} viewers touched")
    return int(touched > 0)


def speed(path: Path) -> int:
    """Print microseconds a line, with every rule on, in one channel; 1 if it costs too much."""
    names = [f"{name} {number}" for number in range(10) for name in TEAM]
    rules = ModerationRules(
        blocked_phrases=tuple(f"badword{number}" for number in range(100)),
        blocked_patterns=tuple(rf"\b(dm|pm)\s+{number}\b.*\bwin\b" for number in range(10)),
    )
    guard = Guard.of(rules, names)
    lines = [*talk_of(path), *(spam.text for spam in SPAM * 8)]
    best = min(_cost(guard, lines) for _ in range(ROUNDS))
    print(f"{best:.0f} µs a line; 200 lines a second cost {best * 200 / 10_000:.1f} % of a core")
    return int(best > MICROSECONDS)


def _cost(guard: Guard, lines: Iterable[str]) -> float:
    state = State()
    seen = [
        Seen(at=AT + timedelta(milliseconds=n * 5), author=str(n % 700), name=f"v{n}", text=line)
        for n, line in enumerate(lines)
    ]
    begun = time.process_time()
    for one in seen:
        guard.judge(one, state)
    return (time.process_time() - begun) * 1_000_000 / len(seen)


def bomb() -> int:
    """Print how long an expression that would run for seconds takes; 1 if it is not stopped."""
    guard = Guard.of(ModerationRules(blocked_patterns=(r"(?:(a+)(a+)(a+)\2\1)+x",)))
    took = []
    for _ in range(2):
        begun = time.perf_counter()
        first_line(guard, "a" * 400 + "b")
        took.append((time.perf_counter() - begun) * 1000)
    print(f"first line {took[0]:.1f} ms, next line {took[1]:.1f} ms")
    print(*guard.phrases.stopped.values(), sep="\n")
    return int(not guard.phrases.stopped)


def main(what: str, *paths: Path) -> int:
    """Measure one thing; 1 if it does not hold."""
    measures: dict[str, Callable[..., int]] = {
        "talk": talk,
        "spam": spam,
        "claims": claims,
        "speed": speed,
        "bomb": bomb,
    }
    return measures[what](*paths)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(Path, sys.argv[2:])))
