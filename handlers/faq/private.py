"""What only the one who asks sees: `/ask`, the answers behind buttons, and their voices."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from handlers.capability import DirectHearing, DirectTurn
from handlers.claims.judging import STAFF
from handlers.claims.people_lists import MY_CART
from handlers.command_line import Invocation
from handlers.faq.desk import Known
from handlers.faq.listening import OWN
from handlers.faq.matching import Match
from handlers.faq.model import Entry
from handlers.faq.personal import asks_for_own, without_personal
from handlers.faq.session import said_of
from handlers.faq.telling import VOICES, show_button, votes
from handlers.messages import Answer, Button, DirectMessage, Press
from handlers.people import Person
from handlers.support.rules import a_person
from handlers.wording import Said
from handlers.work import Work
from storage.schema.faq import AskedState, faq_asked, faq_votes
from storage.upsert import upsert

__all__ = ["DIRECT", "ask", "do", "show", "vote"]

#: An entry at least as likely is offered to one who asked in private.
_LIKELY = 0.3
_MOST_OFFERED = 3


async def ask(work: Work, command: Invocation) -> Answer:
    """`/ask QUESTION…`: the answer, what may be meant, or that the team will see it."""
    say, text = work.house.wording.say, command.options["question"]
    if not work.house.faq.on:
        return Answer(text=say("faq.off"))
    known = await work.house.faq.fresh(work.tx)
    match = known.ask(text)
    entry = None if match is None else known.entries[match.faq].entry
    if asks_for_own(text) and (entry is None or entry.audience != "private"):
        return _of_own(work)
    if entry is not None and (answer := answer_of(work, known, entry)) is not None:
        await _note(work, command, entry.id, AskedState.PRIVATE)
        return answer
    await _note(work, command, "", AskedState.OPEN, text=without_personal(text))
    offered = _offered(work, known, text)
    key = "faq.maybe" if offered else "faq.unknown"
    return Answer(text=say(key), buttons=offered)


async def _direct(work: Work, message: DirectMessage) -> Answer | None:
    """A question by DM that an entry answers, or that is about its writer's own."""
    if not work.house.faq.on or message.pictures or message.person.may(STAFF):
        return None
    known = await work.house.faq.fresh(work.tx)
    match = known.ask(message.text)
    entry = None if match is None else known.entries[match.faq].entry
    if asks_for_own(message.text) and (entry is None or entry.audience != "private"):
        return _with_a_person(work, _of_own(work))
    answer = None if entry is None else answer_of(work, known, entry)
    return None if answer is None else _with_a_person(work, answer)


def _with_a_person(work: Work, answer: Answer) -> Answer:
    return replace(answer, buttons=(*answer.buttons, a_person(work)))


DIRECT = DirectHearing(turn=DirectTurn.QUESTION, run=_direct)


def _offered(work: Work, known: Known, text: str) -> tuple[Button, ...]:
    likely: Sequence[Match] = () if known.matcher is None else known.matcher.scores(text)
    names = [
        one.faq
        for one in likely[:_MOST_OFFERED]
        if one.score >= _LIKELY and _sayable(work, known, one.faq)
    ]
    return tuple(show_button(work.house.wording, name, of=name) for name in names)


def _sayable(work: Work, known: Known, name: str) -> bool:
    standing = known.entries.get(name)
    return standing is not None and answer_of(work, known, standing.entry) is not None


def answer_of(work: Work, known: Known, entry: Entry) -> Answer | None:
    """What an entry says to one person, None if it cannot be said now."""
    standing, wording = known.entries.get(entry.id), work.house.wording
    if standing is None or standing.muted or not entry.valid_at(work.at):
        return None
    text = said_of(work, entry, work.at)
    if text is None:
        return None
    button = entry.button
    if button is not None and button.command and button.command not in work.commands:
        # What it leads to is not here yet; what is known of theirs is in the cart.
        return _of_own(work)
    link = f"\n{button.label}: {button.link}" if button is not None and button.link else ""
    told = wording.say("faq.private", answer=Said(text + link))
    return Answer(text=told, buttons=(*_leading(entry), *votes(wording, entry.id)))


def _leading(entry: Entry) -> tuple[Button, ...]:
    button = entry.button
    if button is None or not button.command:
        return ()
    return (Button(id=f"ask.do:{entry.id}", label=button.label),)


def _of_own(work: Work) -> Answer:
    return Answer(text=work.house.wording.say("faq.of_own"), buttons=(MY_CART,))


async def _note(
    work: Work, command: Invocation, faq: str, state: AskedState, *, text: str = ""
) -> None:
    """Keep what was asked, unless the team only tried it or no show is live."""
    live = work.snapshot.timeline.live
    if command.person.may(STAFF) or live is None:
        return
    await work.tx.insert(
        faq_asked,
        [
            {
                "show_id": live.id,
                "platform": command.channel.platform,
                "channel": command.channel.id,
                "person": command.person.id,
                "name": command.person.name,
                "at": work.at,
                "faq": faq,
                "answer": "",
                "text": text,
                "state": state,
            }
        ],
    )


async def show(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Show me*: the answer, for the one who presses alone."""
    say, name = work.house.wording.say, arguments[0]
    if name == OWN.entry.id:
        return _of_own(work)
    known = await work.house.faq.fresh(work.tx)
    standing = known.entries.get(name)
    answer = None if standing is None else answer_of(work, known, standing.entry)
    return answer or Answer(text=say("faq.gone"))


async def do(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """What an entry's button leads to: a command of ours, as if typed by the one who presses."""
    known = await work.house.faq.fresh(work.tx)
    standing = known.entries.get(arguments[0])
    button = None if standing is None else standing.entry.button
    spec = None if button is None or not button.command else work.commands.get(button.command)
    needs = spec is not None and any(option.required for option in spec.options)
    if spec is None or needs or not press.person.may(spec.roles):
        return _of_own(work)
    invocation = Invocation(
        spec=spec,
        key=press.key,
        person=press.person,
        channel=press.channel,
        reply_to=press.reply_to,
        sent_at=press.sent_at,
        options=dict.fromkeys(option.name for option in spec.options),
    )
    answer = await spec.run(work, invocation)
    lines = [answer.text, *(section.text for section in answer.sections)]
    buttons = [*answer.buttons, *(one for section in answer.sections for one in section.buttons)]
    return Answer(text="\n".join(filter(None, lines)), buttons=tuple(buttons[:15]))


async def vote(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """👍 and 👎 under an answer: one voice a person, the last one counts."""
    word, name = arguments
    known = await work.house.faq.fresh(work.tx)
    if word not in VOICES or name not in known.entries:
        return Answer(text=work.house.wording.say("faq.gone"))
    helped = word == "yes"
    live = work.snapshot.timeline.live
    row = {"show_id": 0 if live is None else live.id, "helped": helped, "at": work.at}
    await work.tx.run(
        upsert(work.tx, faq_votes)
        .values({**_voter(press.person), "faq": name, **row})
        .on_conflict_do_update(index_elements=["faq", "platform", "person"], set_=row)
    )
    key = "faq.voted_yes" if helped else "faq.voted_no"
    return Answer(text=work.house.wording.say(key))


def _voter(person: Person) -> Mapping[str, str]:
    return {"platform": person.platform, "person": person.id}
