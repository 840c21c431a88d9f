"""What `--incident` and `--incidents` ask for: read, and held against the log and its catalogue.

A wish is `KIND@WHEN`, with `+LENGTH` for a gap and `:CODE` for what happens to an item:
`sell-out@12m:A12`, `wrong-count@20m:D1/M`, `platform-gap@15m+2m`. WHEN counts from the first line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from bot.rehearsal.log import Log
from handlers.catalog.model import Catalog, Item, code_key
from handlers.incidents.model import Incident, IncidentKind

__all__ = ["QUESTIONS", "IncidentRefused", "Wanted", "planned", "read_incident", "read_incidents"]

_WISH = re.compile(
    r"(?P<kind>[a-z-]+)@(?P<after>[0-9hms]+)(?:\+(?P<lasts>[0-9hms]+))?(?::(?P<code>.+))?", re.ASCII
)
_LENGTH = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?", re.ASCII)
_GAP = timedelta(minutes=2)
_FIELDS = ("kind", "at", "for", "code")
_LARGEST = 20_000
_KINDS = ", ".join(IncidentKind)
#: What viewers ask when many ask the same: when it ships, each in their own words.
QUESTIONS = (
    "how long does shipping take",
    "when will it ship",
    "when do you ship these?",
    "how long until it ships",
    "when does my order ship?",
    "how many days does shipping take?",
    "when does this ship?",
    "how soon do you ship",
    "shipping time?",
    "how long does delivery take",
    "when do you ship?",
    "how fast do you ship",
)


class IncidentRefused(ValueError):
    """An incident that cannot happen; `args[0]` says why, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An incident as asked for: what, so long after the first line, to what, and for how long."""

    kind: IncidentKind
    after: timedelta
    code: str = ""
    lasts: timedelta | None = None
    written: str


def read_incident(text: str) -> Wanted:
    """Read `KIND@WHEN[+LENGTH][:CODE]`. Raises `IncidentRefused`."""
    found = _WISH.fullmatch(text.strip())
    if found is None:
        raise IncidentRefused(
            f"{text!r} is no incident; write it like sell-out@12m:A12, payment-outage@30m or "
            "platform-gap@15m+2m."
        )
    return _wanted(text.strip(), **found.groupdict())


def _wanted(written: str, *, kind: str, after: str, lasts: str | None, code: str | None) -> Wanted:
    try:
        what = IncidentKind(kind)
    except ValueError:
        raise IncidentRefused(
            f"{written}: {kind!r} is no kind of incident; there are {_KINDS}."
        ) from None
    if what.of_item and not (code and code.strip()):
        raise IncidentRefused(f"{written}: which item? Write it like {kind}@{after}:A12.")
    if code is not None and not what.of_item:
        raise IncidentRefused(f"{written}: {kind} happens to no item; leave {code!r} out.")
    if lasts is not None and what is not IncidentKind.PLATFORM_GAP:
        raise IncidentRefused(f"{written}: only a platform-gap has a length; leave {lasts!r} out.")
    length = None
    if what is IncidentKind.PLATFORM_GAP:
        length = _GAP if lasts is None else _length(written, lasts)
        if not length:
            raise IncidentRefused(f"{written}: a gap of no length is none; write it like +2m.")
    return Wanted(
        kind=what,
        after=_length(written, after),
        code=(code or "").strip(),
        lasts=length,
        written=written,
    )


def _length(written: str, text: str) -> timedelta:
    found = _LENGTH.fullmatch(text) if text else None
    if found is None:
        raise IncidentRefused(
            f"{written}: {text!r} is no length of time; write it like 90s, 12m or 1h5m."
        )
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def read_incidents(path: Path) -> list[Wanted]:
    """Read a YAML list of wishes, each in one line or as kind, at, for and code.

    Raises `IncidentRefused`, and `OSError`.
    """
    data = path.read_bytes()[: _LARGEST + 1]
    try:
        # Every value as it is written: an item may be called `no`, `0123` or `1_000`.
        read = None if len(data) > _LARGEST else yaml.BaseLoader(data).get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise IncidentRefused(f"{path} is no YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(read, list):
        raise IncidentRefused(
            f"{path} must be a short YAML list, with an incident like sell-out@12m:A12 in each "
            "entry."
        )
    return [_entry(f"{path}, entry {number}", one) for number, one in enumerate(read, start=1)]


def _entry(where: str, entry: Any) -> Wanted:
    try:
        if isinstance(entry, str):
            return read_incident(entry)
        return _wanted(_written(entry), **_parts(entry))
    except IncidentRefused as error:
        raise IncidentRefused(f"{where}: {error}") from None


def _parts(entry: Any) -> dict[str, Any]:
    given = {name: str(entry[name]) if name in entry else None for name in _FIELDS}
    return {
        "kind": given["kind"] or "",
        "after": given["at"] or "",
        "lasts": given["for"],
        "code": given["code"],
    }


def _written(entry: Any) -> str:
    if not isinstance(entry, dict) or not {"kind", "at"} <= entry.keys() <= set(_FIELDS):
        raise IncidentRefused("write kind and at, and where they are needed for and code.")
    lasts, code = entry.get("for"), entry.get("code")
    return (
        f"{entry['kind']}@{entry['at']}"
        f"{'' if lasts is None else f'+{lasts}'}{'' if code is None else f':{code}'}"
    )


# --- held against the log and the catalogue -------------------------------------------------------


def planned(
    wanted: Sequence[Wanted], log: Log, catalogue: Catalog, until: datetime | None
) -> tuple[Incident, ...]:
    """The incidents with their moments. Raises `IncidentRefused` for one that cannot happen."""
    if wanted and not log.messages:
        raise IncidentRefused(f"{wanted[0].written}: the log has no line that it could count from.")
    end = log.last if until is None else max(log.last, until)
    found = tuple(
        _incident(number, one, log, catalogue, end) for number, one in enumerate(wanted, start=1)
    )
    _refuse_twice(wanted)
    _refuse_overlaps(wanted, found)
    return found


def _incident(number: int, one: Wanted, log: Log, catalogue: Catalog, end: datetime) -> Incident:
    at = log.first + one.after
    over = at + (one.lasts or timedelta(0))
    if over > end:
        length = str(end - log.first).partition(".")[0]
        raise IncidentRefused(
            f"{one.written}: the rehearsal is over {length} after its first line; choose an "
            "earlier time, or let the clock run on with --until."
        )
    code, variant = _item(one, catalogue) if one.kind.of_item else ("", None)
    return Incident(
        number=number,
        kind=one.kind,
        at=at,
        code=code,
        variant=variant,
        until=over if one.kind is IncidentKind.PLATFORM_GAP else None,
        lines=len(QUESTIONS) if one.kind is IncidentKind.QUESTION_SPIKE else 0,
    )


def _item(one: Wanted, catalogue: Catalog) -> tuple[str, str | None]:
    for code, size in _readings(one.code):
        item = _find(code, catalogue)
        if item is None:
            continue
        if size is None:
            return item.code, None
        for variant in item.variants:
            if variant.name is not None and _size_key(variant.name) == _size_key(size):
                return item.code, variant.name
        names = ", ".join(variant.name for variant in item.variants if variant.name is not None)
        sizes = f"it has {names}" if names else "it has none"
        raise IncidentRefused(f"{one.written}: {item.code} has no {size.strip()}; {sizes}.")
    raise IncidentRefused(f"{one.written}: the catalogue has no item {one.code}.")


def _readings(code: str) -> Iterator[tuple[str, str | None]]:
    yield code, None
    if "/" in code:
        before, _, after = code.partition("/")
        yield before, after


def _find(code: str, catalogue: Catalog) -> Item | None:
    wanted = code_key(code)
    return next((item for item in catalogue.items if code_key(item.code) == wanted), None)


def _size_key(name: str) -> str:
    return "/".join(part.strip() for part in name.casefold().split("/"))


def _refuse_twice(wanted: Sequence[Wanted]) -> None:
    seen: set[str] = set()
    for one in wanted:
        if one.written in seen:
            raise IncidentRefused(f"{one.written}: it is there twice.")
        seen.add(one.written)


def _refuse_overlaps(wanted: Sequence[Wanted], found: Sequence[Incident]) -> None:
    gaps = sorted(
        (one.at, one.until, wanted[one.number - 1].written)
        for one in found
        if one.until is not None
    )
    for (_, over, first), (at, _, second) in pairwise(gaps):
        if at <= over:
            raise IncidentRefused(f"{second}: it begins before {first} is over; one gap at a time.")
