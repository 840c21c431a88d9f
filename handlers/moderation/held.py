"""Lines that the platform's own filter kept out of the chat: a claim among them is not lost."""

from typing import Final

from handlers.claims.judging import STAFF
from handlers.claims.lines import Sentence, read_again
from handlers.claims.reading import Kind
from handlers.hearing import Line
from handlers.messages import ChatMessage
from handlers.moderation.card import say_card
from handlers.moderation.ledger import AUTOMOD, Ledger, ref_of
from handlers.moderation.model import Action
from handlers.work import Work

__all__ = ["report_held"]

_OF_THE_SALE: Final = (Kind.CLAIM, Kind.CANCEL, Kind.NEAR_MISS)


async def report_held(work: Work, line: Line) -> None:
    """Show the team a line that was held back, where it is about the sale."""
    message = line.message
    if not isinstance(message, ChatMessage) or line.person.may(STAFF):
        return
    channel, person = message.channel, line.person
    sentence = Sentence(
        message.key,
        channel.platform,
        channel.id,
        person.id,
        person.name,
        message.text,
        message.sent_at,
    )
    _, reading = read_again(work, sentence, work.snapshot.lexicon)
    if reading.kind not in _OF_THE_SALE:
        return
    ledger = Ledger.of(work)
    # Nobody said it in the chat, so it is no repetition of anything.
    ledger.saw(
        key=message.key,
        at=line.at,
        name=person.name,
        standing="machine",
        quoted=True,
        joined=None,
    )
    row = ledger.enter(
        ref=ref_of(message.key, AUTOMOD),
        platform=person.platform,
        channel=channel.id,
        person=person.id,
        name=person.name,
        key=message.key,
        text=message.text,
        rule=AUTOMOD,
        why=work.house.wording.say(f"moderation.held.{reading.kind}"),
        action=Action.REVIEW.value,
    )
    say_card(work, row)
