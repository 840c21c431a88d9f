"""What a direct message has to do with returns: an answer to the form, a wish, or a photo.

A form that runs comes first; what it does not understand an hour later is left to others.
"""

import asyncio
from datetime import timedelta
from functools import cache

from handlers.capability import DirectHearing, DirectTurn
from handlers.claims.private_lines import customer_of
from handlers.messages import Answer, DirectMessage
from handlers.people import Person
from handlers.returns.choosing import means_stop
from handlers.returns.conversation import Step, answer, question
from handlers.returns.drafts import COMPLAINT, Draft, load
from handlers.returns.guiding import add_photo, begin, meant, resume, switch, take
from handlers.returns.intent import Intent, IntentReader, Kind
from handlers.returns.looking import bought_by
from handlers.returns.numbers import find_number
from handlers.returns.own import cancel_number, status
from handlers.returns.shaping import shape
from handlers.support.pictures import keep_picture
from handlers.work import Work

__all__ = ["DIRECTS"]

#: So long a form is what its person talks about; after that only a plain answer to it is.
_TALKED_ABOUT = timedelta(hours=1)


@cache
def _reader() -> IntentReader:
    return IntentReader.load()


async def _form(work: Work, message: DirectMessage) -> Answer | None:
    """An answer to the form that runs, or a photo for it."""
    text, person = message.text.strip(), message.person
    draft = await load(work, person)
    if draft is None:
        return None
    wants = await _read(text)
    if wants.kind is Kind.HUMAN:
        return None
    if message.pictures:
        told = Answer()
        for one in message.pictures:
            photo = str(await keep_picture(work, person, draft.customer_id, one))
            told = await add_photo(work, person, await load(work, person) or draft, photo)
        return told
    return await _answered(work, person, draft, text, wants) if draft.by_dm else None


async def _wish(work: Work, message: DirectMessage) -> Answer | None:
    """A wish to return or to complain in any words, how it stands, or a photo alone."""
    text, person = message.text.strip(), message.person
    wants = await _read(text)
    if wants.kind is Kind.HUMAN:
        return None
    customer_id = await customer_of(work, person)
    if customer_id is None:
        starts = wants.kind in (Kind.RETURN, Kind.COMPLAINT)
        return Answer(text=work.house.wording.say("returns.nothing")) if starts else None
    if message.pictures:
        return await _photographed(work, message, customer_id, wants)
    return await _wished(work, person, await load(work, person), customer_id, text, wants)


async def _read(text: str) -> Intent:
    # The patterns come from disk once, which takes a moment that others need not wait.
    reader = await asyncio.to_thread(_reader)
    return reader.read(text) if text else Intent()


async def _answered(
    work: Work, person: Person, draft: Draft, text: str, wants: Intent
) -> Answer | None:
    """An answer to the form that runs; None where it is none, and others may know better."""
    shaped = await shape(work, draft.customer_id, draft.begun)
    asked = question(shaped.form)
    recent = work.at - draft.asked_at < _TALKED_ABOUT
    if asked is None or (means_stop(text) and not recent):
        return None
    understood = not answer(shaped.form, meant(work, shaped, text)).trouble or not draft.begun.sure
    # An old page still says what its yes is for; an old yes to anything else is none of ours.
    plain = text.strip(" .!#").isdecimal() or asked.step is Step.REVIEW
    if wants.kind is not Kind.NONE and not understood:
        return None
    if recent or (understood and plain):
        return await take(work, person, draft, text, by_dm=True)
    return None


async def _wished(
    work: Work, person: Person, draft: Draft | None, customer_id: int, text: str, wants: Intent
) -> Answer | None:
    number = find_number(text)
    if number is not None and means_stop(text.split()[0]):
        return await cancel_number(work, person, number)
    if wants.kind is Kind.STATUS or number is not None:
        return await status(work, person)
    if wants.kind is Kind.COMPLAINT:
        about = wants.trouble or COMPLAINT
        if draft is not None and not draft.begun.about:
            return await switch(work, person, draft, about, by_dm=True)
        if draft is None:
            return await begin(work, person, customer_id, about=about, by_dm=True)
    if draft is not None and wants.kind in (Kind.COMPLAINT, Kind.RETURN):
        return await resume(work, person, draft, by_dm=True)
    if wants.kind is Kind.RETURN:
        return await begin(work, person, customer_id, by_dm=True)
    return None


async def _photographed(
    work: Work, message: DirectMessage, customer_id: int, wants: Intent
) -> Answer | None:
    """A photo without a form: of something that is not as it should be, if it says no more."""
    person, says = message.person, bool(message.text.strip())
    if not await bought_by(work, customer_id):
        return None
    # Words that we do not understand are for a person, and the photo goes with them.
    if says and wants.kind not in (Kind.RETURN, Kind.COMPLAINT):
        return None
    return await begin(
        work,
        person,
        customer_id,
        about="" if wants.kind is Kind.RETURN else wants.trouble or COMPLAINT,
        by_dm=True,
        photos=[
            str(await keep_picture(work, person, customer_id, one)) for one in message.pictures
        ],
        sure=says,
    )


DIRECTS = (
    DirectHearing(turn=DirectTurn.FORM, run=_form),
    DirectHearing(turn=DirectTurn.WISH, run=_wish),
)
