"""The card of an act of moderation, and what becomes of many that come at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from handlers.claims.lines import Sentence
from handlers.claims.rules import SaleRules
from handlers.messages import Button, ButtonStyle
from handlers.moderation.beside import claimed_beside
from handlers.moderation.ledger import AUTOMOD, BY_HAND
from handlers.moderation.model import Action, Rule
from handlers.speech import Rendered, Spoken, button_values, gather, plain_posts
from handlers.team.taking import clock_time
from handlers.wording import Said, Wording
from handlers.work import Work
from storage.schema.moderation import LogState

__all__ = ["AUDIENCE", "CARD", "merge_cards", "say_card", "sentence_of", "what_was_done"]

AUDIENCE: Final = "alerts"
CARD: Final = "moderation.card"
#: So many cards at once are read; the others are in the log.
_AT_ONCE: Final = 5


def say_card(work: Work, row: Mapping[str, Any], *, history: str = "", acted: bool = False) -> None:
    """Say the card of an entry as it stands now; `acted` where somebody's act made it so."""
    say = work.house.wording.say
    work.tell_team(
        AUDIENCE,
        CARD,
        {
            "text": say(
                CARD,
                done=what_was_done(work, row),
                name=row["name"],
                why=row["why"],
                text=row["text"],
                state=_state(work, row),
            ),
            "new": not history,
            "history": history,
            **button_values(_buttons(work, row)),
        },
        card=f"moderation:{row['ref']}",
        due_at=work.at if acted else None,
    )


def what_was_done(work: Work, row: Mapping[str, Any]) -> Said:
    """The act of an entry in words: `deleted · scam`."""
    say, rule = work.house.wording.say, str(row["rule"])
    return say(
        f"moderation.did.{row['action']}" if row["acted"] else "moderation.would",
        action=str(row["action"]),
        minutes=row["minutes"],
        rule=rule.replace("_", " "),
        by=row["by"],
    )


def _state(work: Work, row: Mapping[str, Any]) -> Said | str:
    say = work.house.wording.say
    if row["state"] != LogState.STANDS:
        at = clock_time(work, row["settled_at"])
        return say(f"moderation.state.{row['state']}", name=row["settled_by"], time=at)
    if row["error"]:
        return say("moderation.state.refused", error=row["error"])
    return ""


def sentence_of(work: Work, row: Mapping[str, Any]) -> Sentence:
    """The line of an entry, as far as the entry knows it."""
    who = row["platform"], row["channel"], row["person"], row["name"]
    return Sentence(row["key"], *who, row["text"], row["at"])


def _buttons(work: Work, row: Mapping[str, Any]) -> Sequence[Button]:
    if row["state"] != LogState.STANDS:
        return ()
    say, ref, rule = work.house.wording.say, row["ref"], row["rule"]

    def button(name: str, style: ButtonStyle = ButtonStyle.PLAIN) -> Button:
        return Button(id=f"mod.{name}:{ref}", label=say(f"moderation.button.{name}"), style=style)

    if rule == AUTOMOD:
        return (button("count", ButtonStyle.PRIMARY), button("false"))
    if row["key"] and row["acted"] and claimed_beside(work, sentence_of(work, row)):
        return (button("count", ButtonStyle.PRIMARY), *_acts(row, button))
    return _acts(row, button)


def _acts(row: Mapping[str, Any], button: Callable[..., Button]) -> Sequence[Button]:
    rule = row["rule"]
    if row["action"] == Action.REVIEW:
        # What somebody claimed is never taken away by a button about spam.
        of_claims = rule == Rule.CLAIM_ABUSE
        acts = () if of_claims or not row["native_id"] else (button("delete"),)
        return (*acts, button("timeout", ButtonStyle.DANGER), button("false"))
    return (button("undo"),) if rule == BY_HAND else (button("undo"), button("false"))


def merge_cards(
    wording: Wording, rules: SaleRules, said: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """Cards as they are; of many new ones the first few, and the others counted."""
    new = [one for one in said if one.values.get("new")]
    over = set() if len(new) <= _AT_ONCE else {one.id for one in new[_AT_ONCE:]}
    posts: list[Rendered] = []
    for one in said:
        if one.id not in over:
            posts += plain_posts(wording, one, max_characters)
    if over:
        text = wording.say("moderation.more", count=len(over))
        posts += gather(
            [(text, tuple(sorted(over)))], kind="moderation.more", max_characters=max_characters
        )
    return posts
