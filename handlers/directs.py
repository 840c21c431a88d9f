"""Answers what people write to the bot alone: a command, or what a capability makes of it."""

from collections import Counter
from dataclasses import replace

from handlers.answering import answer_to
from handlers.claims.private_words import who_is_here
from handlers.messages import Answer, Channel, Command, DirectMessage
from handlers.registry import Registry
from handlers.work import Work

__all__ = ["direct_answer"]

#: What is so common that it needs no slash.
_COMMANDS = {
    "cart": "/cart",
    "my cart": "/cart",
    "my claims": "/cart",
    "help": "/help",
    "mine": "/mine",
}


async def direct_answer(registry: Registry, work: Work, message: DirectMessage) -> Answer:
    """What to answer a direct message; without words where nothing is to be said."""
    text = message.text.strip()
    line = _COMMANDS.get(text.lower(), text)
    if line.startswith("/"):
        answer = await answer_to(registry, work, _command(message, line))
    elif text or message.pictures:
        answer = await _heard(registry, work, message)
    elif message.not_taken:
        answer = Answer()
    else:
        # A sticker, or signs that are not words.
        answer = Answer(text=who_is_here(work, message.person))
    told = "\n".join((*_not_taken(work, message), *filter(None, (answer.text,))))
    return replace(answer, text=told)


async def _heard(registry: Registry, work: Work, message: DirectMessage) -> Answer:
    for hearing in registry.directs:
        answer = await hearing.run(work, message)
        if answer is not None:
            return answer
    return Answer(text=who_is_here(work, message.person))


def _command(message: DirectMessage, line: str) -> Command:
    return Command(
        key=message.key,
        person=message.person,
        channel=Channel(message.person.platform, ""),
        sent_at=message.sent_at,
        line=line,
        reply_to="",
    )


def _not_taken(work: Work, message: DirectMessage) -> list[str]:
    say = work.house.wording.say
    return [
        say(f"support.not_taken.{why}", count=count)
        for why, count in Counter(message.not_taken).items()
    ]
