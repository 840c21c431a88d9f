"""Direct messages that a person reads: who asks for one, who is talking with one, and the rest."""

from collections.abc import Sequence
from typing import Any

from handlers.capability import DirectHearing, DirectTurn
from handlers.claims.private_lines import customer_of
from handlers.command_line import Invocation
from handlers.messages import Answer, DirectMessage, Picture, Press
from handlers.people import TEAM, Person
from handlers.support.letters import LONGEST
from handlers.support.reading import is_letter, is_reply_word, wants_a_person
from handlers.support.telling import first_name
from handlers.support.threads import asks, due_of, open_of, withheld
from handlers.times import shown_time
from handlers.work import Work

__all__ = ["DIRECTS", "human", "person_pressed", "read_pressed"]

#: So soon after a letter the next one is not confirmed again.
_CONFIRMED_SECONDS = 120


async def _person(work: Work, message: DirectMessage) -> Answer | None:
    """`human`: a person, whatever else is going on."""
    if not wants_a_person(message.text) or not await _is_customer(work, message.person):
        return None
    return await _asks(work, message.person, message.text, message.pictures, key="support.coming")


async def _talk(work: Work, message: DirectMessage) -> Answer | None:
    """A yes or no to somebody of the team who has just answered."""
    if not is_reply_word(message.text) or not await _is_customer(work, message.person):
        return None
    row = await open_of(work, message.person)
    if row is None or row.answered_at is None or row.answered_at < row.asked_at:
        return None
    return await _asks(work, message.person, message.text, message.pictures)


async def _thread(work: Work, message: DirectMessage) -> Answer | None:
    """Whatever is written while a conversation is open belongs to it."""
    if not await _is_customer(work, message.person) or await open_of(work, message.person) is None:
        return None
    return await _asks(work, message.person, message.text, message.pictures)


async def _rest(work: Work, message: DirectMessage) -> Answer | None:
    """What nobody has understood, if it says anything; a greeting gets the menu."""
    if not await _is_customer(work, message.person):
        return None
    if not message.pictures and not is_letter(message.text, work.snapshot):
        return None
    return await _asks(work, message.person, message.text, message.pictures)


async def _is_customer(work: Work, person: Person) -> bool:
    # Where nobody claims, only those are customers whose identity there was joined to another.
    if person.may(TEAM):
        return False
    return work.house.hears_claims(person.platform) or await customer_of(work, person) is not None


async def _asks(
    work: Work,
    person: Person,
    text: str,
    pictures: Sequence[Picture],
    *,
    key: str = "support.reads_it",
) -> Answer:
    say = work.house.wording.say
    earlier = await open_of(work, person)
    missed = [] if earlier is None else await withheld(work, earlier)
    asked = await asks(work, person, text, pictures)
    if asked is None:
        return Answer(text=say("support.too_many"))
    before, row = asked
    told = [*missed]
    if before is None:
        told.append(say(key, due=shown_time(work, due_of(work))))
    elif not _is_confirmed(work, before):
        name = "" if row.taken_by is None else row.taken_by.split()[0]
        told.append(say("support.passed_on", name=name, pictures=len(pictures)))
    if len(text.strip()) > LONGEST:
        told.append(say("support.cut", longest=LONGEST))
    return Answer(text="\n".join(told))


def _is_confirmed(work: Work, before: Any) -> bool:
    """Whether the letter before this one was confirmed just now, and nobody has answered since."""
    soon = (work.at - before.asked_at).total_seconds() < _CONFIRMED_SECONDS
    return soon and (before.answered_at is None or before.answered_at < before.asked_at)


DIRECTS = (
    DirectHearing(turn=DirectTurn.PERSON, run=_person),
    DirectHearing(turn=DirectTurn.TALK, run=_talk),
    DirectHearing(turn=DirectTurn.THREAD, run=_thread),
    DirectHearing(turn=DirectTurn.REST, run=_rest),
)


async def human(work: Work, command: Invocation) -> Answer:
    """`/human [TEXT…]`: write to a person, or read what they have answered."""
    person, text = command.person, command.options["text"] or ""
    if not await _is_customer(work, person):
        return Answer(text=work.house.wording.say("support.not_here"))
    if text.strip():
        answer = await _asks(work, person, text, ())
        # Who gave a command waits for its answer.
        passed = work.house.wording.say("support.passed_on", name="", pictures=0)
        return answer if answer.text else Answer(text=passed)
    return await _waits(work, person)


async def person_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*A person, please*."""
    say = work.house.wording.say
    if not await _is_customer(work, press.person):
        return Answer(text=say("support.not_here"))
    return await _waits(work, press.person)


async def read_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Read it*, under the line that an answer waits for somebody who takes no direct messages."""
    say, row = work.house.wording.say, await open_of(work, press.person)
    missed = [] if row is None else await withheld(work, row)
    return Answer(text="\n".join(missed) or say("support.nothing_waits"))


async def _waits(work: Work, person: Person) -> Answer:
    """Open a conversation without a letter, or tell how the open one stands."""
    say, row = work.house.wording.say, await open_of(work, person)
    if row is None:
        asked = say("support.asked_for_you", name=first_name(person))
        return await _asks(work, person, asked, (), key="support.coming")
    missed = await withheld(work, row)
    name = "" if row.taken_by is None else row.taken_by.split()[0]
    key = "support.is_open" if row.answer_due else "support.is_answered"
    told = say(key, name=name, due=shown_time(work, row.answer_due))
    return Answer(text="\n".join([*missed, told]))
