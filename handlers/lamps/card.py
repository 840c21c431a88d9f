"""The card of an item whose lamp is lit: the host's next sentence, and what the team can do."""

from datetime import datetime

from handlers.lamps.firing import Lamp
from handlers.lamps.sight import Lit, Sight, Size
from handlers.messages import Button, ButtonStyle, Section
from handlers.wording import Said
from handlers.work import Work
from storage.schema.states import ItemState

__all__ = ["card_key", "host_line", "lit_card", "reads", "scarce", "shown_left"]

_EXACT = 12
_MOST_SIZES = 12


def card_key(lit: Lit) -> str:
    """The name of this item's card; a lamp that is lit anew gets a card of its own."""
    return f"lamp:{lit.id}:{_millis(lit.since)}"


def _millis(instant: datetime | None) -> int:
    return 0 if instant is None else int(instant.timestamp() * 1_000)


def lit_card(work: Work, sight: Sight, lit: Lit) -> Section:
    """The card as it reads at this moment of `sight`."""
    say, size, following = work.house.wording.say, lit.spoken_of, sight.replacement(lit)
    # All gone is the item's; anything else is said of the one size that the host speaks of.
    name = "" if len(lit.sizes) == 1 or lit.left == 0 else size.name or ""
    lamp, head = size.now, "short" if size.short else size.now.value
    lines: list[str] = [say(f"lamps.head.{head}", item=lit.code, title=lit.title, size=name)]
    if scarce(size):
        lines.append(say("lamps.host", line=host_line(work, lit, following)))
    lines.append(_lefts(work, lit))
    if following is not None:
        told = {"code": following.code, "title": following.title}
        lines.append(say("lamps.next", **told, left=shown_left(following.left)))
    elif lamp not in (Lamp.AMBER, Lamp.GREEN):
        lines.append(say("lamps.no_next"))
    if lit.counting and lit.resume_due is not None:
        here = lit.resume_due.astimezone(work.house.timezone)
        lines.append(say("lamps.paused_until", until=f"{here:%H:%M:%S}"))
    elif lit.state == ItemState.PAUSED:
        lines.append(say("lamps.paused"))
    elif lit.state == ItemState.STOPPED:
        lines.append(say("lamps.stopped"))
    return Section(text="\n".join(lines), buttons=_buttons(work, lit, following))


def reads(sight: Sight, lit: Lit) -> tuple[object, ...]:
    """What the card tells of the stock: where this stays the same, so does the card."""
    following = sight.replacement(lit)
    next_ = None if following is None else (following.id, shown_left(following.left))
    sizes = ((size.id, shown_left(size.left), size.now) for size in lit.sizes.values())
    return (*sizes, next_)


def scarce(size: Size) -> bool:
    """Whether the host says that little is left: not while what came free made it well again."""
    return size.short or size.now is not Lamp.GREEN


def host_line(work: Work, lit: Lit, following: Lit | None) -> Said:
    """The next sentence for the host, to be read aloud; never fewer than there are."""
    say, size = work.house.wording.say, lit.spoken_of
    told = {
        "title": _spoken(lit.title),
        "size": (size.name or "") if len(lit.sizes) > 1 else "",
    }
    if size.short:
        return say("lamps.say.counting", **told)
    if size.left == 0:
        claim = f"{lit.code} {told['size']}".strip()
        after = "" if following is None else _spoken(following.title)
        return say("lamps.say.none", **told, claim=claim, next=after)
    if size.left > _EXACT:
        return say("lamps.say.many", **told)
    if size.left == 1:
        return say("lamps.say.one", **told)
    return say("lamps.say.some", **told, number=say("lamps.number", number=size.left))


def _spoken(title: str) -> str:
    """A title as it stands in a sentence: `Sage dress` becomes `sage dress`, `LED lamp` stays."""
    plain = title[1:] == title[1:].lower()
    return title[:1].lower() + title[1:] if plain else title


def _lefts(work: Work, lit: Lit) -> str:
    say, many = work.house.wording.say, len(lit.sizes) > 1
    sizes = list(lit.sizes.values())
    # The one that is spoken of is always among those shown.
    shown = sorted(sizes, key=lambda size: size.id != lit.variant)[:_MOST_SIZES]
    parts = [_left(work, size, many) for size in sizes if size in shown]
    if len(sizes) > len(shown):
        parts.append(say("lamps.more", count=len(sizes) - len(shown), code=lit.code))
    if lit.waiting:
        parts.append(say("lamps.waiting", waiting=lit.waiting))
    return " · ".join(parts)


def _left(work: Work, size: Size, many: bool) -> Said:
    name = (size.name or "") if many else ""
    return work.house.wording.say(
        "lamps.left", name=name, left=shown_left(size.left), short=size.short
    )


def shown_left(left: int) -> str:
    """Units left, above a dozen by tens: a card that follows each unit would tell nothing."""
    return str(left) if left <= _EXACT else f"{left // 10 * 10}+"


def _buttons(work: Work, lit: Lit, following: Lit | None) -> tuple[Button, ...]:
    buttons = []
    if following is not None:
        label = work.house.wording.say("lamps.put_on_stage", code=following.code)
        id_ = f"lamps.stage:{following.id}:{_millis(lit.since)}"
        buttons.append(Button(id=id_, label=label, style=ButtonStyle.PRIMARY))
    if lit.state == ItemState.PAUSED and lit.counting:
        buttons += [
            Button(id=f"lamps.resume:{lit.id}", label="Resume"),
            Button(id=f"lamps.recount:{lit.id}:{lit.spoken_of.id}", label="Recount"),
            Button(id=f"lamps.stop:{lit.id}", label="Sold out", style=ButtonStyle.DANGER),
        ]
    return tuple(buttons)
