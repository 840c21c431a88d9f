"""The buttons of the show's card. Each does what its slash command does, to what it was shown for.

A button carries what was on stage, and how the item stood: a press on an old state changes nothing
and says what is so by now.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from handlers.capability import FormSpec, OptionKind, PressSpec
from handlers.claims.grammar import read_variant
from handlers.commanding import as_command
from handlers.messages import Answer, Field, FieldKind, Form, FormSubmit, Press
from handlers.people import MODERATORS, TEAM, Person
from handlers.shows.card import Now, live_now, say_card
from handlers.snapshot import ItemView, VariantView
from handlers.wording import Said
from handlers.work import Work
from storage.schema import sale, traffic

__all__ = ["FORMS", "PRESSES", "recount_form"]

_STATE_ACTS = ("stock.pause", "stock.resume", "stock.stop")
_MOST_CHOICES = 25
_MOST_UNITS = 1_000_000
_WHY = Field(name="why", label="What is wrong", longest=200)
_UNITS = Field(name="units", label="How many are there", kind=FieldKind.NUMBER)


async def following(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Next*: the next item of the run order."""
    # Of two who press at once, in two processes too, one waits here and then finds it done.
    show = sale.shows.c.id == int(arguments[0])
    await work.tx.run(select(sale.shows.c.id).where(show).with_for_update())
    late = await _too_late(work, press, arguments)
    return late or await as_command(work, press, "stage next")


async def pause(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Pause*: claims for what is on stage are kept in order."""
    return await _turn(work, press, arguments, "stock pause")


async def resume(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Resume*: what was kept is decided, in order."""
    return await _turn(work, press, arguments, "stock resume")


async def stop(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Sold out*: waitlist only."""
    return await _turn(work, press, arguments, "stock stop")


async def _turn(work: Work, press: Press, arguments: Sequence[str], command: str) -> Answer:
    now = await live_now(work)
    if now is not None and now.stage:
        item = sale.items.c.id == now.show.item_id
        await work.tx.run(select(sale.items.c.id).where(item).with_for_update())
    late = await _too_late(work, press, arguments)
    if late is not None or now is None:
        return late or Answer(text=work.house.wording.say("show.not_live"))
    code = work.snapshot.catalogue.by_id[now.show.item_id]
    return await as_command(work, press, command, code=code)


async def undo(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Undo*: your own last act, unless something was taken back since."""
    late = await _too_late(work, press, arguments[:2])
    if late is None:
        late = await _undone_since(work, press, int(arguments[2]))
    answer = late or await as_command(work, press, "undo")
    await say_card(work, int(arguments[0]))
    return answer


async def reopen(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Undo* of a show's end: it goes on."""
    say, audit, show_id = work.house.wording.say, traffic.audit.c, int(arguments[0])
    row = await work.tx.first(
        select(traffic.audit)
        .where(audit.action == "show.end", audit.undone.is_(False))
        .order_by(audit.id.desc())
        .limit(1)
        .with_for_update()
    )
    if row is None or row.undo is None or row.undo["show"] != show_id:
        name = await _who(work, press.person, ("undo",))
        return Answer(text=say("card.reopened_by_now", name=name))
    undone = await work.undoes["show.end"].run(work, row.undo)
    if undone.done:
        await work.tx.run(update(traffic.audit).where(audit.id == row.id).values(undone=True))
        work.record(press.person, "undo", f"show.end {row.subject}")
    return Answer(text=undone.text)


# --- presses on an old state ----------------------------------------------------------------------


async def _too_late(work: Work, press: Press, arguments: Sequence[str]) -> Answer | None:
    """What to say where the show moved on since; its card is then said as it is now."""
    late = await _moved_on(work, press, await live_now(work), arguments)
    if late is None:
        return None
    await say_card(work, int(arguments[0]))
    return Answer(text=late)


async def _moved_on(
    work: Work, press: Press, now: Now | None, arguments: Sequence[str]
) -> Said | None:
    """What is so by now, if that is not the show, stage and state of `arguments`. Only reads."""
    say, (show_id, stage, *state) = work.house.wording.say, arguments
    if now is None or now.show.id != int(show_id):
        return say("show.not_live")
    if now.stage != int(stage):
        name = await _who(work, press.person, ("stage",), opened=now.stage)
        return say("card.stage_by_now", item=now.label, name=name)
    if state and now.show.item_state != state[0]:
        by_now = now.show.item_state
        name = await _who(work, press.person, _STATE_ACTS, item=now.show.item_id, after=by_now)
        return say("card.state_by_now", item=now.show.code, state=by_now, name=name)
    return None


async def _undone_since(work: Work, press: Press, shown: int) -> Answer | None:
    """What to say where something was taken back after `shown`, in milliseconds of 1970."""
    row = await _newest(work, ("undo",))
    if row is None or row.at.timestamp() * 1_000 <= shown:
        return None
    name = await _who(work, press.person, ("undo",))
    return Answer(text=work.house.wording.say("card.undone_by_now", name=name))


async def _who(work: Work, person: Person, actions: Sequence[str], **undo: Any) -> str:
    """Who did it, by the newest act of its kind; empty for an act of one's own or of another."""
    row = await _newest(work, actions)
    if row is None or (row.platform, row.person) == (person.platform, person.id):
        return ""
    ours = all((row.undo or {}).get(key) == value for key, value in undo.items())
    return row.name if ours else ""


async def _newest(work: Work, actions: Sequence[str]) -> Any:
    audit = traffic.audit.c
    return await work.tx.first(
        select(traffic.audit).where(audit.action.in_(actions)).order_by(audit.id.desc()).limit(1)
    )


# --- the recount ----------------------------------------------------------------------------------


async def recount(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Recount*: asks how many were really counted."""
    late = await _too_late(work, press, arguments)
    return late or Answer(text=work.house.wording.say("card.recount_again"))


async def ask_recount(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Recount*, for what is on stage."""
    now = await live_now(work)
    late = await _moved_on(work, press, now, arguments)
    if late is not None or now is None or not now.stage:
        return None
    names = [row.name for row in now.variants]
    sizes = Field(
        name="variant",
        label="Size or colour",
        kind=FieldKind.CHOICE if len(names) <= _MOST_CHOICES else FieldKind.TEXT,
        choices=tuple((name, name) for name in names if name)[:_MOST_CHOICES],
    )
    return recount_form(
        now.show.item_id, now.show.variant_id or 0, now.label, [sizes] if len(names) > 1 else []
    )


def recount_form(item_id: int, variant_id: int, label: str, sizes: Sequence[Field] = ()) -> Form:
    """Ask how many of an item there are; `variant_id` is 0 where `sizes` asks which."""
    return Form(
        # It stays about this item, whatever comes on stage while somebody counts.
        id=f"show.recount:{item_id}:{variant_id}",
        title=f"Recount {label}"[:45],
        fields=(*sizes, _UNITS),
    )


async def check_recount(
    work: Work, form: FormSubmit, arguments: Sequence[str]
) -> Mapping[str, str]:
    """A number that stock can be, of a variant that there is."""
    say, faults = work.house.wording.say, {}
    item, variant = _counted(work, form, arguments)
    if item is not None and variant is None:
        sizes = ", ".join(str(name) for name in item.variants)
        faults["variant"] = say("staff.which", code=item.code, sizes=sizes)
    units = int(form.values["units"])
    if not 0 <= units <= _MOST_UNITS:
        faults["units"] = say("form.range", label=_UNITS.label, least=0, most=_MOST_UNITS)
    return faults


async def recount_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Recount*."""
    item, variant = _counted(work, form, arguments)
    if item is None:
        return Answer(text=work.house.wording.say("refused.gone"))
    units = int(form.values["units"])
    return await as_command(work, form, "stock recount", code=item, variant=variant, units=units)


def _counted(
    work: Work, form: FormSubmit, arguments: Sequence[str]
) -> tuple[ItemView | None, VariantView | None]:
    """The item that a form is about, and the variant that it names; None where there is none."""
    numbers = [int(given) if given.isdecimal() else 0 for given in (*arguments, "", "")]
    item = work.snapshot.catalogue.by_id.get(numbers[0])
    if item is None:
        return None, None
    for variant in item.variants.values():
        if variant.id == numbers[1] or len(item.variants) == 1:
            return item, variant
    typed = form.values.get("variant", "").strip()
    fitting = read_variant(typed, work.snapshot.lexicon, item.code) if typed else ()
    return item, item.variants[fitting[0]] if len(fitting) == 1 else None


# --- the cord -------------------------------------------------------------------------------------


async def cord(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Cord*, where no form can be opened: how it is typed."""
    late = await _too_late(work, press, arguments)
    now = await live_now(work)
    code = now.show.code if now is not None and now.stage else ""
    return late or Answer(text=work.house.wording.say("card.cord_typed", code=code))


async def ask_cord(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """Why the cord is pulled, for what is on stage."""
    now = await live_now(work)
    late = await _moved_on(work, press, now, arguments)
    if late is not None or now is None or not now.stage:
        return None
    title = work.house.wording.say("card.cord", code=now.show.code)
    # It stays about this item, whatever comes on stage while somebody types.
    return Form(id=f"show.cord:{now.show.item_id}", title=title[:45], fields=(_WHY,))


async def cord_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Cord*."""
    number = arguments[0] if arguments and arguments[0].isdecimal() else "0"
    item = work.snapshot.catalogue.by_id.get(int(number))
    if item is None:
        return Answer(text=work.house.wording.say("refused.gone"))
    return await as_command(work, form, "cord", code=item, why=form.values.get("why", ""))


_STAGE = (OptionKind.INTEGER, OptionKind.INTEGER)

PRESSES = (
    PressSpec(name="show.next", run=following, takes=_STAGE, roles=MODERATORS, label="Next"),
    *(
        PressSpec(
            name=f"show.{name}",
            run=run,
            takes=(*_STAGE, OptionKind.WORD),
            roles=MODERATORS,
            label=label,
        )
        for name, label, run in (
            ("pause", "Pause", pause),
            ("resume", "Resume", resume),
            ("stop", "Sold out", stop),
        )
    ),
    PressSpec(
        name="show.recount",
        run=recount,
        takes=_STAGE,
        roles=MODERATORS,
        opens=ask_recount,
        label="Recount",
    ),
    PressSpec(name="show.cord", run=cord, takes=_STAGE, roles=TEAM, opens=ask_cord, label="Cord"),
    PressSpec(
        name="show.undo",
        run=undo,
        takes=(*_STAGE, OptionKind.INTEGER),
        roles=MODERATORS,
        label="Undo",
    ),
    PressSpec(
        name="show.reopen",
        run=reopen,
        takes=(OptionKind.INTEGER,),
        roles=MODERATORS,
        label="Undo",
    ),
)
FORMS = (
    FormSpec(name="show.cord", run=cord_submit, fields=(_WHY,), roles=TEAM),
    FormSpec(
        name="show.recount",
        run=recount_submit,
        fields=(_UNITS,),
        check=check_recount,
        roles=MODERATORS,
        label="Recount",
    ),
)
