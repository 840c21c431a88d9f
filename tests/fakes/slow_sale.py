"""The rules of the sale, written a second time and as plainly as possible, to check the fast one.

It reads an `Evening` (or a `Crowd`) line by line, keeps everything in lists, and knows nothing of
batches, transactions or tables. Only what those logs say is understood here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["SlowSale"]

_WORD = r"(?:claim|sold|mine|dibs)"
_CLAIM = re.compile(
    rf"(?:{_WORD} (?P<code>[AD]\d+)|(?P<first>A\d+) claim)"
    r"(?: (?P<size>[SML]))?(?: x(?P<n>[1-9]))?(?: please)?$"
)
_CANCEL = re.compile(r"(?:cancel|drop|remove) (?P<code>A\d+)(?: x(?P<n>\d))?$")
_DELAY = 8.0
_RELEASE = 15.0


@dataclass
class _Hold:
    person: str
    units: int
    ends: float | None


@dataclass
class _Place:
    person: str
    units: int


@dataclass
class _Sku:
    item: str
    on_hand: int
    #: Units that a recount did not find though they are held.
    short: int = 0
    holds: list[_Hold] = field(default_factory=list)
    #: In order of place.
    line: list["_Place"] = field(default_factory=list)

    @property
    def reserved(self) -> int:
        return sum(hold.units for hold in self.holds)

    @property
    def free(self) -> int:
        return 0 if self.short else max(0, self.on_hand - self.reserved)


@dataclass
class _Item:
    skus: list[str]
    limit: int | None
    state: str = "on"
    minutes: int | None = None
    pending: list[tuple[str, str, int]] = field(default_factory=list)


class SlowSale:
    """`held` and `waits` by (sku, person), and all units ever granted by the same."""

    def __init__(self, catalogue: Iterable[Mapping[str, str]]) -> None:
        self._skus: dict[str, _Sku] = {}
        self._items: dict[str, _Item] = {}
        for row in catalogue:
            limit = int(row["limit"]) if row.get("limit") else None
            item = self._items.setdefault(row["code"], _Item(skus=[], limit=limit))
            item.skus.append(row["sku"])
            self._skus[row["sku"]] = _Sku(item=row["code"], on_hand=int(row["stock"]))
        self.granted: dict[tuple[str, str], int] = {}
        self._stages: list[tuple[float, str | None]] = []
        self._asked: dict[tuple[str, str], int] = {}
        self._releases: dict[tuple[str, str], tuple[float, int | None]] = {}
        self._now = 0.0
        self._paused = False

    def hear(self, lines: Iterable[Mapping[str, object]]) -> "SlowSale":
        """Live through a log."""
        for line in lines:
            at, text = float(str(line["at"])), str(line["text"])
            self._until(at)
            if text.startswith("/"):
                self._command(text.split())
            else:
                self._chat(str(line["author"]), text)
        return self

    @property
    def held(self) -> dict[tuple[str, str], int]:
        """Units held, by (sku, person)."""
        found: dict[tuple[str, str], int] = {}
        for name, sku in self._skus.items():
            for hold in sku.holds:
                found[name, hold.person] = found.get((name, hold.person), 0) + hold.units
        return found

    @property
    def waits(self) -> dict[str, list[tuple[str, int]]]:
        """Who waits for how many, by sku, in order."""
        return {
            name: [(place.person, place.units) for place in sku.line]
            for name, sku in self._skus.items()
        }

    # --- time -----------------------------------------------------------------------------------

    def _until(self, at: float) -> None:
        while True:
            dues = [due for due, _ in self._releases.values() if due <= at]
            dues += [
                hold.ends
                for sku in self._skus.values()
                for hold in sku.holds
                if hold.ends is not None and hold.ends <= at
            ]
            if not dues:
                break
            self._now = min(dues)
            self._expire()
            self._let_go()
        self._now = at

    def _expire(self) -> None:
        over = [
            (name, hold)
            for name, sku in self._skus.items()
            for hold in sku.holds
            if hold.ends is not None and hold.ends <= self._now
        ]
        for name, hold in over:
            self._skus[name].holds.remove(hold)
            self._freed(name)

    def _let_go(self) -> None:
        due = [who for who, (at, _) in self._releases.items() if at <= self._now]
        for person, name in due:
            _, units = self._releases.pop((person, name))
            self._give_back(person, name, 10**9 if units is None else units)

    # --- what is typed --------------------------------------------------------------------------

    def _chat(self, person: str, text: str) -> None:
        if claim := _CLAIM.match(text):
            code = claim["code"] or claim["first"]
            if code in self._items:
                self._claim(person, code, claim["size"], claim["n"])
        elif text == "mine":
            staged = self._stage(self._now - _DELAY) or self._stage(self._now)
            if staged is not None:
                self._claim(person, staged, None, None)
        elif text in ("S", "M", "L"):
            # The item that this person was asked about first.
            asked = next((item for who, item in self._asked if who == person), None)
            if asked is not None:
                units = self._asked.pop((person, asked))
                self._enter(person, f"{asked} / {text}", units, units > 1)
        elif cancel := _CANCEL.match(text):
            self._cancel(person, cancel["code"], int(cancel["n"]) if cancel["n"] else None)

    def _claim(self, person: str, code: str, size: str | None, number: str | None) -> None:
        item, units = self._items[code], int(number or 1)
        if len(item.skus) > 1 and size is None:
            self._asked.setdefault((person, code), units)
            return
        sku = f"{code} / {size}" if size else code
        self._enter(person, sku, units, number is not None)

    def _enter(self, person: str, name: str, units: int, counted: bool) -> None:
        self._releases.pop((person, name), None)
        have = self._unpaid(person, name)
        if have:
            if not counted or units <= have:
                return
            units -= have
        item = self._items[self._skus[name].item]
        units = self._within_limit(person, item, units)
        if units and (item.state == "paused" or self._paused):
            item.pending.append((person, name, units))
        elif units:
            self._admit(person, name, units)

    def _within_limit(self, person: str, item: _Item, units: int) -> int:
        if item.limit is None:
            return units
        return min(units, max(0, item.limit - sum(self._unpaid(person, sku) for sku in item.skus)))

    def _admit(self, person: str, name: str, units: int) -> None:
        sku = self._skus[name]
        stopped = self._items[sku.item].state == "stopped"
        now = 0 if stopped or sku.line else min(units, sku.free)
        if now:
            minutes = self._items[sku.item].minutes
            self._grant(person, name, now, None if minutes is None else self._now + minutes * 60)
        if units > now:
            sku.line.append(_Place(person, units - now))

    def _grant(self, person: str, name: str, units: int, ends: float | None) -> None:
        self._skus[name].holds.append(_Hold(person, units, ends))
        self.granted[name, person] = self.granted.get((name, person), 0) + units

    def _cancel(self, person: str, name: str, units: int | None) -> None:
        have = self._unpaid(person, name)
        if have:
            all_of_it = units is None or units >= have
            self._releases.pop((person, name), None)
            self._releases[person, name] = (self._now + _RELEASE, None if all_of_it else units)

    def _unpaid(self, person: str, name: str) -> int:
        sku = self._skus[name]
        return (
            sum(hold.units for hold in sku.holds if hold.person == person)
            + sum(place.units for place in sku.line if place.person == person)
            + sum(n for *who, n in self._items[sku.item].pending if who == [person, name])
        )

    # --- what comes free ------------------------------------------------------------------------

    def _give_back(self, person: str, name: str, units: int) -> None:
        sku = self._skus[name]
        pending = self._items[sku.item].pending
        for index in range(len(pending) - 1, -1, -1):
            who, which, n = pending[index]
            if (who, which) == (person, name):
                gone = min(n, units)
                units -= gone
                pending[index] = (who, which, n - gone)
        self._items[sku.item].pending = [each for each in pending if each[2]]
        for place in reversed(sku.line):
            if place.person == person:
                gone = min(place.units, units)
                units -= gone
                place.units -= gone
        sku.line = [place for place in sku.line if place.units]
        for hold in reversed(sku.holds):
            if hold.person == person:
                gone = min(hold.units, units)
                units -= gone
                hold.units -= gone
        sku.holds = [hold for hold in sku.holds if hold.units]
        self._freed(name)

    def _freed(self, name: str) -> None:
        sku = self._skus[name]
        sku.short = max(0, min(sku.short, sku.reserved - sku.on_hand))
        if self._items[sku.item].state != "on":
            return
        while sku.line and sku.free:
            first = sku.line[0]
            units = min(first.units, sku.free)
            # An evening is shorter than the twelve hours that a promoted hold lasts at least.
            self._grant(first.person, name, units, None)
            first.units -= units
            if not first.units:
                del sku.line[0]

    def _settle(self, item: _Item) -> None:
        # Decided now, also by a limit that was lowered during the pause.
        while item.pending:
            person, name, units = item.pending.pop(0)
            allowed = self._within_limit(person, item, units)
            if allowed:
                self._admit(person, name, allowed)

    # --- the moderator --------------------------------------------------------------------------

    def _stage(self, at: float) -> str | None:
        shown = [code for since, code in self._stages if since <= at]
        return shown[-1] if shown else None

    def _command(self, words: list[str]) -> None:
        match words:
            case ["/stage", "clear"]:
                self._stages.append((self._now, None))
            case ["/stage", code]:
                self._stages.append((self._now, code))
            case ["/show", "pause"]:
                self._paused = True
            case ["/show", "resume"] if self._paused:
                self._paused = False
                for item in self._items.values():
                    if item.state != "paused":
                        self._settle(item)
            case ["/stock", "add", code, units]:
                self._count(code, self._skus[code].on_hand + int(units), recount=False)
            case ["/stock", "recount", code, units]:
                self._count(code, int(units), recount=True)
            case ["/stock", state, code]:
                self._set_state(code, {"pause": "paused", "resume": "on", "stop": "stopped"}[state])
            case ["/item", "hold", code, minutes]:
                self._items[code].minutes = int(minutes) or None
            case ["/item", "limit", code, units]:
                self._items[code].limit = int(units) or None

    def _count(self, name: str, units: int, *, recount: bool) -> None:
        sku = self._skus[name]
        if not recount and units < sku.reserved:
            return
        sku.on_hand, sku.short = units, max(0, sku.reserved - units)
        self._freed(name)

    def _set_state(self, code: str, state: str) -> None:
        item = self._items[code]
        if item.state == state:
            return
        item.state = state
        if state == "on":
            for name in item.skus:
                self._freed(name)
        if state != "paused" and not self._paused:
            self._settle(item)
