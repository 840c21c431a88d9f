"""A code that nobody knows, typed by several: did the host say it wrong?

When `rescue_people` typed one unknown code within `rescue_seconds`, the team gets a card with the
likely items. What it chooses takes those lines in the order they were sent, and reads that code
so for the rest of the show.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from handlers.claims.lines import Sentence, claim_again
from handlers.hearing import Line
from handlers.messages import Answer, Button, Press
from handlers.speech import button_values
from handlers.work import Work
from storage.schema import sale, traffic
from storage.schema.states import RescueState
from storage.unit_of_work import padded

__all__ = ["Rescues", "choose"]

_MOST_CHOICES = 4


class Rescues:
    """The unknown codes of one transaction."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._open: dict[tuple[int, str], dict[str, Any]] = {}
        self._lines: dict[tuple[int, str], list[dict[str, Any]]] = {}

    @classmethod
    def of(cls, work: Work) -> "Rescues":
        """The unknown codes of this transaction."""
        rescues = work.parts.get(cls)
        if rescues is None:
            rescues = work.parts[cls] = cls(work)
            work.closers.append(rescues.flush)
        return rescues

    async def load(self, needs: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Load what is known of these (show, unknown codes)."""
        wanted = {(show, code) for show, codes in needs for code in codes[:1]}
        for show_id in {show for show, _ in wanted}:
            codes = padded(code for show, code in wanted if show == show_id)
            rescues, lines = sale.rescues.c, sale.rescue_lines.c
            found = await self._work.tx.all(
                select(sale.rescues).where(rescues.show_id == show_id, rescues.typed.in_(codes))
            )
            for row in found:
                self._open[show_id, row.typed] = {**row._mapping, "changed": False}
            if found:
                by_id = {row.id: (show_id, row.typed) for row in found}
                for row in await self._work.tx.all(
                    select(sale.rescue_lines)
                    .where(lines.rescue_id.in_(padded(by_id)))
                    .order_by(lines.id)
                ):
                    self._lines.setdefault(by_id[row.rescue_id], []).append(dict(row._mapping))

    def gather(self, line: Line) -> None:
        """Count a line with an unknown code; asks the team when enough people typed it."""
        if line.show is None or not line.reading.unknown:
            return
        key = (line.show.id, line.reading.unknown[0])
        rescue = self._open.setdefault(
            key,
            {"show_id": key[0], "typed": key[1], "state": RescueState.GATHERING, "changed": True},
        )
        if rescue["state"] not in (RescueState.GATHERING, RescueState.ASKED):
            return
        lines = self._lines.setdefault(key, [])
        lines.append(
            {
                "message_key": line.message.key,
                "platform": line.person.platform,
                "person": line.person.id,
                "sent_at": line.at,
            }
        )
        window = timedelta(seconds=self._work.rules.rescue_seconds)
        people = {
            (one["platform"], one["person"]) for one in lines if one["sent_at"] > line.at - window
        }
        if (
            rescue["state"] == RescueState.GATHERING
            and len(people) >= self._work.rules.rescue_people
        ):
            rescue |= {
                "state": RescueState.ASKED,
                "changed": True,
                "codes": _likely(line)[:_MOST_CHOICES],
                "people": len(people),
                "asked_at": line.at,
                "since": line.at - window,
            }
            # What was typed long before was about something else.
            self._lines[key] = [one for one in lines if one["sent_at"] > rescue["since"]]

    async def flush(self) -> None:
        """Write the lines, and ask the team where enough came together."""
        tx = self._work.tx
        new = [rescue for rescue in self._open.values() if "id" not in rescue]
        rows = [{name: one[name] for name in ("show_id", "typed", "state")} for one in new]
        for rescue, row_id in zip(new, await tx.insert_ids(sale.rescues, rows), strict=True):
            rescue["id"] = row_id
        fresh = []
        for key, rescue in self._open.items():
            if rescue["changed"] and all(rescue is not one for one in new):
                await tx.run(
                    update(sale.rescues)
                    .where(sale.rescues.c.id == rescue["id"])
                    .values(state=rescue["state"])
                )
            rescue["changed"] = False
            lines = [one for one in self._lines.get(key, ()) if "rescue_id" not in one]
            fresh += [one | {"rescue_id": rescue["id"]} for one in lines]
            for one in lines:
                one["rescue_id"] = rescue["id"]
            if "codes" in rescue:
                await self._forget(rescue)
                self._ask(rescue)
        await tx.insert(sale.rescue_lines, fresh)

    async def _forget(self, rescue: dict[str, Any]) -> None:
        lines = sale.rescue_lines.c
        await self._work.tx.run(
            delete(sale.rescue_lines).where(
                lines.rescue_id == rescue["id"], lines.sent_at <= rescue.pop("since")
            )
        )

    def _ask(self, rescue: dict[str, Any]) -> None:
        items = self._work.snapshot.catalogue.items
        choices = [
            Button(id=f"rescue.pick:{rescue['id']}:{items[code].id}", label=code)
            for code in rescue.pop("codes")
            if code in items
        ]
        none = Button(id=f"rescue.pick:{rescue['id']}:0", label="None of these")
        self._work.tell_team(
            "alerts",
            "rescue.card",
            {
                "typed": rescue["typed"],
                "people": rescue["people"],
                **button_values((*choices, none)),
            },
            card=f"rescue:{rescue['id']}",
            at=rescue["asked_at"],
            # The show is live: an answer after the quiet hours helps nobody.
            due_at=rescue["asked_at"],
        )


async def choose(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """The team says which item was meant, or none."""
    rescue_id, item_id = int(arguments[0]), int(arguments[1])
    rescue = await work.tx.first(
        select(sale.rescues).where(sale.rescues.c.id == rescue_id).with_for_update()
    )
    if rescue is None or rescue.state != RescueState.ASKED:
        return await _too_late(work, rescue)
    item = work.snapshot.catalogue.by_id.get(item_id)
    state = RescueState.DISMISSED if item is None else RescueState.TAKEN
    await work.tx.run(
        update(sale.rescues)
        .where(sale.rescues.c.id == rescue_id)
        .values(state=state, item_id=None if item is None else item.id, decided_at=work.at)
    )
    taken = 0
    if item is not None:
        work.bump("timeline")
        lexicon = work.snapshot.lexicon.with_alias(rescue.typed, item.code)
        for row in await _lines(work, rescue_id):
            claims = await claim_again(
                work, Sentence(*row), lexicon, rescue.show_id, only=item.code
            )
            taken += len(claims)
    work.record(
        press.person,
        "rescue",
        _subject(rescue),
        values={"item": item.code if item else None, "lines": taken},
    )
    work.tell_team(
        "alerts",
        "rescue.done",
        {
            "typed": rescue.typed,
            "code": item.code if item else "",
            "lines": taken,
            "name": press.person.name,
        },
        card=f"rescue:{rescue_id}",
        due_at=work.at,
    )
    return Answer(
        text=work.house.wording.say("rescue.thanks", lines=taken, code=item.code if item else "")
    )


def _subject(rescue: Any) -> str:
    return f"{rescue.show_id}: {rescue.typed}"


async def _too_late(work: Work, rescue: Any) -> Answer:
    """Name who was faster, and what they said."""
    audit, say = traffic.audit.c, work.house.wording.say
    done = None
    if rescue is not None:
        done = await work.tx.first(
            select(audit.name, audit["values"])
            .where(audit.action == "rescue", audit.subject == _subject(rescue))
            .order_by(audit.id.desc())
            .limit(1)
        )
    if done is None:
        return Answer(text=say("rescue.gone"))
    code = done.values["item"] or ""
    return Answer(text=say("rescue.late", name=done.name, typed=rescue.typed, code=code))


def _likely(line: Line) -> Sequence[str]:
    """Codes that the host may have meant: those spelled nearly so, then what was on stage."""
    stages = reversed(line.show.stages) if line.show is not None else ()
    shown = (stage.code for stage in stages if stage.from_at <= line.at)
    return tuple(dict.fromkeys((*line.reading.codes, *shown)))


async def _lines(work: Work, rescue_id: int) -> Sequence[Any]:
    """(key, platform, channel, person, name, text, sent_at) of the lines, in sent order."""
    messages, lines = traffic.messages.c, sale.rescue_lines.c
    return await work.tx.all(
        select(
            messages.key,
            messages.platform,
            messages.channel,
            messages.person,
            messages.name,
            messages.text,
            messages.sent_at,
        )
        .join(sale.rescue_lines, lines.message_key == messages.key)
        .where(lines.rescue_id == rescue_id)
        .order_by(messages.sent_at, lines.id)
    )
